"""Why a CSV file could not be read: a second look, taken only after the first one failed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import File

Read = Callable[..., Iterator[pa.RecordBatch]]

_CHUNK = 1 << 20


def why_unreadable(file: File, contract: Contract, read: Read) -> DataError:
    """The first of: damaged, undecodable, rows of another length, cells of another type.

    Args:
        file: that Arrow refused.
        contract: its columns and their types.
        read: reads some columns of it, `read({name: type}, bad_row=None)`, and raises as Arrow did.
    """
    return (
        _undecodable(file, contract.csv.encoding)
        or _ragged(file, contract, read)
        or _mistyped(file, contract, read)
        or DataError(
            f"{file.name} cannot be read as CSV.",
            do="It is damaged, or written in another way than csv in the contract says.",
        )
    )


def undecodable(file: File, encoding: str) -> DataError:
    """That a file is written in another encoding."""
    return DataError(
        f"{file.name} is not {encoding.upper()}.",
        do=f"Export it as {encoding.upper()}, or name its encoding in the contract under csv.",
    )


def damaged(file: File) -> DataError:
    """That a packed file does not unpack, or a disk does not read."""
    return DataError(
        f"{file.name} cannot be unpacked: it is cut off or damaged.", do="Deliver it again."
    )


def _undecodable(file: File, encoding: str) -> DataError | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with file.stream() as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return undecodable(file, encoding)
    except (pa.ArrowException, OSError):
        return damaged(file)
    return None


def _ragged(file: File, contract: Contract, read: Read) -> DataError | None:
    """Rows with more or fewer fields, or one that swallows those behind it."""
    bad: list[Any] = []

    def bad_row(row: Any) -> str:
        bad.append((row.number, row.actual_columns, row.expected_columns))
        return "skip"

    column = next(iter(contract.columns))
    try:
        for _ in read({column: "string"}, bad_row=bad_row):
            pass
    except (pa.ArrowException, OSError) as error:
        if "straddling" in str(error):
            return DataError(
                f"{file.name} has a row that is longer than 16 MiB, or a quote that never closes.",
                do="Export it again with quotes inside of texts doubled; or, where quotes mean "
                "nothing, write csv: {quote: null} into the contract.",
            )
    if not bad:
        return None
    number, found, expected = bad[0]
    return DataError(
        f"{file.name}: {len(bad):,} row(s) do not have as many fields as there are columns; the "
        f"first is row {_row(number, contract)}, with {found} instead of {expected}.",
        do="It is cut off, or a text holds the delimiter or a quote that is not quoted: export it "
        "again.",
    )


def _mistyped(file: File, contract: Contract, read: Read) -> DataError | None:
    """Read every column on its own to name those whose cells are of another type."""
    wrong = []
    for name, column in contract.columns.items():
        try:
            for _ in read({name: column.type}):
                pass
        except (pa.ArrowException, OSError) as error:
            if "conversion error" in str(error):
                found = re.search(r"Row #(\d+)", str(error))
                where = f" (first in row {_row(int(found[1]), contract)})" if found else ""
                wrong.append(f"{name} has cells that are not of the type {column.type}{where}")
    if not wrong:
        return None
    return DataError(
        f"{file.name} breaks the data contract: {'; '.join(wrong)}.",
        do="Repair the export, or change the types, null_values or csv in the contract.",
    )


def _row(number: int, contract: Contract) -> int:
    """Rows as people count them: the header is none."""
    return number - 1 if contract.csv.header else number
