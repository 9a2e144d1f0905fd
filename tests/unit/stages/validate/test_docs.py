"""Great Expectations' page: no value from the data, no script, no address, the same every time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from airlock.stages.validate.stage.docs import write_data_docs
from tests.payloads import PAYLOADS

import great_expectations as gx  # isort: skip  # after airlock, which keeps it quiet
import great_expectations.expectations as gxe  # isort: skip
from great_expectations.core import (  # isort: skip
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.expectations.expectation_configuration import (  # isort: skip
    ExpectationConfiguration,
)

PLANTED = "jane.doe@example.com"


@pytest.fixture(scope="module")
def result() -> Any:
    """Stock Great Expectations with everything that it can say, failing values and all."""
    frame = pd.DataFrame(
        {
            "mail": [PLANTED, "x", "y", None],
            "fee": [1.0, 2.0, 987654.25, np.nan],
            "<script>alert(1)</script>": ["x", "y", PLANTED, "z"],
        }
    )
    suite = gx.ExpectationSuite(
        name="churn",
        expectations=[
            gxe.ExpectColumnValuesToBeInSet(column="mail", value_set=["x", "y"]),
            gxe.ExpectColumnValuesToBeBetween(column="fee", max_value=5, severity="warning"),
            gxe.ExpectColumnMeanToBeBetween(column="fee", max_value=5),
            gxe.ExpectColumnValuesToNotBeNull(column="fee"),
            gxe.ExpectColumnDistinctValuesToBeInSet(column="mail", value_set=["x"]),
            gxe.ExpectColumnValueLengthsToBeBetween(
                column="<script>alert(1)</script>", max_value=3
            ),
            gxe.ExpectColumnValuesToMatchRegex(column="gone", regex="^a$"),
            gxe.ExpectTableRowCountToBeBetween(min_value=4),
        ],
    )
    batch = (
        gx.get_context(mode="ephemeral")
        .data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("rows")
        .get_batch({"dataframe": frame})
    )
    return batch.validate(suite, result_format="COMPLETE")


@pytest.fixture
def page(result: Any, tmp_path: Path) -> str:
    assert PLANTED in str(result)
    write_data_docs(result, tmp_path / "docs")
    return (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "value", [PLANTED, "jane", "987654", "index_list", "df.filter", "traceback"]
)
def test_no_value_from_the_data_is_in_it(page: str, value: str):
    assert value not in page


@pytest.mark.parametrize(
    "thing", ["http", "<script", "<link", "<img", " on", "src=", "url(", "@import"]
)
def test_nothing_runs_and_nothing_is_fetched(page: str, thing: str):
    without_words = page.replace(" on ", "").replace(" one", "")

    assert thing not in without_words.lower()


def test_its_links_lead_into_itself_and_back(page: str):
    targets = set(re.findall(r'href="([^"]*)"', page))

    assert {target.rstrip("0123456789") for target in targets} == {"#section-", "../index.html"}
    assert all(f'id="{target[1:]}"' in page for target in targets if target.startswith("#"))


def test_it_says_what_great_expectations_says(page: str):
    for words in (
        "values must belong to this set",
        "1 unexpected values found",
        "mean must be less than or equal to",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "It could not be checked.",
        "Must have greater than or equal to",
    ):
        assert words in page, words


def test_equal_results_give_equal_bytes(result: Any, page: str, tmp_path: Path):
    write_data_docs(result, tmp_path / "again")

    assert (tmp_path / "again" / "index.html").read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    ("kind", "arguments", "counted", "said"),
    [
        pytest.param(
            "expect_column_values_to_be_between",
            {"column": "day", "max_value": pd.Timestamp("2026-01-05")},
            {"element_count": 20_000_000, "unexpected_count": 3, "unexpected_percent": 1.5e-5},
            "3 unexpected values found",
            id="a date, and a share near nothing",
        ),
        pytest.param(
            "expect_column_values_to_not_be_null",
            {"column": "day", "mostly": 0.5},
            {"element_count": 0, "unexpected_count": 0, "unexpected_percent": None},
            "at least",
            id="no rows",
        ),
        pytest.param(
            "expect_column_values_to_match_regex",
            {"column": "mail", "regex": "^$x<script>${y}"},
            {"element_count": 9, "unexpected_count": 2, "unexpected_percent": np.float64(22.2)},
            "^$x&lt;script&gt;${y}",
            id="what looks like a template",
        ),
        pytest.param(
            "expect_column_mean_to_be_between",
            {"column": "fee", "min_value": 1},
            {"observed_value": np.float64(2.5)},
            "2.5",
            id="a number of NumPy",
        ),
        pytest.param(
            "expect_column_max_to_be_between",
            {"column": "fee", "min_value": 1},
            {"observed_value": None},
            "--",
            id="nothing was observed",
        ),
    ],
)
def test_counts_that_were_put_together_are_rendered_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind, arguments, counted, said
):
    one = ExpectationValidationResult(
        success=False,
        expectation_config=ExpectationConfiguration(type=kind, kwargs=arguments),
        result=counted,
    )

    write_data_docs(
        ExpectationSuiteValidationResult(success=False, results=[one], suite_name="churn"),
        tmp_path,
    )

    assert said in (tmp_path / "index.html").read_text(encoding="utf-8")
    # Great Expectations logs what it cannot render, and goes on.
    assert caplog.records == []


def of_column(name: str, into: Path) -> str:
    """The page about a column of some name, and of one behind it."""
    wrong = {"element_count": 4, "unexpected_count": 1, "unexpected_percent": 25.0}
    expected = {name: {"value_set": [name, "b"]}, "zz_last": {"value_set": ["b"]}}
    results = [
        ExpectationValidationResult(
            success=False,
            expectation_config=ExpectationConfiguration(
                type="expect_column_values_to_be_in_set", kwargs={"column": column, **more}
            ),
            result=wrong,
            exception_info={},
        )
        for column, more in expected.items()
    ]
    write_data_docs(
        ExpectationSuiteValidationResult(
            success=False, results=results, suite_name="s", statistics={}, meta={}
        ),
        into,
    )
    return (into / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "<script>",
        "<style>",
        "<!--",
        "<h4>All 9 expectations passed</h4>",
        "<table><tr><td>x",
        "<b",
        '<div class="collapse">',
        "</div></div></div>",
        "{{ 7 * 191 }}",
        "$column ${value_set}",
        *PAYLOADS.values(),
    ],
)
def test_the_name_of_a_column_is_text_and_hides_nothing(name: str, tmp_path: Path):
    plain, page = of_column("plain", tmp_path / "plain"), of_column(name, tmp_path / "page")

    assert re.findall(r"</?\w+", page) == re.findall(r"</?\w+", plain)
    assert "1337" not in page.replace(name, "")
