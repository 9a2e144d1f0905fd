"""Public tables through both doors: frozen, then judged, and held against earlier rows."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airlock.stages.snapshot.stage.snapshot import snapshot
from airlock.stages.validate.record import Validation
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.validate import validate

ROOT = Path(__file__).parents[2]
TELCO = ROOT / "include" / "expectations" / "telco_churn.yaml"
MESSAGES: dict[str, Any] = {
    "contract": {
        "csv": {"header": False, "delimiter": "\t", "quote": None},
        "columns": {"label": {"type": "string"}, "message": {"type": "string"}},
    },
    "expectations": [
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "label", "value_set": ["ham", "spam"]},
        },
        {
            "type": "expect_column_values_to_be_unique",
            "severity": "warning",
            "kwargs": {"column": "message"},
        },
        {
            "type": "expect_column_value_lengths_to_be_between",
            "on_fail": "quarantine",
            "kwargs": {"column": "message", "max_value": 160},
        },
    ],
    "max_quarantined": 0.1,
}
BIKES: dict[str, Any] = {
    "contract": {
        "additive": True,
        "null_values": ["", "NA"],
        "columns": {
            "X": {"type": "integer"},
            "temp": {"type": "number", "nullable": True},
            "hum": {"type": "number", "nullable": True},
            "cnt": {"type": "integer"},
            "season": {"type": "integer"},
        },
    },
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "temp", "min_value": 0, "max_value": 1},
        },
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "X"}},
    ],
    "skew": {"ignore": ["X"], "psi": {"warning": 0.1, "critical": 0.25}},
}

Run = Callable[..., Validation]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Freeze and judge; the rows lie in `tmp_path / name / "out"`."""

    def run(path: Path, spec: Expectations, name: str = "first", **more: Any) -> Validation:
        work = tmp_path / name
        (work / "report").mkdir(parents=True)
        frozen = snapshot(
            path.name,
            spec.contract,
            night="2026-01-05",
            sources=(str(path.parent),),
            root=tmp_path,
            remote=lambda uri: pytest.fail(uri),
            scratch=work / "scratch",
            out=work / "in",
        )
        return validate(
            frozen, spec, table=work / "in", out=work / "out", report=work / "report", **more
        )

    return run


def test_the_real_telco_table_passes(run: Run, shared_data: Path):
    done = run(shared_data / "telco_churn.csv", Expectations.load(TELCO))

    assert done.verdict.passed
    assert done.rows == 7043
    assert all(check.success for check in done.checks)
    # TotalCharges is blank for the eleven customers who have paid nothing yet.
    assert [check.unexpected for check in done.checks] == [0, 0, 0, 0, 0, 0, 11, 0]


def test_of_the_real_messages_the_long_ones_are_set_aside(
    run: Run, shared_data: Path, tmp_path: Path
):
    done = run(shared_data / "sms_spam.tsv", Expectations.model_validate(MESSAGES))

    lines = (shared_data / "sms_spam.tsv").read_text(encoding="utf-8").split("\n")
    texts = [line.split("\t", 1)[1] for line in lines if line]
    long = [text for text in texts if len(text) > 160]
    short = [text for text in texts if len(text) <= 160]
    aside = pq.read_table(tmp_path / "first" / "out" / done.quarantine[0].path)
    assert aside["message"].to_pylist() == long
    assert set(aside["_reasons"].to_pylist()) == {"the length of message is at most 160"}
    assert done.quarantined == len(long)
    repeated = [count for count in Counter(short).values() if count > 1]
    assert done.checks[1].unexpected == sum(repeated)


@pytest.fixture
def bikes(shared_data: Path, tmp_path: Path) -> Callable[[str, Iterable[int]], Path]:
    """Write some rows of two years of hourly rentals as a source of their own."""
    with (shared_data / "bike_hourly.csv").open(newline="") as file:
        header, *rows = csv.reader(file)

    def bikes(name: str, chosen: Iterable[int]) -> Path:
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["row", *header[1:]], *(rows[at] for at in chosen)])
        return path

    bikes.rows = len(rows)  # type: ignore[attr-defined]  # a fixture of two things
    return bikes


@pytest.mark.parametrize(("split", "alarms"), [("quarters", True), ("halves", False)])
def test_a_quarter_is_not_like_the_next_and_a_random_half_is_like_the_other(
    run: Run, bikes: Any, tmp_path: Path, split: str, alarms: bool
):
    order = list(range(bikes.rows))
    half = len(order) // 2
    if split == "quarters":
        first, second = order[: half // 4], order[half // 4 : half // 2]
    else:
        random.Random(0).shuffle(order)
        first, second = order[:half], order[half:]
    spec = Expectations.model_validate(BIKES)

    run(bikes("first", first), spec)
    told = json.loads((tmp_path / "first" / "report" / "histograms.json").read_bytes())
    done = run(bikes("second", second), spec, "second", reference=told)

    assert all(check.success for check in done.checks)
    assert done.shifts
    assert bool(done.reasons) is alarms
    assert done.verdict.passed is not alarms
