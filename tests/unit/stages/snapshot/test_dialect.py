"""A CSV file is read as Python's csv module reads it in strict mode, or refused with its row."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables
from airlock.stages.snapshot.stage.reading.strict import Strict

Freeze = Callable[..., Snapshot]

NOTES = Contract.model_validate(
    {"columns": {"id": {"type": "string"}, "note": {"type": "string", "nullable": True}}}
)
SECRET = "maria@example.org"
GOOD = "id,note\n1,fine\n2,fine\n"
ONE_QUOTE = f'id,note\n1,fine\n2,"{SECRET}\n3,ok\n4,ok\n'


def frozen(tmp_path: Path) -> list[dict[str, object]]:
    return pq.read_table(tmp_path / "out").to_pylist()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        pytest.param('1,"a, ""b"""\n2,x\n', ['a, "b"', "x"], id="doubled quotes"),
        pytest.param('1,"""a"""\n2,""""\n', ['"a"', '"'], id="quotes alone"),
        pytest.param('1,"a\nb"\n2,"\r\n\n"\n', ["a\nb", "\r\n\n"], id="line breaks in cells"),
        pytest.param('1,"a"\r\n2,b\r\n', ["a", "b"], id="CRLF"),
        pytest.param('1,"a"\r2,b\r', ["a", "b"], id="CR"),
        pytest.param('1,"a"\n2,"b"', ["a", "b"], id="no line break at the end"),
        pytest.param('\n1,"a"\n\n\n2,b\n\n', ["a", "b"], id="empty lines between rows of several"),
        pytest.param('1,""\n2,b\n', [None, "b"], id="a quoted cell without text"),
        pytest.param("1,it's\n2,\\\n", ["it's", "\\"], id="apostrophes and backslashes"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
def test_what_is_well_formed_passes(
    freeze: Freeze, place: Path, tmp_path: Path, text: str, notes: list[str | None], mark: str
):
    end = text[-2:] if text.endswith("\r\n") else "\r" if text.endswith("\r") else "\n"
    (place / "rows.csv").write_bytes(f'{mark}"id",note{end}{text}'.encode())

    freeze("rows.csv", NOTES)

    assert [row["note"] for row in frozen(tmp_path)] == notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(ONE_QUOTE, "row 2 has a quote that never closes", id="a quote stays open"),
        pytest.param(
            f'id,note\n1,a\n2,"{SECRET}\n3,b\n4,"c"\n',
            "row 2 has a quote inside",
            id="a quote that closes in a later row",
        ),
        pytest.param(f'id,note\n1,"a\n\n{SECRET}', "row 1 has a quote that never", id="cut"),
        pytest.param(f'id,note\n\n1,a\n\n2,"{SECRET}', "row 2 has a quote", id="empty lines"),
        pytest.param(
            f'id,note\n1,"a "b" {SECRET}"\n', "row 1 has a quote inside", id="not doubled"
        ),
        pytest.param(f"id,note\n1,a\r2,{SECRET}\n", "carriage return alone", id="two line ends"),
        pytest.param(f'id,note\n1,"a \\"b\\" {SECRET}"\n', "row 1 has a quote", id="backslashes"),
        pytest.param(f'id,note\n1,a\n2,"24" {SECRET}"\n', "row 2 has a quote", id="text behind"),
        pytest.param(f'id,note\n1,24" {SECRET}\n', "row 1 has a quote inside", id="bare"),
        pytest.param(f'id,note\n1, "{SECRET}"\n', "row 1 has a quote inside", id="a blank before"),
        pytest.param(f'id,note\n1,"{SECRET}" \n', "row 1 has a quote inside", id="a blank behind"),
        pytest.param(f'id,"note" {SECRET}\n1,a\n', "not shown|the header has", id="header"),
    ],
)
def test_what_is_malformed_is_refused_with_its_row(
    freeze: Freeze, place: Path, text: str, said: str
):
    (place / "rows.csv").write_text(text)

    with pytest.raises(DataError, match=rf"rows\.csv.*({said})") as caught:
        freeze("rows.csv", NOTES)

    assert SECRET not in str(caught.value)
    assert not caught.value.retry_can_help


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_file_cut_inside_of_a_cell_is_refused_packed_too(
    freeze: Freeze, place: Path, encoding: str
):
    (place / "rows.csv.gz").write_bytes(gzip.compress('id,note\n1,"über, cut'.encode(encoding)))
    contract = NOTES.model_copy(update={"csv": NOTES.csv.model_copy(update={"encoding": encoding})})

    with pytest.raises(DataError, match="row 1 has a quote that never closes"):
        freeze("rows.csv.gz", contract)


