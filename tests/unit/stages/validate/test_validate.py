"""Bad rows are set aside, bad tables stop the chain, and nothing repeats a value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.engine.record import Verdict
from airlock.stages.validate.record import Validation
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.validate import validate
from tests.tables import canonical, snapshot_of

Check = Callable[..., Validation]

SECRET = "maria.lindqvist"
CONTRACT = {
    "columns": {
        "plan": {"type": "string"},
        "fee": {"type": "number", "nullable": True},
        "months": {"type": "integer", "nullable": True},
        "since": {"type": "date"},
    }
}
FEE: dict[str, Any] = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "fee", "min_value": 0},
}
PLAN: dict[str, Any] = {
    "type": "expect_column_values_to_be_in_set",
    "kwargs": {"column": "plan", "value_set": ["basic", "plus"]},
}
MEAN: dict[str, Any] = {
    "type": "expect_column_mean_to_be_between",
    "kwargs": {"column": "fee", "min_value": 0, "max_value": 20},
}
ASIDE = {"on_fail": "quarantine"}


def rows(**columns: list[object]) -> dict[str, list[object]]:
    """A hundred good rows, some columns replaced from their first row on."""
    good: dict[str, list[object]] = {
        "plan": ["basic"] * 100,
        "fee": [10.0] * 100,
        "months": list(range(100)),
        "since": [date(2026, 1, 5)] * 100,
    }
    return {name: [*columns.get(name, []), *good[name]][:100] for name in good}


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Validate rows; parts lie in `tmp_path / "out"`, the report in `tmp_path / "report"`."""

    def check(
        columns: dict[str, list[object]],
        *expectations: dict[str, Any],
        reference: dict[str, Any] | None = None,
        **more: Any,
    ) -> Validation:
        spec = Expectations.model_validate(
            {"contract": CONTRACT, "expectations": list(expectations), **more}
        )
        table = canonical(spec.contract, **columns)
        (tmp_path / "report").mkdir()
        return validate(
            snapshot_of(table, tmp_path / "in"),
            spec,
            table=tmp_path / "in",
            out=tmp_path / "out",
            report=tmp_path / "report",
            reference=reference,
        )

    return check


def test_good_rows_go_on_as_they_are(check: Check, tmp_path: Path):
    validation = check(rows(), FEE, PLAN, MEAN)

    assert validation.verdict.passed
    assert (validation.rows, validation.quarantined, validation.quarantine) == (100, 0, ())
    assert (tmp_path / "out" / "part-00000.parquet").read_bytes() == (
        tmp_path / "in" / "part-00000.parquet"
    ).read_bytes()
    assert not (tmp_path / "out" / "quarantine").exists()


def test_failing_rows_are_set_aside_with_every_reason(check: Check, tmp_path: Path):
    validation = check(
        rows(fee=[-1, 5, -2], plan=["plus", SECRET, SECRET]), FEE | ASIDE, PLAN | ASIDE
    )

    assert validation.verdict.passed
    assert (validation.quarantined, [part.rows for part in validation.parts]) == (3, [97])
    [part] = validation.quarantine
    assert pq.read_table(tmp_path / "out" / part.path)["_reasons"].to_pylist() == [
        "fee is at least 0",
        "plan is one of basic, plus",
        "fee is at least 0; plan is one of basic, plus",
    ]
    assert pq.read_table(tmp_path / "out" / "part-00000.parquet")["fee"].to_pylist() == [10.0] * 97


def test_rows_that_were_set_aside_no_longer_count(check: Check):
    # The mean of all rows would be far above 20.
    validation = check(
        rows(fee=[90_000.0]), MEAN, {**FEE, **ASIDE, "kwargs": {"column": "fee", "max_value": 100}}
    )

    assert validation.verdict.passed
    assert [(one.success, one.unexpected) for one in validation.checks] == [(True, 0), (True, 1)]


def test_a_null_is_not_what_an_expectation_about_values_is_for(check: Check):
    not_null = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "fee"}}

    validation = check(rows(fee=[None, None]), FEE | ASIDE, not_null | {"severity": "info"})

    assert [check.unexpected for check in validation.checks] == [0, 2]


def test_too_many_rows_to_set_aside_stop_the_chain(check: Check):
    validation = check(rows(fee=[-1] * 6), FEE | ASIDE, max_quarantined=0.05)

    assert validation.verdict == Verdict(
        passed=False,
        reasons=("6 of 100 rows (6.00%) would be set aside, and the expectations allow 5.00%.",),
        repair=True,
    )


