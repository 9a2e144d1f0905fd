"""Every shared case about numbers, labels, groups and names gives what its README says."""

from __future__ import annotations

import re
import runpy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from airlock.bundle.preprocessing import Preprocessing, Target, learn, learn_target
from airlock.catalogs.sql_delivery import check_columns
from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.core.names import level
from airlock.core.nights import nights_back
from airlock.core.values import LabelReader
from airlock.distribution.histograms import histograms
from airlock.distribution.tally import BinnedColumn
from airlock.pipelines.claims import SharedModelWarning, claim
from airlock.pipelines.crosscheck import crosscheck
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.drift.stage.drift import distances
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.groups import unjudged
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Batches, Tensors
from tests.cases import shared_cases

CHURNED = Target(name="churned", type="integer", classes=("0", "1"))


def case(name: str) -> Path:
    return shared_cases("rows") / name


@pytest.mark.parametrize("name", ["05-constant-that-is-not-quite", "06-one-extreme-finite-number"])
def test_05_06_the_shared_script_runs(name: str):
    runpy.run_path(str(case(name) / "case.py"))


def test_05_what_is_constant_but_for_rounding_has_the_scale_1():
    made = learn(pd.DataFrame({"x": [0.1] * 1000}), [("x", "number")], CHURNED)

    assert made.numeric[0].scale == 1
    assert made.apply(pd.DataFrame({"x": [0.2]}))[0].tolist() == [[pytest.approx(0.1)]]


def test_05_a_large_constant_is_centred_on_itself():
    rows = pd.DataFrame({"x": [9.999999999999802e29, 9.999999999999813e29, 9.999999999999802e29]})

    assert np.abs(learn(rows, [("x", "number")], CHURNED).apply(rows)[0]).max() <= 10


def test_06_one_cell_moves_no_scale_and_is_counted():
    rows = pd.DataFrame({"x": [*np.linspace(0, 1, 100), -3.4028235e38]})
    usual = learn(rows[:100], [("x", "number")], CHURNED)
    moved = learn(rows, [("x", "number")], CHURNED)

    assert moved.numeric[0].scale == pytest.approx(usual.numeric[0].scale, rel=0.25)
    assert moved.clipped(rows) == {"x": 1}
    assert np.abs(moved.apply(rows)[0]).max() < 100


@pytest.mark.parametrize(
    ("classes", "label", "meant"),
    [
        (("0", "1"), "1.0", "1"),
        (("0", "1"), " 1", "1"),
        (("0", "1"), 1.0, "1"),
        (("0", "1"), np.int64(1), "1"),
        (("0", "1"), True, "1"),
        (("0", "1"), "False", "0"),
        (("false", "true"), 0, "false"),
        (("false", "true"), "True", "true"),
        (("Yes", "No"), " Yes", "Yes"),
        (("Yes", "No"), "yes", None),
        (("0", "1"), "2", None),
        (("0", "1"), "1.5", None),
        (("0", "1", "2"), True, None),
        (("3", "12"), "0012.00", "12"),
        (("1", "01"), "01", "01"),
        (("False", "True"), True, "True"),
        (("nan", "no"), float("nan"), None),
        (("None", "no"), None, None),
        (("<NA>", "no"), pd.NA, None),
        (("NaT", "no"), pd.NaT, None),
        (("nan", "no"), "nan", "nan"),
    ],
)
def test_07_labels_are_compared_by_what_they_mean(
    classes: tuple[str, ...], label: Any, meant: str | None
):
    assert LabelReader(classes)(label) == meant


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ([0, 1], [2, 3]),
        (["True", "false"], [3, 2]),
        (pd.array([True, None], dtype="boolean"), [3, 1]),
        (pd.array([1, None], dtype="Int64"), [3, 1]),
        (pd.Categorical([True, False]), [3, 2]),
        (pd.Series([True, None], dtype=pd.ArrowDtype(pa.bool_())), [3, 1]),
    ],
)
def test_12_a_boolean_is_read_from_what_means_one(values: Any, index: list[int]):
    assert served().apply(pd.DataFrame({"flag": values, "x": 1.0}))[1][:, 0].tolist() == index


