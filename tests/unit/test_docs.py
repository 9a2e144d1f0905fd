"""Nothing public without a word about it, and no word about what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import airlock
from airlock.core.budget import MonthBudget
from airlock.core.contract import Column, Contract, Csv
from airlock.core.outputs import SqlOutput
from airlock.core.search import SearchSpec, Values
from airlock.core.spec import Spec
from airlock.hooks.metrics import directions
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evidence.spec import (
    Changes,
    Conformity,
    DataOrigin,
    DataProtection,
    Development,
    Governance,
    Impact,
    Monitoring,
    Oversight,
    Performance,
    Provider,
    Risk,
    System,
)
from airlock.stages.gate.policy.approval import ApprovalRule, BreakGlassRule
from airlock.stages.gate.policy.attacks import AttacksRule
from airlock.stages.gate.policy.baseline import BaselineRule
from airlock.stages.gate.policy.card import CardTexts
from airlock.stages.gate.policy.champion import ChampionRule
from airlock.stages.gate.policy.data import DataRule, HoldoutRule, PrivacyRule
from airlock.stages.gate.policy.deadline import DeadlineRule
from airlock.stages.gate.policy.fairness import FairnessRule
from airlock.stages.gate.policy.limits import LimitsRule
from airlock.stages.gate.policy.robustness import RobustnessRule
from airlock.stages.gate.policy.rollout import CanaryRule
from airlock.stages.gate.policy.slices import SlicesRule
from airlock.stages.gate.spec import Policy
from airlock.stages.gc.spec import GcSpec
from airlock.stages.redact.spec import ColumnRedaction, Ner, RedactionSpec
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.train.budget import Budget
from airlock.stages.train.spec import TrainSpec
from airlock.stages.validate.limits import Limit, Skew
from airlock.stages.validate.spec import Expectation, Expectations

ROOT = Path(__file__).parents[2]
SPECS = (ROOT / "docs/specs.md").read_text()
TEXTS = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")),
]
PREFIXES: dict[type[Spec], str] = {
    Column: "columns.*.",
    Csv: "csv.",
    Skew: "skew.",
    Limit: "skew.*.",
    Ner: "ner.",
    DataRule: "data.",
    HoldoutRule: "holdout.",
    ApprovalRule: "approval.",
    BreakGlassRule: "approval.break_glass.",
    PrivacyRule: "privacy.",
    BaselineRule: "baseline.",
    ChampionRule: "champion.",
    SlicesRule: "slices.",
    FairnessRule: "fairness.",
    RobustnessRule: "robustness.",
    AttacksRule: "attacks.",
    LimitsRule: "limits.",
    CardTexts: "card.",
    CanaryRule: "canary.",
    DeadlineRule: "deadline.",
    MonthBudget: "budget.",
    Values: "space.*.",
    Provider: "provider.",
    System: "system.",
    Development: "development.",
    DataOrigin: "data.",
    Oversight: "oversight.",
    Changes: "changes.",
    Performance: "performance.",
    Conformity: "conformity.",
    Impact: "impact.",
    DataProtection: "data_protection.",
    Monitoring: "monitoring.",
    Risk: "risks.*.",
}
NESTED = {
    "baseline",
    "csv",
    "data",
    "holdout",
    "approval",
    "privacy",
    "ner",
    "fairness",
    "robustness",
}
NESTED |= {"baseline", "champion", "limits", "card", "canary", "risks", "budget", "deadline"}
NESTED |= {name for name in Governance.model_fields if name != "model"}


def keys() -> Iterator[str]:
    for spec in (
        *(Contract, Column, Csv, Expectations, Expectation, Skew, Limit),
        *(RedactionSpec, ColumnRedaction, Ner, Policy, PrivacyRule),
        *(
            BaselineRule,
            ChampionRule,
            SlicesRule,
            FairnessRule,
            RobustnessRule,
            AttacksRule,
            LimitsRule,
            CardTexts,
            CanaryRule,
            DeadlineRule,
        ),
        *(DataRule, HoldoutRule, ApprovalRule, BreakGlassRule, TrainSpec, Budget, EvaluateSpec),
        *(MonthBudget, SearchSpec, Values),
        *(Provider, System, Development, DataOrigin, Oversight, Changes, Performance),
        *(Conformity, Impact, DataProtection, Monitoring, Risk, Governance),
        *(GcSpec, DriftSpec, ScoreSpec, SqlOutput),
    ):
        for key in spec.model_fields:
            if key not in NESTED:
                yield PREFIXES.get(spec, "") + key


@pytest.mark.parametrize("key", sorted(set(keys())))
def test_every_key_that_people_may_write_is_explained(key: str):
    assert f"| `{key}` |" in SPECS


@pytest.mark.parametrize("metric", directions())
def test_every_metric_is_listed(metric: str):
    assert f"`{metric}`" in SPECS


@pytest.mark.parametrize("name", airlock.__all__)
def test_every_public_name_is_in_the_docs(name: str):
    assert any(f"{name}" in text.read_text() for text in TEXTS)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_link_between_the_docs_leads_somewhere(text: Path):
    for target in re.findall(r"\]\((?!http)([^)#]+)", text.read_text()):
        assert (text.parent / target).exists(), target


def test_what_the_errors_point_at_exists():
    sources = "\n".join(path.read_text() for path in (ROOT / "plugins").rglob("*.py"))

    for target in set(re.findall(r"docs/[\w-]+\.md", sources)):
        assert (ROOT / target).exists(), target


def test_the_text_for_a_package_index_leads_nowhere_that_only_a_checkout_has():
    text = (ROOT / "PYPI.md").read_text()

    assert not re.findall(r"\]\((?!https://)", text)
    assert "![" not in text
