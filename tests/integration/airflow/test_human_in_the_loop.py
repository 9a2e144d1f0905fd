"""Approve and break-glass on the real Airflow: who may say what, as its server knows them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from airlock import signing
from airlock.ledger import NIGHTLY, Ledger, Signer, TrustedKeys
from airlock.store import open_store
from local.keys import secret
from local.runs import DagRun, RequestRefused
from local.services import Airflow
from tests.answering import (
    PROMOTED,
    STOPPED,
    answers,
    asked,
    only_number_two_may_answer_for_op,
    states,
    waiting,
)
from tests.emergency import rejected
from tests.integration.airflow.conftest import mlflow_of, started
from tests.judged import case
from tests.registered import client

# What break-glass and reminders wait for; the next reconcile finds its time over.
A_MOMENT = 0.0001


def test_a_yes_of_another_person_lets_the_run_go_on(airflow: Airflow):
    run = waiting(airflow)
    [question] = airflow.client.questions(run)

    op = Airflow.client_of(airflow.home, airflow.url, user="op")
    op.answer(run, "approve", ["Approve"], {"reason": "looks right"})

    assert states(airflow, run) == PROMOTED
    assert "Promote churn version 3?" in question["subject"]
    assert "auroc is 0.81" in question["body"]
    body = answers(airflow, run)[0].body
    assert (body["approved"], body["by"], body["reason"]) == (True, "op", "looks right")
    # What a person wrote is in the ledger, and nowhere in Airflow's own records.
    assert airflow.client.xcom(run, "approve").startswith("stages/approve/")
    with pytest.raises(RequestRefused, match="409"):
        airflow.client.answer(run, "approve", ["Reject"], {"reason": "too late"})
    # Airflow's refusal does not say what was decided: those who were asked are told.
    assert any("op approved it at" in line for line in airflow.client.log(run, "approve"))


def test_a_no_ends_the_run_green_and_skips_every_depth(airflow: Airflow):
    run = waiting(airflow)

    Airflow.client_of(airflow.home, airflow.url, user="op").answer(
        run, "approve", ["Reject"], {"reason": "wait for the audit"}
    )

    assert states(airflow, run) == STOPPED
    assert answers(airflow, run)[0].body["approved"] is False


def test_who_triggered_the_run_may_not_approve_it(airflow: Airflow):
    run = waiting(airflow)

    airflow.client.answer(run, "approve", ["Approve"], {"reason": "my own idea"})

    assert states(airflow, run) == STOPPED
    assert answers(airflow, run)[0].body["reason"] == (
        "Whoever triggers a run may not approve it. my own idea"
    )


def test_two_people_who_are_asked_for_must_be_two(airflow: Airflow):
    op, user = (Airflow.client_of(airflow.home, airflow.url, user=name) for name in ("op", "user"))
    yes = (["Approve"], {"reason": "looks right"})
    one, two = (waiting(airflow, approvers="op,user", count=2) for _ in range(2))

    op.answer(one, "approve", *yes)
    asked(airflow, one, "approve_2")
    with pytest.raises(RequestRefused, match="403"):
        op.answer(one, "approve_2", *yes)
    user.answer(one, "approve_2", *yes)
    op.answer(two, "approve", *yes)
    asked(airflow, two, "approve_2")
    user.answer(two, "approve_2", ["Reject"], {"reason": "not yet"})

    assert states(airflow, one) == PROMOTED
    assert [entry.body["by"] for entry in answers(airflow, one)] == ["op", "user"]
    assert states(airflow, two) == STOPPED | {"approve_2": "success"}


def test_airflow_refuses_an_answer_by_somebody_whom_the_policy_does_not_name(airflow: Airflow):
    run = waiting(airflow, approvers="op,admin")
    user = Airflow.client_of(airflow.home, airflow.url, user="user")

    for stranger in (user, airflow.client):
        with pytest.raises(RequestRefused, match="403"):
            stranger.answer(run, "approve", ["Approve"], {"reason": "why not"})

    Airflow.client_of(airflow.home, airflow.url, user="op").answer(
        run, "approve", ["Approve"], {"reason": "looks right"}
    )
    assert states(airflow, run) == PROMOTED


@pytest.mark.soak
def test_where_accounts_have_numbers_only_those_of_the_settings_may_answer(tmp_path: Path):
    env = {
        "AIRFLOW__CORE__AUTH_MANAGER": "tests.numbered.NumberedAuthManager",
        "AIRFLOW__AIRLOCK__ACCOUNTS": json.dumps({"op": "2"}),
    }
    with started(tmp_path, **env) as airflow:
        only_number_two_may_answer_for_op(airflow)


def test_no_answer_in_time_is_a_no_and_green(airflow: Airflow):
    run = waiting(airflow, hours=0.003)

    assert states(airflow, run) == STOPPED
    body = answers(airflow, run)[0].body
    assert (body["approved"], body["by"]) == (False, None)


def test_a_run_that_waits_keeps_no_later_night_from_its_work_and_is_superseded_by_it(
    airflow: Airflow,
):
    op = Airflow.client_of(airflow.home, airflow.url, user="op")
    first = waiting(airflow, night="2026-02-01")

    second = waiting(airflow, night="2026-02-02")
    op.answer(second, "approve", ["Approve"], {"reason": "looks right"})

    assert states(airflow, second) == PROMOTED
    assert airflow.client.questions(first)
    # Whoever answers the first one now is told why it counts for nothing.
    op.answer(first, "approve", ["Approve"], {"reason": "looks right, too"})
    assert states(airflow, first) == STOPPED
    body = answers(airflow, first)[0].body
    assert (body["approved"], body["by"]) == (False, "op")
    assert body["reason"].startswith("It was superseded: version 3, of the newer night 2026-02-02")
    assert "It was superseded" in "\n".join(airflow.client.log(first, "approve"))


def test_a_task_that_is_cleared_does_not_ask_again_after_an_answer(airflow: Airflow):
    run = waiting(airflow)
    op = Airflow.client_of(airflow.home, airflow.url, user="op")
    op.answer(run, "approve", ["Approve"], {"reason": "looks right"})
    states(airflow, run)

    clear(airflow, run)

    assert states(airflow, run) == PROMOTED
    assert answers(airflow, run)[0].body["by"] == "op"


# Reminders


def reconciled(airflow: Airflow) -> str:
    """The log of a look at everything."""
    run = airflow.client.trigger("reconcile_now")
    assert states(airflow, run) == {"reconcile": "success"}
    return "\n".join(airflow.client.log(run, "reconcile"))


def stored(airflow: Airflow) -> set[str]:
    folder = airflow.home.var / "store"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_who_does_not_answer_is_reminded_and_others_are_told_once_and_then_nothing_is_written(
    airflow: Airflow,
):
    run = waiting(airflow, remind=A_MOMENT)

    first = reconciled(airflow)
    before = stored(airflow)
    second = reconciled(airflow)

    still = "reconcile_now: {}: churn version 3 waits for approval: Version 3 of churn still waits"
    assert f"[Airlock] {still.format('reminder')}" in first
    assert f"ESCALATED [Airlock] {still.format('escalation')}" in first
    assert f"/dags/asking/runs/{quote(run.run_id, safe='')}" in first
    assert "waits for approval" not in second
    assert stored(airflow) == before
    # After the answer there is nothing to be reminded of.
    op = Airflow.client_of(airflow.home, airflow.url, user="op")
    op.answer(run, "approve", ["Approve"], {"reason": "looks right"})
    assert states(airflow, run) == PROMOTED


# Break-glass


def emergency(airflow: Airflow, model: str) -> Ledger:
    """The ledger of a model whose version 1 is champion and whose version 2 the gate rejected."""
    home = airflow.home
    store = open_store(str(home.var / "store"))
    ledger = Ledger(
        store,
        model,
        trusted=TrustedKeys(json.loads(home.trusted_keys.read_text())),
        signer=Signer.from_seed(secret(home, "airlock_signing")),
    )
    rule = {"people": ["op", "admin"], "max_hours": 24}
    second = rejected(ledger, rule=rule)
    for one, data in ((second, b"second"), (case(bundle="first"), b"first")):
        folder = one.training.result.data
        store.create(one.training.address, one.training.result.stored())
        store.create(f"{folder.prefix}/{folder.files[0].path}", data)
        files = {file.path: file.sha256 for file in folder.files}
        signing.sign(store, ledger.key(), files, model=model)
    hand = client(mlflow_of(airflow))
    hand.create_registered_model(model)
    for _ in range(2):
        hand.create_model_version(model, source="file:///nowhere")
    return ledger


def test_break_glass_falls_back_by_itself_and_the_alias_with_it(airflow: Airflow):
    ledger = emergency(airflow, "emergency")
    glass = {"model": "emergency", "version": 2, "reason": "it scores nonsense"}
    user, op = (Airflow.client_of(airflow.home, airflow.url, user=name) for name in ("user", "op"))

    not_named = user.wait(user.trigger("model_break_glass", hours=1, **glass), timeout=240)
    broken = op.wait(op.trigger("model_break_glass", hours=A_MOMENT, **glass), timeout=240)
    pending = ledger.state().unconfirmed
    too_late = airflow.client.wait(
        airflow.client.trigger("model_confirm", model="emergency", reason="fine"), timeout=240
    )
    states(airflow, airflow.client.trigger("reconcile_now"))

    assert not_named == {"break_glass": "failed"}
    assert broken == {"break_glass": "success"}
    assert pending is not None
    assert (pending.by, pending.champion.version) == ("op", 2)
    assert too_late == {"confirm": "failed"}
    champion = ledger.state().champion
    assert champion is not None
    assert champion.version == 1
    alias = client(mlflow_of(airflow)).get_registered_model("emergency").aliases
    assert alias == {"champion": 1}


def test_what_another_person_confirms_in_time_stays(airflow: Airflow):
    ledger = emergency(airflow, "confirmed")
    op = Airflow.client_of(airflow.home, airflow.url, user="op")
    glass = {"model": "confirmed", "version": 2, "reason": "it scores nonsense", "hours": 1}
    assert states(airflow, op.trigger("model_break_glass", **glass)) == {"break_glass": "success"}
    stands = {"model": "confirmed", "reason": "I looked at its predictions"}

    own = op.wait(op.trigger("model_confirm", **stands), timeout=240)
    other = states(airflow, airflow.client.trigger("model_confirm", **stands))
    reconciled(airflow)

    assert (own, other) == ({"confirm": "failed"}, {"confirm": "success"})
    state = ledger.state()
    entry = next(one for one in reversed(ledger.entries()) if one.kind not in NIGHTLY)
    assert (entry.kind, entry.body["by"]) == ("confirmed", "admin")
    assert entry.body["reason"] == "I looked at its predictions"
    assert state.champion is not None
    assert (state.champion.version, state.unconfirmed) == (2, None)
    alias = client(mlflow_of(airflow)).get_registered_model("confirmed").aliases
    assert alias == {"champion": 2}


def clear(airflow: Airflow, run: DagRun, *tasks: str) -> None:
    airflow.client.request(
        "POST",
        f"/dags/{run.dag_id}/clearTaskInstances",
        json={
            "dag_run_id": run.run_id,
            "task_ids": list(tasks or ("approve",)),
            "include_downstream": True,
            "dry_run": False,
            "reset_dag_runs": True,
            "only_failed": False,
        },
    )
