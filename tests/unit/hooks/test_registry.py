"""What others add is there as what Airlock has itself; what is wrong with it is said by name."""

from __future__ import annotations

import random
import types
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from airlock.config.notify import notifier_for
from airlock.core.errors import SettingsError
from airlock.core.outputs import OutputSpec
from airlock.engine.record import record_of
from airlock.hooks import Metrics, Rule, Stage, builtin, hookimpl, registry
from airlock.hooks.metrics import directions, measure
from airlock.reports.content import describe, kinds
from airlock.sinks.sink import open_sink
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.drift.stage.statistics import measured
from airlock.stages.gate.stage import decide
from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer
from airlock.stages.redact.stage.synthetic import forms, synthetic
from airlock.stages.score.spec import ScoreSpec
from airlock.store import open_store
from tests.judged import NOBODY, case, policy


def test_every_stage_of_airlock_names_a_record_of_its_own_word():
    for word in registry.stages():
        assert record_of(word).stage == word


def test_everything_that_airlock_registers_can_be_loaded():
    named = [
        *(one.open for one in registry.stores().values()),
        *(one.places for one in registry.sources().values()),
        *(one.measure for one in registry.metrics()),
        *(one.fit for one in registry.trainers().values()),
        *(
            code
            for one in registry.model_kinds().values()
            for code in (one.parameters, one.learner, one.load, one.explain)
            if code is not None
        ),
        *(code for one in registry.rules().values() for code in (one.spec, one.judge)),
        *(one.open for one in registry.sinks().values()),
        *(one.open for one in registry.tables().values()),
        *(one.notifier for one in registry.notifiers().values()),
    ]

    assert all(callable(registry.load(one)) for one in named)


def test_a_stage_of_others_stands_where_it_says_with_a_record_and_a_page(
    extended: types.ModuleType,
):
    words = list(registry.stages())

    assert words[words.index("evaluate") + 1] == "explain"
    assert record_of("explain") is extended.Explanation
    assert kinds()["explain"] is extended.Explanation
    assert describe(extended.Explanation(sentence="It depends.")).headline == "Explain is done"


def test_a_stage_that_nobody_registers_is_said_by_name():
    with pytest.raises(SettingsError, match="No stage explain"):
        record_of("explain")


def test_a_metric_of_others_is_measured_and_may_be_bounded(extended: types.ModuleType):
    truth, scores = np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])

    found = measure("classification", truth, scores, np.ones((3, 2)))

    assert found["gini"].tolist() == [0.5, 0.5, 0.5]
    assert directions()["gini"]
    assert policy(metrics={"gini": {"min": 0.4}}).metrics["gini"].min == 0.4


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        pytest.param("wrong_shape", "one figure per weighting", id="of another shape"),
        pytest.param("raises", "failed \\(ValueError\\)", id="one that raises"),
        pytest.param("nowhere", "cannot be imported", id="one that is not there"),
    ],
)
def test_a_metric_that_cannot_be_computed_is_an_error_without_a_value(
    extended: types.ModuleType, monkeypatch: pytest.MonkeyPatch, measured: str, said: str
):
    def wrong_shape(*_: object) -> dict[str, np.ndarray]:
        return {"gini": np.zeros(7)}

    def raises(*_: object) -> dict[str, np.ndarray]:
        raise ValueError("ada@example.com")

    if measured == "nowhere":
        monkeypatch.delattr(extended, "gini")
    else:
        monkeypatch.setattr(extended, "gini", locals()[measured])
    registry.load.cache_clear()

    with pytest.raises(SettingsError, match=said) as error:
        measure("classification", np.array([0, 1]), np.eye(2), np.ones((1, 2)))

    assert "ada" not in str(error.value)


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        pytest.param({"at_least": {"rows": 1}}, "passed", id="it holds"),
        pytest.param({"at_least": {"rows": 10**9}}, "rejected", id="it does not"),
        pytest.param({"silent": {"rows": 1}}, "rejected", id="a rule that says nothing is no pass"),
    ],
)
def test_a_rule_of_others_decides_as_those_of_airlock(
    extended: types.ModuleType, rules: dict[str, object], outcome: str
):
    assert decide(policy(rules=rules), case(), NOBODY).outcome == outcome


def test_a_policy_that_asks_for_a_rule_that_nobody_adds_does_not_load():
    with pytest.raises(ValueError, match="no installed extension adds at_least"):
        policy(rules={"at_least": {"rows": 1}})


def test_a_policy_without_rules_of_others_keeps_its_name():
    assert "rules" not in policy().to_json()


def test_a_store_of_others_is_opened_by_its_scheme(extended: types.ModuleType, tmp_path: Path):
    store = open_store(f"twin://{str(tmp_path).lstrip('/')}")

    store.prove_create_once()
    assert store.create("a", b"1")
    assert not store.create("a", b"2")


