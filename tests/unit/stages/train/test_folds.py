"""What training may see of a redacted table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.core.errors import DataError, SpecError, Unverified
from airlock.stages.train.stage import folds
from tests.redacted import customers, redacted
from tests.trained import SPEC

CUSTOMERS = customers()


def test_the_holdout_is_never_read(tmp_path: Path):
    redaction = redacted(CUSTOMERS, tmp_path)

    read = folds.read(redaction, tmp_path, ["plan"], "customer_id")

    held_out = set(CUSTOMERS.loc[CUSTOMERS["fold"] == "holdout", "customer_id"])
    assert held_out.isdisjoint(read.train["customer_id"])
    assert held_out.isdisjoint(read.validation["customer_id"])
    assert len(read.train) + len(read.validation) == (CUSTOMERS["fold"] != "holdout").sum()


def test_features_are_the_kept_columns_without_target_and_entity(tmp_path: Path):
    redaction = redacted(CUSTOMERS, tmp_path)

    names = [name for name, _ in folds.features(redaction, SPEC)]

    assert names == ["plan", "region", "tenure", "fee", "paperless"]


def test_named_features_keep_the_order_of_the_table(tmp_path: Path):
    redaction = redacted(CUSTOMERS, tmp_path)

    chosen = folds.features(redaction, SPEC.model_copy(update={"features": ("fee", "plan")}))

    assert chosen == (("plan", "string"), ("fee", "number"))


def test_a_text_may_be_the_entity_and_a_feature(tmp_path: Path):
    redaction = replace(redacted(CUSTOMERS, tmp_path), entity="note")
    spec = SPEC.model_copy(update={"entity": "note", "features": ("note", "fee")})

    assert folds.features(redaction, spec) == (("fee", "number"), ("note", "string"))


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        pytest.param({"target": "gone"}, DataError, "no column gone", id="no target"),
        pytest.param({"features": ("age",)}, SpecError, "cannot be features: age", id="no column"),
        pytest.param({"features": ("churned",)}, SpecError, "churned", id="the target itself"),
        pytest.param({"features": ("customer_id",)}, SpecError, "customer_id", id="the entity"),
        pytest.param({"features": ()}, SpecError, "no column to learn from", id="none"),
    ],
)
def test_columns_that_cannot_be_learnt_from_are_named(tmp_path: Path, changes, error, said):
    redaction = redacted(CUSTOMERS, tmp_path)

    with pytest.raises(error, match=said):
        folds.features(redaction, SPEC.model_copy(update=changes))


def test_a_table_without_folds_is_refused(tmp_path: Path):
    redaction = redacted(CUSTOMERS.drop(columns="fold"), tmp_path)

    with pytest.raises(Unverified, match="not split"):
        folds.checked_split(redaction, SPEC)


def test_folds_stamped_by_another_entity_are_refused(tmp_path: Path):
    redaction = replace(redacted(CUSTOMERS, tmp_path), entity="household")

    with pytest.raises(Unverified, match="customer_id"):
        folds.checked_split(redaction, SPEC)


def test_an_entity_on_both_sides_is_refused_without_naming_it(tmp_path: Path):
    torn = CUSTOMERS.copy()
    first = torn.index[torn["fold"] == "train"][0]
    torn.loc[first, "customer_id"] = torn.loc[torn["fold"] == "validation", "customer_id"].iloc[0]

    with pytest.raises(DataError, match="1 entities are in") as refused:
        folds.read(redacted(torn, tmp_path), tmp_path, ["plan"], "customer_id")

    assert torn.loc[first, "customer_id"] not in str(refused.value)


@pytest.mark.parametrize("fold", ["train", "validation"])
def test_an_empty_fold_is_named(tmp_path: Path, fold: str):
    without = CUSTOMERS[CUSTOMERS["fold"] != fold]

    with pytest.raises(DataError, match=f"The {fold} fold is empty"):
        folds.read(redacted(without, tmp_path), tmp_path, ["plan"], "customer_id")


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path):
    redaction = redacted(CUSTOMERS, tmp_path)
    (tmp_path / "part-00001.parquet").write_bytes(b"PAR1 no more")

    with pytest.raises(DataError, match=r"part-00001\.parquet") as refused:
        folds.read(redaction, tmp_path, ["plan"], "customer_id")

    assert refused.value.__suppress_context__


@pytest.mark.parametrize("fold", ["train", "validation", "holdout"])
def test_rows_without_a_target_are_counted_over_all_folds(tmp_path: Path, fold: str):
    some = CUSTOMERS.astype({"churned": object})
    gone = some.index[some["fold"] == fold][:2]
    some.loc[gone, "churned"] = None
    redaction = redacted(some, tmp_path)

    with pytest.raises(DataError, match=rf"^2 of {len(some):,} rows, over all folds, have no chur"):
        folds.check_target(redaction, tmp_path, "churned")


def test_a_whole_target_is_fine(tmp_path: Path):
    folds.check_target(redacted(CUSTOMERS, tmp_path), tmp_path, "churned")
