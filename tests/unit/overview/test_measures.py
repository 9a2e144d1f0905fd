"""Figures about a model for whoever watches it, and how a Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airlock.catalogs.outbox import begin
from airlock.catalogs.review_queue import NightOfQueue, Queue
from airlock.catalogs.usage import Usage, note_usage
from airlock.ledger import Moment, State
from airlock.overview.exposition import exposition, metric_name
from airlock.overview.measures import (
    KNOWN,
    Attempts,
    MetricSample,
    counters,
    gauges,
    recovery,
    unverified,
)
from airlock.stages.live.record import Live
from airlock.store import Store, open_store
from tests.history import BEGIN, History, told
from tests.registered import ledger_below
from tests.unit.engine.test_usage import ONE

NOW = BEGIN + timedelta(days=4, hours=1)
ASKED = NightOfQueue(night="2026-01-08", rows=100, asked=9, open=4, answered=5, overridden=1)
LIVE = Live(
    model="retention",
    nights=(),
    versions=(),
    pairs=(),
    queue=Queue(last="2026-01-08", nights=(ASKED,), rows=100),
)
FAILED = replace(ONE, ended="failed", failure="DataError", at=datetime(2026, 1, 6, 2, tzinfo=UTC))


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    ledger = ledger_below(tmp_path, "retention")
    return told(History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch"))


def measured(
    history: History, attempts: tuple[Usage, ...] = (), **more: object
) -> dict[str, float]:
    chain = Moment.of(history.ledger)
    state = State.of("retention", chain.entries())
    found = gauges(chain, state, LIVE, attempts, now=NOW, **more)  # type: ignore[arg-type]
    rest = ("of", "sink", "currency")
    return {
        ".".join([one.name, *(one.labels[key] for key in rest if key in one.labels)]): one.value
        for one in found
    }


def test_what_waits_and_how_old_it_is(history: History):
    found = measured(history)

    assert found["airlock.approvals.waiting"] == 1
    assert found["airlock.approvals.oldest_seconds"] == 3600
    assert found["airlock.data.age_seconds.predictions"] == 3 * 3600
    assert found["airlock.promotion.timestamp_seconds"] == (BEGIN + timedelta(days=2)).timestamp()
    assert found["airlock.ledger.verifies"] == 1
    assert found["airlock.review.open"] == 4


def test_what_nothing_says_is_absent_and_not_0(history: History):
    found = measured(history)

    assert "airlock.nights.on_time_ratio" not in found
    assert "airlock.cost.month" not in found
    assert "airlock.lead_time.seconds" not in found
    assert "airlock.recovery.seconds" not in found


def test_messages_that_wait_and_those_given_up_are_told_apart(history: History):
    begin(history.ledger, "hook")
    history.next()
    history.decide(5, 0.8)

    found = measured(history, sinks=["hook"])

    assert (found["airlock.outbox.pending.hook"], found["airlock.outbox.dead.hook"]) == (1, 0)


def test_this_months_money_is_told_with_its_currency(history: History):
    taken = (replace(ONE, money=3.0, currency="EUR"), ONE)

    found = measured(history, taken)

    assert found["airlock.cost.month.EUR"] == 3.0
    assert found["airlock.cost.unpriced"] == 1


def test_a_task_is_recovered_by_its_next_success_in_whatever_run():
    hours = [timedelta(hours=one) for one in (0, 1, 3)]
    first, again, good = (replace(FAILED, at=FAILED.at + one) for one in hours)
    good = replace(good, ended="done", failure="", run_id="manual__2")
    other = replace(good, task_id="redact")

    assert recovery([first, again, other, good]) == 3 * 3600
    assert recovery([first, again, other]) is None


def test_stages_are_added_up_by_what_became_of_them():
    ended = replace(ONE, queue_seconds=2.0, rows=100)
    found = counters("churn", [ended, ended, replace(FAILED, try_number=2)])
    told = {(one.name, one.labels.get("ended") or one.labels.get("error")): one for one in found}

    assert told["airlock.stage.attempts", "done"].value == 2
    assert told["airlock.stage.attempts", "failed"].value == 1
    assert told["airlock.stage.failures", "DataError"].value == 1
    assert told["airlock.stage.rows", None].value == 200
    assert told["airlock.stage.queue_seconds", None].value == 4
    assert told["airlock.stage.retries", None].value == 1


def test_what_was_read_once_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    note_usage(store, ONE)
    note_usage(store, replace(ONE, run_id="manual__0", at=datetime(2025, 12, 31, tzinfo=UTC)))
    attempts = Attempts(store)
    assert len(attempts.of("churn", NOW)) == 2

    note_usage(store, replace(ONE, run_id="manual__2"))
    asked = []
    get = type(store).get
    monkeypatch.setattr(type(store), "get", lambda self, key: asked.append(key) or get(self, key))

    assert len(attempts.of("churn", NOW)) == 3
    assert [key.split("/")[4] for key in asked] == ["manual__2"]


def test_prometheus_text_has_a_kind_for_each_name_and_no_label_can_break_a_line():
    text = exposition(
        [
            MetricSample("airlock.stage.attempts", 2.0, {"model": "churn", "stage": "train"}),
            MetricSample("airlock.outbox.dead", 0, {"model": "churn", "sink": 'a"b\\c\nd'}),
            *unverified("other"),
        ]
    )

    assert "# TYPE airlock_stage_attempts_total counter\n" in text
    assert 'airlock_stage_attempts_total{model="churn",stage="train"} 2.0\n' in text
    assert 'airlock_outbox_dead{model="churn",sink="a\\"b\\\\c\\nd"} 0\n' in text
    assert 'airlock_ledger_verifies{model="other"} 0\n' in text


def test_every_figure_that_is_told_is_known(history: History):
    begin(history.ledger, "hook")
    chain = Moment.of(history.ledger)
    state = State.of("retention", chain.entries())
    found = gauges(chain, state, LIVE, [ONE], sinks=["hook"], now=NOW)

    assert {one.name for one in found} <= KNOWN.keys()
    assert all(metric_name(name).startswith("airlock_") for name in KNOWN)
