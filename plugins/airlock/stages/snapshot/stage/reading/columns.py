"""Words which columns are new, lost, renamed or retyped, in one message."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.names import UNSEEN, column, sentences
from airlock.stages.snapshot.stage.reading.file import NamedSource

_NAME = re.compile(r"[^\W\d][\w .()/%-]{0,63}")

# So many new columns are another table, and no renamed one is looked for among them.
_LOOKED_THROUGH = 1_000

Holds = Callable[[str, str], bool]
"""Whether a column of the file, by its name, could be the promised one, by its type and values."""


def check_columns(
    file: NamedSource,
    found: Sequence[str],
    contract: Contract,
    *,
    holds: Holds,
    retyped: Callable[[Sequence[str]], Sequence[str]],
    surely_names: bool,
) -> None:
    """Refuse a file whose columns are not the promised ones.

    Args:
        file: for the message.
        found: the names in the file.
        contract: what was promised.
        holds: asked about pairs of a new and a lost column.
        retyped: says in words which of the given promised columns are of another type.
        surely_names: whether `found` are names; the first line of a damaged file may be a row or
            half of one, and what could be a cell is not shown. A new name may be somebody's, too:
            it is told by its place, unless it is nearly a promised one.

    Raises:
        DataError: with everything that is wrong at once.
    """
    times = Counter(found)
    lost = [name for name in contract.columns if name not in times]
    known = {*contract.columns, *contract.passed_over}
    new = [name for name in times if name not in known]
    places = {name: at for at, name in reversed([*enumerate(found, start=1)])}
    told = {name: _told(name, places[name], contract) for name in new}
    shown = surely_names or _all_look_like_names(new, lost, contract)
    renamed = _renamed(lost, new, holds) if shown and len(new) <= _LOOKED_THROUGH else {}
    wrong = [f"{name} is missing{_perhaps(renamed.get(name), told)}" for name in lost]
    taken = set(renamed.values())
    added = [told[name] for name in new if name not in taken]
    if lost and not shown:
        wrong.append(f"{len(new)} field(s) of its first line may be cells, and are not shown")
    elif not contract.additive:
        wrong += [f"{name} is new and not declared" for name in added]
    wrong += [f"{name} stands twice" for name in contract.columns if times[name] > 1]
    # Of a column that stands twice nobody can say which one is meant.
    wrong += retyped([name for name in contract.columns if times[name] == 1])
    if wrong:
        additive = "" if contract.additive else " (additive: true allows new ones)"
        raise DataError(
            f"{file.name} does not have the columns of the data contract: {sentences(wrong)}.",
            do=f"Repair the export, or change columns in the contract{additive}."
            if shown
            else "Export it again; if its first line is a row by intent, write csv: {header: "
            "false} into the contract.",
        )


def _told(name: str, at: int, contract: Contract) -> str:
    """What a log may call a column that nobody promised."""
    is_near = get_close_matches(name.lower(), [one.lower() for one in contract.columns], n=1)
    return column(name if is_near or not name else UNSEEN, at)


def _all_look_like_names(new: Sequence[str], lost: Sequence[str], contract: Contract) -> bool:
    """Whether a first line is a header: by what is known of it, and by the form of the rest."""
    known = len(contract.columns) - len(lost)
    return not lost or (2 * known >= len(contract.columns) and all(map(_NAME.fullmatch, new)))


def _renamed(lost: Sequence[str], new: Sequence[str], holds: Holds) -> dict[str, str]:
    """Each lost column's likely new name: a similar one first, else the only one that fits."""
    renamed: dict[str, str] = {}
    for name in lost:
        free = {other.lower(): other for other in new if other not in renamed.values()}
        close = [free[other] for other in get_close_matches(name.lower(), free)]
        if close:
            renamed[name] = next((other for other in close if holds(other, name)), close[0])
    rest = [name for name in lost if name not in renamed]
    fitting = [
        other
        for other in new
        if len(rest) == 1 and other not in renamed.values() and holds(other, rest[0])
    ]
    if len(fitting) == 1:
        renamed[rest[0]] = fitting[0]
    return renamed


def _perhaps(other: str | None, told: Mapping[str, str]) -> str:
    return f" (perhaps renamed to {told[other]}?)" if other else ""
