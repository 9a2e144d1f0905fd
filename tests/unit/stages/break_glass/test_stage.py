"""Break-glass: only by whom the policy names, for as long as it allows, and never quietly."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.api.datamodels._generated import DagRunType
from airflow.sdk.exceptions import AirflowException

from airlock import BreakGlassOperator, ConfirmOperator, signing
from airlock.cli.ledger import sentence
from airlock.config.settings import Settings
from airlock.core.errors import Conflict, SpecError, Unverified
from airlock.engine.publication import Stores
from airlock.ledger import Champion, Ledger
from airlock.stages.approve.record import Approval
from airlock.stages.promote.stage import promote
from tests.emergency import broken, rejected
from tests.judged import CHAMPION, NOW, case, judged, policy, result


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("break_glass", "promote"):
        monkeypatch.setattr(f"airlock.stages.{stage}.stage.point_alias", lambda *_: False)


def test_a_rejected_version_becomes_champion_for_a_while(ledger: Ledger):
    one = rejected(ledger)

    record = broken(ledger)

    state = ledger.state()
    assert state.champion is not None
    assert (state.champion.version, state.champion.bundle) == (2, one.bundle)
    assert state.champion.training_sha256 == one.training.sha256
    assert state.champion.validation == one.validation.address
    assert state.unconfirmed is not None
    assert state.unconfirmed.before.version == 1
    assert state.unconfirmed.until == NOW + timedelta(hours=4)
    assert (record.outcome, record.until) == ("rejected", "2026-01-06 06:30 UTC")


def test_it_is_loud_in_the_ledger(ledger: Ledger):
    rejected(ledger)

    record = broken(ledger)

    promotion, incident = ledger.entries()[-2:]
    assert (promotion.kind, promotion.sequence) == ("promoted", record.sequence)
    assert promotion.body["break_glass"] == {
        "by": "ada",
        "reason": "the champion scores nonsense",
        "hours": 4,
    }
    assert incident.kind == "incident"
    assert incident.body["what"].startswith("BREAK-GLASS: churn version 2 is champion")
    assert "ada: the champion scores nonsense" in incident.body["what"]


def test_a_retry_writes_nothing_more_and_gives_no_more_time(ledger: Ledger):
    rejected(ledger)

    first = broken(ledger)
    again = broken(ledger, now=NOW + timedelta(hours=1))

    assert again == first
    assert [entry.kind for entry in ledger.entries()].count("incident") == 1


def test_a_retry_after_a_kill_between_the_two_entries_writes_the_second(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    rejected(ledger)

    def killed(*_: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("airlock.stages.break_glass.stage.point_alias", killed)
        with pytest.raises(KeyboardInterrupt):
            broken(ledger)
    broken(ledger)

    assert [entry.kind for entry in ledger.entries()][-2:] == ["promoted", "incident"]


@pytest.mark.parametrize(
    ("rule", "changes", "why"),
    [
        pytest.param(None, {}, "does not allow it", id="not in the policy"),
        pytest.param(..., {"by": "eve"}, "does not name eve", id="not named"),
        pytest.param(..., {"by": "grace"}, "does not name grace", id="an approver only"),
        pytest.param(..., {"hours": 25}, "at most 24 hours", id="too long"),
        pytest.param(..., {"hours": 0}, "at most 24 hours", id="no time"),
        pytest.param(..., {"hours": float("nan")}, "at most 24 hours", id="not a number"),
        pytest.param(..., {"reason": " "}, "nobody said why", id="no reason"),
        pytest.param(..., {"version": 1}, "has not decided about version 1", id="the champion"),
        pytest.param(..., {"version": 9}, "There is no version 9", id="no such version"),
    ],
)
def test_what_the_policy_does_not_allow_changes_nothing(
    ledger: Ledger, rule: Any, changes: dict[str, Any], why: str
):
    rejected(ledger, **({} if rule is ... else {"rule": rule}))
    before = ledger.entries()

    with pytest.raises(SpecError, match=why):
        broken(ledger, **changes)

    assert ledger.entries() == before


def test_without_a_champion_to_fall_back_to_there_is_no_break_glass(ledger: Ledger):
    rules = policy(approval={"break_glass": {"people": ["ada"]}})
    judged(case(version=2, holdout=3), ledger, policy=rules)

    with pytest.raises(SpecError, match="no champion to fall back to"):
        broken(ledger)


def test_what_is_champion_already_needs_none(ledger: Ledger):
    rejected(ledger)
    rejected(ledger, bundle="first", version=1)

    with pytest.raises(SpecError, match="it is champion already"):
        broken(ledger, version=1)


def test_the_history_says_so(ledger: Ledger):
    rejected(ledger)
    broken(ledger)

    told = [sentence(entry) for entry in ledger.entries()]

    assert told[-2].endswith("BREAK-GLASS by ada, 4 h: the champion scores nonsense")
    assert "BREAK-GLASS" in told[-1]


def test_it_is_not_done_twice_before_somebody_confirms(ledger: Ledger):
    rejected(ledger)
    broken(ledger)
    rejected(ledger, bundle="third", version=3)

    with pytest.raises(SpecError, match="ada did it already"):
        broken(ledger, run_id="2", version=3, by="joan")


def test_what_was_rolled_back_does_not_come_back_by_break_glass(ledger: Ledger):
    one = rejected(ledger)
    champion = ledger.state().champion
    assert champion is not None
    body = {"champion": champion.body(), "from_bundle": one.bundle, "from_version": 2}
    ledger.append("rolled_back", body, id="r", at=NOW)
    rejected(ledger)

    with pytest.raises(SpecError, match="was rolled back, and nobody has cleared it"):
        broken(ledger)


def test_a_decision_about_an_earlier_champion_is_no_reason(ledger: Ledger):
    rejected(ledger)
    ledger.append("promoted", {"champion": CHAMPION.body()}, id="another", at=NOW)

    with pytest.raises(SpecError, match="since the present champion came"):
        broken(ledger)


def test_a_bundle_that_does_not_verify_is_never_made_champion(ledger: Ledger):
    rejected(ledger)

    def verify(champion: Champion) -> None:
        raise Unverified("A file was swapped.", do="Nothing.")

    with pytest.raises(Unverified):
        broken(ledger, verify=verify)

    assert ledger.state().unconfirmed is None


def test_a_decision_whose_results_no_run_names_is_no_reason(ledger: Ledger):
    rejected(ledger)
    decided = ledger.entries()[-1]
    evidence = {**decided.body["evidence"], "training": "f" * 64}
    ledger.append("decided", {**decided.body, "evidence": evidence}, id=f"{decided.id}0", at=NOW)

    with pytest.raises(Unverified, match="No entry names the results"):
        broken(ledger)


def test_a_decision_of_an_earlier_version_allows_nothing(ledger: Ledger):
    rejected(ledger)
    decided = ledger.entries()[-1]
    body = {name: value for name, value in decided.body.items() if name != "approval"}
    ledger.append("decided", body, id=f"{decided.id}0", at=NOW)

    with pytest.raises(SpecError, match="does not allow it"):
        broken(ledger)


def test_whoever_loses_the_slot_to_another_champion_is_refused(ledger: Ledger):
    rejected(ledger)

    def verify(champion: Champion) -> None:
        ledger.append("promoted", {"champion": CHAMPION.body()}, id="another", at=NOW)

    with pytest.raises(Conflict, match="another champion in this moment"):
        broken(ledger, verify=verify)


def test_nothing_is_promoted_that_was_compared_with_an_unconfirmed_champion(ledger: Ledger):
    rejected(ledger)
    broken(ledger)
    one = case(bundle="third", version=3, champion=ledger.state().champion)
    decision = judged(one, ledger, run_id="third")
    record = Approval(
        model="churn", version=3, decision=decision.content, required=False, approved=True
    )

    with pytest.raises(Conflict, match="by break-glass that nobody has confirmed"):
        promote(
            decision,
            result(record, {"decision": decision}),
            training=one.training,
            validation=one.validation,
            ledger=ledger,
            mlflow=Settings.mlflow,  # type: ignore[arg-type]  # never reached
            now=NOW,
        )


# In Airflow


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, stores: Stores) -> Stores:
    """The settings of a deployment with this ledger; version 2 is in its store."""
    one = rejected(ledger)
    store = stores["store"]
    store.create(one.training.address, one.training.result.stored())
    data = one.training.result.data
    store.create(f"{data.prefix}/file", b"second")
    signing.sign(store, ledger.key(), {f.path: f.sha256 for f in data.files}, model="churn")
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, *, to_write=False: ledger)
    monkeypatch.setattr(Settings, "mlflow", lambda self: None)
    return stores


def execute(
    operator: type, *, by: str | None, run_type: DagRunType = DagRunType.MANUAL, **arguments: Any
) -> None:
    with DAG("emergency"):
        task = operator(task_id="task", model="churn", reason="it is urgent", **arguments)
    ti = SimpleNamespace(
        dag_id="emergency", run_id=f"by {by}", task_id="task", try_number=1, map_index=-1
    )
    dag_run = SimpleNamespace(
        dag_id="emergency",
        partition_key=None,
        run_after=NOW,
        triggering_user_name=by,
        run_type=run_type,
    )
    task.execute({"ti": ti, "dag_run": dag_run, "dag": task.dag, "params": {}})


def test_the_operator_does_it_in_the_name_of_who_triggered_the_run(
    deployed: Stores, ledger: Ledger
):
    execute(BreakGlassOperator, by="ada", candidate="2", hours="4.5")
    pending = ledger.state().unconfirmed
    execute(ConfirmOperator, by="joan")

    assert pending is not None
    assert pending.by == "ada"
    [confirmed] = [entry for entry in ledger.entries() if entry.kind == "confirmed"]
    assert confirmed.body["by"] == "joan"
    assert ledger.state().unconfirmed is None


@pytest.mark.parametrize("operator", [BreakGlassOperator, ConfirmOperator])
def test_a_run_that_nobody_triggered_does_nothing(deployed: Stores, ledger: Ledger, operator: type):
    more = {"candidate": "2", "hours": "4"} if operator is BreakGlassOperator else {}

    with pytest.raises(AirflowException, match="Nobody answers for this"):
        execute(operator, by=None, **more)

    assert ledger.state().unconfirmed is None


@pytest.mark.parametrize("run_type", [one for one in DagRunType if one != DagRunType.MANUAL])
def test_a_run_that_a_task_triggered_does_nothing_in_the_name_that_it_inherited(
    deployed: Stores, ledger: Ledger, run_type: DagRunType
):
    """Code of a model has its task's token, and Airflow gives the new run that run's user."""
    with pytest.raises(AirflowException, match="Nobody answers for this"):
        execute(BreakGlassOperator, by="ada", run_type=run_type, candidate="2", hours="4")

    assert ledger.state().unconfirmed is None


def test_the_operator_refuses_a_swapped_file(deployed: Stores, ledger: Ledger):
    file = f"{rejected(ledger).training.result.data.prefix}/file"
    deployed["store"].put(file, b"poison")

    with pytest.raises(AirflowException, match="was altered after it was published"):
        execute(BreakGlassOperator, by="ada", candidate="2", hours="4")

    assert ledger.state().unconfirmed is None