def test_exactly_as_many_as_allowed_may_be_set_aside(check: Check):
    assert check(rows(fee=[-1] * 5), FEE | ASIDE, max_quarantined=0.05).verdict.passed


def test_nothing_goes_on_when_every_row_would_be_set_aside(check: Check):
    validation = check(rows(fee=[-1] * 100), FEE | ASIDE, max_quarantined=1)

    assert validation.reasons == ("Every row would be set aside.",)


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        pytest.param(FEE, "fee is at least 0: 2 of 100 rows break it.", id="of rows"),
        pytest.param(
            {**MEAN, "kwargs": {"column": "fee", "min_value": 15}},
            "the mean of fee is at least 15: it is 9.77.",
            id="of the table",
        ),
        pytest.param(
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1000}},
            "the number of rows is at least 1000: it is 100.",
            id="of the number of rows",
        ),
    ],
)
def test_a_critical_failure_stops_the_chain(check: Check, expectation: dict[str, Any], reason: str):
    validation = check(rows(fee=[-1, -2]), expectation)

    assert (validation.verdict.passed, validation.reasons) == (False, (reason,))


@pytest.mark.parametrize("measure", ["min", "max", "median"])
def test_a_measure_that_is_a_cell_is_not_told(check: Check, tmp_path: Path, measure: str):
    validation = check(
        rows(fee=[8765.25] * 100),
        {
            "type": f"expect_column_{measure}_to_be_between",
            "kwargs": {"column": "fee", "max_value": 20},
        },
    )

    [reason] = validation.reasons
    assert reason.endswith("fee is at most 20: it does not hold.")
    assert "8765" not in (tmp_path / "report" / "data_docs" / "index.html").read_text()


def test_a_critical_shift_stops_the_chain(check: Check, tmp_path: Path):
    check(rows(), FEE)
    told = json.loads((tmp_path / "report" / "histograms.json").read_bytes())
    shutil.rmtree(tmp_path / "report")
    strict = {"least_rows": 10, "nulls": {"critical": 0.1}}

    validation = check(rows(fee=[None] * 50), FEE, skew=strict, reference=told)

    broken = [shift for shift in validation.shifts if shift.severity == "critical"]
    assert [(shift.column, shift.measure) for shift in broken] == [("fee", "nulls")]
    assert validation.reasons == (broken[0].sentence,)


def test_a_repeated_key_is_set_aside_wherever_it_stands(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from airlock.core import table
    from airlock.stages.validate.stage import partitioner as sieve

    monkeypatch.setattr(table, "GROUP_ROWS", 10)
    monkeypatch.setattr(sieve, "BLOCK_ROWS", 20)
    unique = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "months"}}

    validation = check(rows(months=[96, None, None]), unique | ASIDE)

    assert (validation.quarantined, validation.checks[0].unexpected) == (2, 2)
    aside = pq.read_table(tmp_path / "out" / validation.quarantine[0].path)
    assert aside["months"].to_pylist() == [96, 96]


def test_no_rows_are_judged_and_do_not_go_on(check: Check):
    validation = check({name: [] for name in CONTRACT["columns"]}, FEE, PLAN, MEAN)

    assert not validation.verdict.passed
    assert (validation.rows, [part.rows for part in validation.parts]) == (0, [0])
    assert [check.success for check in validation.checks] == [True, True, False]


@pytest.mark.parametrize(
    ("severity", "warnings"),
    [("warning", ("fee is at least 0: 2 rows broke it.",)), ("info", ())],
)
def test_a_lesser_failure_is_told_and_goes_on(
    check: Check, severity: str, warnings: tuple[str, ...]
):
    validation = check(rows(fee=[-1, -2]), FEE | {"severity": severity})

    assert (validation.verdict.passed, validation.warnings) == (True, warnings)
    assert not validation.checks[0].success


@pytest.mark.parametrize("on_fail", ["report", "quarantine"])
def test_a_check_that_cannot_see_lets_nothing_pass(
    check: Check,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    on_fail: str,
):
    from airlock.stages.validate.stage import suite

    # Great Expectations refuses to compare texts with a number, and quotes one.
    monkeypatch.setattr(suite, "_series", lambda column: pd.Series([SECRET] * len(column)))

    validation = check(rows(), FEE | {"severity": "info", "on_fail": on_fail})

    assert validation.reasons == ("fee is at least 0: this could not be checked.",)
    assert not validation.checks[0].success
    assert SECRET not in caplog.text
    assert SECRET not in (tmp_path / "report" / "data_docs" / "index.html").read_text()


