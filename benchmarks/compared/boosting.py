"""LightGBM as its own documentation uses it, and Airlock's learner on the same rows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import torch

from airlock.bundle.boosting import asked_of, shape_of
from airlock.bundle.preprocessing import FeatureType, learn, learn_target
from airlock.bundle.tables import for_trees
from airlock.serve import Scorer
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.kinds.boosting import BoostingLearner
from airlock.stages.train.stage.learner import Telling
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.run_context import RunContext

ROUNDS = 300
KINDS = {"workclass": 8, "education": 16, "marital": 7, "occupation": 14, "relation": 6}
KINDS |= {"group": 5, "sex": 2, "country": 40}


def made_up(rows: int = 45_000, seed: int = 0) -> pd.DataFrame:
    """A table shaped like the census's Adult: six numbers, eight categories, a quarter positive."""
    chance = np.random.default_rng(seed)
    table: dict[str, Any] = {
        "age": chance.integers(17, 90, rows),
        "weight": chance.lognormal(12, 0.6, rows).round(),
        "years": chance.integers(1, 17, rows),
        "gain": np.where(chance.random(rows) < 0.08, chance.lognormal(8, 1.2, rows).round(), 0),
        "loss": np.where(chance.random(rows) < 0.05, chance.normal(1_900, 300, rows).round(), 0),
        "hours": chance.normal(40, 12, rows).round().clip(1, 99),
    }
    score = -5 + table["years"] / 5 + table["age"] / 40 + table["hours"] / 40
    score += (table["gain"] > 5_000) * 3.0
    for name, count in KINDS.items():
        shares = chance.dirichlet(np.full(count, 0.8))
        code = chance.choice(count, rows, p=shares)
        table[name] = np.char.add(f"{name} ", code.astype(str)).astype(object)
        score += chance.normal(0, 0.5, count)[code]
    score += (table["age"] > 30) * (table["years"] > 10) * 0.8
    positive = chance.random(rows) < 1 / (1 + np.exp(-(score - np.quantile(score, 0.7))))
    fold = chance.choice(["train", "validation", "holdout"], rows, p=[0.7, 0.1, 0.2])
    return pd.DataFrame({**table, "label": np.where(positive, "more", "less"), "fold": fold})


def lesson(table: pd.DataFrame) -> Lesson:
    """What the train stage learns from."""
    folds = {name: table[table["fold"] == name] for name in ("train", "validation")}
    features: list[tuple[str, FeatureType]] = [
        (name, "string" if name in KINDS else "number")
        for name in table
        if name not in {"label", "fold"}
    ]
    target = learn_target("label", "string", table["label"], classify=True)
    seen = learn(folds["train"], features, target)

    def tensors(rows: pd.DataFrame) -> Tensors:
        columns = (*seen.apply(rows), target.encode(rows["label"]))
        return Tensors(tuple(torch.from_numpy(one) for one in columns))

    return Lesson(
        types={name: "string" if kind == "string" else "number" for name, kind in features},
        split="",
        preprocessing=seen,
        target=target,
        train=tensors(folds["train"]),
        validation=tensors(folds["validation"]),
    )


def trained_here(given: Lesson) -> tuple[float, Scorer]:
    """CPU seconds of fitting and sealing, and what was sealed."""
    spec = TrainSpec(
        kind="lightgbm", target="label", entity="e", max_epochs=ROUNDS, patience=ROUNDS
    )
    began = time.process_time()
    learner = BoostingLearner(spec)
    learner.prepare(given)
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(
            given,
            telling=Telling(epoch=lambda *_: None, steps=lambda _: None, series=lambda *_: None),
            scratch=Path(folder),
            context=RunContext(clock=time.monotonic),
        )
        compute = learner.seal(Path(folder), given)
    spent = time.process_time() - began
    compute.use_threads(1)
    return spent, Scorer(compute, given.preprocessing, {"kind": "lightgbm"})


def trained_there(given: Lesson) -> tuple[float, lightgbm.Booster]:
    """CPU seconds of `lightgbm.train` with the same rounds, bins, leaves and validation rows."""
    asked = asked_of(shape_of(given.preprocessing), seed=0, threads=1)
    asked |= {"learning_rate": 0.05, "min_data_in_bin": 10, "metric": "binary_logloss"}
    began = time.process_time()
    sets: list[lightgbm.Dataset] = []
    for fold in (given.train, given.validation):
        table, categories = for_trees(
            tuple(one.numpy() for one in fold.inputs), given.preprocessing
        )  # type: ignore[arg-type]  # two of them
        sets.append(
            lightgbm.Dataset(
                table,
                label=fold.target.numpy(),
                categorical_feature=categories,
                params=dict(asked),
                reference=sets[0] if sets else None,
            )
        )
    fitted = lightgbm.train(
        asked,
        sets[0],
        num_boost_round=ROUNDS,
        valid_sets=[sets[1]],
        callbacks=[lightgbm.early_stopping(ROUNDS, verbose=False)],
    )
    return time.process_time() - began, fitted
