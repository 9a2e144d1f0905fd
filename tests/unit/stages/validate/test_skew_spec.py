"""The part `skew` of an expectations file: what may be written, and what it is called by."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from airlock.stages.validate.limits import Limit, Skew
from airlock.stages.validate.spec import Expectations

FILE = {
    "contract": {"columns": {"plan": {"type": "string"}, "fee": {"type": "number"}}},
    "expectations": [{"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}],
}


def loaded(**skew: Any) -> Skew:
    return Expectations.model_validate({**FILE, "skew": skew}).skew


def test_without_the_part_nothing_is_critical():
    skew = Expectations.model_validate(FILE).skew

    limits = [skew.psi, skew.js, skew.nulls, skew.new_categories]
    assert all(limit.warning is not None and limit.critical is None for limit in limits)


def test_a_column_has_the_limits_of_all_where_it_has_none_of_its_own():
    skew = loaded(psi={"critical": 0.2}, columns={"fee": {"js": {"warning": 0.3}, "nulls": None}})

    assert skew.limits("fee").psi == skew.limits("plan").psi == Limit(critical=0.2)
    assert skew.limits("fee").js == Limit(warning=0.3)
    assert skew.limits("fee").nulls is None
    assert skew.limits("plan").nulls is not None


def test_a_file_that_says_something_else_has_another_name():
    digests = [
        Expectations.model_validate({**FILE, "skew": skew}).digest
        for skew in (
            {},
            {"columns": {"fee": {"psi": None}}},
            {"columns": {"fee": {}}},
            {"psi": None},
        )
    ]

    assert len(set(digests)) == 4


def test_a_file_reads_back_as_it_was_written():
    skew = loaded(psi={"critical": 0.2}, columns={"fee": {"nulls": None}}, ignore=["plan"])

    assert Skew.model_validate(skew.to_json()) == skew


@pytest.mark.parametrize(
    ("skew", "problem"),
    [
        pytest.param({"pse": {"warning": 1}}, "pse", id="a typo"),
        pytest.param({"psi": {"warn": 1}}, "warn", id="a typo inside"),
        pytest.param({"psi": {}}, "warning or critical", id="a limit without a number"),
        pytest.param({"psi": 0.2}, "psi", id="a number without a severity"),
        pytest.param({"psi": {"warning": -1}}, "greater than or equal to 0", id="negative"),
        pytest.param({"psi": {"warning": float("nan")}}, "finite", id="not a number"),
        pytest.param({"psi": {"warning": 2, "critical": 1}}, "at least as large", id="reversed"),
        pytest.param({"ignore": ["pln"]}, "no column pln", id="ignores a column that is not there"),
        pytest.param(
            {"columns": {"fe": {}}}, "no column fe", id="limits for one that is not there"
        ),
        pytest.param({"columns": {"fee": {"psy": None}}}, "psy", id="a typo in a column"),
        pytest.param({"columns": {"fee": 3}}, "fee", id="a column without limits"),
        pytest.param({"columns": ["fee"]}, "columns", id="columns as a list"),
        pytest.param({"least_rows": 0}, "greater than or equal to 1", id="no rows at all"),
    ],
)
def test_what_makes_no_sense_is_refused_when_the_dag_is_parsed(skew: Any, problem: str):
    with pytest.raises(ValidationError, match=problem):
        loaded(**skew)
