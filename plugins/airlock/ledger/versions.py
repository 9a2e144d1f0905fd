"""Says which versions of a model there are, to whoever names another one."""

from __future__ import annotations

from collections.abc import Sequence

from airlock.core.errors import SpecError
from airlock.core.quoting import some
from airlock.ledger.champion import Champion
from airlock.ledger.entry import Entry


def known_versions(entries: Sequence[Entry]) -> tuple[int, ...]:
    """Every version that was decided about or made champion, in order.

    Args:
        entries: a whole chain, verified.
    """
    decided = (one.body.get("version") for one in entries if one.kind == "decided")
    found = {version for version in decided if version is not None}
    made = (one for one in entries if one.kind in {"promoted", "rolled_back"})
    return tuple(sorted(found | {Champion.from_entry(one).version for one in made}))


def refuse_unknown(model: str, version: int, entries: Sequence[Entry]) -> None:
    """Refuse a version that there is not, and say which there are.

    Args:
        entries: a whole chain, verified.

    Raises:
        SpecError: there is none of that number.
    """
    known = known_versions(entries)
    if version in known:
        return
    raise SpecError(
        f"There is no version {version} of {model} ({_there(known)}).",
        do="Name another one." if known else f"`airlock history {model}` shows what there is.",
    )


def _there(known: Sequence[int]) -> str:
    if not known:
        return "none exists"
    if len(known) == 1:
        return f"only version {known[0]} exists"
    if known == (*range(known[0], known[-1] + 1),):
        return f"{known[0]} to {known[-1]} exist"
    return f"{some(map(str, known))} exist"
