"""Is there an order in which what happened at once could have happened one after another?

It knows nothing of the ledger: only what was asked for, when, and what each was told. A promotion
is a compare-and-set of one register that holds the entry which made the champion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One attempt to make a champion, with its retries.

    Args:
        began: before the first try, nanoseconds of one clock.
        ended: after the last.
        outcome: "ok", "conflict" (somebody else was faster), or "refused" for any other no.
        expects: the entry that made the champion it was judged against; None for whatever it was.
        made: its own entry; 0 unless it is ok.
    """

    who: str
    began: int
    ended: int
    outcome: str
    expects: int | None
    made: int = 0


def order(history: Sequence[Operation], *, first: int, last: int) -> list[str] | None:
    """An order that explains everything, or None: then what happened is not linearizable.

    Args:
        first: the entry that made the champion before anything began; 0 for nobody.
        last: the one that made the champion who was there in the end.
    """

    def search(state: int, left: tuple[Operation, ...]) -> list[str] | None:
        if not left:
            return [] if state == last else None
        for one in left:
            others = tuple(other for other in left if other is not one)
            # Whoever was through before this one began comes first.
            if any(other.ended < one.began for other in others) or not _possible(one, state):
                continue
            after = one.made if one.outcome == "ok" else state
            if (rest := search(after, others)) is not None:
                return [one.who, *rest]
        return None

    return search(first, tuple(history))


def _possible(one: Operation, state: int) -> bool:
    if one.expects is None or one.outcome == "refused":
        return True
    return (state == one.expects) is (one.outcome == "ok")
