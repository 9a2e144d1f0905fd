"""Ready-made models against logistic regression and LightGBM; LightGBM here against itself.

    python -m benchmarks.models [FOLDER] [SPLITS]

The folder holds telco_churn.csv (docs/bring-your-own-table.md says where to get it). Each split
draws other folds; all models learn from the same rows and are judged on the same holdout. CPU
seconds, because other work on the machine must not decide.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from airlock.bundle.preprocessing import FeatureType, Preprocessing, learn, learn_target
from airlock.bundle.tables import for_trees
from airlock.models.ensemble import TabularEnsemble
from airlock.models.shape import Shape
from airlock.stages.evaluate.stage.baselines.models import FIT, BaselineLesson
from airlock.stages.evaluate.stage.baselines.rows import converted
from airlock.stages.evaluate.stage.bootstrap import Predictions
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.fit import fit, seed
from airlock.stages.train.stage.module import adapt
from benchmarks.claim import Claim
from benchmarks.compared.boosting import (
    ROUNDS,
    lesson,
    made_up,
    trained_here,
    trained_there,
)

NUMBERS = ("tenure", "MonthlyCharges", "TotalCharges")
TARGET = "Churn"
Folds = dict[str, pd.DataFrame]


def main(folder: str = "var/data", splits: int = 5) -> None:
    """Measure and report."""
    _boosting()
    _ensemble_in_time()
    file = Path(folder) / "telco_churn.csv"
    if not file.is_file():
        print(f"{file} is not there: nothing is measured of the models.", file=sys.stderr)
        return
    table = pd.read_csv(file, na_values=[" "])
    runs = [_measured(_folds(table, split), split) for split in range(splits)]
    for name, rival, allowed in (
        ("models.quality_vs_lightgbm", "boosted", -0.005),
        ("models.quality_vs_logistic", "linear", 0.0),
    ):
        gaps = [one["ensemble"] - one[rival] for one in runs]
        Claim(
            claim=name,
            value=round(statistics.mean(gaps), 4),
            target=allowed,
            at_most=False,
            facts={"table": "telco_churn", "gaps": [round(one, 4) for one in gaps], "runs": runs},
        ).report()
    for rows in (300, 1_000, 3_000):
        small = [_measured(_few(table, rows, split), split) for split in range(splits)]
        Claim(
            claim=f"models.quality_{rows}_rows_vs_logistic",
            value=round(statistics.mean(one["ensemble"] - one["linear"] for one in small), 4),
            target=-0.01,
            at_most=False,
            facts={"table": "telco_churn", "runs": small},
        ).report()
    Claim(
        claim="models.baseline_share",
        value=round(statistics.median(one["baselines_cpu_s"] / one["cpu_s"] for one in runs), 3),
        target=0.15,
        facts={"of": "training and baselines together, in CPU seconds; the chain takes longer"},
    ).report()


def _boosting() -> None:
    """Airlock's training and scoring beside the library's own, by turns, on one thread."""
    table = made_up()
    given = lesson(table)
    turns = [(trained_here(given), trained_there(given)) for _ in range(3)]
    train = [there / here for (here, _), (there, _) in turns]
    (_, scorer), (_, fitted) = turns[0]
    rows = table.drop(columns=["label", "fold"])
    ready, _ = for_trees(scorer.preprocessing.apply(rows), scorer.preprocessing)
    best = fitted.best_iteration
    scores = []
    for _ in range(3):
        began = time.process_time()
        said = scorer.scores(rows)[:, 1]
        middle = time.process_time()
        meant = np.asarray(fitted.predict(ready, num_threads=1, num_iteration=best))
        ended = time.process_time()
        assert np.allclose(said, meant, atol=1e-6)
        scores.append((ended - middle) / (middle - began))
    facts = {"rows": len(table), "columns": ready.shape[1], "rounds": ROUNDS, "threads": 1}
    Claim(
        claim="models.lightgbm_train_vs_library",
        value=round(statistics.median(train), 3),
        target=0.9,
        at_most=False,
        facts={**facts, "runs": [round(one, 3) for one in train], "in": "CPU seconds, by turns"},
    ).report()
    Claim(
        claim="models.lightgbm_score_vs_library",
        value=round(statistics.median(scores), 3),
        target=0.8,
        at_most=False,
        facts={
            **facts,
            "trees": best,
            "runs": [round(one, 3) for one in scores],
            "of": "rows as texts and numbers here, a matrix that is ready there; CPU seconds",
        },
    ).report()


def _ensemble_in_time() -> None:
    """How long the ensemble takes for a table of the census's size."""
    given = lesson(made_up())
    spec = TrainSpec(model="m:M", target="label", entity="e")
    seed(0)
    began, wall = time.process_time(), time.monotonic()
    module = TabularEnsemble(given.shape)
    adapt(module, given.train)
    with tempfile.TemporaryDirectory() as scratch:
        how = fit(
            module,
            given.train,
            given.validation,
            spec,
            on_epoch=lambda *_: None,
            scratch=Path(scratch),
        )
    Claim(
        claim="models.ensemble_45k_rows_cpu_s",
        value=round(time.process_time() - began, 1),
        target=60,
        facts={"rows": 45_000, "epochs": len(how.history), "wall_s": time.monotonic() - wall},
    ).report()


