"""Checks the contract over all rows: values where they must be, one row per key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.nights import night_named

# Of so many suspected keys the truth is looked up; beyond, the suspicion is the truth.
_LOOKED_UP = 10_000


class Promises:
    """Watches rows go by.

    Memory holds eight bytes for the key of each row, and nothing else of it: Python's own keyed
    hash. Equal keys have equal hashes; of different keys with equal hashes (three in a million
    tables of ten million rows have such a pair) a second look at the written rows tells.

    Args:
        contract: what was promised.
        night: of the run; a column with `not_after_night` holds nothing after its end.
    """

    def __init__(self, contract: Contract, *, night: str) -> None:
        last = night_named(night).last.replace(tzinfo=None)
        columns = contract.columns.items()
        self._required = [name for name, column in columns if not column.nullable]
        self._numbers = [name for name, column in columns if column.type == "number"]
        self._until = {
            name: last.date() if column.type == "date" else last
            for name, column in columns
            if column.not_after_night
        }
        self._night = night
        self._key = list(contract.key)
        self._hashes: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        self._nulls: Counter[str] = Counter()
        self._infinite: Counter[str] = Counter()
        self._future: Counter[str] = Counter()
        self.rows = 0

    def watch(self, table: pa.Table) -> None:
        """Take in the next rows."""
        self.rows += table.num_rows
        for name in self._required:
            self._nulls[name] += table.column(name).null_count
        for name in self._numbers:
            self._infinite[name] += _count(pc.is_inf(table.column(name)))
        for name, last in self._until.items():
            self._future[name] += _count(pc.greater(table.column(name), last))
        if self._key:
            self._hashes.append(_hashes(table, self._key))

    def hold(self, address: str, written: Callable[[list[str]], Iterator[pa.Table]]) -> None:
        """Say what was broken.

        Args:
            address: of the source.
            written: gives some columns of all rows once more.

        Raises:
            DataError: with every broken promise, in counts.
        """
        broken = [
            f"{name} {problem} in {count:,} of {self.rows:,} rows"
            for problem, counts in (
                ("has no value", self._nulls),
                ("is infinite", self._infinite),
                (f"is later than the night {self._night}", self._future),
            )
            for name, count in counts.items()
            if count
        ]
        if repeated := self._repeated(written):
            broken.append(f"{repeated:,} values of {', '.join(self._key)} stand in several rows")
        if broken:
            raise DataError(
                f"{address} breaks the data contract: {'; '.join(broken)}.",
                do="Repair the export; or, if this is how it shall be, change nullable, "
                "not_after_night, null_values or key in the contract.",
            )

    def _repeated(self, written: Callable[[list[str]], Iterator[pa.Table]]) -> int:
        if not self._key or not self.rows:
            return 0
        hashes = np.concatenate(self._hashes)
        self._hashes.clear()
        hashes.sort()
        suspected = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if not len(suspected):
            return 0
        confirmed = self._confirmed(suspected[:_LOOKED_UP], written(self._key))
        return len(suspected) if len(suspected) > _LOOKED_UP and confirmed else confirmed

    def _confirmed(
        self, suspected: np.ndarray[tuple[int], np.dtype[np.int64]], tables: Iterator[pa.Table]
    ) -> int:
        """How many of the suspected keys do stand in several rows."""
        counted: pa.Table | None = None
        for table in tables:
            there = np.isin(_hashes(table, self._key), suspected)
            rows = table.filter(pa.array(there)).append_column("_", pa.repeat(1, int(there.sum())))
            both = pa.concat_tables([counted, rows] if counted is not None else [rows])
            summed = both.group_by(self._key).aggregate([("_", "sum")])
            counted = summed.rename_columns([*self._key, "_"]).select([*self._key, "_"])
        return 0 if counted is None else _count(pc.greater(counted["_"], 1))


def _hashes(table: pa.Table, key: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # As text, equal values of any type are equal and different ones different.
    texts = [table.column(name).cast(pa.string()).to_numpy(zero_copy_only=False) for name in key]
    keys = texts[0] if len(texts) == 1 else zip(*texts, strict=True)
    return np.fromiter(map(hash, keys), np.int64, count=table.num_rows)


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)
