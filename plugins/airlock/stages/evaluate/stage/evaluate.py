"""Evaluates candidate and champion on the same holdout rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.bundle.preprocessing import numbers
from airlock.core.errors import DataError, SpecError, Unverified
from airlock.ledger import Champion
from airlock.serve import Scorer, load_recorded
from airlock.stages.evaluate.record import (
    Anchor,
    Attacked,
    Baseline,
    Evaluation,
    Explained,
    Stress,
)
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.attacks import Suspects, attacked, drawn
from airlock.stages.evaluate.stage.baselines.fit import FittedBaseline, fit_baselines
from airlock.stages.evaluate.stage.baselines.models import FIT
from airlock.stages.evaluate.stage.bootstrap import Predictions
from airlock.stages.evaluate.stage.comparison import Comparison, ScoredHoldout, compare
from airlock.stages.evaluate.stage.curves import leave_curves
from airlock.stages.evaluate.stage.groups import unjudged
from airlock.stages.evaluate.stage.importance import explained
from airlock.stages.evaluate.stage.speed import write_speed
from airlock.stages.evaluate.stage.stress import with_missing, with_noise
from airlock.stages.redact.record import Redaction
from airlock.stages.train.record import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceModel:
    """A champion of now or of before.

    Args:
        record: of its training.
        bundle: local, verified folder.
    """

    champion: Champion
    record: Training
    bundle: Path


def evaluate(
    redaction: Redaction,
    training: Training,
    spec: EvaluateSpec,
    *,
    table: Path,
    bundle: Path,
    bundle_digest: str,
    reference: ReferenceModel | None,
    anchor: ReferenceModel | None = None,
    report: Path,
    clock: Callable[[], float] = time.perf_counter,
) -> Evaluation:
    """Measure them on the holdout fold, with intervals of each figure and of every difference.

    Args:
        redaction: the record of the table.
        training: the record of the candidate.
        spec: slices, groups, stress and resampling.
        table: local, verified folder of the redacted parts.
        bundle: local, verified folder of the candidate.
        bundle_digest: the candidate's name.
        reference: the champion; None if there is none yet.
        anchor: the last champion that a person approved, if that is another bundle.
        report: folder for the sidecar with the speed.
        clock: seconds; it times the scoring, and nothing in the record depends on it.

    Raises:
        Unverified: candidate and table were not split alike, so that the candidate may have
            learnt from the holdout; or a bundle is not the recorded one.
        DataError: the holdout cannot be read.
        SpecError: a slice or a protected column is no column, or the positive label no class.
    """
    candidate = load_recorded(bundle, bundle_digest)
    _same_split(redaction, training, candidate)
    holdout = _holdout(redaction, table, spec)
    ours = _predicted(candidate, holdout)
    free = fit_baselines(redaction, table, holdout, candidate.preprocessing, seed=spec.seed)
    theirs, problem = _reference_predicted(reference, redaction, candidate, holdout)
    before, trouble = _reference_predicted(anchor, redaction, candidate, holdout)
    scored = ScoredHoldout(
        candidate=ours,
        champion=theirs,
        anchor=before,
        stressed=_stressed(candidate, holdout, spec),
        baselines={
            kind: replace(ours, scores=said, chosen=None) for kind, said in free.scores.items()
        },
    )
    attacks, explanation = _probed(candidate, redaction, table, holdout, spec)
    found = compare(scored, holdout, spec, entity=training.entity, classes=training.classes)
    write_speed(candidate, holdout, report, clock=clock)
    leave_curves(scored, training.classes, report)
    return Evaluation(
        spec=spec.digest,
        split=training.split,
        rows=len(holdout),
        classes={name: int((ours.truth == at).sum()) for at, name in enumerate(training.classes)},
        candidate_bundle=bundle_digest,
        champion_bundle=reference.champion.bundle if reference else None,
        champion_version=reference.champion.version if reference else None,
        champion_sequence=reference.champion.sequence if reference else 0,
        champion_problem=problem,
        candidate=found.candidate,
        champion=found.champion,
        difference=found.difference,
        slices=found.slices,
        anchor=Anchor(
            bundle=anchor.champion.bundle,
            version=anchor.champion.version,
            sequence=anchor.champion.sequence,
            problem=trouble,
            difference=found.anchored,
        )
        if anchor
        else None,
        fairness=found.fairness,
        stress=tuple(
            Stress(
                kind=kind,
                amount=spec.missing if kind == "missing" else spec.noise,
                difference=found.stressed.get(kind, {}),
            )
            for kind in ("missing", "noise")
            if kind in scored.stressed
        ),
        unjudged=unjudged(holdout, spec),
        baselines=_baselines(free, found),
        attacked=attacks,
        explained=explanation,
        bundle_bytes=sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()),
    )


def _probed(
    candidate: Scorer,
    redaction: Redaction,
    table: Path,
    holdout: pd.DataFrame,
    spec: EvaluateSpec,
) -> tuple[Attacked | None, Explained | None]:
    """What was asked for of attacks and of importance."""
    sure, seed = spec.confidence, spec.seed

    def predict(rows: pd.DataFrame) -> Predictions:
        return _predicted(candidate, rows)

    attacks = explanation = None
    if spec.attacks:
        # The train fold alone, of the table that the candidate learnt from.
        trained = _fold(redaction, table, "train")
        suspects = Suspects(trained=drawn(trained, seed=seed), holdout=drawn(holdout, seed=seed))
        attacks = attacked(candidate, predict, suspects, confidence=sure, seed=seed)
    if spec.explain and not holdout.empty:
        explanation = explained(candidate, predict, holdout, confidence=sure, seed=seed)
    return attacks, explanation


def _baselines(free: FittedBaseline, found: Comparison) -> tuple[Baseline, ...]:
    return tuple(
        Baseline(
            kind=kind,
            rows=free.rows,
            problem=free.problems.get(kind),
            figures=found.baselines[kind].figures if kind in found.baselines else {},
            difference=found.baselines[kind].difference if kind in found.baselines else {},
        )
        for kind in FIT
    )


def _same_split(redaction: Redaction, training: Training, candidate: Scorer) -> None:
    if not redaction.split or {training.split, candidate.model["split"]} != {redaction.split}:
        raise Unverified(
            "The candidate was trained on another split than this table's: it may have seen the "
            "holdout.",
            do="Train it on this very table: clear redact of this run.",
        )


def _holdout(redaction: Redaction, table: Path, spec: EvaluateSpec) -> pd.DataFrame:
    """Every column, because the champion may have learnt from others than the candidate."""
    columns = [name for name, _ in redaction.schema]
    paired = {name for pair in spec.pairs for name in pair}
    wanted = {*spec.slices, *spec.bins, *spec.protected, *paired}
    if unknown := sorted(wanted - set(columns)):
        raise SpecError(
            "The evaluation slices or groups by columns that the redacted table lacks: "
            f"{', '.join(unknown)}.",
            do="Keep them in the redaction file, or leave them out of policy and EvaluateSpec.",
        )
    return _fold(redaction, table, "holdout")


def _fold(redaction: Redaction, table: Path, fold: str) -> pd.DataFrame:
    columns = [name for name, _ in redaction.schema]
    parts = []
    for part in redaction.parts:
        try:
            # Filtered while it is read: no other fold becomes a part of this table.
            parts.append(
                pq.read_table(table / part.path, columns=columns, filters=[("fold", "in", [fold])])
            )
        except (pa.ArrowException, OSError) as error:
            # Arrow's own text may quote a cell.
            raise DataError(
                f"{part.path} of the redacted table cannot be read ({type(error).__name__}).",
                do="Recompute the run.",
            ) from None
    frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return frame


def _predicted(scorer: Scorer, holdout: pd.DataFrame) -> Predictions:
    target = scorer.preprocessing.target
    column = holdout[target.name]
    truth = target.encode(column) if target.classes else numbers(column)
    scores = scorer.scores(holdout)
    return Predictions(
        truth=truth,
        scores=scores,
        classify=bool(target.classes),
        chosen=scorer.decision.positive(scores) if scorer.decision.threshold else None,
    )


def _reference_predicted(
    reference: ReferenceModel | None,
    redaction: Redaction,
    candidate: Scorer,
    holdout: pd.DataFrame,
) -> tuple[Predictions | None, str | None]:
    """The champion's predictions, or why there are none: the gate then cannot tell."""
    if reference is None:
        return None, None
    version = f"Champion version {reference.champion.version}"
    champion = load_recorded(reference.bundle, reference.champion.bundle)
    if {reference.champion.split, champion.model["split"]} != {redaction.split}:
        return None, f"{version} was trained on another split: it may have seen these rows."
    if (why := _not_after(redaction, reference)) is not None:
        return None, f"{version} {why}"
    ours, theirs = candidate.preprocessing.target, champion.preprocessing.target
    if (ours.name, ours.classes) != (theirs.name, theirs.classes):
        return None, f"{version} predicts another target or other classes."
    try:
        return _predicted(champion, holdout), None
    except DataError as error:
        return None, f"{version} cannot read these rows. {error.what}"


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _not_after(redaction: Redaction, reference: ReferenceModel) -> str | None:
    """Why a holdout by time does not come after what a champion learnt from; None if it does."""
    begins, learnt = redaction.holdout_from, reference.record.holdout_from
    if begins is None or (learnt is not None and _at(learnt) <= _at(begins)):
        return None
    until = f"learnt from data up to {learnt}" if learnt else "learnt from data of all times"
    return f"{until}, and this holdout begins at {begins}: it may have seen these rows."


def _stressed(
    candidate: Scorer, holdout: pd.DataFrame, spec: EvaluateSpec
) -> dict[str, Predictions]:
    found = {}
    if spec.missing:
        worse = with_missing(candidate, holdout, share=spec.missing, seed=spec.seed)
        found["missing"] = _predicted(candidate, worse)
    if spec.noise:
        worse = with_noise(candidate, holdout, noise=spec.noise, seed=spec.seed)
        found["noise"] = _predicted(candidate, worse)
    return found
