"""CSV and Parquet come out exactly as the contract says, or not at all, and no cell is quoted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot

Freeze = Callable[..., Snapshot]

GOOD = "id,age,fee,note\na,31,9.5,hello\nb,42,,\n"
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


def test_a_csv_is_read_as_exactly_the_declared_types(freeze: Freeze, place: Path, tmp_path: Path):
    (place / "rows.csv").write_text(GOOD)

    snapshot = freeze("rows.csv")

    assert frozen(tmp_path).equals(ROWS)
    assert (snapshot.rows, [part.rows for part in snapshot.parts]) == (2, [2])
    assert snapshot.columns == (
        ("id", "string"),
        ("age", "integer"),
        ("fee", "number"),
        ("note", "string"),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_delimiter_is_the_one_under_which_the_promised_columns_appear(
    freeze: Freeze, place: Path, tmp_path: Path, delimiter: str
):
    (place / "rows.csv").write_text(GOOD.replace(",", delimiter))

    freeze("rows.csv")

    assert frozen(tmp_path).equals(ROWS)


def test_quotes_line_breaks_and_a_byte_order_mark_are_understood(
    freeze: Freeze, place: Path, tmp_path: Path
):
    (place / "rows.csv").write_text(
        '\ufeffnote,"id",fee,age\r\n"first line\nsecond, line",a,1,31\r\n'
    )

    freeze("rows.csv")

    assert frozen(tmp_path).to_pylist() == [
        {"id": "a", "age": 31, "fee": 1.0, "note": "first line\nsecond, line"}
    ]


def test_a_parquet_file_of_wider_or_narrower_types_becomes_canonical(
    freeze: Freeze, place: Path, tmp_path: Path
):
    other = pa.table(
        {
            "note": ROWS["note"].cast(pa.large_string()),
            "fee": ROWS["fee"].cast(pa.float32()),
            "age": ROWS["age"].cast(pa.int8()),
            "id": ROWS["id"].dictionary_encode(),
        }
    )
    pq.write_table(other, place / "rows.parquet")

    freeze("rows.parquet")

    assert frozen(tmp_path).equals(ROWS)


def test_times_are_kept_in_utc_to_the_microsecond(freeze: Freeze, place: Path, tmp_path: Path):
    contract = Contract.model_validate(
        {"columns": {"at": {"type": "timestamp"}, "day": {"type": "date"}}}
    )
    at = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
    berlin = pa.array([at], pa.timestamp("ns", tz="Europe/Berlin"))
    pq.write_table(pa.table({"at": berlin, "day": [date(2026, 1, 5)]}), place / "rows.parquet")

    freeze("rows.parquet", contract)

    assert frozen(tmp_path).to_pylist() == [{"at": datetime(2026, 1, 5, 2, 30), "day": at.date()}]  # noqa: DTZ001  # canonical times are UTC without a zone


def test_nan_counts_as_missing(freeze: Freeze, place: Path, tmp_path: Path):
    (place / "rows.csv").write_text("id,age,fee,note\na,1,nan,\nb,2,,\n")

    freeze("rows.csv")

    assert frozen(tmp_path)["fee"].null_count == 2


def test_columns_that_are_not_declared_are_left_behind_where_the_contract_allows_them(
    freeze: Freeze, place: Path, tmp_path: Path
):
    contract = Contract.model_validate({"additive": True, "columns": {"age": {"type": "integer"}}})
    (place / "rows.csv").write_text(GOOD)

    freeze("rows.csv", contract)

    assert frozen(tmp_path).column_names == ["age"]


SECRET = "maria@example.org"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", r"rows\.csv is empty", id="no byte"),
        pytest.param("id,age,fee,note\n", "holds no rows", id="a header alone"),
        pytest.param(
            f"id,fee,note\n{SECRET},1,x\n",
            "columns of the data contract: age is missing",
            id="missing",
        ),
        pytest.param(
            f"id,Age_,fee,note\n{SECRET},1,1,x\n",
            r"age is missing \(perhaps renamed to Age_\?\)\. Repair",
            id="renamed",
        ),
        pytest.param(f"id,age,fee,note,note\n{SECRET},1,1,x,y\n", "note stands twice", id="twice"),
        pytest.param(
            f"id,age,fee,note\na,1,{SECRET},x\nb,{SECRET},1,x\n",
            "age has cells that are not of the type integer.*fee has cells that are not of",
            id="text for numbers",
        ),
        pytest.param(
            f"id,age,fee,note\n{SECRET},1.0,1,x\n", "age has cells", id="1.0 is no integer"
        ),
        pytest.param(
            f"id,age,fee,note\n{SECRET},,1,x\n", "age has no value in 1 of 1 rows", id="a null"
        ),
        pytest.param(
            f"id,age,fee,note\n{SECRET},1,1,x\n{SECRET},2,2,y\n",
            "1 values of id stand in several rows",
            id="a repeated key",
        ),
        pytest.param(
            f"id,age,fee,note\na,1,1,x\n{SECRET},2\n",
            r"1 row\(s\) do not have as many fields .* the first is row 2, with 2 instead of 4",
            id="cut off",
        ),
        pytest.param(
            f"id,age,fee,note\na,1,1,{SECRET},x\n",
            "row 1, with 5 instead of 4",
            id="a delimiter in a text",
        ),
        pytest.param(
            f"{SECRET},1,2.0,x\nb,2,1.0,y\n",
            r"4 field\(s\) of its first line may be cells, and are not shown.*header: false",
            id="no header",
        ),
        pytest.param(
            f"id,age,fee,note,{SECRET},1,2,x\nb,2,1.0,y\n",
            "another number of fields, 8, than those behind it",
            id="a header without its end",
        ),
        pytest.param(
            f"id,age,fee,note {SECRET}\na,1,1,x\n",
            "note is missing; 1 .* not shown",
            id="a header that no longer is one",
        ),
        pytest.param(
            "id,age,fee,maria",
            "note is missing; 1 .* not shown",
            id="a header that is cut off in its first row",
        ),
        pytest.param(
            f"id,age,fee,note,2nd\n{SECRET},1,1,x,y\n",
            "column 5 .its name may be a value, and is not shown. is new and not declared",
            id="a strange name beside all of the promised ones",
        ),
        pytest.param(
            f"id,age,fee,note\na,1,inf,{SECRET}\nb,2,-inf,x\nc,3,1,x\n",
            "fee is infinite in 2 of 3 rows",
            id="an infinity",
        ),
        pytest.param(
            f"id,age,fee,note\n,1,1,{SECRET}\n,2,1,x\n",
            "id has no value in 2 of 2 rows",
            id="a column without any value",
        ),
    ],
)
def test_a_bad_csv_is_refused_in_words_that_quote_no_cell(
    freeze: Freeze, place: Path, text: str, said: str
):
    (place / "rows.csv").write_text(text)

    with pytest.raises(DataError, match=said) as caught:
        freeze("rows.csv")

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_first_wrong_row_is_named(freeze: Freeze, place: Path):
    (place / "rows.csv").write_text(GOOD + "c,forty,1,x\n")

    with pytest.raises(DataError, match=r"age has cells .* \(first in row 3\)"):
        freeze("rows.csv")


@pytest.mark.parametrize("text", ["id,Größe\na,1\n", "id,age,fee,note\na,1,1,Größe\n"])
def test_a_file_in_another_encoding_is_refused(freeze: Freeze, place: Path, text: str):
    (place / "rows.csv").write_bytes(text.encode("latin-1"))

    with pytest.raises(DataError, match=r"rows\.csv is not UTF-8\..*name its encoding"):
        freeze("rows.csv")


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        pytest.param("age", ["31", "42"], "age is string, not integer", id="text for integer"),
        pytest.param("age", [31.0, 42.0], "age is double, not integer", id="float for integer"),
        pytest.param("fee", [1, 2], "fee is int64, not number", id="integer for number"),
    ],
)
def test_a_retyped_parquet_column_is_named(
    freeze: Freeze, place: Path, column: str, values: list[object], said: str
):
    at = ROWS.column_names.index(column)
    pq.write_table(ROWS.set_column(at, column, [values]), place / "rows.parquet")

    with pytest.raises(DataError, match=said):
        freeze("rows.parquet")


def test_a_number_too_large_for_its_column_is_refused_unquoted(freeze: Freeze, place: Path):
    large = pa.array([2**63 + 5, 1], pa.uint64())
    pq.write_table(ROWS.set_column(1, "age", large), place / "rows.parquet")

    with pytest.raises(DataError, match="age has values that do not fit into int64") as caught:
        freeze("rows.parquet")

    assert str(2**63 + 5) not in str(caught.value)


def test_each_file_of_a_source_must_keep_the_contract(freeze: Freeze, place: Path):
    (place / "a.csv").write_text(GOOD)
    (place / "b.csv").write_text("id,age,fee\nc,1,2\n")

    with pytest.raises(DataError, match=r"b\.csv .* note is missing"):
        freeze("*.csv")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_a_parquet_file_that_is_cut_off_is_refused(freeze: Freeze, place: Path, share: float):
    whole = place / "rows.parquet"
    pq.write_table(ROWS, whole)
    data = whole.read_bytes()
    whole.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(DataError, match=r"rows\.parquet (cannot be read as Parquet|is empty)"):
        freeze("rows.parquet")


@pytest.mark.parametrize("at", [0.3, 0.6])
def test_a_parquet_page_with_a_flipped_byte_is_refused(freeze: Freeze, place: Path, at: float):
    whole = place / "rows.parquet"
    many = pa.table({**{name: ROWS[name].take([0] * 9999) for name in ("age", "fee", "note")}})
    many = many.append_column("id", pa.array([f"row {n}" for n in range(9999)]))
    pq.write_table(many, whole, write_page_checksum=True, use_dictionary=False, compression="none")
    data = bytearray(whole.read_bytes())
    data[int(len(data) * at)] ^= 0xFF
    whole.write_bytes(data)

    with pytest.raises(DataError, match=r"rows\.parquet cannot be read as Parquet"):
        freeze("rows.parquet")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_hundred_thousand_new_columns_are_counted_and_not_all_named(
    freeze: Freeze, place: Path, ending: str
):
    names = [f"column_{at:05d}" for at in range(50_000)] + [f"p{at}@x.org" for at in range(50_000)]
    wide = pa.table({**{name: ROWS[name] for name in ROWS.column_names}})
    for name in names if ending == "csv" else ():
        assert name not in wide.column_names
    if ending == "csv":
        head = ",".join([*ROWS.column_names, *names[:60_000]])
        (place / "rows.csv").write_text(f"{head}\n{',' * head.count(',')}\n")
    else:
        schema = pa.schema([*ROWS.schema, *((name, pa.int8()) for name in names)])
        pq.write_table(schema.empty_table(), place / "rows.parquet")

    with pytest.raises(DataError) as caught:
        freeze(f"rows.{ending}")

    assert len(str(caught.value)) < 2_300
    assert "@x.org" not in str(caught.value)


@pytest.mark.parametrize(
    "name", [SECRET, "4711123456", "ada@example.org", "a\nb", "{{ conn.x }}", "<script>"]
)
def test_a_column_whose_name_may_be_a_value_is_told_by_its_place(
    freeze: Freeze, place: Path, name: str
):
    pq.write_table(ROWS.append_column(name, pa.array([1, 2])), place / "rows.parquet")

    with pytest.raises(DataError, match=r"column 5 \(its name may be a value") as caught:
        freeze("rows.parquet")

    assert name not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(pa.array([{SECRET: 1}, None]), "struct", id="a field's name"),
        pytest.param(
            pa.array([1, 2], pa.timestamp("us", tz="Europe/Berlin")), "timestamp[us]", id="a zone"
        ),
    ],
)
def test_a_type_is_told_without_the_names_in_it(
    freeze: Freeze, place: Path, values: pa.Array, said: str
):
    at = ROWS.column_names.index("note")
    pq.write_table(ROWS.set_column(at, "note", values), place / "rows.parquet")

    with pytest.raises(DataError) as caught:
        freeze("rows.parquet")

    assert f"note is {said}, not string" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "Berlin" not in str(caught.value)
