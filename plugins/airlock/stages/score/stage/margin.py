"""Finds the decisions behind a champion, and computes its expected error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airlock.ledger import Champion, Entry
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.score.record import Margin


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The ledger entries behind a champion.

    Args:
        decided: the gate's decision; None for one that was made in another way.
        run: the results that the decision stands on.
        approvals: the people's answers, in order.
    """

    decided: Entry | None
    run: Entry | None
    approvals: tuple[Entry, ...]

    def result(self, stage: str) -> tuple[str, str] | None:
        """Address and SHA-256 of a stage's result of that run."""
        if self.run is None:
            return None
        found: dict[str, Any] | None = self.run.body["results"].get(stage)
        return (found["address"], found["sha256"]) if found else None


def background(entries: tuple[Entry, ...], bundle: str) -> Background | None:
    """What was decided before a bundle became champion or challenger; None if it never did.

    Args:
        entries: the whole verified chain.
    """
    promotions = filter(None, map(_promotion, entries))
    promotion = next((one for one in promotions if one["champion"]["bundle"] == bundle), None)
    if promotion is None:
        return None
    at = {one.sequence: one for one in entries}
    decided = at.get(promotion.get("decided", 0))
    run = None
    if decided is not None:
        # The last one before the decision: a run that was cleared and decided again has several.
        prefix = f"run/{decided.id.removeprefix('decided/').rpartition('/')[0]}/"
        seen = [one for one in entries[: decided.sequence] if one.id.startswith(prefix)]
        run = seen[-1] if seen else None
    answers = promotion.get("approvals") or [promotion.get("approved", 0)]
    return Background(
        decided=decided,
        run=run,
        approvals=tuple(at[number] for number in answers if number in at),
    )


def _promotion(entry: Entry) -> Mapping[str, Any] | None:
    """The promotion that an entry makes, or that a challenger on trial may come to."""
    held: Mapping[str, Any] = entry.body["promotion"] if entry.kind == "canary" else entry.body
    return held if entry.kind in {"promoted", "canary"} else None


def margin(
    champion: Champion,
    entries: tuple[Entry, ...],
    read: Callable[[str, str], Evaluation],
    *,
    coverage: float,
) -> Margin | None:
    """The band's width, from the evaluation that the ledger names.

    Args:
        read: loads an evaluation by address and SHA-256.
        coverage: share of rows that the band is meant for, 0 to 1.

    Returns:
        None if no decision stands behind the champion, or nothing was measured that says it.
    """
    behind = background(entries, champion.bundle)
    named = behind.result("evaluate") if behind else None
    return of(read(*named), coverage=coverage) if named else None


def of(evaluation: Evaluation, *, coverage: float) -> Margin | None:
    """The width of a candidate's band, see `Margin`."""
    for metric, spread in (("rmse", math.sqrt(1 - coverage)), ("ece", 1 - coverage)):
        if metric in evaluation.candidate:
            width = evaluation.candidate[metric].high / spread
            return Margin(coverage=coverage, metric=metric, width=width)
    return None
