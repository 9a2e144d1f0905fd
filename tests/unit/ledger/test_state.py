"""What a chain adds up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airlock.ledger import Ledger, State

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


def body(version: int) -> dict[str, Any]:
    return {
        "version": version,
        "bundle": f"bundle-{version}",
        "training": f"stages/train/{version}/0000.json",
        "training_sha256": "t" * 64,
        "validation": f"stages/validate/{version}/0000.json",
        "validation_sha256": "v" * 64,
        "split": "s" * 16,
        "night": f"2026-01-0{version}",
    }


@pytest.fixture
def rolled_back(ledger: Ledger) -> Ledger:
    """Version 1, then 2, then back to 1."""
    for version in (1, 2):
        ledger.append("promoted", {"champion": body(version)}, id=f"p{version}", at=AT)
    withdrawal = {"champion": body(1), "from_bundle": "bundle-2", "from_version": 2}
    ledger.append("rolled_back", withdrawal, id="r", at=AT)
    return ledger


def test_the_last_promoted_is_champion(ledger: Ledger):
    for version in (1, 2):
        ledger.append("promoted", {"champion": body(version)}, id=f"p{version}", at=AT)

    state = ledger.state()

    assert state.champion is not None
    assert (state.champion.version, state.champion_sequence) == (2, 2)
    assert state.champion.body() == body(2)


def test_a_rollback_makes_the_older_champion_again_and_remembers_the_other(rolled_back: Ledger):
    state = rolled_back.state()

    assert state.champion is not None
    assert (state.champion.version, state.champion_sequence) == (1, 3)
    assert state.rolled_back == {"bundle-2": 3}


def test_a_named_person_can_clear_a_bundle(rolled_back: Ledger):
    cleared = {"bundle": "bundle-2", "by": "admin", "reason": "the alarm was false"}
    rolled_back.append("cleared", cleared, id="c", at=AT)

    assert rolled_back.state().rolled_back == {}


def test_what_was_made_by_break_glass_is_open_until_that_very_champion_is_confirmed(
    ledger: Ledger,
):
    glass = {"by": "ada", "reason": "urgent", "hours": 2}
    ledger.append("promoted", {"champion": body(1)}, id="p1", at=AT)
    made = {"champion": body(2), "decided": 0, "break_glass": glass}
    ledger.append("promoted", made, id="p2", at=AT)

    ledger.append("confirmed", {"confirms": 1}, id="another", at=AT)
    pending = ledger.state().unconfirmed
    ledger.append("confirmed", {"confirms": 2}, id="this", at=AT)

    assert pending is not None
    assert (pending.sequence, pending.before.version, pending.by) == (2, 1, "ada")
    assert pending.until == AT + timedelta(hours=2)
    assert ledger.state().unconfirmed is None


@pytest.mark.parametrize("kind", ["promoted", "rolled_back"])
def test_another_champion_ends_what_was_open(ledger: Ledger, kind: Any):
    glass = {"by": "ada", "reason": "urgent", "hours": 2}
    ledger.append("promoted", {"champion": body(1)}, id="p1", at=AT)
    made = {"champion": body(2), "decided": 0, "break_glass": glass}
    ledger.append("promoted", made, id="p2", at=AT)

    ledger.append(kind, {"champion": body(3), "from_bundle": "bundle-2"}, id="p3", at=AT)

    assert ledger.state().unconfirmed is None


def test_what_decides_nothing_changes_nothing(rolled_back: Ledger):
    before = rolled_back.state().champion

    rolled_back.append("incident", {"what": "somebody moved the alias"}, id="i", at=AT)

    assert rolled_back.state().champion == before


def test_the_state_is_the_sum_of_the_entries(rolled_back: Ledger):
    assert State.of("churn", rolled_back.entries()) == rolled_back.state()
