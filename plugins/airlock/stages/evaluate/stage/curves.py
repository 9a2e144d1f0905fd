"""Leaves the curves of candidate and champion beside the report; no part of the record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from airlock.core.curves import Curves, Scores, classified, numbered, write_curves
from airlock.stages.evaluate.record import CURVES
from airlock.stages.evaluate.stage.bootstrap import Predictions
from airlock.stages.evaluate.stage.comparison import ScoredHoldout


def leave_curves(scored: ScoredHoldout, classes: Sequence[str], report: Path) -> None:
    """Write the sidecar; an empty holdout leaves none.

    Args:
        classes: labels in the order of the scores; empty for a regression.
    """
    if not len(scored.candidate.truth):
        return
    task = "number" if not classes else "binary" if len(classes) == 2 else "classes"
    curves = Curves(
        task=task,  # type: ignore[arg-type]  # one of these three
        classes=tuple(classes),
        candidate=_scores(scored.candidate),
        champion=_scores(scored.champion) if scored.champion is not None else None,
    )
    (report / CURVES).write_bytes(write_curves(curves))


def _scores(one: Predictions) -> Scores:
    if one.classify:
        return classified(one.truth, one.scores)
    return numbered(one.truth, one.scores[:, 0])
