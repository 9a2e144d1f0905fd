"""The expectations file: what cannot work is refused when the DAG is parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from airlock.core.errors import SpecError
from airlock.stages.validate.spec import Expectations

ROOT = Path(__file__).parents[4]

CONTRACT = {
    "columns": {
        "plan": {"type": "string"},
        "fee": {"type": "number"},
        "active": {"type": "boolean"},
        "day": {"type": "date"},
    }
}


def load(tmp_path: Path, *expectations: dict[str, Any], **more: Any) -> Expectations:
    path = tmp_path / "churn.yaml"
    path.write_text(
        yaml.safe_dump({"contract": CONTRACT, "expectations": list(expectations), **more})
    )
    return Expectations.load(path)


@pytest.mark.parametrize("name", ["customer_churn", "telco_churn"])
def test_the_projects_own_files_load(name: str):
    expectations = Expectations.load(ROOT / "include" / "expectations" / f"{name}.yaml")

    assert {one.severity for one in expectations.expectations} == {"critical", "warning"}
    assert "quarantine" in {one.on_fail for one in expectations.expectations}


def test_dates_and_words_are_compared_with_columns_of_their_type(tmp_path: Path):
    expectations = load(
        tmp_path,
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "plan", "value_set": ["Yes", "No"]},
        },
        yaml.safe_load(
            "{type: expect_column_values_to_be_between,"
            " kwargs: {column: day, min_value: 2026-01-05}}"
        ),
    )

    assert [one.columns for one in expectations.expectations] == [("plan",), ("day",)]


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        pytest.param("{type: expect_magic}", "type: is none of those", id="an unknown expectation"),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, kwargs: {columm: plan}}",
            "needs column",
            id="a missing argument",
        ),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, kwargs: {column: plan, max: 3}}",
            "takes no max",
            id="an unknown argument",
        ),
        pytest.param(
            "{type: expect_column_values_to_be_between, kwargs: {column: fee}}",
            "needs min_value or max_value",
            id="no bound",
        ),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, kwargs: {column: name}}",
            "the contract has no column name",
            id="an unknown column",
        ),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, kwargs: {column: [plan]}}",
            "column must be the name of one column",
            id="a list of columns for one",
        ),
        pytest.param(
            "{type: expect_compound_columns_to_be_unique, kwargs: {column_list: plan}}",
            "column_list must be a list",
            id="one column for a list",
        ),
        pytest.param(
            "{type: expect_column_values_to_be_between, kwargs: {column: plan, min_value: 1}}",
            "plan is of the type string",
            id="an order of words",
        ),
        pytest.param(
            "{type: expect_column_values_to_be_in_set,"
            " kwargs: {column: plan, value_set: [Yes, No]}}",
            "in quotes",
            id="words that YAML takes for booleans",
        ),
        pytest.param(
            "{type: expect_column_values_to_be_in_set, kwargs: {column: active, value_set: [1]}}",
            "active is of the type boolean",
            id="numbers for booleans",
        ),
        pytest.param(
            "{type: expect_column_values_to_be_between, kwargs: {column: fee, min_value: '3'}}",
            "fee is of the type number",
            id="a bound in quotes",
        ),
        pytest.param(
            "{type: expect_column_mean_to_be_between,"
            " kwargs: {column: fee, min_value: 2026-01-05}}",
            "min_value and max_value must be numbers",
            id="a date for a mean",
        ),
        pytest.param(
            "{type: expect_column_values_to_match_regex, kwargs: {column: plan, regex: '('}}",
            "not a regular expression",
            id="a broken expression",
        ),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, kwargs: {column: fee, mostly: 90}}",
            "mostly must be a share",
            id="a percentage for a share",
        ),
        pytest.param(
            "{type: expect_column_value_lengths_to_equal, kwargs: {column: plan, value: 1.5}}",
            "whole number",
            id="half a letter",
        ),
        pytest.param(
            "{type: expect_column_pair_values_a_to_be_greater_than_b,"
            " kwargs: {column_A: fee, column_B: day}}",
            "fee and day cannot be compared",
            id="a number and a date",
        ),
        pytest.param(
            "{type: expect_column_mean_to_be_between, on_fail: quarantine,"
            " kwargs: {column: fee, min_value: 0}}",
            "for single rows",
            id="a mean cannot be set aside",
        ),
        pytest.param(
            "{type: expect_column_values_to_not_be_null, on_fail: quarantine,"
            " kwargs: {column: fee, mostly: 0.9}}",
            "without mostly",
            id="mostly and quarantine",
        ),
    ],
)
def test_an_expectation_that_cannot_work_is_refused(tmp_path: Path, expectation: str, problem: str):
    with pytest.raises(SpecError, match=problem):
        load(tmp_path, yaml.safe_load(expectation))


@pytest.mark.parametrize("more", [{"max_quarantined": 5}, {"max_quarantine": 0.1}])
def test_a_wrong_limit_or_a_typo_is_refused(tmp_path: Path, more: dict[str, Any]):
    with pytest.raises(SpecError, match=next(iter(more))):
        load(
            tmp_path,
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
            **more,
        )
