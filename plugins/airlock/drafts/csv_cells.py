"""Reads CSV files of a sample with every cell as it is written; finds their delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import pyarrow.csv as pacsv  # noqa: TID253  # see above

from airlock.core.contract import Contract, Csv
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.strict import Strict
from airlock.stages.snapshot.stage.reading.text import DeliveredText

_DELIMITERS = ",;\t"
_AT_ONCE = 1 << 20  # bytes


def delimiter_of(file: Path, text: Csv, names: Sequence[str]) -> str:
    """What splits the first line into most cells, and all others into as many."""
    line = _first_line(file, text)
    marks = text.delimiter or _DELIMITERS
    cells = {mark: len(_split(line, mark, text)) for mark in marks}
    for mark in (mark for mark in marks if cells[mark] == max(cells.values())):
        try:
            cells_of(file, text.model_copy(update={"delimiter": mark}), names)
        except (pa.ArrowException, csv.Error):
            continue
        return mark
    raise pa.ArrowInvalid("no delimiter fits")


def quotes_are_text(file: Path, text: Csv) -> bool:
    """Whether quotes mean nothing in a file: with them it is malformed, and without them even.

    Where some cells are in quotes, as they are between commas, the file is damaged instead.
    """
    bare = text.model_copy(update={"quote": None})
    try:
        mark = delimiter_of(file, text, ())
        check_text(file, text.model_copy(update={"delimiter": mark}), ())
        return False
    except (pa.ArrowException, UnicodeError, csv.Error, DataError):
        pass
    try:
        mark = delimiter_of(file, bare, ())
    except (pa.ArrowException, UnicodeError, csv.Error):
        return False
    # Tabs need no quotes around texts, and who writes them mostly writes none.
    return mark == "\t" or not _has_quoted_cells(file, bare, mark)


def _has_quoted_cells(file: Path, text: Csv, mark: str) -> bool:
    table = cells_of(file, text.model_copy(update={"delimiter": mark}), ())
    return any(
        pc.any(pc.match_substring_regex(column, r'^\s*"')).as_py() for column in table.columns
    )


def check_text(file: Path, text: Csv, names: Sequence[str]) -> None:
    """Refuse what snapshot would refuse: a proposal from rows that were misread proposes anything.

    Raises:
        DataError: with the file and the row in which the text is malformed.
    """
    assert text.delimiter is not None
    columns = list(names) or _split(_first_line(file, text), text.delimiter, text)
    strict = Strict(
        file.name,
        delimiter=text.delimiter,
        quote=text.quote,
        header=not names,
        single=len(columns) == 1,
    )
    # No contract is known yet; what it is asked for is how text is encoded, and may unpack.
    contract = Contract.model_validate({"columns": {"any": {"type": "string"}}, "csv": text})
    with DeliveredText(DeliveredFile(name=file.name, path=file), contract, strict) as stream:
        while stream.read(_AT_ONCE):
            pass


def cells_of(file: Path, text: Csv, names: Sequence[str]) -> pa.Table:
    """Every cell as it is written."""
    assert text.delimiter is not None
    columns = list(names) or _split(_first_line(file, text), text.delimiter, text)
    with pa.input_stream(file, compression="detect") as stream:
        return pacsv.read_csv(
            stream,
            read_options=pacsv.ReadOptions(
                encoding=text.encoding, column_names=columns, skip_rows=int(not names)
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=text.delimiter,
                quote_char=text.quote if text.quote is not None else False,
                newlines_in_values=text.quote is not None,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )


def _first_line(file: Path, text: Csv) -> str:
    encoding = "utf-8-sig" if text.encoding == "utf-8" else text.encoding
    with (
        pa.input_stream(file, compression="detect") as stream,
        io.TextIOWrapper(stream, encoding=encoding) as lines,
    ):
        return lines.readline().rstrip("\n")


def _split(line: str, delimiter: str, text: Csv) -> list[str]:
    if text.quote is None:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, quotechar=text.quote), [])
