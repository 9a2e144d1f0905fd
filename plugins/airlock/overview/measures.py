"""Figures about a model for whoever watches it: what waits, how late it is, what it takes.

Reconcile sends them where Airflow sends its own; the route `/airlock/metrics` gives them, and the
sums over what attempts took, to a Prometheus. Both by one list: `KNOWN` says what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from airlock.catalogs.outbox import messages
from airlock.catalogs.predictions import partitions
from airlock.catalogs.usage import Total, Usage, usage_at, usage_keys
from airlock.core.nights import night_named
from airlock.ledger import Chain, State
from airlock.ledger.questions import open_questions
from airlock.overview.service import ServiceLevel, service_of
from airlock.stages.live.record import Live
from airlock.store import Store

Kind = Literal["gauge", "counter"]

KNOWN: Mapping[str, tuple[Kind, str]] = {
    "airlock.ledger.verifies": ("gauge", "1 if the model's ledger verifies, 0 if not."),
    "airlock.approvals.waiting": ("gauge", "Questions that people have not answered."),
    "airlock.approvals.oldest_seconds": ("gauge", "How long the oldest of them waits."),
    "airlock.review.open": ("gauge", "Rows of the review queue without an answer."),
    "airlock.review.oldest_seconds": ("gauge", "Since the night of the oldest of them ended."),
    "airlock.review.override_ratio": ("gauge", "Answered rows where people overrode the model."),
    "airlock.overrides.ratio": ("gauge", "Decisions of people against the gate, in 30 days."),
    "airlock.alarms.open": ("gauge", "Alarms of drift that no promotion answers yet; 0 or 1."),
    "airlock.alarms.oldest_seconds": ("gauge", "Since the oldest of them was raised."),
    "airlock.lead_time.seconds": ("gauge", "From the alarm that was answered last to production."),
    "airlock.recovery.seconds": ("gauge", "From a failed task to its success, on average (MTTR)."),
    "airlock.nights.on_time_ratio": ("gauge", "Nights that were scored in time, in 30 days."),
    "airlock.nights.missing": ("gauge", "Nights of 30 days that have no predictions."),
    "airlock.data.age_seconds": ("gauge", "Since the night ended that champion or scores are of."),
    "airlock.promotion.timestamp_seconds": ("gauge", "When a version was promoted last (Unix)."),
    "airlock.outbox.pending": ("gauge", "Messages that a sink has not taken, and still may."),
    "airlock.outbox.dead": ("gauge", "Messages that nobody tries any more."),
    "airlock.cost.month": ("gauge", "What this month's attempts cost, those with a price."),
    "airlock.cost.unpriced": ("gauge", "This month's attempts without a price."),
    "airlock.stage.attempts": ("counter", "Attempts of a stage, this month and the last."),
    "airlock.stage.seconds": ("counter", "Their wall time."),
    "airlock.stage.queue_seconds": ("counter", "How long they were due before they began."),
    "airlock.stage.rows": ("counter", "Rows that they were about."),
    "airlock.stage.failures": ("counter", "Those that failed, by the error's class."),
    "airlock.stage.retries": ("counter", "Those that were not the first of their task."),
}


@dataclass(frozen=True, slots=True)
class MetricSample:
    """One figure at one moment.

    Args:
        name: a key of `KNOWN`.
        labels: `model` first; names of the project, never a value from the data.
    """

    name: str
    value: float
    labels: Mapping[str, str]


@dataclass(slots=True)
class Attempts:
    """What attempts took in this month and the last; what was read is not read again.

    Args:
        store: where it is written down.
    """

    store: Store
    _known: dict[str, dict[str, Usage]] = field(default_factory=dict)

    def of(self, model: str, now: datetime) -> tuple[Usage, ...]:
        """Those of a model, oldest first.

        Raises:
            Unverified: what lies there is none.
        """
        known = self._known.get(model, {})
        last = now.replace(day=1) - timedelta(days=1)
        self._known[model] = found = {
            key: one
            for month in (f"{last:%Y-%m}", f"{now:%Y-%m}")
            for key in usage_keys(self.store, model, month)
            if (one := known.get(key) or usage_at(self.store, key)) is not None
        }
        return tuple(sorted(found.values(), key=lambda one: one.at))


def gauges(
    chain: Chain,
    state: State,
    live: Live | None,
    attempts: Sequence[Usage],
    *,
    sinks: Iterable[str] = (),
    now: datetime,
) -> Iterator[MetricSample]:
    """What holds of a model now.

    Args:
        chain: verified, as it was at one moment.
        state: the sum of it.
        live: what its predictions were worth when labels were last measured; None without labels.
        attempts: what the last ones took.
        sinks: who is told of it.
        now: UTC.

    Raises:
        Unverified: something lies in the store that Airlock did not write.
    """
    service = service_of(chain, live, now=now)
    about = {"model": chain.model}
    found: dict[str, float | None] = {
        "airlock.ledger.verifies": 1,
        **_waiting(chain, state, live, now),
        **_served(service, now),
        "airlock.recovery.seconds": recovery(attempts),
    }
    promoted = [one.at for one in chain.entries() if one.kind == "promoted"]
    if promoted:
        found["airlock.promotion.timestamp_seconds"] = promoted[-1].timestamp()
    yield from (
        MetricSample(name, value, about) for name, value in found.items() if value is not None
    )
    for of, night in _newest(chain, state).items():
        age = (now - night_named(night).end).total_seconds()
        yield MetricSample("airlock.data.age_seconds", age, {**about, "of": of})
    for sink in sinks:
        told = messages(chain, sink)
        dead = sum(one.dead for one in told)
        waiting = sum(not one.delivered for one in told) - dead
        yield MetricSample("airlock.outbox.pending", waiting, {**about, "sink": sink})
        yield MetricSample("airlock.outbox.dead", dead, {**about, "sink": sink})
    yield from _cost(attempts, about, now)


def unverified(model: str) -> Iterator[MetricSample]:
    """All that can be said of a model whose ledger does not verify."""
    yield MetricSample("airlock.ledger.verifies", 0, {"model": model})


def counters(model: str, attempts: Sequence[Usage]) -> Iterator[MetricSample]:
    """What a model's stages took, added up; it begins anew with a month.

    Args:
        attempts: in this month and the last.
    """
    added = Counter[tuple[str, tuple[tuple[str, str], ...]]]()

    def add(name: str, value: float, **labels: str) -> None:
        added[f"airlock.stage.{name}", tuple(labels.items())] += value  # type: ignore[assignment]  # a float counts as well

    for one in attempts:
        add("attempts", 1, stage=one.stage, ended=one.ended)
        add("seconds", one.wall_seconds, stage=one.stage)
        add("queue_seconds", one.queue_seconds or 0.0, stage=one.stage)
        add("rows", one.rows or 0, stage=one.stage)
        add("retries", one.try_number > 1, stage=one.stage)
        if one.failure:
            add("failures", 1, stage=one.stage, error=one.failure)
    for (name, labels), value in added.items():
        yield MetricSample(name, float(value), {"model": model, **dict(labels)})


def recovery(attempts: Sequence[Usage]) -> float | None:
    """Seconds from a task's first failure to its next success, on average; None without any.

    A task is the same in every run of its DAG: what failed tonight is recovered by tonight's retry,
    or by tomorrow's run.

    Args:
        attempts: oldest first.
    """
    broken, took = dict[tuple[str, str, int], datetime](), list[float]()
    for one in attempts:
        task = (one.dag_id, one.task_id, one.map_index)
        if one.failure or one.ended == "failed":
            broken.setdefault(task, one.at)
        elif (since := broken.pop(task, None)) is not None:
            took.append((one.at - since).total_seconds())
    return sum(took) / len(took) if took else None


def _waiting(chain: Chain, state: State, live: Live | None, now: datetime) -> dict[str, float]:
    asked = [one.decided.at for one in open_questions(chain.entries(), state, now=now)]
    queue = live.queue if live is not None else None
    oldest = queue.oldest if queue is not None else None
    rate = queue.override_rate if queue is not None else None
    since = night_named(oldest).end if oldest is not None else now
    return {
        "airlock.approvals.waiting": len(asked),
        "airlock.approvals.oldest_seconds": (now - min(asked, default=now)).total_seconds(),
        "airlock.review.open": queue.open if queue is not None else 0,
        "airlock.review.oldest_seconds": max((now - since).total_seconds(), 0.0),
        **({"airlock.review.override_ratio": rate} if rate is not None else {}),
    }


def _served(service: ServiceLevel, now: datetime) -> dict[str, float | None]:
    lead, since = service.lead_time, service.lead_time.open_since
    return {
        "airlock.overrides.ratio": service.overrides.share,
        "airlock.alarms.open": float(since is not None),
        "airlock.alarms.oldest_seconds": (now - (since or now)).total_seconds(),
        "airlock.lead_time.seconds": lead.last_seconds,
        "airlock.nights.on_time_ratio": service.nights.share,
        "airlock.nights.missing": len(service.nights.missing),
    }


def _newest(chain: Chain, state: State) -> dict[str, str]:
    """The nights of what is in use: of the champion's data, and of the predictions."""
    served = [one.night for one in partitions(chain) if one.role == "served"]
    champion = state.champion.night if state.champion is not None else None
    known = {"champion": champion, "predictions": max(served, default=None)}
    return {of: night for of, night in known.items() if night}


def _cost(
    attempts: Sequence[Usage], about: Mapping[str, str], now: datetime
) -> Iterator[MetricSample]:
    month = Total.of(one for one in attempts if f"{one.at:%Y-%m}" == f"{now:%Y-%m}")
    yield MetricSample("airlock.cost.unpriced", month.unpriced, about)
    if month.money is not None:
        yield MetricSample("airlock.cost.month", month.money, {**about, "currency": month.currency})