@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2026-01-01"]),
        pd.to_timedelta([1], unit="h"),
        [1 + 2j],
        ["nan"],
        ["many"],
        pd.Series(["2026-01-01"]).astype("datetime64[ns]").dt.date,
        [b"1"],
        [[1]],
    ],
)
@pytest.mark.parametrize("column", ["x", "flag"])
def test_12_what_has_no_meaning_there_is_refused_by_column_and_type(values: Any, column: str):
    rows = pd.DataFrame({"flag": [True], "x": [1.0]}).assign(**{column: values})

    with pytest.raises(DataError, match=f"The column {column} is of another type"):
        served().apply(rows)


def test_12_a_column_that_stands_twice_is_refused():
    rows = pd.DataFrame([[True, 1.0, 2.0]], columns=["flag", "x", "x"])

    with pytest.raises(DataError, match="columns twice: x"):
        served().apply(rows)


def test_12_the_shared_row_reads_its_1_as_true():
    rows = pd.read_csv(case("12-scoring-other-types") / "rows.csv")
    taught = pd.concat([rows.assign(paperless=flag) for flag in [True, False] * 20])
    made = learn(taught, [("paperless", "boolean"), ("fee", "number")], CHURNED)

    as_number, as_boolean, as_text = (
        made.apply(rows.assign(paperless=flag))[1].tolist()
        for flag in (rows["paperless"], True, "True")
    )

    assert as_number == as_boolean == as_text
    with pytest.raises(DataError, match="The column fee is of another type"):
        made.apply(rows.assign(fee=pd.to_datetime(rows["fee"], unit="s")))


@pytest.mark.parametrize("kind", ["Float32", "Int64", "int8", "category", "double[pyarrow]"])
def test_12_numbers_are_read_from_every_type_of_number(kind: str):
    rows = pd.DataFrame({"flag": [True, True], "x": pd.Series([1, 2]).astype(kind)})

    assert served().apply(rows)[0].tolist() == served().apply(rows.assign(x=[1.0, 2.0]))[0].tolist()


def served() -> Preprocessing:
    frame = pd.DataFrame({"flag": [True, False] * 20, "x": np.arange(40.0)})
    return learn(frame, [("flag", "boolean"), ("x", "number")], CHURNED)


@pytest.mark.parametrize(
    ("backend", "classes", "said"),
    [
        ("sqlite", ["Yes", "yes"], "differ in capitals alone"),
        ("sqlite", [str(at) for at in range(2100)], "would have 2,100 columns"),
        ("postgresql", ["a" * 70 + "1", "a" * 70 + "2"], "more than the 63 bytes"),
        ("postgresql", ["no\0pe"], "has a NUL"),
        ("postgresql", ["Yes", "yes"], None),
        ("sqlite", ["Ä", "ä", "no", "a" * 70], None),
    ],
)
def test_13_classes_that_cannot_be_columns_are_refused(
    backend: str, classes: list[str], said: str | None
):
    names = [f"probability_{name}" for name in classes]
    if said is None:
        check_columns(backend, "scores", names)
        return
    with pytest.raises(DataError, match=said) as refused:
        check_columns(backend, "scores", names)
    assert not refused.value.retry_can_help


def test_13_the_shared_answers_are_two_classes_that_sqlite_cannot_tell_apart():
    rows = pd.read_csv(case("13-class-names-as-columns") / "rows.csv")
    target = learn_target("answer", "string", rows["answer"], classify=True)
    names = [f"probability_{name}" for name in target.classes]

    check_columns("postgresql", "scores", names)
    with pytest.raises(DataError, match="differ in capitals alone") as refused:
        check_columns("sqlite", "scores", names)
    assert not refused.value.retry_can_help


def test_14_a_long_id_is_a_name_of_a_file():
    run = (case("14-long-run-id") / "run_id").read_text().strip()

    assert all(len(level(name).encode()) <= 255 for name in (run, run * 2, "ä" * 80, "ü" * 250))


