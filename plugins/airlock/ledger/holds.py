"""Legal holds: what must be kept, who says so, and why. They stand in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from airlock.core.errors import SpecError
from airlock.ledger.entry import Entry

if TYPE_CHECKING:
    from airlock.ledger.chain import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Something that nobody may delete until a named person lifts the hold.

    Args:
        model: whose ledger says so.
        sequence: of the entry.
        by: who holds it.
        reason: why.
        result: address of the result that is held, such as a snapshot's; "" for a version.
        version: of the model that is held, with everything that it was made of; None for a result.
        contents: digests of the results that are held, as far as the ledger knows them.
    """

    model: str
    sequence: int
    by: str
    reason: str
    result: str = ""
    version: int | None = None
    contents: frozenset[str] = frozenset()

    @property
    def what(self) -> str:
        """What is held, in words."""
        return self.result or f"version {self.version} of {self.model}"

    def sentence(self) -> str:
        """Who holds what, and why."""
        return (
            f"Entry {self.sequence} of the ledger of {self.model} holds {self.what}, by {self.by}: "
            f"{self.reason}"
        )


def holds(model: str, entries: Iterable[Entry]) -> tuple[Hold, ...]:
    """The holds that stand, oldest first.

    Args:
        entries: of the model's chain, verified.
    """
    entries = tuple(entries)
    lifted = {int(one.body["holds"]) for one in entries if one.kind == "released"}
    return tuple(
        Hold(
            model=model,
            sequence=entry.sequence,
            by=str(entry.body["by"]),
            reason=str(entry.body["reason"]),
            result=str(entry.body["result"]),
            version=entry.body["version"],
            contents=_made_of(entries, entry.body["version"]),
        )
        for entry in entries
        if entry.kind == "held" and entry.sequence not in lifted
    )


def _made_of(entries: Iterable[Entry], version: int | None) -> frozenset[str]:
    """What a version was decided on: every digest that the gate had before it."""
    return frozenset(
        str(one)
        for entry in entries
        if version is not None and entry.kind == "decided" and entry.body["version"] == version
        for one in entry.body["evidence"].values()
    )


def hold(
    ledger: Ledger,
    *,
    by: str,
    reason: str,
    at: datetime,
    result: str = "",
    version: int | None = None,
) -> Entry:
    """Hold a result or a version, in somebody's name.

    Raises:
        SpecError: nobody answers for it, or nobody says why.
    """
    _check(by, reason)
    what = result or f"version {version}"
    body = {
        "what": f"{by} holds {what}: {reason}",
        "by": by,
        "reason": reason,
        "result": result,
        "version": version,
    }
    # Of the same thing there may be several holds, one after the other.
    return ledger.append("held", body, id=f"held/{what}/{at.isoformat()}", at=at)


def release(ledger: Ledger, sequence: int, *, by: str, reason: str, at: datetime) -> Entry:
    """Lift a hold, in somebody's name.

    Raises:
        SpecError: nobody answers for it, or there is no such hold.
    """
    _check(by, reason)
    if sequence not in {one.sequence for one in holds(ledger.model, ledger.entries())}:
        raise SpecError(
            f"Entry {sequence} of the ledger of {ledger.model} is no hold that stands.",
            do=f"See airlock hold {ledger.model}.",
        )
    body = {
        "what": f"{by} lifts the hold of entry {sequence}: {reason}",
        "by": by,
        "reason": reason,
        "holds": sequence,
    }
    return ledger.append("released", body, id=f"released/{sequence}", at=at)


def _check(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise SpecError("Nobody answers for it.", do="Say who you are (--by), and why (--reason).")
