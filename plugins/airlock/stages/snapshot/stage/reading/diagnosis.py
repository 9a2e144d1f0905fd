"""Explains why a CSV file could not be read, by reading it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.strict import Strict
from airlock.stages.snapshot.stage.reading.text import DeliveredText

Read = Callable[..., Iterator[pa.RecordBatch]]

_CHUNK = 1 << 20


def why_unreadable(
    file: DeliveredFile, contract: Contract, strict: Strict, read: Read
) -> DataError:
    """The first of: damaged, undecodable, malformed, rows of another length.

    Args:
        file: that Arrow refused.
        contract: its columns and their types.
        strict: that has seen nothing of it yet.
        read: reads some columns of it, `read([name], bad_row=None)`, and raises as Arrow did.
    """
    return (
        _malformed(file, contract, strict)
        or _ragged(file, contract, read)
        or DataError(
            f"{file.name} cannot be read as CSV.",
            do="It is damaged, or written in another way than csv in the contract says.",
        )
    )


def _malformed(file: DeliveredFile, contract: Contract, strict: Strict) -> DataError | None:
    try:
        with DeliveredText(file, contract, strict) as text:
            while text.read(_CHUNK):
                pass
    except DataError as error:
        return error
    return None


def _ragged(file: DeliveredFile, contract: Contract, read: Read) -> DataError | None:
    """Rows with more or fewer fields."""
    bad: list[Any] = []

    def bad_row(row: Any) -> str:
        bad.append((row.number, row.actual_columns, row.expected_columns))
        return "skip"

    with suppress(pa.ArrowException, OSError):
        deque(read([next(iter(contract.columns))], bad_row=bad_row), maxlen=0)
    if not bad:
        return None
    number, found, expected = bad[0]
    return DataError(
        f"{file.name}: {len(bad):,} row(s) do not have as many fields as there are columns; the "
        f"first is row {_row(number, contract)}, with {found} instead of {expected}.",
        do="It is cut off, or a text holds the delimiter or a quote that is not quoted: export it "
        "again.",
    )


def _row(number: int, contract: Contract) -> int:
    """Rows as people count them: the header is none."""
    return number - 1 if contract.csv.header else number
