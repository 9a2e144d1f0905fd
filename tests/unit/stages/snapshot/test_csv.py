"""CSV files are read as the contract says that they are written, in whatever encoding."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import delimited
from tests.unit.stages.snapshot.conftest import CONTRACT

Freeze = Callable[..., Snapshot]

GOOD = "id,age,fee,note\na,31,9.5,hello\nb,42,,\n"
SECRET = "maria@example.org"
ROWS = pa.table(
    {
        "id": ["a", "b"],
        "age": [31, 42],
        "fee": pa.array([9.5, None], pa.float64()),
        "note": ["hello", None],
    }
)


def frozen(tmp_path: Path) -> pa.Table:
    return pq.read_table(tmp_path / "out")


def written(**csv: object) -> Contract:
    return Contract.model_validate({**CONTRACT.to_json(), "csv": csv})


@pytest.mark.parametrize(
    ("csv", "text"),
    [
        pytest.param({"delimiter": "|"}, GOOD.replace(",", "|"), id="a pipe"),
        pytest.param({"delimiter": ";"}, GOOD.replace(",", ";"), id="a semicolon"),
        pytest.param({"header": False}, GOOD.partition("\n")[2], id="no header"),
        pytest.param(
            {"header": False, "delimiter": "\t"},
            GOOD.partition("\n")[2].replace(",", "\t"),
            id="no header and tabs",
        ),
        pytest.param(
            {"header": False},
            GOOD.partition("\n")[2].replace(",", ";"),
            id="no header and semicolons that are found out",
        ),
        pytest.param(
            {"decimal": ",", "delimiter": ";"},
            GOOD.replace(",", ";").replace(".", ","),
            id="a decimal comma",
        ),
        pytest.param({"quote": "'"}, GOOD.replace("hello", "'hello'"), id="single quotes"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "shift_jis"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_csv_is_read_as_the_contract_says_that_it_is_written(
    freeze: Freeze,
    place: Path,
    tmp_path: Path,
    csv: dict[str, object],
    text: str,
    encoding: str,
    packed: bool,
):
    data = text.encode(encoding)
    name = "rows.csv.gz" if packed else "rows.csv"
    (place / name).write_bytes(gzip.compress(data) if packed else data)

    freeze(name, written(**csv, encoding=encoding))

    assert frozen(tmp_path).equals(ROWS)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("latin-1", "Größe"),
        ("cp1252", "5 € „Größe“"),
        ("utf-16-le", "naïve 数"),
        ("koi8-r", "Привет"),
        ("big5", "客戶"),
        ("utf-8-sig", "Größe"),
    ],
)
def test_texts_survive_their_encoding(
    freeze: Freeze, place: Path, tmp_path: Path, encoding: str, text: str
):
    (place / "rows.tsv").write_bytes(GOOD.replace("hello", text).encode(encoding))

    freeze("rows.tsv", written(encoding=encoding))

    assert frozen(tmp_path)["note"][0].as_py() == text


@pytest.mark.parametrize("quote", ["'", None])
def test_quotes_that_mean_nothing_are_text(
    freeze: Freeze, place: Path, tmp_path: Path, quote: str | None
):
    note = 'say "hello" twice, or "once'
    text = f"id\tage\tfee\tnote\na\t1\t1\t{note}\nb\t2\t2\tx\n"
    (place / "rows.tsv").write_text(text)

    freeze("rows.tsv", written(quote=quote, delimiter="\t"))

    assert frozen(tmp_path)["note"].to_pylist() == [note, "x"]


def test_without_a_header_the_number_of_columns_must_be_the_contracts(freeze: Freeze, place: Path):
    (place / "rows.csv").write_text(f"{SECRET},1,2\n")

    with pytest.raises(DataError, match="has 3 columns; the data contract names 4") as caught:
        freeze("rows.csv", written(header=False))

    assert SECRET not in str(caught.value)


def test_a_quote_that_never_closes_is_found_out(
    freeze: Freeze, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delimited.batches, "__kwdefaults__", {"bad_row": None, "block": 1 << 16})
    (place / "rows.csv").write_text(GOOD + f'c,1,1,"{SECRET}\n' + "d,1,1,x\n" * 40_000)

    with pytest.raises(DataError, match="a quote that never closes") as caught:
        freeze("rows.csv")

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("quote", ['"', None])
def test_without_a_header_the_first_row_may_be_a_long_one(
    freeze: Freeze, place: Path, tmp_path: Path, quote: str | None
):
    note = "x" * 2_000_000
    (place / "rows.csv").write_text(f"a,1,1,{note}\nb,2,2,y\n")

    freeze("rows.csv", written(header=False, quote=quote))

    assert frozen(tmp_path)["note"].to_pylist() == [note, "y"]


def test_only_line_ends_end_a_line(freeze: Freeze, place: Path, tmp_path: Path):
    note = "one\x0btwo\x0cthree\x1cfour\x85five\u2028six"
    (place / "rows.tsv").write_text(f"a\t1\t1\t{note}\r\nb\t2\t2\ty\r\n", newline="")

    freeze("rows.tsv", written(header=False, quote=None))

    assert frozen(tmp_path)["note"].to_pylist() == [note, "y"]
