"""What an outcome is worth at this moment of the ledger: each sentence says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from airlock.overview.standing import Standing, standing
from airlock.stages.break_glass.record import BreakGlass
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.rollback.record import Rollback
from tests.history import History, told
from tests.unit.overview.test_overview import history, overview  # noqa: F401 -- a fixture
from tests.unit.reports import examples

NAME = "retention"


def promoted(version: int, sequence: int) -> Promotion:
    return Promotion(
        model=NAME,
        version=version,
        bundle="b",
        sequence=sequence,
        replaced_version=None,
        alias_follows=True,
    )


def decided(entry) -> Decision:
    return replace(
        examples.DECISION,
        model=NAME,
        version=entry.body["version"],
        sequence=entry.sequence,
        outcome=entry.body["outcome"],
    )


def now(history: History, record, *, names: bool = True, hours: float = 0) -> Standing | None:  # noqa: F811
    found = overview(history, now=history.at + timedelta(hours=hours))
    return standing(found, record, names=names)


def test_a_champion_is_champion_until_another_takes_its_place(history: History):  # noqa: F811
    first = history.promote(history.decide(1, 0.8))

    before = now(history, promoted(1, first.sequence))
    history.next()
    history.promote(history.decide(2, 0.8))
    after = now(history, promoted(1, first.sequence))

    assert before == Standing(
        sentence="Version 1 is champion since 2026-01-06 02:00 UTC.", holds=True
    )
    assert after == Standing(
        sentence="Version 1 was champion until 2026-01-07 02:00 UTC: version 2 took its place.",
        holds=False,
    )


@pytest.mark.parametrize(
    ("names", "who"),
    [(True, " by grace (complaints from the branch)"), (False, "")],
)
def test_a_champion_that_was_rolled_back_says_until_when_and_by_whom(
    history: History,  # noqa: F811
    names: bool,
    who: str,
):
    told(history)
    third = overview(history).champions[1]

    found = now(history, promoted(3, third.sequence), names=names)

    assert found is not None
    assert not found.holds
    assert found.sentence == (
        f"Version 3 was champion until 2026-01-09 02:00 UTC: rolled back to version 1{who}."
    )


def test_a_champion_that_came_back_says_so(history: History):  # noqa: F811
    told(history)
    first = overview(history).champions[0]

    found = now(history, promoted(1, first.sequence))

    assert found is not None
    assert found.holds
    assert found.sentence.endswith("It is champion again since 2026-01-09 02:00 UTC.")


def test_after_a_rollback_the_nights_to_score_again_are_next(history: History):  # noqa: F811
    told(history)
    record = Rollback(
        model=NAME,
        from_version=3,
        to_version=1,
        by="grace",
        reason="complaints",
        sequence=overview(history).champions[2].sequence,
        alias_follows=True,
    )

    found = now(history, record)

    assert found is not None
    assert found.need is not None
    assert found.need.form == {"model": NAME, "version": 3}
    assert found.sentence.startswith("2 nights (2026-01-07 to 2026-01-08) were scored by version 3")


def test_break_glass_waits_for_another_person_until_its_time_is_over(history: History):  # noqa: F811
    history.promote(history.decide(1, 0.8))
    history.next()
    glass = {"by": "ada", "hours": 8, "reason": "The branch stands still."}
    broken = history.promote(history.decide(2, 0.7, passed=False), break_glass=glass)
    record = BreakGlass(
        model=NAME,
        version=2,
        before=1,
        outcome="rejected",
        by="ada",
        reason="The branch stands still.",
        until="2026-01-07T10:00:00+00:00",
        sequence=broken.sequence,
        alias_follows=True,
    )

    waits, late = now(history, record), now(history, record, hours=9)
    body = {"by": "grace", "version": 2, "reason": "I stand by it.", "confirms": broken.sequence}
    history.ledger.append("confirmed", body, id="confirmed", at=history.at)
    confirmed = now(history, record)

    assert waits is not None
    assert waits.need is not None
    assert waits.need.dag_id == "model_confirm"
    assert waits.sentence == (
        "Another person must confirm it until 2026-01-07 10:00 UTC; else version 1 becomes "
        "champion again."
    )
    assert late is not None
    assert (late.holds, late.need) == (False, None)
    assert confirmed is not None
    assert (confirmed.holds, confirmed.need) == (True, None)


def test_an_approval_that_went_stale_is_cleared_from_evaluate(history: History):  # noqa: F811
    for version in (1, 2):
        history.promote(history.decide(version, 0.8))
        history.next()
    asked = history.decide(3, 0.8, asks=True)
    waiting = now(history, decided(asked))
    history.roll_back(to=1, by="grace", reason="complaints")

    stale = now(history, decided(asked))

    assert waiting is not None
    assert waiting.sentence == "Version 3 waits for a yes or a no until 2026-01-09 02:00 UTC."
    assert stale is not None
    assert (stale.clear, stale.holds) == ("evaluate", False)
    assert "clear the run from evaluate on" in stale.sentence


def test_of_a_rejection_the_ledger_has_nothing_new_to_say(history: History):  # noqa: F811
    assert now(history, decided(history.decide(1, 0.8, passed=False))) is None


def test_a_night_that_was_scored_again_says_who_serves_it(history: History):  # noqa: F811
    told(history)
    scored = replace(examples.SCORING, model=NAME, night="2026-01-05", version=9)

    found = now(history, scored)

    assert found is not None
    assert found.sentence == (
        "The night of 2026-01-05 was scored again since: version 1 serves it."
    )
    assert now(history, replace(scored, version=1)) is None
