"""Compares a night with the champion's data, and updates the model's drift state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airlock.core.errors import DataError
from airlock.distribution.divergence import Counts
from airlock.distribution.histograms import FEW
from airlock.distribution.tally import BinnedColumn
from airlock.stages.drift.record import Calibration, Course, Distance, Drift, Kind
from airlock.stages.drift.spec import DriftLimits, DriftSpec
from airlock.stages.drift.stage.alarm import afresh, follow
from airlock.stages.drift.stage.baseline import baseline
from airlock.stages.drift.stage.counting import (
    PREDICTION,
    count_columns,
    count_predictions,
    incomparable,
    tallies,
)
from airlock.stages.drift.stage.outcomes import calibration, pairs
from airlock.stages.drift.stage.statistics import (
    chi2_chance,
    corrected,
    ks,
    ks_chance,
    measured,
)
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring
from airlock.stages.train.record import Training

_CALIBRATION = "predictions against outcomes"

__all__ = ["ChampionReference", "ScoredNight", "baseline", "distances", "drift", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionReference:
    """What tonight is held against.

    Args:
        training: of the champion that scored.
        columns: histograms of the data that it was trained on.
        predictions: histograms of its predictions on its own holdout; None if nobody knows.
    """

    training: Training
    columns: Mapping[str, Any]
    predictions: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredNight:
    """What is judged.

    Args:
        redaction: the record of tonight's table.
        scoring: the record of the predictions.
        table: local, verified folder of the table's parts.
        predictions: local, verified folder of the predictions' parts.
    """

    redaction: Redaction
    scoring: Scoring
    table: Path
    predictions: Path


def drift(
    night: ScoredNight,
    spec: DriftSpec,
    reference: ChampionReference,
    *,
    before: Drift | None = None,
    previous: str | None = None,
    silent: str = "",
) -> Drift:
    """Measure a night, and judge it.

    Args:
        night: what is measured.
        spec: limits and patience.
        reference: what it is held against.
        before: the night before it, if one was ever judged.
        previous: address of `before`.
        silent: why this night may not ask for a retrain, in a sentence; "" if it may.

    Raises:
        DataError: the table or the predictions cannot be read.
        Unverified: the reference does not read as histograms.
    """
    try:
        counted, left_out = _counted(night, spec, reference)
        known = pairs(
            night.redaction,
            night.scoring,
            reference.training,
            table=night.table,
            predictions=night.predictions,
        )
    except (pa.ArrowException, OSError) as error:
        # Arrow's own text may quote a cell.
        raise DataError(
            f"Tonight's table or predictions cannot be read ({type(error).__name__}).",
            do="Recompute the run.",
        ) from None
    counted, few = _enough_of(counted, spec)
    left_out |= few
    held = calibration(*known, least=spec.min_rows) if known else None
    if spec.calibration is not None and held is None:
        left_out |= _unheld(night.redaction, reference.training, known)
    found, held = distances(counted, spec, target=reference.training.target, calibration=held)
    scoring = night.scoring
    record = Drift(
        model=scoring.model,
        night=scoring.night,
        version=scoring.version,
        sequence=scoring.sequence,
        rows=scoring.rows,
        # What could not be compared at all neither raises an alarm nor clears one.
        enough=scoring.rows >= spec.min_rows and bool(found or held),
        distances=found,
        left_out=left_out,
        calibration=held,
        previous=previous,
        clipped=scoring.clipped,
    )
    return judge(record, spec, before=before, silent=silent)


def judge(record: Drift, spec: DriftSpec, *, before: Drift | None, silent: str = "") -> Drift:
    """The same record with the course that it leads to.

    Args:
        record: measured.
        before: the night before it, if one was ever judged.
        silent: why this night may not ask for a retrain, in a sentence; "" if it may.
    """
    course = before.course if before else Course()
    if before is not None and before.sequence != record.sequence:
        course = afresh(course)
    course = follow(
        course,
        spec,
        night=record.night,
        drifted=record.drifted,
        enough=record.enough,
        silent=silent,
    )
    return replace(record, course=course)


def distances(
    counted: Mapping[str, BinnedColumn],
    spec: DriftSpec,
    *,
    target: str = "",
    calibration: Calibration | None = None,
) -> tuple[tuple[Distance, ...], Calibration | None]:
    """Every column's distances, the worst first, and the calibration, judged together.

    Args:
        counted: both tables' rows, column by column; those of `PREDICTION` are predictions.
        spec: the limits.
        target: the column whose values are outcomes.
        calibration: not judged yet.
    """
    told = {name: tally for name, tally in counted.items() if tally.seen_rows}
    chances = [_chance(tally) for tally in told.values()]
    if calibration is not None:
        chances.append(calibration.p)
    if not chances:
        return (), None
    honest = corrected(np.array(chances))
    found = [
        _distance(name, _kind(name, target), tally, spec, float(p))
        for (name, tally), p in zip(told.items(), honest[: len(told)], strict=True)
    ]
    ranked = sorted(found, key=lambda one: (not one.drifted, -one.excess, one.column))
    if calibration is not None:
        off = spec.calibration is not None and abs(calibration.off) > spec.calibration
        p = float(honest[-1])
        calibration = replace(calibration, p=p, drifted=bool(off and p <= spec.false_discoveries))
    return tuple(ranked), calibration


def _counted(
    night: ScoredNight, spec: DriftSpec, reference: ChampionReference
) -> tuple[dict[str, BinnedColumn], dict[str, str]]:
    training = reference.training
    every = [name for name, _ in training.features if name not in spec.ignore]
    # Champions from before such a name was refused: it is not taken for what the model says.
    wanted = [name for name in every if name != PREDICTION]
    made, left_out = tallies(reference.columns, [*wanted, training.target], least=spec.min_rows)
    left_out |= incomparable(made, night.redaction)
    if len(wanted) < len(every):
        left_out[f"{PREDICTION} (the feature)"] = "it is called like the champion's predictions"
    made = {name: tally for name, tally in made.items() if name not in left_out}
    # Outcomes are usually not known yet: that is no news.
    left_out.pop(training.target, None)
    count_columns(made, night.redaction, night.table)
    if reference.predictions is None:
        left_out[PREDICTION] = "the table that the champion was trained on is gone"
        return made, left_out
    said, untold = tallies(reference.predictions, [PREDICTION], least=spec.min_rows)
    for tally in said.values():
        count_predictions(tally, night.scoring, training, night.predictions)
    return made | said, left_out | untold


def _enough_of(
    counted: Mapping[str, BinnedColumn], spec: DriftSpec
) -> tuple[dict[str, BinnedColumn], dict[str, str]]:
    """The columns with enough rows of tonight, and why others are not compared.

    Of predictions they may be fewer than the night's: those of another version are not counted.
    """
    few = {name: tally for name, tally in counted.items() if tally.seen_rows < spec.min_rows}
    why = {
        name: f"{tally.seen_rows:,} rows of tonight are fewer than {spec.min_rows:,}"
        for name, tally in few.items()
    }
    return {name: tally for name, tally in counted.items() if name not in few}, why


def _unheld(
    redaction: Redaction,
    training: Training,
    known: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None,
) -> dict[str, str]:
    """Why outcomes that the table has were not held against the predictions."""
    if training.target not in dict(redaction.schema):
        return {}
    if known is None:
        classes = "the model tells more than two classes apart"
        parts = "the predictions are not of tonight's rows, part by part"
        return {_CALIBRATION: classes if len(training.classes) > 2 else parts}
    rows = int((~np.isnan(known[0]) & ~np.isnan(known[1])).sum())
    return {_CALIBRATION: f"outcomes are known of {rows:,} rows"} if rows else {}


def _kind(name: str, target: str) -> Kind:
    if name == PREDICTION:
        return "prediction"
    return "label" if name == target else "input"


def _bins(tally: BinnedColumn) -> tuple[Counts, Counts]:
    """Both tables' rows, first those without a value: what is missing is part of the shape."""
    assert tally.bins is not None
    was, now = np.append(tally.nulls, tally.bins), np.append(tally.seen_nulls, tally.seen)
    # A bin that nobody ever filled tells nothing.
    there = (was > 0) | (now > 0)
    return was[there], now[there]


