"""Looks whether what is joined has anything in common: without a match a join fails in silence.

Its columns are then missing, or 0, in every row, and nothing else says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airlock.core.errors import DataError
from airlock.stages.prepare.record import JoinedTable, Match, PreparedNight
from airlock.stages.prepare.spec import NamedLabels, NamedTable
from airlock.stages.prepare.stage.database import JoinDatabase
from airlock.stages.prepare.stage.known import quoted

# Of fewer values none may match by chance: three complaints, of people who have left.
_ENOUGH = 20


class Matching:
    """Counts, night by night, the values that two joined columns have in common.

    Args:
        joins: the pairs of columns; None where it is not known by which rows are joined.
        tables: the sources by name.
    """

    def __init__(
        self, joins: Sequence[tuple[str, str]] | None, tables: Mapping[str, NamedTable]
    ) -> None:
        self._joins = joins
        self._tables = tables
        self._counts = {pair: (0, 0, 0) for pair in joins or () if self._alike(*pair)}

    def look(self, database: JoinDatabase) -> None:
        """Count for the night that the database shows."""
        for (left, right), so_far in self._counts.items():
            first, second = _values(left), _values(right)
            more = (
                database.count(f"({first})"),
                database.count(f"({second})"),
                database.count(f"({first} INTERSECT {second})"),
            )
            self._counts[left, right] = tuple(  # type: ignore[assignment]  # three, as before
                a + b for a, b in zip(so_far, more, strict=True)
            )

    def found(self) -> tuple[Match, ...] | None:
        """All of them, for the record."""
        if self._joins is None:
            return None
        return tuple(
            Match(left=left, right=right, values=(first, second), common=common)
            for (left, right), (first, second, common) in self._counts.items()
        )

    def refuse_strangers(self, path: str) -> None:
        """Refuse sources that are joined and have no value in common.

        Args:
            path: of the SQL.

        Raises:
            DataError: they have none, and enough that some should be.
        """
        for (left, right), (first, second, common) in self._counts.items():
            if common == 0 and min(first, second) >= _ENOUGH:
                raise DataError(
                    f"{path} joins {left} with {right}, and none of {first:,} values stands among "
                    f"the {second:,} others: whatever it gets there is missing in every row.",
                    do="Look whether both hold the same key in the same spelling; if one has to be "
                    "changed for that, such as by lower(…) or trim(…), write it into the SQL.",
                )

    def _alike(self, left: str, right: str) -> bool:
        """Whether values of both can be compared as they stand."""
        kinds = [
            self._tables[table].contract.columns[column].type
            for table, _, column in (one.partition(".") for one in (left, right))
        ]
        return kinds[0] == kinds[1]


def refuse_unseen(path: str, tables: Sequence[JoinedTable], made: Sequence[PreparedNight]) -> None:
    """Refuse a source of which no night saw a row, though all that it holds was looked at.

    Events of the last days may be none. What is left out for its time wholly was dated wrongly.

    Args:
        path: of the SQL.

    Raises:
        DataError: there is one.
    """
    for at, table in enumerate(tables):
        if table.history is None and not any(one.read[at] for one in made):
            nights = made[0].night if len(made) == 1 else f"{made[0].night} to {made[-1].night}"
            meant = (
                "no label came in time"
                if table.kind == "labels"
                else "all of its rows lie at another time"
            )
            raise DataError(
                f"None of the {table.rows:,} rows of {table.name} counts for {nights} in {path}: "
                f"{meant}.",
                do="Compare the times in it with these nights: a wrong year, zone or column, or a "
                "delivery that stopped, reads like this.",
            )


def refuse_unlabelled(path: str, labels: NamedLabels, made: Sequence[PreparedNight]) -> None:
    """Refuse labels that came, and of which none found its row.

    Args:
        path: of the SQL.

    Raises:
        DataError: none did, and enough came, or nothing is left without them.
    """
    came = sum(one.read[-1] for one in made)
    if any(one.labelled for one in made) or came < (1 if labels.label else _ENOUGH):
        return
    keys = ", ".join(f"{ours} = {theirs}" for ours, theirs in labels.keys.items())
    raise DataError(
        f"None of {came:,} labels that came in time found its row of {path} by {keys}.",
        do="Look whether both hold the same key in the same spelling.",
    )


def _values(column: str) -> str:
    table, _, name = column.partition(".")
    return f"SELECT DISTINCT {quoted(name)} FROM {quoted(table)} WHERE {quoted(name)} IS NOT NULL"
