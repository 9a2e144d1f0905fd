"""Rollback: an earlier champion again, once a run, by a named person, with MLflow up or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airlock.core.errors import Conflict, SpecError, Unverified
from airlock.ledger import Champion, Ledger
from airlock.registry import MlflowSettings
from airlock.stages.rollback.record import Rollback
from airlock.stages.rollback.stage import rollback, scored_nights, target
from airlock.stages.route.record import Routing
from airlock.stages.score.record import Scoring
from airlock.stages.snapshot.record import Part
from airlock.store import Store
from tests.judged import NOW, ORIGIN, result

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlock.stages.rollback.stage.point_alias", lambda *_: False)


def crown(ledger: Ledger, *versions: int) -> None:
    for version in versions:
        champion = {
            **dict.fromkeys(("training_sha256", "validation", "validation_sha256"), "x"),
            "training": f"stages/train/{version}/0000.json",
            "version": version,
            "bundle": f"bundle {version}",
            "split": "s",
            "night": None,
        }
        ledger.append("promoted", {"champion": champion}, id=f"p{version}", at=NOW)


def back(ledger: Ledger, to: int | None = None, *, run_id: str = "1", **changes: Any) -> Rollback:
    arguments: dict[str, Any] = {
        "to_version": to,
        "by": "admin",
        "reason": "too many false alarms",
        "origin": replace(ORIGIN, run_id=run_id),
        "verify": lambda champion: None,
        "scored": lambda champion: (),
        "mlflow": AWAY,
        "now": NOW,
    }
    return rollback(ledger=ledger, **arguments | changes)


def test_the_champion_before_is_champion_again_and_who_and_why_is_written(ledger: Ledger):
    crown(ledger, 1, 2)

    record = back(ledger)

    state = ledger.state()
    assert state.champion is not None
    assert (state.champion.version, state.champion_sequence) == (1, record.sequence)
    assert state.rolled_back == {"bundle 2": record.sequence}
    assert ledger.entries()[record.sequence - 1].body["by"] == "admin"
    assert record.facts()[1] == "admin: too many false alarms"


def test_a_retry_does_not_go_back_further(ledger: Ledger):
    crown(ledger, 1, 2, 3)

    first, again = back(ledger), back(ledger)

    assert again == first
    assert (first.from_version, first.to_version) == (3, 2)


def test_the_next_run_goes_back_further_and_skips_what_was_withdrawn(ledger: Ledger):
    crown(ledger, 1, 2, 3)

    back(ledger, run_id="1")
    second = back(ledger, run_id="2")

    assert (second.from_version, second.to_version) == (2, 1)


def test_a_person_may_name_the_version(ledger: Ledger):
    crown(ledger, 1, 2, 3)

    assert back(ledger, to=1).to_version == 1


def test_after_a_new_promotion_what_was_withdrawn_stays_withdrawn(ledger: Ledger):
    crown(ledger, 1, 2)
    back(ledger)
    crown(ledger, 3)

    assert back(ledger, run_id="2").to_version == 1


@pytest.mark.parametrize(
    ("made", "to", "why"),
    [
        pytest.param((), None, "has no champion", id="no champion at all"),
        pytest.param((1,), None, "an earlier version", id="no champion before"),
        pytest.param((1, 2), 9, "There is no version 9", id="a version never champion"),
        pytest.param((1, 2), 2, "version 2: it was never champion before", id="the present one"),
    ],
)
def test_there_must_be_somebody_to_go_back_to(
    ledger: Ledger, made: tuple[int, ...], to: int | None, why: str
):
    crown(ledger, *made)

    with pytest.raises(SpecError, match=why):
        back(ledger, to=to)

    assert len(ledger.entries()) == len(made)


def test_nobody_goes_back_to_what_was_itself_withdrawn(ledger: Ledger):
    crown(ledger, 1, 2)
    back(ledger)

    with pytest.raises(SpecError, match="version 2: it was itself rolled back"):
        back(ledger, to=2, run_id="2")


def test_files_that_do_not_verify_keep_everything_as_it_is(ledger: Ledger):
    crown(ledger, 1, 2)
    asked: list[int] = []

    def altered(champion: Champion) -> None:
        asked.append(champion.version)
        raise Unverified("It was altered.", do="Find out by whom.")

    with pytest.raises(Unverified):
        back(ledger, verify=altered)

    assert asked == [1]
    assert ledger.state().champion_sequence == 2


def test_somebody_who_promotes_in_the_same_moment_is_not_rolled_back(ledger: Ledger):
    crown(ledger, 1, 2)
    rival = Ledger(ledger.store, "churn", trusted=ledger.trusted, signer=ledger.signer)

    with pytest.raises(Conflict, match="another champion in this moment"):
        back(ledger, verify=lambda champion: crown(rival, 3))

    assert ledger.state().champion_sequence == 3


def test_the_champion_before_is_told_from_the_whole_chain(ledger: Ledger):
    crown(ledger, 1, 2)

    assert target(ledger.entries(), ledger.state(), None).training == "stages/train/1/0000.json"


# What the withdrawn version left behind


def test_the_nights_that_it_scored_are_named_and_the_incident_is_written_once(ledger: Ledger):
    crown(ledger, 1, 2)
    asked: list[str] = []

    def scored(champion: Champion) -> list[str]:
        asked.append(champion.bundle)
        return ["2026-01-04", "2026-01-05"]

    first, again = (back(ledger, scored=scored) for _ in range(2))

    assert first == again
    assert asked == ["bundle 2"]
    assert first.nights == ("2026-01-04", "2026-01-05")
    [incident] = [entry for entry in ledger.entries() if entry.kind == "incident"]
    assert incident.body["what"] == (
        "Version 2 was withdrawn by admin (ledger entry 3). "
        "It had scored 2 night(s): 2026-01-04, 2026-01-05."
    )


def test_a_retry_after_a_kill_between_the_two_entries_writes_the_second(
    ledger: Ledger, store: Store
):
    crown(ledger, 1, 2)
    back(ledger, scored=lambda champion: ["2026-01-05"])
    store.delete("ledger/churn/00000004.json")

    again = Ledger(store, "churn", trusted=ledger.trusted, signer=ledger.signer)
    back(again)

    assert again.entries()[3].body["what"].endswith("1 night(s): 2026-01-05.")


def test_only_nights_of_that_model_and_that_bundle_are_named_once_and_in_order(store: Store):
    for number, (model, bundle, night) in enumerate(
        [
            ("churn", "bad", "2026-01-06"),
            ("churn", "bad", "2026-01-05"),
            ("churn", "bad", "2026-01-05"),
            ("churn", "good", "2026-01-04"),
            ("other", "bad", "2026-01-03"),
        ]
    ):
        record = Scoring(
            model=model,
            night=night,
            rows=1,
            version=2,
            sequence=3,
            bundle=bundle,
            mean_score=0.5,
            parts=(),
        )
        store.put(f"stages/score/{number}/0000.json", result(record, {}).result.stored())
    store.put("stages/score/damaged/0000.json", b"{")

    assert scored_nights(store, "churn", "bad") == ["2026-01-05", "2026-01-06"]


def test_a_night_of_which_it_answered_a_share_is_named_and_a_silent_one_is_not(store: Store):
    for number, parts in enumerate([(Part(path="part-00000.parquet", rows=1),), ()]):
        record = Routing(
            model="churn",
            night=f"2026-01-0{number + 5}",
            champion_version=1,
            rival_version=2,
            rival_bundle="bad",
            share=0.05,
            canary=3,
            sequence=1,
            rows=1,
            routed=len(parts),
            apart=(),
            parts=parts,
        )
        store.put(f"stages/route/{number}/0000.json", result(record, {}).result.stored())

    assert scored_nights(store, "churn", "bad") == ["2026-01-05"]
