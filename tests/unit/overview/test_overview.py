"""The overview of a model: who is champion, since when, why, how good, and what needs a person."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.overview.candidates import LoadRecord
from airlock.overview.model import ModelOverview, overview_of
from airlock.store import Store, open_store
from tests.history import BEGIN, History, told
from tests.registered import ledger_below

LATER = BEGIN + timedelta(days=4, hours=1)


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    return History(
        ledger=ledger_below(tmp_path, "retention"), stores=stores, scratch=tmp_path / "scratch"
    )


def loading(store: Store) -> LoadRecord:
    def load(address: str, sha256: str) -> Mapping[str, Any]:
        record: Mapping[str, Any] = publication.load(store, address, expected=sha256).result.record
        return record

    return load


def overview(history: History, now=LATER) -> ModelOverview:
    return overview_of(history.ledger, loading(history.stores["store"]), now=now)


def test_a_model_that_nobody_judged_has_nothing_to_tell(history: History):
    found = overview(history)

    assert (found.champions, found.candidates, found.nights, found.needs) == ((), (), (), ())
    assert found.key_metric is None


def test_champions_follow_one_another_and_each_says_who_and_why(history: History):
    found = overview(told(history)).champions

    assert [(one.version, one.how, one.by) for one in found] == [
        (1, "promoted", ()),
        (3, "promoted", ("ada",)),
        (1, "rolled back", ("grace",)),
    ]
    assert found[0].until == found[1].since
    assert found[2].until is None
    assert found[2].why == "complaints from the branch"
    assert found[1].policy == "retention"


def test_what_became_of_every_candidate_is_told(history: History):
    found = overview(told(history)).candidates

    assert [(one.version, one.fate) for one in found] == [
        (1, "champion"),
        (2, "rejected"),
        (3, "champion"),
        (4, "waiting"),
    ]
    assert found[1].because == "auroc is below what the policy wants."
    assert [one.figures["auroc"].value for one in found] == [0.81, 0.74, 0.84, 0.85]
    assert next(iter(found[0].figures)) == overview(history).key_metric


def test_an_answer_a_newer_night_and_another_champion_end_a_question(history: History):
    declined = history.decide(1, 0.8, asks=True)
    history.answer(declined, by="ada", yes=False, reason="Too few rows.")
    history.next()
    history.decide(2, 0.8, asks=True)
    history.next()
    newer = history.decide(3, 0.8, asks=True)
    history.promote(newer, history.answer(newer, by="ada"))

    found = {one.version: (one.fate, one.because) for one in overview(history).candidates}

    assert found[1] == ("declined", "ada: Too few rows.")
    assert found[2] == ("superseded", "Version 3 of a newer night took its place.")
    assert found[3] == ("champion", "")


def test_needs_are_told_the_most_pressing_first_and_how_to_meet_them(history: History):
    found = overview(told(history)).needs

    assert [one.kind for one in found] == ["approval", "rescore", "drift"]
    asked, again, drift = found
    assert (asked.dag_id, asked.task_id) == (history.training, "approve")
    assert asked.run_id == f"scheduled__{history.night}"
    assert again.form == {"model": "retention", "version": 3}
    assert again.sentence.startswith("2 nights (2026-01-07 to 2026-01-08)")
    assert drift.sentence == "Drift alarm since the night of 2026-01-09: usage_hours."


def test_a_question_whose_time_is_over_needs_nobody(history: History):
    found = overview(told(history), now=LATER + timedelta(days=1)).needs

    assert "approval" not in {one.kind for one in found}


def test_break_glass_must_be_confirmed_by_another_person_in_time(history: History):
    history.promote(history.decide(1, 0.8))
    history.next()
    glass = {"by": "ada", "hours": 8, "reason": "The branch stands still."}
    broken = history.promote(history.decide(2, 0.7, passed=False), break_glass=glass)

    [need] = overview(history, now=history.at).needs
    assert need.kind == "break-glass"
    assert need.until == history.at + timedelta(hours=8)
    assert need.form == {"model": "retention"}
    assert overview(history, now=history.at + timedelta(hours=9)).needs == ()

    body = {"by": "grace", "version": 2, "reason": "I stand by it.", "confirms": broken.sequence}
    history.ledger.append("confirmed", body, id="confirmed", at=history.at)
    assert overview(history, now=history.at).needs == ()
    assert overview(history, now=history.at).champions[-1].confirmed


def test_the_drift_of_a_champion_that_was_replaced_is_no_alarm_any_more(history: History):
    history.promote(history.decide(1, 0.8))
    history.score(standing="alarm", excess=2.0)
    assert [one.kind for one in overview(history).needs] == ["drift"]

    history.next()
    history.promote(history.decide(2, 0.8))

    assert overview(history).needs == ()


def test_nights_say_who_scored_them_and_how_far_each_column_is(history: History):
    found = overview(told(history)).nights

    assert [(one.night, one.versions, one.standing) for one in found] == [
        ("2026-01-05", (1,), "calm"),
        ("2026-01-06", (1,), "calm"),
        ("2026-01-07", (3,), "drifting"),
        ("2026-01-08", (3,), "alarm"),
        ("2026-01-09", (1,), "alarm"),
    ]
    assert max(found[-1].columns.values()) == 2.5


def test_an_evaluation_that_was_altered_is_not_shown(history: History):
    told(history)
    store = history.stores["store"]
    slot = next(stat.key for stat in store.list("stages/evaluate/"))
    store.put(slot, store.get(slot).replace(b"0.81", b"0.99"))

    with pytest.raises(Unverified):
        overview(history)


def test_a_store_of_the_version_before_has_an_overview(tmp_path: Path):
    with tarfile.open(Path(__file__).parents[2] / "data/store_of_0_1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    store = open_store(str(tmp_path / "store"))
    signer = Signer.from_seed((tmp_path / "keys/airlock_signing.key").read_text().strip())
    trusted = TrustedKeys.read(tmp_path / "keys/trusted.json")
    ledger = Ledger(store, "customer_churn", trusted=trusted, signer=signer)

    found = overview_of(ledger, loading(store), now=LATER)

    assert found.champions[-1].version == 1
    assert {one.fate for one in found.candidates} == {"champion", "rejected"}
