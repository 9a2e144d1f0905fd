"""Fits every baseline, and says of one that cannot be fitted why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from airlock.bundle.preprocessing import Preprocessing
from airlock.core.baselines import BaselineKind
from airlock.core.errors import AirlockError
from airlock.stages.evaluate.stage.baselines.models import FIT, BaselineLesson, Floats, why_not
from airlock.stages.evaluate.stage.baselines.rows import converted, train_rows
from airlock.stages.redact.record import Redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBaseline:
    """What the baselines said of the holdout.

    Args:
        rows: of the train fold that they learnt from.
        scores: probabilities (n, classes), or predictions (n, 1) in the target's unit.
        problems: why one has none.
    """

    rows: int
    scores: Mapping[BaselineKind, Floats]
    problems: Mapping[BaselineKind, str]


def fit_baselines(
    redaction: Redaction,
    table: Path,
    holdout: pd.DataFrame,
    preprocessing: Preprocessing,
    *,
    seed: int,
) -> FittedBaseline:
    """Fit them on the train fold alone, by the columns that the candidate sees, and no others.

    Args:
        table: local, verified folder of the redacted parts.
        holdout: the rows to score.
        preprocessing: the candidate's.
        seed: of the draw of rows, and of the fits.

    Raises:
        DataError: the train fold cannot be read.
    """
    lesson = BaselineLesson(
        train=train_rows(redaction, table, preprocessing, seed=seed),
        holdout=converted(holdout, preprocessing, truth=False),
        preprocessing=preprocessing,
        seed=seed,
    )
    scores: dict[BaselineKind, Floats] = {}
    problems: dict[BaselineKind, str] = {}
    for kind in FIT:
        if problem := why_not(kind, lesson):
            problems[kind] = problem
            continue
        try:
            found = FIT[kind](lesson)
        except AirlockError:
            raise
        except Exception as error:  # noqa: BLE001  its text may quote a cell
            problems[kind] = f"it could not be fitted ({type(error).__name__})"
            continue
        if not np.isfinite(found).all():
            problems[kind] = "it has no finite score for some of the rows"
            continue
        target = preprocessing.target
        scores[kind] = found if target.classes else found * target.scale + target.mean
    return FittedBaseline(rows=len(lesson.train), scores=scores, problems=problems)
