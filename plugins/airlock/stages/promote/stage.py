"""Appends the promotion to the ledger, and points MLflow's alias at the champion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from airlock import signing
from airlock.core.errors import Conflict, Unverified
from airlock.engine.record import Input
from airlock.ledger import Ledger, State
from airlock.registry import MlflowSettings, point_alias
from airlock.stages.approve.record import Approval
from airlock.stages.gate.record import Decision, claim_of
from airlock.stages.promote.record import Promotion
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation


def promote(
    decision: Input[Decision],
    approval: Input[Approval],
    *,
    training: Input[Training],
    validation: Input[Validation],
    ledger: Ledger,
    mlflow: MlflowSettings,
    now: datetime,
) -> Promotion:
    """Append the entry that makes the candidate champion, and let MLflow's alias follow.

    Where the policy has a canary, the candidate gets the first share of the keys instead, and the
    entry holds the promotion that the last step writes. It waits if another one is on trial.

    Both the decision and the answer count only as the signed ledger holds them. Doing it again
    finds the entry; MLflow being away changes nothing but the alias.

    Args:
        now: the time that the entry carries, UTC.

    Raises:
        Unverified: decision, answer, training and validation do not belong together.
        Conflict: another champion was made since the decision, by a promotion or a rollback.
    """
    decided = decision.record
    _verify_decision(decision, ledger)
    approvals = _approvals(decision, approval.record, ledger)
    evidence = decided.evidence
    if (training.content, validation.content) != (evidence.training, evidence.validation):
        raise _foreign("The training or the validation is not the one that was judged")
    # The signing key may be another one than when register signed: without a signature that counts
    # nobody could score with this champion, or compare with it.
    files = {file.path: file.sha256 for file in training.result.data.files}
    signing.sign(ledger.store, ledger.key(), files, model=ledger.model)

    def still_stands(state: State) -> None:
        if state.champion_sequence != decided.champion_sequence:
            raise Conflict(
                f"{ledger.model} has had another champion since the decision (ledger entry "
                f"{state.champion_sequence} instead of {decided.champion_sequence}).",
                do="Clear the run from evaluate on, so that it is compared with that one.",
            )
        if state.unconfirmed is not None:
            raise Conflict(
                f"{ledger.model} has a champion by break-glass that nobody has confirmed, and what "
                "was compared with it proves nothing.",
                do="Let another person confirm it (the DAG model_confirm), or wait until it falls "
                "back; then clear the run from evaluate on.",
            )

    body = _body(decided, approvals, training, validation)
    # Without a champion there is nobody to be compared with.
    if decided.canary is not None and decided.champion_sequence:
        return _append_canary(decided, body, ledger=ledger, guard=still_stands, now=now)
    entry = ledger.append(
        "promoted", body, id=f"promoted/{decided.sequence}", at=now, guard=still_stands
    )
    return Promotion(
        model=ledger.model,
        version=decided.version,
        bundle=decided.bundle,
        sequence=entry.sequence,
        replaced_version=decided.champion_version,
        alias_follows=point_alias(ledger, mlflow),
    )


class _OnTrial(Exception):
    """Another challenger has the canary."""


def _append_canary(
    decided: Decision,
    body: dict[str, Any],
    *,
    ledger: Ledger,
    guard: Callable[[State], None],
    now: datetime,
) -> Promotion:
    rule = decided.canary
    assert rule is not None  # or nobody would have come here
    share = rule.steps[0]

    def free(state: State) -> None:
        guard(state)
        if state.canary is not None:
            raise _OnTrial

    told = Promotion(
        model=ledger.model,
        version=decided.version,
        bundle=decided.bundle,
        sequence=0,
        replaced_version=decided.champion_version,
        alias_follows=True,
        share=share,
    )
    try:
        entry = ledger.append(
            "canary",
            {
                "promotion": body,
                "rule": rule.to_json(),
                "share": share,
                "step": 1,
                "because": f"The gate let it through (ledger entry {decided.sequence}).",
                "version": decided.version,
            },
            id=f"canary/{decided.sequence}",
            at=now,
            guard=free,
        )
    except _OnTrial:
        on_trial = ledger.state().canary
        # It ended in this moment: the next night's candidate finds the place free.
        version = on_trial.challenger.version if on_trial else decided.version
        return replace(told, waits_for=version, share=0.0)
    return replace(told, sequence=entry.sequence)


def _verify_decision(decision: Input[Decision], ledger: Ledger) -> None:
    decided = decision.record
    said = _said(ledger, decided.sequence, "decided")
    if decided.model != ledger.model or said.get("decision") != claim_of(decision.result.record):
        raise _foreign(f"Ledger entry {decided.sequence} does not hold this decision")
    if said.get("outcome") != "passed" or decided.outcome != "passed":
        raise _foreign(f"The decision in ledger entry {decided.sequence} is not to promote")


def _approvals(decision: Input[Decision], approval: Approval, ledger: Ledger) -> tuple[int, ...]:
    """The ledger entries in which enough different people said yes to this very decision."""
    asked = decision.record
    if not asked.approval_reasons:
        return ()
    about = {"decision": decision.content, "decided_sequence": asked.sequence}
    said = [
        entry
        for entry in ledger.entries()
        if entry.kind == "approved" and about.items() <= entry.body.items()
    ]
    yes = [one for one in said if one.body["approved"] is True and one.body["by"]]
    if approval.decision != decision.content or not yes or len(yes) < len(said):
        raise _foreign("The ledger holds no approval of this very decision")
    if any(one.body["bundle"] != asked.bundle for one in yes):
        raise _foreign("The approval in the ledger is of another model")
    names, ids = ({one.body.get(by) for one in yes} for by in ("by", "by_id"))
    if asked.triggered_by is not None and asked.triggered_by in names | ids:
        raise _foreign(f"{asked.triggered_by} approved what they triggered themselves")
    # Neither a second account of the same name nor a second name of the same account.
    if (people := min(len(names), len(ids))) < asked.approval.count:
        raise Unverified(
            f"The ledger holds the yes of {people} of {asked.approval.count} people.",
            do="Give the DAG one approve task for each of them, as training(...) does.",
        )
    return tuple(one.sequence for one in yes)


def _said(ledger: Ledger, sequence: int, kind: str) -> Mapping[str, Any]:
    entries = ledger.entries()
    if not 0 < sequence <= len(entries) or entries[sequence - 1].kind != kind:
        raise _foreign(f"Ledger entry {sequence} is not of the kind {kind}")
    return entries[sequence - 1].body


def _body(
    decided: Decision,
    approvals: tuple[int, ...],
    training: Input[Training],
    validation: Input[Validation],
) -> dict[str, Any]:
    return {
        "champion": {
            "version": decided.version,
            "bundle": decided.bundle,
            "training": training.address,
            "training_sha256": training.sha256,
            "validation": validation.address,
            "validation_sha256": validation.sha256,
            "split": training.record.split,
            "night": decided.night,
        },
        "decided": decided.sequence,
        # 0 where nobody had to be asked.
        "approved": approvals[-1] if approvals else 0,
        "approvals": list(approvals),
        "replaces": decided.champion_sequence,
    }


def _foreign(what: str) -> Unverified:
    return Unverified(
        f"{what}.",
        do="Promote nothing. Clear the run from gate on; if Airlock was not upgraded meanwhile, "
        "find out who changed it.",
    )
