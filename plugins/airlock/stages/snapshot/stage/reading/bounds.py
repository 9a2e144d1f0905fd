"""Limits how large a file may become when it is unpacked."""

from __future__ import annotations

from collections.abc import Mapping

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.source.entry import Format

COLUMNS = 10_000
"""More columns than these are no table that a model learns from."""

FREE_BYTES = 256 << 20
"""Up to here any ratio is fine: it does no harm."""

_KINDS: Mapping[Format, int] = {"csv": 200, "jsonl": 200, "parquet": 2_000, "arrow": 2_000}
"""How many times its size a file of each kind may become.

Real exports of text pack 3 to 50 to 1, and gzip ends at 1,032 to 1: a file that comes near is made
to. Parquet says "the same again" in a few bytes for a whole page, and Arrow packs whole columns.
"""


class Unpacked:
    """Counts what comes out of a file.

    Args:
        file: whose size is the measure.
        contract: may allow another ratio.
    """

    def __init__(self, file: DeliveredFile, contract: Contract) -> None:
        self._name = file.name
        self._ratio = ratio_of(file.format or "csv", contract)
        self._limit = max(FREE_BYTES, self._ratio * file.path.stat().st_size)
        self._bytes = 0

    def add(self, bytes_: int) -> None:
        """Take in how much has come.

        Raises:
            DataError: it is too much.
        """
        self._bytes += bytes_
        if self._bytes > self._limit:
            raise too_large(self._name, self._ratio, self._limit)


def ratio_of(kind: Format, contract: Contract) -> int:
    """How many times its size something of a kind may become."""
    return contract.max_ratio or _KINDS[kind]


def too_large(name: str, ratio: int, limit: int) -> DataError:
    """What is said of something that became larger than it may."""
    return DataError(
        f"{name} unpacks to more than {ratio:,} times its size, and to more than "
        f"{limit >> 20:,} MiB.",
        do="If the export is meant so, write a larger max_ratio into the contract.",
    )


def check_count(file: DeliveredFile, columns: int) -> None:
    """Refuse a table that is too wide before it is read.

    Raises:
        DataError: it has more columns than a table may have.
    """
    if columns > COLUMNS:
        raise DataError(
            f"{file.name} has {columns:,} columns; at most {COLUMNS:,} are read.",
            do="Leave out what no model needs, or write one row a measurement.",
        )
