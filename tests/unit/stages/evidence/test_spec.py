"""What people say about a model: a typo is an error, an empty word none, a draft claims nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.core.errors import SpecError
from airlock.pipelines.governed import check_governance
from airlock.stages.evidence.spec import Governance, questions, stub
from airlock.stages.gate.spec import Policy
from tests.judged import POLICY


def read(folder: Path, text: str) -> Governance:
    path = folder / "churn.yaml"
    path.write_text(text)
    return Governance.load(path)


def test_a_draft_reads_and_claims_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["governance", "draft", "churn"]) == 0

    drafted = read(tmp_path, capsys.readouterr().out)

    assert drafted == Governance(model="churn")
    assert all(drafted.said(key) is None for key, _ in questions())


def test_a_draft_asks_everything(tmp_path: Path):
    text = "\n".join(
        line.replace("# ", "", 1).replace(":  # ", ": ") if line.startswith("#   ") else line
        for line in stub("churn").splitlines()
    )

    for key, asks in questions():
        name = key.partition(".")[2]
        assert f"  {name}: {asks}" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("model: churn\nsystem: {hardwear: x}", "hardwear", id="a typo"),
        pytest.param(
            "model: churn\nsystem: {hardware: ' '}", "empty text says nothing", id="blank"
        ),
        pytest.param("system: {hardware: x}", "model", id="of nobody"),
        pytest.param("model: churn\nrisks: [{owner: ada}]", "risk", id="a risk without a risk"),
    ],
)
def test_what_says_nothing_is_refused_with_its_place(tmp_path: Path, text: str, why: str):
    with pytest.raises(SpecError, match=why):
        read(tmp_path, text)


def test_the_file_must_speak_of_the_pipelines_model():
    [found] = check_governance(Governance(model="other"), model="churn", policy=POLICY)

    assert (found.of, found.at) == ("governance", ("model",))


def test_a_measure_must_be_a_rule_that_the_policy_asks_for():
    risks = [{"risk": "x", "rules": ["holdout", "fairness", "champoin"]}]
    said = Governance.model_validate({"model": "churn", "risks": risks})
    asking = Policy.model_validate(
        {**POLICY.to_json(), "fairness": {"columns": ["region"], "demographic_parity": 0.1}}
    )

    found = list(check_governance(said, model="churn", policy=POLICY))

    assert [one.at for one in found] == [("risks", 0, "rules", 1), ("risks", 0, "rules", 2)]
    assert "Did you mean champion?" in found[1].do
    assert len(list(check_governance(said, model="churn", policy=asking))) == 1
