"""Who was champion, from when to when, and who said so and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from airlock.ledger import Champion, Entry

How = Literal["promoted", "canary", "break-glass", "rolled back"]
"""How a version became champion: past the gate, after a canary, past no gate, by going back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """The time of one champion.

    Args:
        sequence: the ledger entry that made it champion.
        version: of the model.
        since: when it became champion, UTC.
        until: when another took its place; None for the present one.
        by: the people who said so; none where the policy asks nobody.
        why: their reasons, or the gate's word.
        night: partition date of its data; None for a source without nights.
        policy: under which it was judged; "" where an earlier version wrote no decision.
        confirmed: of break-glass, whether another person stands by it.
    """

    sequence: int
    version: int
    since: datetime
    until: datetime | None
    how: How
    by: tuple[str, ...]
    why: str
    night: str | None
    policy: str
    confirmed: bool = False


def reigns(entries: Sequence[Entry]) -> tuple[Reign, ...]:
    """All champions of a model, the oldest first.

    Args:
        entries: the whole chain, verified.
    """
    found: list[Reign] = []
    for entry in entries:
        if entry.kind in {"promoted", "rolled_back"}:
            if found:
                found[-1] = replace(found[-1], until=entry.at)
            found.append(_reign(entry, entries))
        elif entry.kind == "confirmed" and found and found[-1].sequence == entry.body["confirms"]:
            found[-1] = replace(found[-1], confirmed=True)
    return tuple(found)


def _reign(entry: Entry, entries: Sequence[Entry]) -> Reign:
    champion = Champion.from_entry(entry)
    how, by, why = _told(entry, entries)
    decided = entry.body.get("decided") or 0
    return Reign(
        sequence=entry.sequence,
        version=champion.version,
        since=entry.at,
        until=None,
        how=how,
        by=by,
        why=why,
        night=champion.night,
        policy=entries[decided - 1].body.get("policy", "") if decided else "",
    )


def _told(entry: Entry, entries: Sequence[Entry]) -> tuple[How, tuple[str, ...], str]:
    body = entry.body
    if entry.kind == "rolled_back":
        return "rolled back", (body["by"],), body["reason"]
    if (glass := body.get("break_glass")) is not None:
        return "break-glass", (glass["by"],), glass["reason"]
    said = list(_answers(entry, entries))
    by = tuple(one.body["by"] for one in said)
    why = " ".join(one.body["reason"] for one in said if one.body["reason"])
    on_trial = any(
        one.kind == "canary" and one.body["promotion"].get("decided") == body.get("decided")
        for one in entries[: entry.sequence - 1]
    )
    return (
        "canary" if on_trial else "promoted",
        by,
        why or ("" if by else "The policy asks nobody."),
    )


def _answers(entry: Entry, entries: Sequence[Entry]) -> Iterator[Entry]:
    for sequence in sorted({*entry.body.get("approvals", ()), entry.body.get("approved") or 0}):
        if 0 < sequence < entry.sequence and entries[sequence - 1].body.get("by"):
            yield entries[sequence - 1]
