"""Deadlines between runs: of people's answers, and of answers to alarms; told of once each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airlock.catalogs import kept
from airlock.ledger import Entry
from airlock.stages.reconcile.late import Late, next_deadline, tell_late
from airlock.store import open_store
from tests.history import BEGIN, History
from tests.registered import ledger_below

HOUR = timedelta(hours=1)


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    return History(
        ledger=ledger_below(tmp_path, "retention"), stores=stores, scratch=tmp_path / "scratch"
    )


def decided(history: History, version: int, *, asks: bool = False, **deadline: str) -> Entry:
    """A decision by a policy with these deadlines."""
    store = history.stores["store"]
    name = kept.store_text(store, kept.POLICIES, {"name": "retention", "deadline": deadline})
    before = history.decide(version, 0.8)
    body = {**before.body, "evidence": {"policy": name}, "approval_required": asks}
    return history.ledger.append("decided", body, id=f"decided/d/r/{version}", at=history.at)


def alarm(history: History) -> None:
    body = {"alarm": f"{history.night}", "training": "retention_training"}
    history.ledger.append("retrain", body, id=f"retrain/{history.day}", at=history.at)


def told(history: History, after: timedelta) -> list[Late]:
    heard: list[Late] = []
    tell_late(history.ledger, now=BEGIN + after, tell=lambda one: heard.append(one) or True)  # type: ignore[func-returns-value]
    return heard


def test_an_alarm_without_a_new_champion_is_told_of_once_when_its_time_is_over(history: History):
    decided(history, 1, alarm_to_production="8h")
    alarm(history)

    assert told(history, 8 * HOUR - timedelta(seconds=1)) == []
    [late] = told(history, 8 * HOUR)
    assert (late.of, late.dag_id, late.run_id) == (
        "alarm",
        "retention_training",
        "drift__2026-01-05",
    )
    assert told(history, 9 * HOUR) == []


def test_an_alarm_that_was_answered_is_none(history: History):
    one = decided(history, 1, alarm_to_production="8h")
    alarm(history)
    history.promote(one)

    assert told(history, 9 * HOUR) == []


def test_people_who_do_not_answer_are_told_of_once_also_where_no_answer_is_a_no(history: History):
    decided(history, 1, asks=True, approval="24h")

    assert told(history, 23 * HOUR) == []
    assert [one.of for one in told(history, 24 * HOUR)] == ["approval"]
    assert told(history, 25 * HOUR) == []


def test_an_answer_ends_it(history: History):
    one = decided(history, 1, asks=True, approval="20h")
    history.answer(one, by="ada")

    assert told(history, 21 * HOUR) == []


def test_somebody_who_could_not_be_told_is_told_later(history: History):
    decided(history, 1, asks=True, approval="20h")

    assert tell_late(history.ledger, now=BEGIN + 20 * HOUR, tell=lambda _: False) == 0
    assert len(told(history, 21 * HOUR)) == 1


def test_what_was_late_long_before_anybody_looked_is_no_news(history: History):
    decided(history, 1, alarm_to_production="8h")
    alarm(history)

    assert told(history, timedelta(days=8)) == []


def test_reconcile_knows_of_a_deadline_that_passes_before_its_next_run(history: History):
    decided(history, 1, alarm_to_production="8h")
    alarm(history)
    soon = timedelta(minutes=6)

    found = next_deadline(history.ledger, now=BEGIN + 8 * HOUR - soon, within=soon)

    assert found == BEGIN + 8 * HOUR
    assert next_deadline(history.ledger, now=BEGIN + 7 * HOUR, within=soon) is None
    assert next_deadline(history.ledger, now=BEGIN + 8 * HOUR, within=soon) is None
