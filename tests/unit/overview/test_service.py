"""What a model's users may hold it to, from its ledger; what nothing says is never 0."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs import kept
from airlock.catalogs.review_queue import NightOfQueue, Queue
from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.ledger import Moment
from airlock.overview.service import ServiceLevel, service_of
from airlock.stages.live.record import Live
from airlock.store import open_store
from tests.history import BEGIN, History, told
from tests.registered import ledger_below

LATER = BEGIN + timedelta(days=4, hours=12)


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    return History(
        ledger=ledger_below(tmp_path, "retention"), stores=stores, scratch=tmp_path / "scratch"
    )


def judged_by(history: History, **deadline: str) -> None:
    """A decision by a policy with these deadlines; nobody is promoted by it."""
    store = history.stores["store"]
    name = kept.store_text(store, kept.POLICIES, {"name": "retention", "deadline": deadline})
    before = history.decide(9, 0.7, passed=False)
    body = {**before.body, "evidence": {"policy": name}}
    history.ledger.append("decided", body, id=f"decided/x/{name}", at=history.at)


def alarm(history: History) -> None:
    history.ledger.append(
        "retrain", {"alarm": f"{history.day}"}, id=f"retrain/{history.day}", at=history.at
    )


def service(history: History, **options: Any) -> ServiceLevel:
    return service_of(Moment.of(history.ledger), None, **{"now": LATER, **options})


def test_a_model_without_a_night_has_nothing_to_be_measured(history: History):
    found = service(history)

    assert (found.nights.due, found.nights.share) == (0, None)
    assert (found.overrides.decisions, found.overrides.share) == (0, None)
    assert found.lead_time.median_seconds is None


def test_without_a_deadline_no_night_is_in_time_or_late(history: History):
    found = service(told(history)).nights

    assert (found.due, found.served, found.on_time, found.late) == (5, 5, None, ())


def test_a_night_is_on_time_by_its_deadline_and_one_without_predictions_is_late(history: History):
    history.promote(history.decide(1, 0.8))
    judged_by(history, done_by="06:00")
    history.score()  # 02:00 on the day after its night
    history.next()
    history.score()
    history.day += 2  # nobody scored the night between
    history.score()

    found = service(history).nights

    assert (found.due, found.served, found.on_time) == (5, 3, 3)
    assert found.missing == ("2026-01-07", "2026-01-09")
    assert found.late == found.missing
    assert found.share == 0.6


def test_a_night_that_came_after_its_hour_is_late(history: History):
    history.promote(history.decide(1, 0.8))
    judged_by(history, done_by="01:30")
    history.score()

    found = service(history, now=BEGIN + timedelta(hours=1)).nights

    assert (found.due, found.served, found.on_time, found.late) == (1, 1, 0, ("2026-01-05",))


def test_what_is_scored_once_a_week_is_not_missed_on_other_days(history: History):
    history.promote(history.decide(1, 0.8))
    for _ in range(3):
        history.score()
        history.day += 7

    found = service(history, now=BEGIN + timedelta(days=15)).nights

    assert (found.due, found.missing) == (3, ())


def test_the_lead_time_is_from_the_alarm_to_the_next_promotion(history: History):
    judged_by(history, alarm_to_production="30h")
    alarm(history)
    history.next()
    history.promote(history.decide(1, 0.8))
    alarm(history)
    history.next()
    history.next()
    history.promote(history.decide(2, 0.8))
    alarm(history)

    found = service(history).lead_time

    assert (found.alarms, found.answered, found.within) == (3, 2, 1)
    assert (found.median_seconds, found.worst_seconds) == (36 * 3600, 48 * 3600)
    assert found.open_since == history.at


def test_people_who_decide_otherwise_are_counted_and_machines_are_not(history: History):
    history.promote(history.decide(1, 0.8))
    history.next()
    declined = history.decide(2, 0.8, asks=True)
    history.answer(declined, by="ada", yes=False)
    history.next()
    history.promote(history.decide(3, 0.8, passed=False), break_glass={"by": "ada", "hours": 1})
    history.roll_back(to=1, by="airlock", reason="Nobody confirmed it.")
    history.next()
    history.promote(history.decide(4, 0.8))
    history.roll_back(to=1, by="grace", reason="Complaints.")

    found = service(history).overrides

    assert (found.decisions, found.refused, found.forced, found.rolled_back) == (4, 1, 1, 1)
    assert found.share == 0.75


def test_rows_that_people_overrode_are_told_as_labels_were_measured_last(history: History):
    asked = NightOfQueue(night="2026-01-05", rows=100, asked=9, open=4, answered=5, overridden=1)
    queue = Queue(last="2026-01-05", nights=(asked,), rows=100)
    live = Live(model="retention", nights=(), versions=(), pairs=(), queue=queue)

    found = service_of(Moment.of(history.ledger), live, now=LATER).overrides

    assert found.row_share == 0.2


def test_the_command_tells_it_as_a_table_and_as_json(
    history: History,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    told(history)
    settings = Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path,
        notifier="",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": history.stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model: history.ledger)

    assert cli.main(["slo", "--days", "3660"]) == 0
    table = capsys.readouterr().out
    assert cli.main(["slo", "retention", "--days", "3660", "--json"]) == 0
    told_ = json.loads(capsys.readouterr().out)["retention"]
    assert cli.main(["slo", "nobody"]) == 2

    assert "no deadline says in time" in table
    assert "rolled back" in table
    assert told_["overrides_share"] == pytest.approx(1 / 4)
    assert told_["nights"]["on_time"] is None