def test_the_second_of_two_files_is_refused_by_its_name(freeze: Freeze, place: Path):
    (place / "a.csv").write_text(GOOD)
    (place / "b.csv").write_text(ONE_QUOTE)

    with pytest.raises(DataError, match=r"b\.csv: row 2 has a quote that never closes"):
        freeze("*.csv", NOTES)


def test_a_header_that_stands_again_is_refused_with_its_row(freeze: Freeze, place: Path):
    """As `cat a.csv b.csv` leaves it; of texts alone it would be a row as good as any."""
    (place / "rows.csv").write_text(GOOD + GOOD)

    with pytest.raises(DataError, match="row 3 is the header once more"):
        freeze("rows.csv", NOTES)


def test_twenty_megabytes_of_good_rows_hide_nothing(freeze: Freeze, place: Path):
    good = "".join(f"{n},a note of some forty characters or more\n" for n in range(430_000))
    (place / "rows.csv").write_text(f'id,note\n{good}x,"cut')

    with pytest.raises(DataError, match="row 430001 has a quote that never closes"):
        freeze("rows.csv", NOTES)


def test_a_row_longer_than_a_block_is_refused(freeze: Freeze, place: Path):
    (place / "rows.csv").write_text(GOOD + f"3,{'x' * (17 << 20)}\n")

    with pytest.raises(DataError, match="row 3 is longer than 16 MiB"):
        freeze("rows.csv", NOTES)


def test_in_one_column_an_empty_line_may_be_a_row(freeze: Freeze, place: Path, tmp_path: Path):
    contract = Contract.model_validate({"columns": {"id": {"type": "string", "nullable": True}}})
    (place / "rows.csv").write_text('id\r\na\r\n""\r\nb\r\n', newline="")
    (place / "other.csv").write_text("id\na\n\nb\n")

    freeze("rows.csv", contract)
    assert [row["id"] for row in frozen(tmp_path)] == ["a", None, "b"]
    with pytest.raises(DataError, match="empty line before row 2"):
        freeze("other.csv", contract)


# Either the same cells, or a refusal

PIECES = ['"', '""', ",", "\n", "\r\n", "\r", "a", " ", "\\", "7", "ü", ";", '"x"', '"\n"']
LINES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CELLS = st.text(alphabet='",\n\r ab\\;ü7', max_size=6)
TABLES = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6)


def python_reads(text: str) -> list[list[str]] | None:
    """All rows of two cells below the header; None if it is refused."""
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    _, *rows = filter(None, read)
    return rows if all(len(row) == 2 for row in rows) else None


def airlock_reads(path: Path, text: str) -> list[list[str]] | None:
    """The same by Airlock."""
    contract = NOTES.model_copy(update={"null_values": ()})
    path.write_bytes(text.encode())
    try:
        read = [
            row
            for one in tables([DeliveredFile(name="r.csv", path=path)], contract)
            for row in one.to_pylist()
        ]
    except DataError:
        return None
    return [list(row.values()) for row in read]


def agree(path: Path, text: str) -> None:
    mine, pythons = airlock_reads(path, text), python_reads(text)
    assert mine is None or mine == pythons, repr(text)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dialect") / "r.csv"


@given(text=LINES)
@settings(max_examples=400, deadline=None)
def test_either_the_cells_of_python_in_strict_mode_or_a_refusal(path: Path, text: str):
    agree(path, f"id,note\n{text}")


@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([0, 1]))
@settings(max_examples=200, deadline=None)
def test_whatever_a_writer_writes_is_read_back(
    path: Path, rows: list[tuple[str, str]], end: str, quoting: int
):
    # Python leaves a carriage return unquoted where it ends lines with another character.
    assume(end != "\n" or quoting or not any("\r" in cell for row in rows for cell in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([("id", "note"), *rows])

    assert airlock_reads(path, text.getvalue()) == [list(row) for row in rows]


@given(text=LINES, cut=st.integers(1, 5))
@settings(max_examples=300, deadline=None)
def test_how_the_bytes_are_cut_makes_no_difference(text: str, cut: int):
    def looked(size: int) -> object:
        strict = Strict("r", delimiter=",", quote='"', header=False, single=True)
        data = text.encode()
        try:
            for at in range(0, len(data), size):
                strict.feed(data[at : at + size])
            strict.end()
        except DataError:
            # Of several faults the first to be seen is named.
            return "refused"
        return strict.rows

    assert looked(cut) == looked(1000)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@given(text=LINES)
@settings(max_examples=100_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_either_the_cells_of_python_or_a_refusal_at_length(path: Path, text: str):
    agree(path, f"id,note\n{text}")
