"""Public tables as they come: blanks, quotes, tabs, and one table in many files."""

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

Freeze = Callable[..., Snapshot]


def frozen(tmp_path: Path) -> pa.Table:
    return pq.read_table(tmp_path / "out")


MESSAGES = Contract.model_validate(
    {
        "csv": {"header": False, "delimiter": "\t", "quote": None},
        "columns": {"label": {"type": "string"}, "message": {"type": "string"}},
    }
)
BIKES = Contract.model_validate(
    {
        "additive": True,
        "null_values": ["", "NA"],
        "key": ["X"],
        "columns": {
            "X": {"type": "integer"},
            "dteday": {"type": "string"},
            "temp": {"type": "number", "nullable": True},
            "cnt": {"type": "integer"},
            "weekday2": {"type": "string"},
        },
    }
)


def test_the_real_telco_table_is_read_whole(freeze: Freeze, shared_data: Path, tmp_path: Path):
    from airlock.stages.validate.spec import Expectations

    expectations = Path(__file__).parents[4] / "include" / "expectations" / "telco_churn.yaml"
    contract = Expectations.load(expectations).contract

    snapshot = freeze("telco_churn.csv", contract, sources=(str(shared_data),))

    assert (snapshot.rows, len(snapshot.columns), snapshot.night) == (7043, 21, None)
    # Eleven new customers have a blank where their total charges should be.
    assert frozen(tmp_path)["TotalCharges"].null_count == 11


def test_the_blanks_of_the_real_telco_table_are_no_numbers(freeze: Freeze, shared_data: Path):
    from airlock.stages.validate.spec import Expectations

    expectations = Path(__file__).parents[4] / "include" / "expectations" / "telco_churn.yaml"
    strict = Expectations.load(expectations).contract.model_copy(update={"null_values": ("",)})

    with pytest.raises(DataError, match=r"TotalCharges has cells that are not .* number"):
        freeze("telco_churn.csv", strict, sources=(str(shared_data),))


def test_the_real_messages_keep_their_quotes_and_tabs(
    freeze: Freeze, shared_data: Path, tmp_path: Path
):
    path = shared_data / "sms_spam.tsv"
    lines = path.read_text(encoding="utf-8").split("\n")
    freeze("sms_spam.tsv", MESSAGES, sources=(str(shared_data),))

    rows = frozen(tmp_path)
    assert [f"{label}\t{text}" for label, text in zip(*rows.columns, strict=False)] == [
        line for line in lines if line
    ]


def test_the_real_bike_table_is_one_snapshot_however_it_is_delivered(
    freeze: Freeze, place: Path, shared_data: Path, tmp_path: Path
):
    text = (shared_data / "bike_hourly.csv").read_text()
    header, *rows = text.splitlines(keepends=True)
    (place / "whole.csv.gz").write_bytes(gzip.compress(text.encode()))
    (place / "months").mkdir()
    for at in range(0, len(rows), 5000):
        (place / "months" / f"{at:06d}.csv").write_text("".join([header, *rows[at : at + 5000]]))

    whole = freeze("whole.csv.gz", BIKES, out=tmp_path / "whole")
    months = freeze("months", BIKES, out=tmp_path / "months")

    assert (whole.rows, whole.sha256) == (len(rows), months.sha256)
    assert len(months.files) == -(-len(rows) // 5000)
