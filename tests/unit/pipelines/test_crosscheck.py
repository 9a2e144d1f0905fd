"""What the files of one pipeline say of the same columns is compared when its DAG is parsed."""

from __future__ import annotations

from typing import Any

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.pipelines.crosscheck import crosscheck
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.train.spec import TrainSpec

COLUMNS = {
    "customer_id": {"type": "string"},
    "note": {"type": "string", "nullable": True},
    "age": {"type": "integer"},
    "plan": {"type": "string"},
    "churned": {"type": "integer"},
}
ACTIONS = {
    "customer_id": {"action": "pseudonym"},
    "note": {"action": "scan", "patterns": "only"},
    "age": {"action": "generalise", "band": 10},
    "plan": {"action": "keep"},
    "churned": {"action": "keep"},
}
TRAIN = {"model": "include.models.churn:Churn", "target": "churned", "entity": "customer_id"}


def checked(
    columns: dict[str, Any] | None = None,
    actions: dict[str, Any] | None = None,
    *,
    slices: tuple[str, ...] = ("plan",),
    entity: str = "customer_id",
    evaluation: dict[str, Any] | None = None,
    **train: Any,
) -> None:
    crosscheck(
        Contract.model_validate({"columns": {**COLUMNS, **(columns or {})}}),
        RedactionSpec.model_validate({"columns": {**ACTIONS, **(actions or {})}}),
        entity=entity,
        train=TrainSpec.model_validate({**TRAIN, "entity": entity, **train}),
        evaluation=EvaluateSpec.model_validate({"slices": slices, **(evaluation or {})}),
    )


@pytest.mark.parametrize("shown", ["customer_id", "income"])
def test_people_are_shown_what_the_redaction_lets_through_alone(shown: str):
    files = (
        Contract.model_validate({"columns": COLUMNS}),
        RedactionSpec.model_validate({"columns": ACTIONS}),
    )
    crosscheck(*files, entity="customer_id", review=("plan", "age", "note"))

    with pytest.raises(SpecError, match=f"people are shown {shown}, which the redaction"):
        crosscheck(*files, entity="customer_id", review=("plan", shown))


def test_files_that_agree_pass():
    checked(features=("age", "plan"), slices=("age", "plan"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"new": {"type": "string"}}}, "does not say what happens to new"),
        ({"actions": {"old": {"action": "drop"}}}, "speaks of old, which the contract does not"),
        ({"columns": {"note": {"type": "integer"}}}, "scans note, which is no text"),
        ({"actions": {"customer_id": {"action": "drop"}}}, "customer_id does not survive"),
        ({"entity": "nobody"}, "entity nobody does not survive"),
        (
            {"columns": {"customer_id": {"type": "string", "nullable": True}}},
            "customer_id may be missing",
        ),
        ({"actions": {"churned": {"action": "drop"}}}, "needs churned, which the redaction"),
        ({"features": ("customer_id",)}, "needs customer_id, which the redaction"),
        ({"slices": ("note",)}, "slices by note, which the redaction"),
        ({"slices": ("country",)}, "slices by country, which the redaction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_contradiction_is_named(change: dict[str, Any], message: str):
    with pytest.raises(SpecError, match=message):
        checked(**change)


def test_text_that_is_dropped_for_want_of_a_language_model_is_no_feature():
    with pytest.raises(SpecError, match="needs note, which the redaction does not keep"):
        checked(actions={"note": {"action": "scan"}}, features=("note",))


def test_all_contradictions_are_named_at_once():
    with pytest.raises(SpecError) as caught:
        checked({"new": {"type": "string"}}, slices=("nothing",), target="gone")

    for part in ("happens to new", "needs gone", "slices by nothing"):
        assert part in str(caught.value)


def test_a_scoring_has_nothing_to_train():
    crosscheck(
        Contract.model_validate({"columns": COLUMNS}),
        RedactionSpec.model_validate({"columns": ACTIONS}),
        entity="customer_id",
    )


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        ({"bins": {"age": [30]}}, "cuts age into bins, which the redaction does not keep"),
        ({"bins": {"plan": [30]}}, "cuts plan into bins, which is no number"),
        ({"protected": ("note",)}, "protects the groups of note, which the redaction does not"),
        ({"protected": ("sex",)}, "protects the groups of sex, which the redaction does not"),
    ],
)
def test_what_the_policy_needs_to_be_measured_must_survive_the_redaction(
    evaluation: dict[str, Any], message: str
):
    with pytest.raises(SpecError, match=message):
        checked(evaluation=evaluation)


def test_groups_may_be_generalised_and_bins_are_cut_from_kept_numbers():
    checked(evaluation={"protected": ("age", "plan"), "bins": {"churned": [0.5]}})


def test_fairness_of_a_regression_is_refused_when_the_dag_is_parsed():
    with pytest.raises(SpecError, match="a regression has none"):
        checked(evaluation={"protected": ("plan",)}, task="regression")