@pytest.mark.parametrize("kind", [pa.float64(), pa.int64()])
def test_15_a_constant_that_changes_is_the_largest_drift_there_is(kind: pa.DataType):
    told = histograms(pa.table({"fee": pa.array([20] * 1000, kind)}))
    changed, same = (BinnedColumn.of(told["columns"]["fee"], 1000) for _ in range(2))
    changed.watch(pa.chunked_array([pa.array([25] * 1000, kind)]))
    same.watch(pa.chunked_array([pa.array([20] * 1000, kind)]))

    (worse,), _ = distances({"fee": changed}, DriftSpec(), target="y", calibration=None)
    (calm,), _ = distances({"fee": same}, DriftSpec(), target="y", calibration=None)

    assert worse.drifted
    assert (worse.js, worse.ks) == (pytest.approx(1.0), pytest.approx(1.0))
    assert not calm.drifted
    assert (calm.js, calm.psi) == (0, 0)


def test_15_the_shared_fee_has_drifted_as_far_as_can_be():
    fees = pd.read_csv(case("15-constant-number-changes") / "fee.csv").set_index("night")["fee"]
    was, now = (pa.array([float(fees[night])] * 1000) for night in ("champion", "tonight"))
    tally = BinnedColumn.of(histograms(pa.table({"fee": was}))["columns"]["fee"], 1000)
    tally.watch(pa.chunked_array([now]))

    (found,), _ = distances({"fee": tally}, DriftSpec(), target="y", calibration=None)

    assert (found.drifted, found.js) == (True, pytest.approx(1.0))


@pytest.mark.parametrize(
    "name", ["prediction", "probability_1", "confidence", "score", "night", "row_key", "version"]
)
@pytest.mark.parametrize("named", [True, False])
def test_16_a_feature_called_like_an_output_is_refused_when_the_dag_is_parsed(
    name: str, named: bool
):
    types = {"customer_id": "string", name: "number", "churned": "integer"}
    contract = Contract.model_validate(
        {"columns": {column: {"type": kind} for column, kind in types.items()}}
    )
    redaction = RedactionSpec.model_validate(
        {
            "columns": {
                "customer_id": {"action": "pseudonym"},
                name: {"action": "keep"},
                "churned": {"action": "keep"},
            }
        }
    )
    train = TrainSpec(
        model="include.models.churn:ChurnClassifier",
        target="churned",
        entity="customer_id",
        features=(name,) if named else None,
    )

    with pytest.raises(SpecError, match=f"learn from {name}, which is the name of a column"):
        crosscheck(contract, redaction, entity="customer_id", train=train)


def test_16_the_shared_table_is_refused_for_the_name_of_its_feature():
    names = pd.read_csv(case("16-feature-called-prediction") / "rows.csv").columns
    assert list(names) == ["customer_id", "prediction", "churned"]
    contract = {"columns": {name: {"type": "string"} for name in names}}
    actions = {name: {"action": "keep"} for name in names} | {names[0]: {"action": "pseudonym"}}
    train = TrainSpec(
        model="include.models.churn:ChurnClassifier", target="churned", entity="customer_id"
    )

    with pytest.raises(SpecError, match="learn from prediction, which is the name of a column"):
        crosscheck(
            Contract.model_validate(contract),
            RedactionSpec.model_validate({"columns": actions}),
            entity="customer_id",
            train=train,
        )


def test_17_the_shared_fold_has_no_batch_of_one_row():
    rows, size = map(
        int, re.findall(r"\d+", (case("17-last-batch-of-one-row") / "case").read_text())
    )
    fold = Tensors((torch.arange(rows), torch.arange(rows)))

    assert [len(one[-1]) for one in Batches(fold, size, seed=0)] == [rows]
    assert rows == size + 1


