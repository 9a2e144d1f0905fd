"""Clear: what was rolled back may be a candidate again, by the word of a named person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock.core.errors import SpecError
from airlock.ledger import Ledger
from airlock.stages.clear.record import Clearance
from airlock.stages.clear.stage import clear
from tests.judged import CHAMPION, NOW, ORIGIN


@pytest.fixture
def rolled_back(ledger: Ledger) -> Ledger:
    """Versions 1 to 3 were champions; 3 and then 2 were rolled back."""
    bodies = [
        replace(CHAMPION, version=version, bundle=f"bundle {version}").body()
        for version in (1, 2, 3)
    ]
    for body in bodies:
        ledger.append("promoted", {"champion": body}, id=body["bundle"], at=NOW)
    for to, since in ((2, 3), (1, 2)):
        withdrawal = {"champion": bodies[to - 1], "from_version": since, "reason": "bad"}
        ledger.append(
            "rolled_back",
            withdrawal | {"from_bundle": f"bundle {since}", "by": "admin"},
            id=f"r{since}",
            at=NOW,
        )
    return ledger


def cleared(ledger: Ledger, version: int, *, run_id: str = "1") -> Clearance:
    return clear(
        ledger=ledger,
        version=version,
        by="admin",
        reason="the data was at fault",
        origin=replace(ORIGIN, run_id=run_id),
        now=NOW,
    )


def test_the_bundle_is_no_longer_withdrawn_and_who_and_why_is_written(rolled_back: Ledger):
    record = cleared(rolled_back, 2)

    assert set(rolled_back.state().rolled_back) == {"bundle 3"}
    assert (record.bundle, record.sequence) == ("bundle 2", 6)
    entry = rolled_back.entries()[-1]
    assert (entry.kind, entry.body["by"]) == ("cleared", "admin")
    assert record.facts()[1] == "admin: the data was at fault"


def test_nobody_becomes_champion_by_it(rolled_back: Ledger):
    before = rolled_back.state().champion

    cleared(rolled_back, 3)

    assert rolled_back.state().champion == before


def test_a_retry_finds_what_the_run_wrote(rolled_back: Ledger):
    assert cleared(rolled_back, 2) == cleared(rolled_back, 2)
    assert len(rolled_back.entries()) == 6


@pytest.mark.parametrize("version", [1, 4], ids=["never withdrawn", "unknown"])
def test_what_is_not_withdrawn_cannot_be_cleared(rolled_back: Ledger, version: int):
    with pytest.raises(SpecError, match=r"There is no version|not withdrawn"):
        cleared(rolled_back, version)


def test_what_was_cleared_cannot_be_cleared_again(rolled_back: Ledger):
    cleared(rolled_back, 2)

    with pytest.raises(SpecError, match=r"not withdrawn.*: 3\."):
        cleared(rolled_back, 2, run_id="2")
