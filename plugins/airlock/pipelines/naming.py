"""Names the operators of a pipeline, so that tasks of one's own go before and between them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def by_name(last: Any) -> SimpleNamespace:
    """All operators of a pipeline by their task's id.

    Args:
        last: the operator that its call returns.
    """
    upstream, downstream = (last.get_flat_relatives(upstream=one) for one in (True, False))
    chain = [*upstream, last, *downstream]
    return SimpleNamespace(**{one.label: one for one in chain})
