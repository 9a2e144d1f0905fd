"""Exports the bundle: writes every file, and proves that it predicts as the module does."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from airlock.bundle import manifest
from airlock.bundle.decision import DecisionRule
from airlock.bundle.decision import write as write_decision
from airlock.bundle.lock import locked
from airlock.bundle.preprocessing import Preprocessing
from airlock.core.contract import ColumnType
from airlock.core.entity import called
from airlock.hooks import registry
from airlock.serve import Scorer
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.learner import Learner
from airlock.stages.train.stage.lesson import Lesson

_EXAMPLES = 5
# What a scan leaves of texts; longer and shorter ones, and one that is not there.
_TEXTS = (
    "This is an example of a text.",
    "Call <PHONE_NUMBER> or write to <EMAIL_ADDRESS>!",
    "An example",
    "No reply needed: thanks, and see you on Monday at 10.",
    "",
)


def make_bundle(
    bundle: Path, learner: Learner, lesson: Lesson, spec: TrainSpec, decision: DecisionRule
) -> None:
    """Write the bundle.

    Args:
        bundle: an empty folder.
        learner: fitted.
        lesson: that it has learnt from; its split's holdout the model has not seen.
        spec: what was trained.
        decision: what is made of its probabilities.

    Raises:
        ModelError: the model cannot be sealed, or says something else once it is.
    """
    kind, preprocessing = registry.model_kinds()[spec.kind], lesson.preprocessing
    target = preprocessing.target
    model = {
        **learner.described(preprocessing),
        "hyperparameters": dict(spec.hyperparameters),
        "task": spec.task,
        "target": target.name,
        "entity": called(spec.entity),
        "classes": target.classes,
        "features": preprocessing.features,
        "split": lesson.split,
        "seed": spec.seed,
    }
    compute = learner.seal(bundle, lesson)

    example = _example(preprocessing, lesson.types)
    scorer = Scorer(compute, preprocessing, model, decision=decision)
    write_decision(bundle, decision)
    rows = example.to_dict(orient="records")
    manifest.write_json(bundle / "preprocessing.json", preprocessing.to_json())
    manifest.write_json(bundle / "model.json", model)
    manifest.write_json(
        bundle / "signature.json", _signature(preprocessing, lesson.types, decision)
    )
    manifest.write_json(bundle / "input_example.json", rows)
    manifest.write_json(
        bundle / "output_example.json", scorer.predict(example).to_dict(orient="records")
    )
    (bundle / "requirements.txt").write_text(
        # A local label such as +cpu is no release that could be installed.
        "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in kind.requires)
    )
    (bundle / "environment.lock").write_text(locked(kind.requires))
    manifest.seal(bundle)


_DAYS = tuple(f"2020-0{at}-01" for at in range(1, _EXAMPLES + 1))


def _example(preprocessing: Preprocessing, types: dict[str, ColumnType]) -> pd.DataFrame:
    """Made-up rows around the mean: nobody's data leaves with the model."""
    rows: dict[str, list[Any]] = {}
    for numeric in preprocessing.numeric:
        if numeric.part is not None:
            rows[numeric.column] = list(_DAYS)
            continue
        steps = (numeric.mean + (at - 2) / 2 * numeric.scale for at in range(_EXAMPLES))
        rows[numeric.name] = [
            round(value) if types[numeric.name] == "integer" else round(value, 4) for value in steps
        ]
    for column in preprocessing.categorical:
        values = column.values or ("",)
        chosen = [values[at % len(values)] for at in range(_EXAMPLES)]
        if types[column.name] == "boolean":
            rows[column.name] = [value == "true" for value in chosen]
        else:
            rows[column.name] = chosen
    for text in preprocessing.text:
        rows[text.name] = list(_TEXTS)
    return pd.DataFrame({name: rows[name] for name in types})


def _signature(
    preprocessing: Preprocessing, types: dict[str, ColumnType], decision: DecisionRule
) -> dict[str, Any]:
    target = preprocessing.target
    probabilities = [{"name": f"probability_{name}", "type": "number"} for name in target.classes]
    prediction = target.type if target.classes else "number"
    return {
        "inputs": [{"name": name, "type": kind} for name, kind in types.items()],
        "outputs": [
            {"name": "prediction", "type": prediction},
            *([{"name": "decision", "type": prediction}] if decision.threshold else []),
            *probabilities,
        ],
    }
