"""Rows that were set aside can be run again later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import snapshot
from airlock.stages.validate.record import Validation
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.validate import validate
from tests.tables import canonical, snapshot_of

SPEC: dict[str, Any] = {
    "contract": {"columns": {"fee": {"type": "number"}, "plan": {"type": "string"}}},
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "on_fail": "quarantine",
            "kwargs": {"column": "fee", "min_value": 0},
        }
    ],
    "max_quarantined": 0.5,
}


def judged(frozen: Snapshot, spec: Expectations, folder: Path, at: Path) -> Validation:
    report = at / "report"
    report.mkdir(parents=True)
    return validate(frozen, spec, table=folder, out=at / "out", report=report)


def test_rows_set_aside_are_a_source_under_an_additive_contract(tmp_path: Path):
    spec = Expectations.model_validate(SPEC)
    rows = canonical(spec.contract, fee=[1.0, -2.0, 3.0], plan=["a", "b", "c"])
    judged(snapshot_of(rows, tmp_path / "in"), spec, tmp_path / "in", tmp_path / "first")
    # Released: by now a fee may be negative, and the column with the reasons is left behind.
    later = Expectations.model_validate(
        {
            **SPEC,
            "contract": {**SPEC["contract"], "additive": True},
            "expectations": [
                {
                    **SPEC["expectations"][0],
                    "kwargs": {"column": "fee", "min_value": -5},
                }
            ],
        }
    )

    released = snapshot(
        "*.parquet",
        later.contract,
        night="2026-01-05",
        sources=(str(tmp_path / "first" / "out" / "quarantine"),),
        root=tmp_path,
        remote=lambda uri: pytest.fail(uri),
        scratch=tmp_path / "scratch",
        out=tmp_path / "released",
    )
    again = judged(released, later, tmp_path / "released", tmp_path / "second")

    assert again.verdict.passed
    assert (again.rows, again.quarantined) == (1, 0)
    passed = pq.read_table(tmp_path / "second" / "out" / "part-00000.parquet")
    assert passed.to_pydict() == {"fee": [-2.0], "plan": ["b"]}