@pytest.mark.parametrize(
    ("rows", "size", "ranks", "sizes"),
    [
        (9, 4, 1, [4, 5]),
        (10, 4, 1, [4, 4, 2]),
        (8, 4, 1, [4, 4]),
        (1, 4, 1, [1]),
        (3, 1, 1, [1, 1, 1]),
        (10, 4, 2, [2, 3]),
        (12, 4, 2, [2, 2, 2]),
        (11, 8, 2, [4, 1]),
    ],
)
def test_17_a_last_row_alone_joins_the_batch_before(
    rows: int, size: int, ranks: int, sizes: list[int]
):
    fold = Tensors((torch.arange(rows), torch.arange(rows)))
    expected = sizes if (rows, size) != (11, 8) else [5]
    batches = Batches(fold, size, seed=0, ranks=ranks)

    assert [len(one[-1]) for one in batches] == expected
    assert len(batches) == len(expected)


def test_18_a_group_too_small_to_judge_is_named():
    holdout = pd.DataFrame({"region": ["north"] * 301 + ["south"] * 285 + ["tiny"] * 30 + ["one"]})

    (found,) = unjudged(holdout, EvaluateSpec(protected=("region",)))

    assert found.sentence == ("too small to judge, and left out: tiny (30 rows), 1 more (1 rows)")


def test_18_the_shared_groups_are_judged_or_named():
    groups = pd.read_csv(case("18-small-protected-group") / "groups.csv")
    holdout = groups.loc[groups.index.repeat(groups["holdout_rows"]), ["region"]]

    (found,) = unjudged(holdout, EvaluateSpec(protected=("region",)))

    assert found.sentence == "too small to judge, and left out: tiny (30 rows)"


# --- tables at the edge ---


def test_a_column_of_nulls_alone_says_nothing_and_breaks_nothing():
    rows = pd.DataFrame({"x": [None] * 50, "plan": [None] * 50}, dtype=object)
    made = learn(rows, [("x", "number"), ("plan", "string")], CHURNED)

    numeric, indices = made.apply(pd.DataFrame({"x": [None, 3.0], "plan": [None, "basic"]}))

    assert np.isfinite(numeric).all()
    assert indices.tolist() == [[1], [0]]


def test_a_column_of_too_many_categories_has_only_the_common_ones():
    rows = pd.DataFrame({"plan": [f"{at}" for at in range(100_001)] + ["basic"] * 10})

    assert learn(rows, [("plan", "string")], CHURNED).categorical[0].values == ("basic",)


def test_three_thousand_columns_are_learnt_from():
    rows = pd.DataFrame(
        np.arange(60_000.0).reshape(20, -1), columns=[f"x{at}" for at in range(3000)]
    )
    features = [(name, "number") for name in rows]

    assert learn(rows, features, CHURNED).apply(rows)[0].shape == (20, 3000)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1] * 20, "the same value in every row"),
        (list(range(100_001)), "has 100,001 different values"),
        (["no", "y\0s"], "hold a NUL"),
        (["no", "y" * 201], "more than 200 characters"),
        ([1, None], "is missing in 1 rows"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused_with_the_reason(values: list[Any], said: str):
    kind = "string" if isinstance(values[0], str) else "integer"

    with pytest.raises(DataError, match=said):
        learn_target("churned", kind, pd.Series(values), classify=True)


def test_a_number_to_predict_that_nobody_can_compute_with_is_refused():
    with pytest.raises(DataError, match="beyond 1e\\+30, in 2 rows"):
        learn_target("fee", "number", pd.Series([1.0, 1e300, np.inf]), classify=False)


def test_the_first_night_of_the_calendar_has_none_before_it():
    assert nights_back("0001-01-05", 27) == "0001-01-01"
    assert nights_back("9999-12-31", 0) == "9999-12-31"


# --- two pipelines ---


def test_two_pipelines_for_one_model_are_told_when_the_second_is_parsed():
    claim("training", model="two_of_them", dag_id="first")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        claim("training", model="two_of_them", dag_id="first")
        claim("scoring", model="two_of_them", dag_id="another")

    with pytest.warns(SharedModelWarning, match="first and second both have the training"):
        claim("training", model="two_of_them", dag_id="second")
