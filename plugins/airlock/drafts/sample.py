"""Reads a sample of a table for a proposal; the only place that guesses types."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa  # noqa: TID253  # nothing but one command imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import pyarrow.csv as pacsv  # noqa: TID253  # see above
import pyarrow.feather as feather  # noqa: TID253  # see above
import pyarrow.parquet as pq  # noqa: TID253  # see above

from airlock.core.contract import ColumnType, Csv
from airlock.core.errors import DataError
from airlock.core.table import ARROW
from airlock.drafts import guesses
from airlock.drafts.csv_cells import cells_of, check_text, delimiter_of, quotes_are_text
from airlock.drafts.guesses import NO_VALUE
from airlock.drafts.json_rows import read_rows
from airlock.stages.snapshot.stage.reading.times import date, timestamp
from airlock.stages.snapshot.stage.source.entry import FORMATS, format_of

# A zip archive is read at night, and not looked at here.
_TABLES = tuple(one for one in FORMATS if not one.endswith(".zip"))

# In this order: what reads as an integer reads as a number too.
_GUESSES: tuple[ColumnType, ...] = ("integer", "number", "boolean", "date", "timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows, and how they were to be read.

    Args:
        table: canonical.
        null_values: texts that mean "no value".
        csv: how CSV files are written; None for all others.
        formats: of each column of days or times that are not written year first, the one format
            that all its cells have.
    """

    table: pa.Table
    null_values: tuple[str, ...] = ("",)
    csv: Csv | None = None
    formats: Mapping[str, str] = field(default_factory=dict)


def look(source: Path) -> Sample:
    """Read a table of which nobody said how it is written: encoding and decimal mark are guessed.

    Raises:
        DataError: there is nothing, it cannot be read, or its text is malformed.
    """
    first = files(source)[0]
    if format_of(first.name) != "csv":
        return read(source, text=Csv())
    text = written_as(first, Csv(encoding=guesses.encoding(first)))
    cells = texts(first, text)
    if has_no_header(cells):
        raise DataError(
            f"The first line of {first} reads like a row, and names no columns.",
            do="Put a line with their names in front of it. A pipeline that is there already reads "
            "such files by csv: {header: false}, with all columns in the contract, in order.",
        )
    columns = (cells.column(name).unique().to_pylist() for name in cells.column_names)
    if any(map(guesses.has_decimal_commas, columns)):
        text = text.model_copy(update={"decimal": ","})
    return read(source, text=text)


def written_as(file: Path, text: Csv) -> Csv:
    """How a CSV file is written, with `quote: null` where quotes mean nothing in it."""
    return text.model_copy(update={"quote": None}) if quotes_are_text(file, text) else text


def has_no_header(cells: pa.Table) -> bool:
    """Whether what was taken for the names of the columns is a row."""
    columns = [column.unique().to_pylist() for column in cells.columns]
    return guesses.is_a_row(cells.column_names, columns)


def read(source: Path, *, text: Csv, names: Sequence[str] = ()) -> Sample:
    """Read a file or a folder of files whole.

    Args:
        source: tables of one kind, by the names of the files.
        text: how CSV files are written.
        names: the columns of CSV files without a header.

    Raises:
        DataError: there is nothing, it cannot be read, or its text is malformed, as for `snapshot`.
    """
    tables = files(source)
    try:
        match format_of(tables[0].name):
            case "parquet":
                return Sample(table=canonical(pa.concat_tables(map(pq.read_table, tables))))
            case "arrow":
                return Sample(table=canonical(pa.concat_tables(map(feather.read_table, tables))))
            case "jsonl":
                rows, formats = read_rows(tables)
                return Sample(table=canonical(rows), formats=formats)
        text = text.model_copy(update={"delimiter": delimiter_of(tables[0], text, names)})
        for file in tables:
            check_text(file, text, names)
        return _guessed(pa.concat_tables(cells_of(file, text, names) for file in tables), text)
    except (pa.ArrowException, UnicodeError, csv.Error):
        raise DataError(
            f"{source} cannot be read as one table.",
            do="All of its files must have the same columns; --help lists how CSV may be written.",
        ) from None


