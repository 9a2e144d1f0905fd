"""The catalog of drift: which nights of a model were judged, and which night came before each.

An entry `drifted` of the model's ledger names the result; of several about one night the highest
number is what counts, and `drift/<model>/<night>/<number>.json` is a view of it. An entry pins the
night before it: the same night judged again goes on from the same one, whatever was judged since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from airlock.catalogs.base import Catalog
from airlock.ledger import Chain, Kind, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One judgement of one night.

    Args:
        model: registered name.
        night: partition date, ISO.
        number: 1 for the first of the night; 0 before it is entered.
        basis: digest of what was judged: rows, predictions, limits.
        drift: address of the `Drift` result.
        sha256: of that result, as stored.
        previous: address of the result that it goes on from; None for a model's first night.
        previous_sha256: of that result.
        late: whether a later night had been judged before; such a night asks for nothing.
        entry: the ledger entry that holds all this; 0 if none does.
    """

    FOLDER: ClassVar[str] = "drift"
    KINDS: ClassVar[frozenset[Kind]] = frozenset({"drifted"})
    WHAT: ClassVar[str] = "judgement"

    model: str
    night: str
    number: int = 0
    basis: str
    drift: str = ""
    sha256: str = ""
    previous: str | None
    previous_sha256: str | None
    late: bool
    entry: int = 0

    @property
    def key(self) -> str:
        """Where its view is stored."""
        return f"drift/{self.model}/{self.night}/{self.number:06d}.json"

    @property
    def id(self) -> str:
        """One night is judged once on the same basis."""
        return f"drifted/{self.night}/{self.basis}"


DRIFTS = Catalog(Judged)


def outlook(chain: Chain, night: str, *, basis: str) -> Judged:
    """What a judgement of a night goes on from: as it did the first time, or from the night before.

    Returns:
        The entry that was made, or one with the number 0 that is still to be made.

    Raises:
        Unverified: a judgement lies there that no entry of the ledger names.
    """
    DRIFTS.refuse_unsigned(chain)
    judged = DRIFTS.read(chain)
    for known in judged:
        if (known.night, known.basis) == (night, basis):
            return known
    # In order: of each night the last one counts, and of the nights the last one before.
    before = next((one for one in reversed(judged) if one.night < night), None)
    return Judged(
        model=chain.model,
        night=night,
        basis=basis,
        previous=before.drift if before else None,
        previous_sha256=before.sha256 if before else None,
        late=any(one.night > night for one in judged),
    )


def append_drift(
    ledger: Ledger, judged: Judged, *, at: datetime, results: Mapping[str, Any] | None = None
) -> Judged:
    """Enter a judgement, once: the same basis is found, not entered again.

    Args:
        ledger: of its model, to be written to.
        at: when, UTC.
        results: what the entry names besides.
    """
    return DRIFTS.append(ledger, judged, as_kind="drifted", at=at, results=results)


def earlier(chain: Chain, night: str, *, last: int) -> list[Judged]:
    """What counts of the nights before one, oldest first.

    Args:
        last: how many of them, counted back from the night.
    """
    of_night = {one.night: one for one in DRIFTS.read(chain) if one.night < night}
    return [of_night[one] for one in sorted(of_night)[-last:]]
