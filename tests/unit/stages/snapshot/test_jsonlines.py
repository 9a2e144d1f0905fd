"""JSON lines are read as strictly as CSV: one object a line, each value of the contract's type."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import DeliveredFile, jsonlines, tables

Freeze = Callable[..., Snapshot]

CONTRACT = Contract.model_validate(
    {
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer", "nullable": True},
            "fee": {"type": "number", "nullable": True},
            "paid": {"type": "boolean", "nullable": True},
            "day": {"type": "date", "nullable": True, "format": "%d.%m.%Y"},
            "at": {"type": "timestamp", "nullable": True},
        }
    }
)
WHOLE = {
    "id": "a",
    "age": 7,
    "fee": 1.5,
    "paid": True,
    "day": "31.1.2026",
    "at": "2026-01-31 10:00",
}


def read(tmp_path: Path, text: str | bytes, contract: Contract = CONTRACT) -> list[dict[str, Any]]:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = tables([DeliveredFile(name=path.name, path=path)], contract)
    return [row for table in found for row in table.to_pylist()]


def line(**changes: Any) -> str:
    return json.dumps({**WHOLE, **changes}) + "\n"


def test_each_line_is_a_row_and_each_value_of_its_type(tmp_path: Path):
    (row,) = read(tmp_path, line(at="2026-01-31T10:00:00+02:00"))

    assert (row["id"], row["age"], row["fee"], row["paid"]) == ("a", 7, 1.5, True)
    assert row["day"].isoformat() == "2026-01-31"
    assert row["at"].isoformat() == "2026-01-31T08:00:00"


def test_a_key_that_one_line_lacks_is_a_missing_value(tmp_path: Path):
    rows = read(tmp_path, line() + '{"id": "b"}\n' + line(age=None))

    assert [row["age"] for row in rows] == [7, None, None]


def test_a_key_that_no_line_has_is_a_lost_column(tmp_path: Path):
    with pytest.raises(DataError, match="fee is missing"):
        read(tmp_path, json.dumps({k: v for k, v in WHOLE.items() if k != "fee"}))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\n\n", "\n \n"])
def test_line_ends_blank_lines_and_a_mark_in_front_are_no_rows(tmp_path: Path, ends: str):
    text = "\ufeff" + ends.join([line().strip(), line(id="b").strip()])

    assert [row["id"] for row in read(tmp_path, text)] == ["a", "b"]


@pytest.mark.parametrize(
    ("second", "what"),
    [
        pytest.param('{"id": "b"', "is not one JSON object", id="cut off"),
        pytest.param('{"id": "b"}{"id": "c"}', "is not one JSON object", id="two objects"),
        pytest.param("null", "is not one JSON object", id="null"),
        pytest.param('{"id": "b"} null {"id": "c"}', "is not one JSON object", id="null between"),
        pytest.param('["b"]', "is not one JSON object", id="a list"),
        pytest.param("{'id': 'b'}", "is not one JSON object", id="single quotes"),
        pytest.param('{"id": "b",}', "is not one JSON object", id="a comma too many"),
        pytest.param('{"id": "b", "age": 01}', "is not one JSON object", id="a leading zero"),
        pytest.param('{"id": "b", "age": +1}', "is not one JSON object", id="a plus"),
        pytest.param('{"id": "b", "fee": .5}', "is not one JSON object", id="no digit in front"),
        pytest.param('{"id": "\t"}', "is not one JSON object", id="a raw tab in a text"),
        pytest.param("\xa0", "is not one JSON object", id="a blank that is none"),
        pytest.param('{"id": "b", "id": "c"}', "has a key twice", id="a key twice"),
        pytest.param('{"id": "b", "x": {"k": 1, "k": 2}}', "has a key twice", id="twice, deeper"),
        pytest.param('{"id": "b", "fee": NaN}', "NaN or Infinity", id="NaN"),
        pytest.param('{"id": "b", "fee": -Infinity}', "NaN or Infinity", id="an infinity"),
        pytest.param('{"id": "b", "age": "7"}', "age is a text", id="a number in quotes"),
        pytest.param('{"id": 7}', "id is an integer", id="a text without quotes"),
        pytest.param('{"id": "b", "age": 7.0}', "age is a number with a", id="a fraction"),
        pytest.param('{"id": "b", "age": 1e3}', "age is a number with a", id="an exponent"),
        pytest.param('{"id": "b", "age": true}', "age is true or false", id="true is no 1"),
        pytest.param('{"id": "b", "paid": 1}', "paid is an integer", id="1 is not true"),
        pytest.param('{"id": "b", "fee": [1]}', "fee is a list", id="a list of numbers"),
        pytest.param('{"id": {"is": "b"}}', "id is an object", id="an object"),
        pytest.param('{"id": "b", "age": 9223372036854775808}', "age does not fit", id="65 bits"),
        pytest.param(f'{{"id": "b", "age": {"9" * 5000}}}', "is not one JSON", id="5,000 digits"),
        pytest.param('{"id": "b", "day": "2026-01-31"}', "day is no date", id="another format"),
        pytest.param('{"id": "b", "day": "31.2.2026"}', "day is no date", id="no such day"),
        pytest.param('{"id": "b", "at": 1767225600}', "at is an integer", id="seconds"),
        pytest.param('{"id": "\\ud800"}', "id is no text", id="half of a character"),
        pytest.param('{"id": "b", "x": ' + "[" * 100_000 + "}", "nested too", id="deeply nested"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line_and_without_a_cell(
    tmp_path: Path, second: str, what: str
):
    contract = CONTRACT.model_copy(update={"additive": True})

    with pytest.raises(DataError, match=f"rows.jsonl: line 3:? .*{what}") as caught:
        read(tmp_path, line() + "\n" + second + "\n" + line(), contract)

    assert "9223372036854775808" not in str(caught.value)


def test_infinity_by_a_large_exponent_is_refused_as_in_every_other_file(
    place: Path, freeze: Freeze
):
    (place / "a.jsonl").write_text('{"id": "a", "age": 1, "fee": 1e400, "note": null}\n')

    with pytest.raises(DataError, match="fee is infinite in 1 of 1"):
        freeze("a.jsonl")


@pytest.mark.parametrize("wrong", [b'{"id": "\xff"}\n', '{"id": "a"}\n'.encode("utf-16")])
def test_json_is_utf_8_whatever_the_contract_says_of_csv(tmp_path: Path, wrong: bytes):
    latin = CONTRACT.model_copy(
        update={"csv": CONTRACT.csv.model_copy(update={"encoding": "cp1252"})}
    )

    with pytest.raises(DataError, match="is not UTF-8") as caught:
        read(tmp_path, wrong, latin)

    assert "csv" not in caught.value.do


def test_a_key_that_nobody_promised_is_refused_unless_the_contract_allows_some(tmp_path: Path):
    with pytest.raises(DataError, match="is new and not declared") as caught:
        read(tmp_path, line(Ada_Lovelace=1))
    assert "Ada" not in str(caught.value)

    additive = CONTRACT.model_copy(update={"additive": True})
    assert len(read(tmp_path, line(deep={"a": [{"b": None}]}), additive)) == 1


def test_a_renamed_key_is_told(tmp_path: Path):
    renamed = {**WHOLE, "fees": WHOLE["fee"]}
    del renamed["fee"]

    with pytest.raises(DataError, match=r"fee is missing \(perhaps renamed to .*fees"):
        read(tmp_path, json.dumps(renamed))


def test_a_line_is_as_long_as_a_row_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jsonlines, "ROW_BYTES", 1000)
    monkeypatch.setattr(jsonlines, "_BLOCK_BYTES", 100)

    assert len(read(tmp_path, line() * 30)) == 30
    with pytest.raises(DataError, match="line 2 is longer"):
        read(tmp_path, line() + line(id="x" * 2000))


def test_so_many_keys_are_no_table(tmp_path: Path):
    additive = CONTRACT.model_copy(update={"additive": True})
    many = "".join(
        json.dumps({"id": "a", **{f"k{n}-{at}": 1 for at in range(300)}}) + "\n" for n in range(40)
    )

    with pytest.raises(DataError, match="at most 10,000"):
        read(tmp_path, many, additive)


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.NDJSON", "a.jsonl.gz", "a.ndjson.zst", "A.JSONL.GZ"]
)
def test_packed_or_not_the_same_rows_have_the_same_digest(place: Path, freeze: Freeze, name: str):
    text = b"".join(b'{"id": "%d", "age": 1, "fee": 0.5, "note": "x"}\n' % at for at in range(50))
    with pa.OSFile(str(place / name), "wb") as raw:
        packing = {"gz": "gzip", "st": "zstd"}.get(name.lower()[-2:])
        with pa.CompressedOutputStream(raw, packing) if packing else raw as file:
            file.write(text)
    (place / "same.csv").write_text(
        "id,age,fee,note\n" + "".join(f"{at},1,0.5,x\n" for at in range(50))
    )

    assert freeze(name).sha256 == freeze("same.csv", out=place.parent / "again").sha256


def test_hidden_files_are_passed_over_and_all_others_read_in_order(
    place: Path, freeze: Freeze, tmp_path: Path
):
    for name, id_ in (("b.jsonl", "b"), ("a.JSONL", "a"), ("._a.jsonl", "no"), ("_x.jsonl", "no")):
        row = {"id": id_, "age": 1, "fee": None, "note": None}
        (place / name).write_text(json.dumps(row) + "\n")

    frozen = freeze(str(place))

    assert frozen.rows == 2
    assert pq.read_table(tmp_path / "out").column("id").to_pylist() == ["a", "b"]


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_packed_file_that_is_cut_off_is_refused(place: Path, freeze: Freeze, kept: float):
    packed = gzip.compress(b'{"id": "a", "age": 1, "fee": null, "note": null}\n' * 1000)
    (place / "a.jsonl.gz").write_bytes(packed[: int(len(packed) * kept)])

    with pytest.raises(DataError, match="cut off or damaged"):
        freeze("a.jsonl.gz", CONTRACT_WITHOUT_KEY)


CONTRACT_WITHOUT_KEY = Contract.model_validate(
    {
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer"},
            "fee": {"type": "number", "nullable": True},
            "note": {"type": "string", "nullable": True},
        }
    }
)

_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=3,
)
_DAMAGE = st.sampled_from(["", "{", "}", ",", '"', "null", "\\", "\x00", " ", "\r", "1", "\ufeff"])


@settings(max_examples=250, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"id": st.text(max_size=4) | _ANY}, optional={"fee": st.floats() | _ANY}
        ),
        min_size=1,
        max_size=3,
    ),
    damage=_DAMAGE,
    where=st.integers(0, 60),
)
def test_what_is_read_is_what_pythons_json_reads_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], damage: str, where: int
):
    contract = Contract.model_validate(
        {
            "additive": True,
            "columns": {
                "id": {"type": "string", "nullable": True},
                "fee": {"type": "number", "nullable": True},
            },
        }
    )
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = text[:where] + damage + text[where:]
    path = tmp_path_factory.mktemp("json")
    try:
        found = read(path, text.encode("utf-8", "surrogatepass"), contract)
    except DataError:
        return

    # A mark in front of the whole text is dropped, as it is of every text.
    lines = [one for one in text.removeprefix("\ufeff").split("\n") if one.strip()]
    expected = [json.loads(one) for one in lines]
    assert [row["id"] for row in found] == [row.get("id") for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        fee = wanted.get("fee")
        assert row["fee"] == (None if fee is None or math.isnan(fee) else float(fee))
