"""Tells whoever watches what an attempt does: figures, a span with its parts, and names in the log.

Figures go to Airflow's collector, spans into Airflow's own trace of the task. Where neither is on,
nothing is imported and nothing is computed. All of it is sent by the task's process: what works
without keys reaches nobody.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airlock.engine.usage import Meter, metered, model_of

if TYPE_CHECKING:
    from airlock.catalogs.usage import Usage
    from airlock.engine.operator import StageOperator

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def observed(stage: StageOperator) -> Iterator[Meter]:
    """Measure an attempt, and tell of it while it runs and when it ends, however that is."""
    about = {"model": model_of(stage) or "", "stage": stage.stage}
    with _named_in_logs(about), _span(f"airlock.{stage.stage}") as span:
        try:
            with metered(_send) as meter:
                stage.attempted = meter
                yield meter
        finally:
            _describe(span, {**about, **meter.told})


def part(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A decorator: what a function does is a part of the stage's span.

    Args:
        name: of the part, such as `work`.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            with _span(f"airlock.part.{name}"):
                return function(*args, **kwargs)

        return inner

    return decorate


def _send(usage: Usage) -> None:
    """What an attempt took, as figures."""
    from airlock.config.telemetry import collected, send_count, send_duration

    if not collected():
        return
    about = {"model": usage.model, "stage": usage.stage}
    send_duration("airlock.stage.duration", usage.wall_seconds, {**about, "ended": usage.ended})
    send_count("airlock.stage.attempts", 1, {**about, "ended": usage.ended})
    if usage.queue_seconds is not None:
        send_duration("airlock.stage.queued", usage.queue_seconds, about)
    if usage.rows is not None:
        send_count("airlock.stage.rows", usage.rows, about)
    if usage.failure:
        send_count("airlock.stage.failures", 1, {**about, "error": usage.failure})
    if usage.try_number > 1:
        send_count("airlock.stage.retries", 1, about)


def _named_in_logs(about: Mapping[str, str]) -> AbstractContextManager[Any]:
    """Airflow's own lines name DAG, run, task and try; these fields stand beside them."""
    if "structlog" not in sys.modules:
        return nullcontext()
    from structlog.contextvars import bound_contextvars

    return bound_contextvars(**about)


@contextmanager
def _span(name: str) -> Iterator[Any]:
    """A span below the current one; nothing where nobody records."""
    if "opentelemetry.trace" not in sys.modules:
        yield None
        return
    from opentelemetry import trace

    if not trace.get_current_span().is_recording():
        yield None
        return
    tracer = trace.get_tracer("airlock")
    # What an exception says may quote the data: the class alone is told.
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise


def _describe(span: Any, about: Mapping[str, Any]) -> None:
    if span is not None:
        known = {key: value for key, value in about.items() if value not in (None, "")}
        span.set_attributes({f"airlock.{key}": value for key, value in known.items()})