def test_two_that_add_the_same_name_are_refused(extended: types.ModuleType):
    class Rival:
        @staticmethod
        @hookimpl
        def airlock_stages() -> list[Stage]:
            return [replace(builtin.airlock_stages()[0], after=None)]

    registry.manager().register(Rival, name="rival")
    registry.stages.cache_clear()

    with pytest.raises(SettingsError, match="rival and airlock both add 'snapshot'"):
        registry.stages()


def test_a_hook_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch):
    class Entry:
        name, value = "leads", "leads.extension"

        @staticmethod
        def load() -> object:
            class Typo:
                @staticmethod
                @hookimpl
                def airlock_stagse() -> list[Stage]:
                    return []

            return Typo

    monkeypatch.setattr(registry, "entry_points", lambda group: [Entry])
    registry.manager.cache_clear()

    with pytest.raises(SettingsError, match=r"The extension leads .*airlock_stagse"):
        registry.manager()
    registry.manager.cache_clear()


def test_kinds_are_frozen():
    assert Rule(key="a", spec="b:c", judge="d:e") == Rule(key="a", spec="b:c", judge="d:e")
    assert Metrics(task="regression", better={}, measure="a:b").task == "regression"


def test_a_notifier_of_others_is_named_by_a_short_name(extended: types.ModuleType):
    settings = SimpleNamespace(notifier="pager", notifier_kwargs={})

    notifier = notifier_for(settings, subject="a", message="b")

    assert isinstance(notifier, extended.Pager)


def test_a_sink_of_others_is_opened_by_the_kind_of_its_connection(extended: types.ModuleType):
    sink = open_sink("airlock_loft", extra={"kind": "pigeon", "loft": "north"}, secret=None)

    sink.send("a message", datetime(2026, 1, 5, tzinfo=UTC))  # type: ignore[arg-type]  # any will do

    assert sink.name == "airlock_loft"
    assert [loft for loft, _, _ in extended.TOLD] == ["north"]


def test_a_sink_of_a_kind_that_nobody_adds_is_refused_with_those_that_there_are():
    with pytest.raises(SettingsError, match="its kind is none of webhook"):
        open_sink("airlock_loft", extra={"kind": "pigeon"}, secret=None)


def test_an_output_of_others_gets_what_is_served(extended: types.ModuleType, tmp_path: Path):
    output = extended.Webhook(folder=str(tmp_path))
    [delivered] = ScoreSpec(outputs=("csv", output)).delivered

    deliver = registry.load(registry.output_of(delivered).deliver)
    deliver(None, delivered, SimpleNamespace(night="2026-01-05"), [Path("a")])

    assert (tmp_path / "2026-01-05").read_text() == "1 file(s)"
    assert ScoreSpec(outputs=(output,)).to_json()["outputs"] == [{"folder": str(tmp_path)}]


def test_an_output_that_nobody_delivers_to_is_said_by_name():
    class Fax(OutputSpec):
        number: str

    with pytest.raises(SettingsError, match="Nobody delivers to a Fax"):
        registry.output_of(Fax(number="1"))


def test_an_identifier_of_others_is_found_and_can_be_planted(extended: types.ModuleType):
    column = ColumnRedaction(action="scan", entities=("ACME_BADGE",))
    made_up = synthetic("ACME_BADGE", random.Random(1))

    [found] = Analyzer(column).findings([f"Her badge is {made_up}."])

    assert [(one.entity, one.start) for one in found or ()] == [("ACME_BADGE", 13)]
    assert [one.text for one in forms("ACME_BADGE", random.Random(1))] == [made_up]


def test_a_statistic_of_others_has_a_limit_and_makes_a_night_drift(extended: types.ModuleType):
    limits = DriftSpec(psi=None, js=None, ks=None, statistics={"largest": 0.1})

    found = measured(np.array([50, 50]), np.array([90, 10]), ordered=False)

    assert found["largest"] == pytest.approx(0.4)
    assert limits.of("largest") == 0.1


def test_a_statistic_that_is_no_number_is_no_absence_of_drift(
    extended: types.ModuleType, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(extended, "largest", lambda *_: float("nan"))
    registry.load.cache_clear()

    with pytest.raises(SettingsError, match="largest gave no number"):
        measured(np.array([1, 1]), np.array([1, 1]), ordered=False)


def test_limits_without_statistics_of_others_keep_their_name():
    assert "statistics" not in DriftSpec(columns={"fee": {"psi": 0.5}}).to_json()["columns"]["fee"]
    assert "statistics" not in DriftSpec().to_json()


def test_a_limit_of_a_statistic_that_nobody_adds_does_not_load():
    with pytest.raises(ValueError, match="no installed extension adds largest"):
        DriftSpec(statistics={"largest": 0.1})
