"""Whoever watches is told what an attempt does: figures, a span with parts, names in the log."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import structlog
from airflow.configuration import conf
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk._shared.observability.metrics.statsd_logger import SafeStatsdLogger
from airflow.sdk.observability import stats
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from airlock.config.settings import Settings
from airlock.config.telemetry import send_value
from airlock.core.errors import DataError
from airlock.engine.publication import Stores
from airlock.ledger import Ledger
from tests.unit.engine.test_operator import CountOperator, context, in_dag

MARK = "marie.curie@example.org"


@pytest.fixture
def counting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stores: Stores, ledger: Ledger
) -> type[CountOperator]:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)

    class Fresh(CountOperator):
        runs: ClassVar[int] = 0
        model: ClassVar[str] = "churn"

    return Fresh


class StatsdLike:
    """What a client of StatsD is asked for; it keeps the names."""

    def __init__(self) -> None:
        self.heard: dict[str, Any] = {}

    def incr(self, stat: str, count: float, rate: float) -> None:
        self.heard[stat] = self.heard.get(stat, 0) + count

    def gauge(self, stat: str, value: float, rate: float, delta: bool) -> None:
        self.heard[stat] = value

    def timing(self, stat: str, dt: Any) -> None:
        self.heard[stat] = dt


@pytest.fixture
def statsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., StatsdLike]]:
    """Airflow's own logger for StatsD, with or without labels; NoStatsLogger afterwards."""

    def listening(*, labels: bool) -> StatsdLike:
        client = StatsdLike()
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", "True")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED", str(labels))
        logger = SafeStatsdLogger(client, None, labels, statsd_influxdb_enabled=labels)
        stats.initialize(factory=lambda: logger, export_legacy_names=True)
        return client

    yield listening
    stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


def test_a_collector_hears_of_every_attempt_by_model_and_stage(
    counting: type[CountOperator], statsd: Callable[..., StatsdLike]
):
    client = statsd(labels=True)
    task = in_dag(counting)

    task.execute(context(task, run_id="manual__1"))
    task.execute(context(task, run_id="manual__2"))
    counting.error, task = DataError("Nothing came.", do="Wait."), in_dag(counting)
    with pytest.raises(Exception, match="Nothing came"):
        task.execute(context(task, run_id="manual__3", recompute=True))

    about = f"model=churn,stage={counting.stage}"
    assert {
        f"airlock.stage.duration,{about},ended=done",
        f"airlock.stage.duration,{about},ended=reused",
        f"airlock.stage.attempts,{about},ended=failed",
        f"airlock.stage.failures,{about},error=DataError",
    } <= client.heard.keys()
    assert client.heard[f"airlock.stage.rows,{about}"] == 6


def test_a_statsd_without_labels_gets_them_in_the_name(statsd: Callable[..., StatsdLike]):
    client = statsd(labels=False)

    send_value("airlock.outbox.dead", 2, {"model": "churn", "sink": "jira.example"})

    assert client.heard == {"airlock.outbox.dead.churn.jira_example": 2}


def test_without_a_collector_nothing_is_sent_or_imported():
    assert not conf.getboolean("metrics", "statsd_on")
    program = (
        "import sys; from airlock.engine.observed import part; part('x')(lambda: 1)();"
        "sys.exit(any(name in sys.modules for name in ('opentelemetry.trace', 'statsd')))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Those of a task's span that records, and below it."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    before, trace._TRACER_PROVIDER = trace._TRACER_PROVIDER, provider
    with provider.get_tracer("airflow").start_as_current_span("worker.count"):
        yield kept
    trace._TRACER_PROVIDER = before


def named(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {one.name: one for one in spans.get_finished_spans()}


def test_a_stage_is_a_span_of_the_tasks_trace_with_its_parts_below_it(
    counting: type[CountOperator], spans: InMemorySpanExporter
):
    task, above = in_dag(counting), trace.get_current_span().get_span_context()

    task.execute(context(task))

    found = named(spans)
    stage = found[f"airlock.{counting.stage}"]
    parts = {name for name in found if name.startswith("airlock.part.")}
    assert stage.parent
    assert stage.parent.span_id == above.span_id
    assert {one.get_span_context().trace_id for one in found.values()} == {above.trace_id}
    assert parts == {f"airlock.part.{one}" for one in "read obtain work publish seal".split()}
    assert stage.attributes
    told = {
        key: stage.attributes[key]
        for key in ("airlock.model", "airlock.stage", "airlock.ended", "airlock.reused")
    }
    assert told == {
        "airlock.model": "churn",
        "airlock.stage": counting.stage,
        "airlock.ended": "done",
        "airlock.reused": False,
    }


def test_a_span_tells_the_class_of_an_error_and_no_word_of_its_text(
    counting: type[CountOperator], spans: InMemorySpanExporter
):
    counting.error = ValueError(f"could not convert {MARK}")
    task = in_dag(counting)

    with pytest.raises(Exception, match="withheld"):
        task.execute(context(task))

    told = "".join(one.to_json() for one in spans.get_finished_spans())
    assert named(spans)["airlock.part.work"].status.description == "ValueError"
    assert named(spans)[f"airlock.{counting.stage}"].attributes["airlock.failure"] == "ValueError"  # type: ignore[index]
    assert MARK not in told


def test_a_line_of_the_log_says_model_and_stage(counting: type[CountOperator]):
    seen = []

    class Told(counting):  # type: ignore[misc, valid-type]  # a class of the fixture's
        def run_stage(self, attempt: Any) -> Any:
            seen.append(structlog.contextvars.get_contextvars())
            return super().run_stage(attempt)

    task = in_dag(Told)

    task.execute(context(task))

    assert (seen[0]["model"], seen[0]["stage"]) == ("churn", counting.stage)
    assert "model" not in structlog.contextvars.get_contextvars()
