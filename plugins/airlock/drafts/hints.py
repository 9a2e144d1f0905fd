"""Says what to write into a contract by which the files of a sample cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from airlock.core.contract import Contract, Csv
from airlock.core.errors import DataError
from airlock.core.problems import Where, WrittenProblem
from airlock.drafts import guesses, sample
from airlock.stages.snapshot.stage.source.entry import format_of


def column_at(name: str) -> Where:
    """Where the contract declares a column."""
    return ("contract", "columns", name)


def hints_of(source: Path, contract: Contract) -> list[WrittenProblem]:
    """What to write into the contract so that the files can be read, as far as it can be seen."""
    first = sample.files(source)[0]
    if format_of(first.name) != "csv":
        return []
    found = guesses.encoding(first)
    if found != contract.csv.encoding and contract.csv.encoding == "utf-8":
        what = f"the file looks like {found}"
        do = f"Write csv: {{encoding: {found}}}."
        return [WrittenProblem(what=what, do=do, at=("contract", "csv"))]
    text = Csv(encoding=contract.csv.encoding, quote=contract.csv.quote)
    if text.quote is not None and sample.written_as(first, text).quote is None:
        what = "quotes in the file are text, and close no cell"
        return [WrittenProblem(what=what, do="Write csv: {quote: null}.", at=("contract", "csv"))]
    try:
        cells = sample.texts(first, text)
    except DataError:
        return []
    if contract.csv.header and sample.has_no_header(cells):
        what = "the first line of the file reads like a row, and names no columns"
        do = "Write csv: {header: false}, and all columns in the order of the file."
        return [WrittenProblem(what=what, do=do, at=("contract", "csv"))]
    hints: list[WrittenProblem] = []
    for name, column in contract.columns.items():
        if name in cells.column_names and column.type != "string":
            values = cells.column(name).unique().to_pylist()
            known = [one for one in values if one not in contract.null_values]
            hints += _hint(name, contract, known)
    return hints


def _hint(name: str, contract: Contract, cells: list[str]) -> Iterator[WrittenProblem]:
    column = contract.columns[name]
    unnamed = guesses.blanks(cells)
    if (
        column.type == "number"
        and contract.csv.decimal == "."
        and guesses.has_decimal_commas(cells)
    ):
        what = f"{name} has a comma before the fraction"
        yield WrittenProblem(what=what, do='Write csv: {decimal: ","}.', at=("contract", "csv"))
    elif column.type in {"date", "timestamp"} and (shapes := guesses.formats_of(cells)):
        if column.format not in shapes:
            what = f"{name} is written in another format than the contract says"
            do = f'Write format: "{shapes[0]}".'
            yield WrittenProblem(what=what, do=do, at=column_at(name))
    elif unnamed:
        what = f"{name} has texts that mean no value, such as {unnamed[0]!r}"
        listed = ", ".join(f'"{one}"' for one in ["", *unnamed])
        do = f"Write null_values: [{listed}], and nullable: true for {name}."
        yield WrittenProblem(what=what, do=do, at=("contract", "null_values"))
