"""Judges a candidate by its policy, and appends the decision to the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from airlock.catalogs import kept
from airlock.core.content import digest
from airlock.core.errors import Unverified
from airlock.engine.record import Input, Origin
from airlock.hooks import Rule, registry
from airlock.ledger import Ledger, State
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.gate.case import Case
from airlock.stages.gate.record import Decision, Evidence, RuleVerdict, unnumbered
from airlock.stages.gate.rules.champion import unreadable
from airlock.stages.gate.rules.data import ageless, judge_order, judge_withdrawals
from airlock.stages.gate.rules.evidence import judge_metrics
from airlock.stages.gate.rules.risk import judge_risk
from airlock.stages.gate.rules.verdicts import unmeasured
from airlock.stages.gate.spec import Policy

_ON_EVIDENCE = ("data", "privacy", "holdout")

_LINKS = (
    ("validation", "snapshot"),
    ("redaction", "validation"),
    ("training", "redaction"),
    ("evaluation", "redaction"),
    ("evaluation", "training"),
    ("registration", "training"),
)


def gate(policy: Policy, case: Case, *, ledger: Ledger, origin: Origin, now: datetime) -> Decision:
    """Decide, and append to the ledger what was decided, and on what.

    Args:
        now: the time that the entries carry, UTC.

    Raises:
        Unverified: the results do not belong together.
        LedgerError: the chain does not verify, or cannot be extended.
    """
    decision = decide(policy, case, ledger.state())
    # First: whoever reads a digest in the ledger finds the object of that name.
    kept.store_text(ledger.store, kept.POLICIES, policy.to_json())
    kept.store_text(ledger.store, kept.DECISIONS, unnumbered(decision.to_json()))
    run = f"{origin.dag_id}/{origin.run_id}"
    seen = _run(case, origin)
    ledger.append("run", seen, id=f"run/{run}/{digest(seen)}", at=now)
    said = _decided(decision)
    entry = ledger.append("decided", said, id=f"decided/{run}/{said['decision']}", at=now)
    return replace(decision, sequence=entry.sequence)


def decide(policy: Policy, case: Case, state: State) -> Decision:
    """What the policy says of the case. Pure: the same case and state give the same decision.

    Raises:
        Unverified: the results do not belong together.
    """
    _verify(case, state)
    rulings = tuple(_verdicts(policy, case, state))
    outcome = _outcome(case, state, rulings)
    return Decision(
        model=case.registration.record.model,
        version=case.registration.record.version,
        bundle=case.bundle,
        night=case.snapshot.record.night,
        policy=policy.name,
        outcome=outcome,
        champion_sequence=state.champion_sequence,
        champion_version=state.champion.version if state.champion else None,
        rulings=rulings,
        evidence=Evidence(
            policy=policy.digest, **{name: part.content for name, part in case.results.items()}
        ),
        approval_reasons=_why_ask(policy, case, state) if outcome == "passed" else (),
        approvers=policy.approval.approvers,
        expires_after_hours=policy.approval.expires_after_hours,
        triggered_by=case.triggered_by,
        approval=policy.approval,
        canary=policy.canary,
        changes=case.changes,
    )


def _verdicts(policy: Policy, case: Case, state: State) -> Iterator[RuleVerdict]:
    """Every sentence: first on data and evidence, then on figures, then what else is asked."""
    evaluation, known = case.evaluation.record, registry.rules()
    yield judge_withdrawals(case.bundle, state)
    yield judge_order(case.snapshot.record.night, state)
    for key in _ON_EVIDENCE:
        yield from _judged(known[key], policy, case, state)
    figures = (evaluation.candidate, evaluation.champion)
    yield from judge_metrics(policy.metrics, *figures, family="metric")
    if state.champion is None or _left_to_people(policy, evaluation):
        yield from judge_metrics(policy.first, *figures, family="first champion")
    for key in known:
        if key not in _ON_EVIDENCE:
            yield from _judged(known[key], policy, case, state)
    yield from judge_risk(policy, case)


def _judged(rule: Rule, policy: Policy, case: Case, state: State) -> Iterator[RuleVerdict]:
    asked = policy.asked(rule.key)
    if asked is None:
        return
    said = tuple(registry.load(rule.judge)(asked, case, state))
    if not said and rule.key in policy.rules:
        # A rule of an extension that was asked and says nothing has seen nothing.
        said = (unmeasured(rule.key, f"What the rule {rule.key} asks for"),)
    yield from said


def _left_to_people(policy: Policy, evaluation: Evaluation) -> tuple[str, ...]:
    """What could not be compared with, where the policy does not reject for that."""
    return unreadable(evaluation) if policy.champion.unreadable == "approval" else ()


def _outcome(
    case: Case, state: State, rulings: tuple[RuleVerdict, ...]
) -> Literal["passed", "rejected", "already champion"]:
    if state.champion is not None and state.champion.bundle == case.bundle:
        return "already champion"
    good = {"pass", "not applicable"}
    return "passed" if all(one.outcome in good for one in rulings) else "rejected"


def _why_ask(policy: Policy, case: Case, state: State) -> tuple[str, ...]:
    reasons = []
    asks = policy.approval.asks_about(scheduled=case.triggered_by is None)
    if asks == "always":
        reasons.append("The policy asks people about every candidate.")
    if asks == "first" and state.champion is None:
        reasons.append("The policy asks people about the first champion.")
    reasons += [
        f"A champion could not be compared with: {problem}"
        for problem in _left_to_people(policy, case.evaluation.record)
    ]
    if unknown := ageless(case.snapshot.record.night, state):
        reasons.append(f"{unknown} Nobody but people can say which is older.")
    if case.overrides:
        who = case.triggered_by or "Somebody"
        reasons.append(f"{who} changed {', '.join(case.overrides)} for this run.")
    return tuple(reasons)


def _verify(case: Case, state: State) -> None:
    """Refuse results that were not made from one another, whoever put them together."""
    parts = case.results
    for made, source in _LINKS:
        if parts[made].result.inputs.get(source) != parts[source].content:
            raise _foreign(f"The {made} was not made from this run's {source}")
    joined = {name: one.content for name, one in case.sources.items()}
    if joined != dict(parts["snapshot"].result.inputs):
        raise _foreign("The table was not joined of this run's sources")
    evaluation = case.evaluation.record
    if {evaluation.candidate_bundle, case.registration.record.bundle} != {case.bundle}:
        raise _foreign("Training, evaluation and registration speak of different bundles")
    if len({case.redaction.record.split, case.training.record.split, evaluation.split}) > 1:
        raise _foreign("Redaction, training and evaluation split the rows differently")
    champion = state.champion
    if champion is None or evaluation.champion_sequence != champion.sequence:
        return
    if evaluation.champion_bundle != champion.bundle:
        raise _foreign("The evaluation names another bundle as champion than the ledger")
    measured, anchor = evaluation.anchor, state.anchor
    if measured is None or anchor is None or measured.sequence != anchor.sequence:
        return
    if measured.bundle != anchor.bundle:
        raise _foreign("The evaluation names another bundle as approved champion than the ledger")


def _foreign(what: str) -> Unverified:
    return Unverified(f"{what}.", do="Clear the run from its first task on, and find out why.")


def _run(case: Case, origin: Origin) -> dict[str, Any]:
    return {
        "run": {"dag_id": origin.dag_id, "run_id": origin.run_id},
        "night": case.snapshot.record.night,
        "results": {
            name: {"address": part.address, "sha256": part.sha256, "content": part.content}
            for name, part in _named(case)
        },
    }


def _named(case: Case) -> Iterator[tuple[str, Input[Any]]]:
    """Every result by its stage; of several sources each by its task."""
    for name, one in case.sources.items():
        yield f"snapshot_{name}", one
    for one in case.results.values():
        yield one.result.stage, one


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.claim,
        # Both texts lie in the store under their digests; decisions of earlier versions had none.
        "kept": True,
        "outcome": decision.outcome,
        "reasons": list(decision.reasons),
        "policy": decision.policy,
        "bundle": decision.bundle,
        "version": decision.version,
        "champion_sequence": decision.champion_sequence,
        "approval_required": bool(decision.approval_reasons),
        "approval": decision.approval.to_json(),
        "canary": decision.canary.to_json() if decision.canary else None,
        "evidence": asdict(decision.evidence),
    }
