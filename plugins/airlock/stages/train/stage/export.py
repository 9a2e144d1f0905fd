"""Exports the bundle: writes every file, and proves that it predicts as the module does."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from pytorch_lightning import LightningModule
from safetensors.torch import save_file
from torch import Tensor

from airlock.bundle import graph, manifest
from airlock.bundle.lock import locked
from airlock.bundle.preprocessing import Preprocessing
from airlock.core.contract import ColumnType
from airlock.core.errors import ModelError
from airlock.serve import Scorer
from airlock.stages.train.spec import TrainSpec

_EXAMPLES = 5
# What a scan leaves of texts; longer and shorter ones, and one that is not there.
_TEXTS = (
    "This is an example of a text.",
    "Call <PHONE_NUMBER> or write to <EMAIL_ADDRESS>!",
    "An example",
    "No reply needed: thanks, and see you on Monday at 10.",
    "",
)
_CHECKED = 1024  # rows on which graph and module are compared

# What airlock.serve imports; a local label such as +cpu is no release that could be installed.
_REQUIREMENTS = ("numpy", "pandas", "torch")


def make_bundle(
    bundle: Path,
    module: LightningModule,
    preprocessing: Preprocessing,
    spec: TrainSpec,
    *,
    types: dict[str, ColumnType],
    split: str,
    validation: Sequence[Tensor],
) -> None:
    """Write the bundle.

    Args:
        bundle: an empty folder.
        module: fitted, on the CPU, in evaluation mode.
        types: contract type of every feature.
        split: id of the split whose holdout the module has not seen.
        validation: the inputs of some rows, to compare the exported graph on.

    Raises:
        ModelError: the module cannot be exported, or its graph says something else.
    """
    target = preprocessing.target
    model = {
        "class": spec.model,
        "hyperparameters": dict(spec.hyperparameters),
        "task": spec.task,
        "target": target.name,
        "entity": spec.entity,
        "classes": target.classes,
        "features": preprocessing.features,
        "split": split,
        "seed": spec.seed,
    }
    weights = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
    save_file(weights, bundle / "weights.safetensors")
    graph.pack(module, [one[:2] for one in validation], bundle / "graph.pt2")
    exported = graph.unpack(bundle / "graph.pt2")
    _compare(module, exported, validation)

    example = _example(preprocessing, types)
    scorer = Scorer(exported, preprocessing, model)
    rows = example.to_dict(orient="records")
    manifest.write_json(bundle / "preprocessing.json", preprocessing.to_json())
    manifest.write_json(bundle / "model.json", model)
    manifest.write_json(bundle / "signature.json", _signature(preprocessing, types))
    manifest.write_json(bundle / "input_example.json", rows)
    manifest.write_json(
        bundle / "output_example.json", scorer.predict(example).to_dict(orient="records")
    )
    (bundle / "requirements.txt").write_text(
        "".join(f"{name}=={version(name).partition('+')[0]}\n" for name in _REQUIREMENTS)
    )
    (bundle / "environment.lock").write_text(locked(_REQUIREMENTS))
    manifest.seal(bundle)


def _compare(
    module: LightningModule, exported: torch.nn.Module, validation: Sequence[Tensor]
) -> None:
    for some in (slice(0, 1), slice(0, _CHECKED)):
        inputs = [one[some] for one in validation]
        with torch.inference_mode():
            said, meant = exported(*inputs), module(*inputs)
        if said.shape != meant.shape or not torch.allclose(said, meant, rtol=1e-4, atol=1e-5):
            raise ModelError(
                f"{type(module).__name__} says something else once it is exported.",
                do="forward() must not depend on the number of rows, on chance or on hidden state.",
            )


def _example(preprocessing: Preprocessing, types: dict[str, ColumnType]) -> pd.DataFrame:
    """Made-up rows around the mean: nobody's data leaves with the model."""
    rows: dict[str, list[Any]] = {}
    for numeric in preprocessing.numeric:
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


def _signature(preprocessing: Preprocessing, types: dict[str, ColumnType]) -> dict[str, Any]:
    target = preprocessing.target
    probabilities = [{"name": f"probability_{name}", "type": "number"} for name in target.classes]
    prediction = target.type if target.classes else "number"
    return {
        "inputs": [{"name": name, "type": kind} for name, kind in types.items()],
        "outputs": [{"name": "prediction", "type": prediction}, *probabilities],
    }