def test_what_great_expectations_stumbles_over_is_not_repeated(
    check: Check,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    from airlock.stages.validate.stage import suite

    class Cell:
        def __ge__(self, other: object) -> bool:
            raise ValueError(SECRET)

    monkeypatch.setattr(suite, "_series", lambda column: pd.Series([Cell()] * len(column)))

    validation = check(rows(), FEE)

    assert validation.reasons == ("fee is at least 0: this could not be checked.",)
    assert SECRET not in caplog.text
    assert SECRET not in (tmp_path / "report" / "data_docs" / "index.html").read_text()


def test_a_large_integer_beside_a_gap_stays_itself(check: Check):
    member = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "months", "value_set": [2**53]},
    }

    validation = check(rows(months=[2**53 + 1, None, 2**53]), member)

    assert validation.checks[0].unexpected == 98


def test_the_mean_of_a_few_rows_is_not_told(check: Check, tmp_path: Path):
    few = {name: column[:5] for name, column in rows(fee=[8765.25] * 5).items()}

    validation = check(few, MEAN)

    assert validation.reasons == ("the mean of fee is between 0 and 20: it does not hold.",)
    assert "8765" not in (tmp_path / "report" / "data_docs" / "index.html").read_text()


def test_the_mean_of_nothing_cannot_be_checked(check: Check):
    assert check(rows(fee=[None] * 100), MEAN).reasons == (
        "the mean of fee is between 0 and 20: this could not be checked.",
    )


def test_dates_have_bounds_and_sets(check: Check):
    since = {"column": "since"}
    late = {
        "type": "expect_column_values_to_be_between",
        "kwargs": since | {"max_value": date(2026, 1, 5)},
    }
    known = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": since | {"value_set": [date(2026, 1, 5)]},
    }

    validation = check(rows(since=[date(2026, 1, 6)]), late, known)

    assert [check.unexpected for check in validation.checks] == [1, 1]
    assert validation.checks[0].sentence == "since is at most 2026-01-05"


def test_checks_stand_in_the_order_of_the_file(check: Check):
    # Great Expectations gives them back column by column.
    unique = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "plan"}}

    validation = check(rows(fee=[-1], plan=["basic", "gold"]), MEAN, FEE | ASIDE, PLAN, FEE, unique)

    assert [(check.column, check.unexpected) for check in validation.checks] == [
        ("fee", 0),
        ("fee", 1),
        ("plan", 1),
        ("fee", 0),
        ("plan", 98),
    ]


def test_neither_the_record_nor_the_report_repeats_a_value(check: Check, tmp_path: Path):
    regex = {
        "type": "expect_column_values_to_match_regex",
        "kwargs": {"column": "plan", "regex": "^b"},
    }

    validation = check(
        rows(plan=[SECRET], fee=[-12345.5]), FEE, PLAN | {"severity": "warning"}, regex | ASIDE
    )

    told = json.dumps(validation.to_json()) + "".join(validation.facts())
    reported = "".join(path.read_text() for path in (tmp_path / "report").rglob("*.*"))
    assert not [value for value in (SECRET, "12345") if value in told or value in reported]


def test_equal_work_gives_an_equal_record_and_equal_bytes(check: Check, tmp_path: Path):
    first = check(rows(fee=[-1]), FEE | ASIDE)
    bytes_first = left(tmp_path)
    shutil.rmtree(tmp_path / "report")

    again = check(rows(fee=[-1]), FEE | ASIDE)

    assert again == first
    assert bytes_first == left(tmp_path)


def left(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in ("out", "report")
        for path in (folder / name).rglob("*.*")
    }


def test_histograms_are_of_the_rows_that_go_on(check: Check, tmp_path: Path):
    check(rows(fee=[-1]), FEE | ASIDE)

    told = json.loads((tmp_path / "report" / "histograms.json").read_text())
    assert told["rows"] == 99
    assert told["columns"]["plan"] == {
        "type": "string",
        "nulls": 0,
        "categories": {"basic": 99},
        "other": 0,
    }


def test_a_table_is_judged_whole_whatever_its_parts(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from airlock.core import table

    monkeypatch.setattr(table, "GROUP_ROWS", 10)
    monkeypatch.setattr(table, "PART_ROWS", 30)

    validation = check(rows(fee=[-1] * 2), FEE | ASIDE)

    assert [part.rows for part in validation.parts] == [30, 30, 30, 8]
    passed = pa.concat_tables(
        pq.read_table(tmp_path / "out" / part.path) for part in validation.parts
    )
    assert passed["months"].to_pylist() == list(range(2, 100))
