"""Withdraws a break-glass champion that nobody confirmed in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from airlock.core.errors import Conflict
from airlock.ledger import Champion, Ledger, State


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBack:
    """A champion before break-glass is champion again."""

    model: str
    version: int
    before: int
    by: str
    until: datetime

    @property
    def reason(self) -> str:
        """Why, for the ledger and for people."""
        return (
            f"{self.by} made version {self.version} champion by break-glass, and nobody confirmed "
            f"it until {self.until:%Y-%m-%d %H:%M} UTC."
        )


def fall_back(
    ledger: Ledger, *, verify: Callable[[str, Champion], None], now: datetime
) -> FellBack | None:
    """Append the entry that withdraws an unconfirmed champion whose time is over.

    Args:
        verify: raises `Unverified` unless every file of the bundle before is as it was.
        now: UTC.

    Returns:
        What happened; None if nothing had to.

    Raises:
        Unverified: the bundle before does not verify; somebody must roll back to another one.
    """
    pending = ledger.state().unconfirmed
    if pending is None or now < pending.until:
        return None
    verify(ledger.model, pending.before)
    fell = FellBack(
        model=ledger.model,
        version=pending.champion.version,
        before=pending.before.version,
        by=pending.by,
        until=pending.until,
    )

    def guard(state: State) -> None:
        if state.unconfirmed is None or state.unconfirmed.sequence != pending.sequence:
            raise Conflict("It was confirmed or rolled back in this moment.", do="Nothing.")

    body = {
        "champion": pending.before.body(),
        "from_bundle": pending.champion.bundle,
        "from_version": pending.champion.version,
        "by": "airlock",
        "reason": fell.reason,
    }
    try:
        entry_id = f"rolled_back/break_glass/{pending.sequence}"
        ledger.append("rolled_back", body, id=entry_id, at=now, guard=guard)
    except Conflict:
        return None
    return fell
