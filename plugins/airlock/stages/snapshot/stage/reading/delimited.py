"""Reads CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from airlock.core.contract import Column, ColumnType, Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.bounds import check_count
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.cells import reads_as, typed
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.diagnosis import why_unreadable
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.strict import ROW_BYTES, Strict
from airlock.stages.snapshot.stage.reading.text import DeliveredText

_DELIMITERS = ",;\t"
_HEAD_CHARACTERS = 1 << 20
_HEAD_BYTES = 4 << 20
_HEAD_ROWS = 20
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one file is written.

    Args:
        delimiter: stands between its cells.
        names: stand above them.
        even: whether the first rows have as many cells as there are names.
    """

    delimiter: str
    names: Sequence[str]
    even: bool


def rows(file: DeliveredFile, contract: Contract) -> Iterator[pa.Table]:
    """The rows of one file as canonical tables.

    Raises:
        DataError: it is malformed or damaged, or breaks the contract.
    """
    layout = _layout(file, contract)
    _check(file, layout, contract)
    strict = _strict(file, layout, contract)
    read = 0
    try:
        for batch in batches(file, layout, contract, list(contract.columns), strict=strict):
            # A single cell may well be called as its column is.
            if contract.csv.header and batch.num_columns > 1:
                _refuse_header(file, batch, before=read)
            yield canonical(file, typed(file, batch, contract, before=read), contract)
            read += batch.num_rows
    except (pa.ArrowException, OSError):
        # The end of the file may say better what is wrong with a row.
        strict = _strict(file, layout, contract)
        raise why_unreadable(
            file, contract, strict, partial(batches, file, layout, contract)
        ) from None
    if read != strict.rows:
        raise DataError(
            f"{file.name} reads as {read:,} rows, and {strict.rows:,} are there.",
            do="It is written in a way that Airlock does not understand: export it again.",
        )


def _refuse_header(file: DeliveredFile, batch: pa.RecordBatch, *, before: int) -> None:
    """Refuse a row that is the header once more: files that were put one behind the other.

    Raises:
        DataError: with the row.
    """
    again: pa.Array | None = None
    for name in batch.schema.names:
        same = pc.fill_null(pc.equal(batch.column(name), name), False)
        again = same if again is None else pc.and_(again, same)
        if not pc.any(again).as_py():
            return
    if again is not None:
        row = before + int(pc.index(again, True).as_py()) + 1
        raise DataError(
            f"{file.name}: row {row:,} is the header once more, as where files were put one behind "
            "the other.",
            do="Deliver them as files of their own, or leave the header out of all but the first.",
        )


def batches(
    file: DeliveredFile,
    layout: Layout,
    contract: Contract,
    columns: Sequence[str],
    *,
    strict: Strict | None = None,
    bad_row: Callable[[pacsv.InvalidRow], str] | None = None,
    block: int = ROW_BYTES,
) -> Iterator[pa.RecordBatch]:
    """Some columns of a file as text, as Arrow reads them, errors and all.

    Args:
        file: to read.
        layout: how it is written.
        contract: how its text is to be understood.
        columns: which columns to read.
        strict: is shown every byte; None if nobody looks.
        bad_row: told of rows with another number of fields; they raise if None.
        block: bytes that Arrow parses at a time; longer rows raise.
    """
    text = contract.csv
    with (
        DeliveredText(file, contract, strict) as stream,
        pacsv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pacsv.ReadOptions(
                # One thread: only then does an error know its row. It costs no time worth a word.
                use_threads=False,
                block_size=block,
                column_names=None if text.header else list(layout.names),
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=text.quote if text.quote is not None else False,
                newlines_in_values=text.quote is not None,
                invalid_row_handler=bad_row,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                include_columns=list(columns),
                null_values=list(contract.null_values),
                strings_can_be_null=True,
            ),
        ) as reader,
    ):
        yield from reader


def _strict(file: DeliveredFile, layout: Layout, contract: Contract) -> Strict:
    text = contract.csv
    return Strict(
        file.name,
        delimiter=layout.delimiter,
        quote=text.quote,
        header=text.header,
        single=len(layout.names) == 1,
    )


