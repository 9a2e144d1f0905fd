"""Labels: joined by key and night; what contradicts itself, or was never scored, is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.errors import AirlockError, DataError, SpecError
from airlock.stages.labels.record import Labelled
from airlock.stages.labels.stage import collect
from airlock.stages.redact.record import Redaction
from airlock.stages.snapshot.record import Part

SCORED: Mapping[str, set[str]] = {"2026-01-04": {"a", "b", "c"}, "2026-01-05": {"a", "b"}}
NONE = pd.Series(dtype=object)


def delivered(folder: Path, rows: Mapping[str, list[Any]]) -> Redaction:
    """Redacted labels."""
    folder.mkdir()
    table = pa.table(rows)
    pq.write_table(table, folder / "part-00000.parquet")
    return Redaction(
        spec="0" * 64,
        night="2026-01-05",
        rows=len(table),
        quarantined=0,
        columns=(),
        schema=tuple((name, "string") for name in rows),
        entity="customer_id",
        pseudonym_key="0" * 16,
        split=None,
        folds={},
        parts=(Part(path="part-00000.parquet", rows=len(table)),),
    )


def collected(tmp_path: Path, rows: Mapping[str, list[Any]], **changes: Any) -> Labelled:
    out = tmp_path / "out"
    out.mkdir()
    arguments: dict[str, Any] = {
        "model": "churn",
        "night": "2026-01-09",
        "label": "churned",
        "scored": "scored" if "scored" in rows else None,
        "keys": SCORED.get,
        "known": lambda night: NONE,
    }
    redaction = delivered(tmp_path / "table", rows)
    return collect(redaction, table=tmp_path / "table", out=out, **arguments | changes)


def test_labels_are_joined_by_key_and_night_and_counted(tmp_path: Path):
    rows = {
        "customer_id": ["a", "b", "nobody", "a"],
        "scored": ["2026-01-04", "2026-01-04", "2026-01-04", "2026-01-05"],
        "churned": [1, 0, 1, 0],
    }

    record = collected(tmp_path, rows)

    first, second = record.nights
    assert (first.night, first.labels, first.joined, first.unmatched, first.late) == (
        "2026-01-04", 3, 2, 1, 5,
    )  # fmt: skip
    assert (second.night, second.labels, second.joined) == ("2026-01-05", 1, 1)
    written = pq.read_table(tmp_path / "out" / first.path).to_pylist()
    assert written[0] == {"row_key": "a", "label": "1"}
    assert Labelled.from_json(record.to_json()) == record


def test_without_a_column_for_it_all_rows_are_about_the_runs_night(tmp_path: Path):
    rows = {"customer_id": ["a"], "churned": [True]}

    record = collected(tmp_path, rows, night="2026-01-05")

    assert [one.night for one in record.nights] == ["2026-01-05"]
    assert pq.read_table(tmp_path / "out/2026-01-05.parquet")["label"].to_pylist() == ["true"]


def test_what_is_said_twice_counts_once(tmp_path: Path):
    record = collected(tmp_path, {"customer_id": ["a", "a"], "churned": [1, 1]}, night="2026-01-05")

    assert (record.rows, record.repeated, record.nights[0].labels) == (2, 1, 1)


def test_a_later_delivery_may_correct_an_earlier_one(tmp_path: Path):
    known = pd.Series({"a": "0", "b": "1"})

    record = collected(
        tmp_path,
        {"customer_id": ["a", "b"], "churned": [1, 1]},
        night="2026-01-05",
        known=lambda night: known,
    )

    assert record.nights[0].corrected == 1


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        pytest.param(
            {"customer_id": ["a", "a"], "churned": [0, 1]},
            DataError,
            "1 keys have two different labels",
            id="rows contradict each other",
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": ["2025-12-31"], "churned": [0]},
            DataError,
            "2025-12-31, which churn never scored",
            id="a night that was never scored",
        ),
        pytest.param(
            {"customer_id": ["a"], "churned": [0], "why": ["moved"]},
            SpecError,
            "exactly the columns",
            id="a column that nobody knows",
        ),
        pytest.param({"customer_id": ["a"]}, SpecError, "exactly the columns", id="no label"),
        pytest.param(
            {"customer_id": ["a", None], "churned": [0, 1]},
            DataError,
            "1 rows lack",
            id="a missing key",
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": ["secret"], "churned": [0]},
            DataError,
            "is no date",
            id="a night that is none",
        ),
    ],
)
def test_what_cannot_be_trusted_is_refused_without_a_value(
    tmp_path: Path, rows: Mapping[str, list[Any]], error: type[AirlockError], message: str
):
    with pytest.raises(error, match=message) as told:
        collected(tmp_path, rows, night="2026-01-05")

    assert "secret" not in str(told.value)
    assert not list((tmp_path / "out").iterdir())