def _chance(tally: BinnedColumn) -> float:
    was, now = _bins(tally)
    if tally.edges is None:
        return chi2_chance(was, now)
    return ks_chance(ks(was, now), int(was.sum()), int(now.sum()))


def _distance(name: str, kind: Kind, tally: BinnedColumn, spec: DriftSpec, p: float) -> Distance:
    was, now = _bins(tally)
    found = measured(was, now, ordered=tally.edges is not None)
    limits = spec.limits(name)
    excess = max(_multiples(found, limits), default=0.0)
    both = np.stack([was, now], axis=1)
    shown = np.where(both < FEW, 0, both)
    return Distance(
        column=name,
        kind=kind,
        psi=found["psi"],
        js=found["js"],
        ks=found.get("ks"),
        p=p,
        missing=(tally.nulls / max(tally.rows, 1), tally.seen_nulls / tally.seen_rows),
        others={k: v for k, v in found.items() if k not in {"psi", "js", "ks"}},
        drifted=excess > 1 and p <= spec.false_discoveries,
        excess=excess,
        counts=tuple((int(a), int(b)) for a, b in shown),
    )


def _multiples(found: Mapping[str, float], limits: DriftLimits) -> Sequence[float]:
    told = ((value, limits.of(statistic)) for statistic, value in found.items())
    return [value / limit for value, limit in told if limit is not None]