def texts(file: Path, text: Csv) -> pa.Table:
    """A CSV file, every cell as it is written.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return cells_of(
            file, text.model_copy(update={"delimiter": delimiter_of(file, text, ())}), ()
        )
    except (pa.ArrowException, UnicodeError, csv.Error):
        raise DataError(
            f"{file} cannot be read.", do="--help lists how it may be written."
        ) from None


def files(source: Path) -> list[Path]:
    """The tables at a path, all of one kind.

    Raises:
        DataError: there are none, or of several kinds.
    """
    found = sorted(source.rglob("*")) if source.is_dir() else [source]
    known = [path for path in found if path.is_file() and path.name.lower().endswith(_TABLES)]
    if not known:
        raise DataError(
            f"There is no table at {source}.",
            do=f"Name a file, or a folder with files, that end in {', '.join(_TABLES)}.",
        )
    if len({format_of(path.name) for path in known}) > 1:
        raise DataError(f"{source} holds files of several kinds.", do="Name a folder of one kind.")
    return known


def _guessed(texts: pa.Table, text: Csv) -> Sample:
    columns = {name: texts.column(name).combine_chunks() for name in texts.column_names}
    known = {name: column.dictionary_encode() for name, column in columns.items()}
    nulls = [""]
    kinds: dict[str, ColumnType] = {}
    formats: dict[str, str] = {}
    for name, column in known.items():
        kinds[name], blanks = _kind(column.dictionary, text)
        written = column.dictionary.to_pylist()
        # Where every day could be a month as well nobody can be sure: it stays a text.
        if kinds[name] == "string" and len(shapes := guesses.formats_of(written)) == 1:
            formats[name] = shapes[0]
            kinds[name] = "timestamp" if "%H" in shapes[0] else "date"
            blanks = guesses.blanks(written)
        nulls += [blank for blank in blanks if blank not in nulls]
    arrays = {
        name: (
            _dated(column.dictionary, formats[name], nulls)
            if name in formats
            else _converted(column.dictionary, kinds[name], text, nulls)
        ).take(column.indices)
        for name, column in known.items()
    }
    return Sample(
        table=canonical(pa.table(arrays)), null_values=tuple(nulls), csv=text, formats=formats
    )


def _dated(cells: pa.StringArray, shape: str, null_values: Sequence[str]) -> pa.Array:
    """Days and times in a format, as snapshot reads them."""
    nothing = pc.is_in(cells, value_set=pa.array(null_values, pa.string()))
    there = pc.if_else(nothing, pa.scalar(None, pa.string()), cells)
    return timestamp(there, shape) if "%H" in shape else date(there, shape)


def _kind(values: pa.StringArray, text: Csv) -> tuple[ColumnType, list[str]]:
    """The type that all of a column's texts have, and which of them must then mean "no value"."""
    written = {value for value in values.to_pylist() if value}
    blanks = sorted(written & NO_VALUE)
    rest = pa.array(sorted(written - NO_VALUE), pa.string())
    if not len(rest) or _is_a_code(rest):
        return "string", []
    for kind in _GUESSES:
        try:
            found = _converted(rest, kind, text, [""])
        except pa.ArrowInvalid:
            continue
        if kind != "number" or bool(pc.all(pc.is_finite(found)).as_py()):
            return kind, blanks
    return "string", []


def _is_a_code(values: pa.StringArray) -> bool:
    """Whether a leading zero, or the plus of a phone number, would be lost by reading a number."""
    return bool(pc.any(pc.match_substring_regex(values, r"^(?:[+-]?0\d|\+\d{7})")).as_py())


def _converted(
    values: pa.StringArray, kind: ColumnType, text: Csv, null_values: Sequence[str]
) -> pa.Array:
    """Texts as the CSV reader itself converts them, so that a snapshot will read them alike."""
    if not len(values):
        return pa.array([], ARROW[kind])
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([value] for value in values.to_pylist())
    data = written.getvalue().encode()
    table = pacsv.read_csv(
        io.BytesIO(data),
        read_options=pacsv.ReadOptions(column_names=["value"], block_size=len(data) + 1),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types={"value": ARROW[kind]},
            null_values=list(null_values),
            strings_can_be_null=True,
            decimal_point=text.decimal,
        ),
    )
    return table.column("value").combine_chunks()


def canonical(table: pa.Table) -> pa.Table:
    """Every column in the one Arrow type of its kind.

    Raises:
        DataError: a column is of a type that a contract cannot name.
    """
    arrays = {name: _cast(name, table.column(name)) for name in table.column_names}
    return pa.table(arrays)


def _cast(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    arrow = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    kind = next(_kinds_of(arrow), None)
    if kind is None:
        raise DataError(
            f"The column {name} is of the type {arrow}, which no contract can name.",
            do=f"Export it as one of {', '.join(ARROW)}.",
        )
    cast = column.cast(ARROW[kind])
    if kind == "number":
        cast = pc.if_else(pc.is_nan(cast), pa.scalar(None, ARROW[kind]), cast)
    return cast


def _kinds_of(arrow: pa.DataType) -> Iterator[ColumnType]:
    types = pa.types
    texts = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    if any(is_text(arrow) for is_text in texts):
        yield "string"
    if types.is_integer(arrow):
        yield "integer"
    if types.is_floating(arrow) or types.is_decimal(arrow):
        yield "number"
    if types.is_boolean(arrow):
        yield "boolean"
    if types.is_date(arrow):
        yield "date"
    if types.is_timestamp(arrow):
        yield "timestamp"
