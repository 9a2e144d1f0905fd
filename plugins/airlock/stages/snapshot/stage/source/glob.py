"""What the addresses of all kinds of places have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence

from airlock.core.errors import SpecError

WILDCARD = re.compile(r"[*?\[]")


def outside(address: str, places: Sequence[str]) -> SpecError:
    """Nothing outside of the configured places is read, nor said to be there."""
    return SpecError(
        f"{address} lies outside of the places that a source may lie in ({', '.join(places)}).",
        do="Move the data there, or add its place to [airlock] sources.",
    )