def _layout(file: DeliveredFile, contract: Contract) -> Layout:
    """The delimiter under which most of the promised columns appear, and the columns' names."""
    text = contract.csv
    head = _head(file, contract)
    if not head.strip():
        raise DataError(
            f"{file.name} is empty: it has not even a {'header' if text.header else 'row'}.",
            do="Deliver the export again.",
        )
    rows = {mark: _first_rows(head, mark, text.quote) for mark in text.delimiter or _DELIMITERS}
    # The first one wins a draw, so that an unknown header is shown as commas split it.
    if text.header:
        mark = max(rows, key=lambda mark: len(set(rows[mark][0]) & set(contract.columns)))
        names, *rest = rows[mark]
        if not names:
            raise DataError(
                f"{file.name} begins with a line of more than {_HEAD_CHARACTERS:,} characters, or "
                f"with a name of more than {csv.field_size_limit():,}: that is no header.",
                do="Export it again; if its first line is a row by intent, write csv: {header: "
                "false} into the contract.",
            )
        check_count(file, len(names))
        even = all(len(row) == len(names) for row in rest if row)
        if not rest:
            # With nothing behind it, a line may be half of a row: an unknown name is none.
            names = [name if name in contract.columns else "" for name in names]
        return Layout(delimiter=mark, names=names, even=even)
    promised = len(contract.columns)
    mark = max(rows, key=lambda mark: len(rows[mark][0]) == promised)
    found = len(rows[mark][0])
    if found not in {promised, 0}:
        raise DataError(
            f"{file.name} has {found} columns; the data contract names {promised}.",
            do="Without a header the contract must name every column, in the file's order.",
        )
    return Layout(delimiter=mark, names=list(contract.columns), even=True)


def _head(file: DeliveredFile, contract: Contract) -> str:
    with DeliveredText(file, contract) as stream:
        head = b""
        while len(head) < _HEAD_BYTES and (chunk := stream.read(_HEAD_BYTES)):
            head += chunk
    # The last character may be cut in two; that all others are whole was looked at already.
    return head.decode(errors="ignore")[:_HEAD_CHARACTERS]


def _first_rows(head: str, delimiter: str, quote: str | None) -> list[list[str]]:
    """The cells of the first rows; none of a row that is too long, or cut off by the head's end."""
    found: Iterator[list[str]]
    if quote is None:
        lines = io.StringIO(head, newline=None).read().split("\n")
        found = (line.split(delimiter) for line in lines if line)
    else:
        text = io.StringIO(head, newline="")
        found = filter(None, csv.reader(text, delimiter=delimiter, quotechar=quote))
    rows: list[list[str]] = []
    try:
        rows += islice(found, _HEAD_ROWS)
    except csv.Error:
        # A cell beyond csv's limit is no name of a column.
        rows.append([])
    cut = len(head) == _HEAD_CHARACTERS and len(rows) < _HEAD_ROWS
    return (rows[:-1] if cut else rows) or [[]]


def _check(file: DeliveredFile, layout: Layout, contract: Contract) -> None:
    """Compare the columns by their names, and only if those differ by their first rows."""
    if not contract.csv.header:
        return
    if not layout.even and set(layout.names) != set(contract.columns):
        raise DataError(
            f"{file.name} does not have the columns of the data contract, and its first line has "
            f"another number of fields, {len(layout.names)}, than those behind it.",
            do="It is damaged, or its header is broken: export it again.",
        )
    sample = partial(_reads_as, file, layout, contract)

    def holds(new: str, lost: str) -> bool:
        kind = contract.columns[lost].type
        if kind == "string":
            # Everything can be read as text: text it is if it can be nothing else.
            return not sample(new, "number") and not sample(new, "date")
        return sample(new, kind)

    def retyped(names: Sequence[str]) -> list[str]:
        if set(layout.names) >= set(contract.columns):
            return []
        return [
            f"{name} has cells that are not of the type {contract.columns[name].type}"
            for name in names
            if not sample(name, contract.columns[name].type)
        ]

    check_columns(file, layout.names, contract, holds=holds, retyped=retyped, surely_names=False)


def _reads_as(
    file: DeliveredFile, layout: Layout, contract: Contract, name: str, kind: ColumnType
) -> bool:
    """Whether the first rows of a column are of a type."""
    known = contract.columns.get(name)
    column = known if known is not None and known.type == kind else Column(type=kind)
    rows = batches(file, layout, contract, [name], bad_row=lambda _: "skip", block=_SAMPLE_BYTES)
    try:
        first = next(rows, None)
    except (pa.ArrowException, OSError):
        return False
    return first is None or reads_as(first, name, column, contract)
