"""The checker of the races: it must know a wrong history when it sees one."""

from __future__ import annotations

import pytest

from tests.linearizable import Operation, order


def op(who: str, began: int, ended: int, outcome: str, expects: int | None, made: int = 0):
    return Operation(who=who, began=began, ended=ended, outcome=outcome, expects=expects, made=made)


def test_one_winner_and_a_loser_who_was_told_so():
    history = [op("a", 0, 9, "conflict", 0), op("b", 1, 5, "ok", 0, 3)]

    assert order(history, first=0, last=3) == ["b", "a"]


@pytest.mark.parametrize(
    ("history", "last"),
    [
        pytest.param([op("a", 0, 5, "ok", 0, 3), op("b", 1, 5, "ok", 0, 4)], 4, id="two winners"),
        pytest.param([op("a", 0, 5, "conflict", 0)], 0, id="a conflict with nobody"),
        pytest.param([op("a", 0, 5, "ok", 0, 3)], 0, id="a winner who is not champion"),
        pytest.param(
            [op("a", 0, 1, "conflict", 0), op("b", 2, 3, "ok", 0, 3)],
            3,
            id="a conflict with somebody who began later",
        ),
        pytest.param(
            [op("a", 0, 1, "ok", 0, 3), op("back", 2, 3, "ok", None, 4)],
            3,
            id="a rollback that left no trace",
        ),
    ],
)
def test_what_cannot_have_happened_is_not_explained(history: list[Operation], last: int):
    assert order(history, first=0, last=last) is None