def _folds(table: pd.DataFrame, split: int) -> Folds:
    drawn = np.random.default_rng(split).integers(0, 100, len(table))
    fold = np.select([drawn < 20, drawn < 30], ["holdout", "validation"], "train")
    return {name: table[fold == name] for name in ("train", "validation", "holdout")}


def _few(table: pd.DataFrame, rows: int, split: int) -> Folds:
    """Some rows to learn from; judged on all others, because sixty rows would say nothing."""
    some = table.sample(rows, random_state=split)
    folds = _folds(some, split)
    seen = folds["train"].index.union(folds["validation"].index)
    return {**folds, "holdout": table.drop(index=seen)}


def _measured(folds: Folds, split: int) -> dict[str, float]:
    """AUROC of each, and CPU seconds."""
    features: list[tuple[str, FeatureType]] = [
        (name, "number" if name in NUMBERS else "string")
        for name in folds["train"]
        if name not in {"customerID", TARGET}
    ]
    # As the redaction would leave it: a flag is text there.
    texts = {"SeniorCitizen": str}
    folds = {name: rows.astype(texts) for name, rows in folds.items()}
    target = learn_target(TARGET, "string", folds["train"][TARGET], classify=True)
    seen = learn(folds["train"], features, target)

    began = time.process_time()
    lesson = BaselineLesson(
        train=converted(folds["train"], seen, truth=True),
        holdout=converted(folds["holdout"], seen, truth=False),
        preprocessing=seen,
        seed=0,
    )
    said = {kind: FIT[kind](lesson) for kind in ("constant", "linear", "boosted")}
    baselines = time.process_time() - began
    found = {
        "linear": _auroc(folds, seen, said["linear"]),
        "boosted": _auroc(folds, seen, said["boosted"]),
        "ensemble": _auroc(folds, seen, _fitted(folds, seen, split)),
    }
    return {
        **{name: round(value, 4) for name, value in found.items()},
        "baselines_cpu_s": round(baselines, 2),
        "cpu_s": round(time.process_time() - began, 2),
    }


def _fitted(folds: Folds, seen: Preprocessing, split: int) -> NDArray[np.float64]:
    """The probabilities of a network that was trained as a `TrainSpec` without numbers asks."""
    tensors = {name: _tensors(rows, seen) for name, rows in folds.items()}
    spec = TrainSpec(model="m:M", target=TARGET, entity="customerID", seed=split)
    seed(split)
    module = TabularEnsemble(Shape(seen.width, seen.sizes, seen.target.outputs))
    adapt(module, tensors["train"])
    with tempfile.TemporaryDirectory() as scratch:
        fit(
            module,
            tensors["train"],
            tensors["validation"],
            spec,
            on_epoch=lambda *_: None,
            scratch=Path(scratch),
        )
    with torch.inference_mode():
        said: NDArray[np.float64] = module(*tensors["holdout"].inputs).double().softmax(1).numpy()
    return said


def _tensors(rows: pd.DataFrame, seen: Preprocessing) -> Tensors:
    columns: tuple[Any, ...] = (*seen.apply(rows), seen.target.encode(rows[TARGET]))
    return Tensors(tuple(map(torch.from_numpy, columns)))


def _auroc(folds: Folds, seen: Preprocessing, scores: NDArray[np.float64]) -> float:
    truth = seen.target.encode(folds["holdout"][TARGET])
    return float(Predictions(truth=truth, scores=scores, classify=True).measured()["auroc"][0])


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
