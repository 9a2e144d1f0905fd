"""A champion, a candidate that the gate rejected, and a policy that lets people go past it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from airlock.ledger import Ledger
from airlock.registry import MlflowSettings
from airlock.stages.break_glass.record import BreakGlass
from airlock.stages.break_glass.stage import break_glass
from airlock.stages.gate.case import Case
from tests.judged import NOW, ORIGIN, SPLIT, case, judged, policy

RULE: dict[str, Any] = {"people": ["ada", "joan"], "max_hours": 24}


def rejected(ledger: Ledger, *, rule: Any = RULE, **changes: Any) -> Case:
    """Version 1 is champion, version 2 has too small a holdout."""
    if ledger.state().champion is None:
        first = case(bundle="first")
        decision = judged(first, ledger, run_id="first")
        champion = {
            "version": 1,
            "bundle": first.bundle,
            "training": first.training.address,
            "training_sha256": first.training.sha256,
            "validation": first.validation.address,
            "validation_sha256": first.validation.sha256,
            "split": SPLIT,
            "night": "2026-01-05",
        }
        body = {"champion": champion, "decided": decision.record.sequence}
        ledger.append("promoted", body, id="first", at=NOW)
    given = {"bundle": "second", "version": 2, "holdout": 3, "classes": {"0": 2, "1": 1}}
    one = case(champion=ledger.state().champion, **given | changes)
    rules = policy(approval={"approvers": ["grace"], "roles": ["leads"], "break_glass": rule})
    judged(one, ledger, policy=rules, run_id=f"run of {one.bundle}")
    return one


def broken(ledger: Ledger, *, run_id: str = "1", **changes: Any) -> BreakGlass:
    """Ada breaks the glass for version 2, for four hours."""
    arguments: dict[str, Any] = {
        "version": 2,
        "hours": 4,
        "by": "ada",
        "reason": "the champion scores nonsense",
        "origin": replace(ORIGIN, run_id=run_id),
        "split": lambda address, sha256: SPLIT,
        "verify": lambda champion: None,
        "mlflow": MlflowSettings(tracking_uri="http://127.0.0.1:9"),
        "now": NOW,
    }
    return break_glass(ledger=ledger, **arguments | changes)
