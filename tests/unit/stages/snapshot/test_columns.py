"""New, lost, renamed and retyped columns are told apart in one message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot

Freeze = Callable[..., Snapshot]

ROWS = pa.table(
    {
        "id": ["a", "b"],
        "age": [31, 42],
        "fee": pa.array([9.5, None], pa.float64()),
        "note": ["hello", None],
    }
)


# A name that nobody promised may be somebody's.
NEW = r"column \d \(its name may be a value, and is not shown\) is new and not declared"


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        pytest.param("id,age,note", "a,1,x", r"fee is missing\.", id="lost"),
        pytest.param("id,age,fee,note,mood", "a,1,1,x,y", NEW, id="new"),
        pytest.param(
            "id,age,price,note",
            "a,1,1.5,x",
            r"fee is missing \(perhaps renamed to column 3 \(.*\)\?\)\.",
            id="renamed beyond likeness, but of its type",
        ),
        pytest.param(
            "id,age,mood,note",
            "a,1,glad,x",
            rf"fee is missing; {NEW}",
            id="lost and new, of different types",
        ),
        pytest.param(
            "id,age,fee,mood",
            "a,1,1,2.5",
            rf"note is missing; {NEW}",
            id="a text lost and a number new",
        ),
        pytest.param(
            "id,age,fees,fee2,note",
            "a,1,glad,1.5,x",
            r"fee is missing \(perhaps renamed to fee2\?\); fees is new",
            id="of two likely names the one of the type",
        ),
        pytest.param(
            "id,age,note,mood,x",
            "a,glad,1,1,1",
            "fee is missing; .*age has cells that are not of the type integer",
            id="lost, new and retyped in one message",
        ),
        pytest.param(
            "ID,age,fee,remark",
            "a,1,1,glad",
            r"id is missing \(perhaps renamed to ID\?\); note is missing \(perhaps .* column 4 ",
            id="two renamed",
        ),
    ],
)
def test_new_lost_renamed_and_retyped_columns_are_told_apart(
    freeze: Freeze, place: Path, header: str, row: str, said: str
):
    (place / "rows.csv").write_text(f"{header}\n{row}\n")

    with pytest.raises(DataError, match=said):
        freeze("rows.csv")


def test_a_parquet_file_tells_them_apart_by_its_schema(freeze: Freeze, place: Path):
    other = ROWS.rename_columns(["id", "age", "price", "note"]).append_column("mood", [["x", "y"]])
    retyped = other.set_column(1, "age", [["31", "42"]])
    pq.write_table(retyped, place / "rows.parquet")

    with pytest.raises(
        DataError,
        match=r"fee is missing \(perhaps renamed to column 3 \(.*\)\?\); " + NEW + "; "
        r"age is string, not integer",
    ):
        freeze("rows.parquet")


def test_new_parquet_columns_of_one_name_are_new_once(freeze: Freeze, place: Path):
    names = ["id", "age", "mood", "mood"]
    pq.write_table(
        pa.table([*ROWS.columns[:2], ["x", "y"], ["x", "y"]], names), place / "r.parquet"
    )

    with pytest.raises(DataError, match=f"fee is missing; note is missing; {NEW}"):
        freeze("r.parquet")
