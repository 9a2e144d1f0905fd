"""A snapshot's name: over schema and values in row order, whatever the file split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airlock.core.contract import Contract
from airlock.core.table_digest import ContentName
from airlock.stages.snapshot.record import Snapshot
from tests.tables import canonical

Row = tuple[str | None, int | None, float | None, bool | None]

CONTRACT = Contract.model_validate(
    {
        "columns": {
            name: {"type": kind, "nullable": True}
            for name, kind in {
                "text": "string",
                "count": "integer",
                "fee": "number",
                "on": "boolean",
            }.items()
        }
    }
)
SMALL = st.sampled_from([None, 0, 1])
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "a", "aa", "é"]),
        SMALL,
        st.sampled_from([None, 0.0, 1.5]),
        st.sampled_from([None, True, False]),
    ),
    max_size=6,
)


def table(rows: list[Row]) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return canonical(CONTRACT, **dict(zip(CONTRACT.columns, columns, strict=True)))


def name(*tables: pa.Table, contract: Contract = CONTRACT) -> str:
    content = ContentName(contract)
    for one in tables:
        content.update(one)
    return content.hexdigest()


@given(rows=ROWS, cut=st.integers(0, 6), again=st.integers(0, 6))
def test_equal_rows_have_one_name_however_they_are_split(rows: list[Row], cut: int, again: int):
    whole = table(rows)
    first, rest = whole.slice(0, cut), whole.slice(cut)
    chunked = pa.concat_tables([rest.slice(0, again), rest.slice(again)])

    assert name(whole) == name(first, chunked) == name(table(rows[:cut]), table(rows[cut:]))


@given(one=ROWS, other=ROWS)
def test_different_rows_have_different_names(one: list[Row], other: list[Row]):
    assert (name(table(one)) == name(table(other))) == (one == other)


def test_a_null_is_neither_zero_nor_an_empty_text():
    names = {name(table([row])) for row in [("", 0, 0.0, False), (None, None, None, None)]}

    assert len(names) == 2


def test_where_one_text_ends_and_the_next_begins_counts():
    names = {
        name(table([(one, 0, 0.0, True), (other, 0, 0.0, True)]))
        for one, other in [("ab", "c"), ("a", "bc"), ("abc", "")]
    }

    assert len(names) == 3


def test_what_lies_behind_a_null_does_not_count():
    values = pa.py_buffer(b"\x00" * 8 + b"\x07" * 8)
    valid = pa.py_buffer(b"\x01")
    hidden = pa.Array.from_buffers(pa.int64(), 2, [valid, values])
    plain = pa.array([0, None], pa.int64())
    contract = Contract.model_validate({"columns": {"n": {"type": "integer", "nullable": True}}})

    assert name(pa.table({"n": hidden}), contract=contract) == name(
        pa.table({"n": plain}), contract=contract
    )


def test_the_names_and_types_of_the_columns_count():
    def of(column: str, kind: str, values: pa.Array) -> str:
        contract = Contract.model_validate({"columns": {column: {"type": kind}}})
        return name(pa.table({column: values}), contract=contract)

    names = {
        of("n", "integer", pa.array([0], pa.int64())),
        of("m", "integer", pa.array([0], pa.int64())),
        of("n", "number", pa.array([0.0])),
        of("n", "timestamp", pa.array([0], pa.timestamp("us"))),
    }

    assert len(names) == 4


@pytest.mark.parametrize("files", [1, 2, 3])
def test_a_source_in_more_files_or_another_format_is_the_same_snapshot(
    freeze: Callable[..., Snapshot], place: Path, tmp_path: Path, files: int
):
    rows = [(f"row {n}", n, n / 2, None) for n in range(9)]
    size = -(-9 // files)
    for at in range(files):
        part = table(rows[at * size : (at + 1) * size])
        pq.write_table(part, place / f"{at}.parquet", row_group_size=2)
    (place / "rows.csv").write_text(
        "on;fee;text;count\n" + "".join(f";{fee};{text};{n}\n" for text, n, fee, _ in rows)
    )

    parquet = freeze("*.parquet", CONTRACT, out=tmp_path / "parquet")
    csv = freeze("rows.csv", CONTRACT, out=tmp_path / "csv")

    assert parquet.sha256 == csv.sha256
    assert [(tmp_path / "parquet" / part.path).read_bytes() for part in parquet.parts] == [
        (tmp_path / "csv" / part.path).read_bytes() for part in csv.parts
    ]
