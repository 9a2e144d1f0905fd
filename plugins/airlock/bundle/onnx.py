"""Exports a bundle's graph as an ONNX file, and checks that it predicts the same.

The packages that write and run ONNX are no requirement of Airlock. They are asked for only here,
and all of them: a file that nobody ran is not handed out.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from airlock.bundle import graph, manifest
from airlock.bundle.preprocessing import Preprocessing
from airlock.core.errors import ModelError, SettingsError
from airlock.hooks.kinds import NETWORK
from airlock.reading import read_json

_PACKAGES = ("onnx", "onnxscript", "onnxruntime")
_TENSORS_ELSEWHERE = "session.model_external_initializers_file_folder_path"
_NAMES = ("numeric", "categorical", "text")


def to_onnx(bundle: Path, path: Path, expected: str | None = None) -> tuple[str, ...]:
    """Write the graph of a bundle as ONNX.

    The file takes the tensors that preprocessing.json makes of rows, and gives logits; the
    preprocessing itself is not in it.

    Args:
        bundle: local folder; it is verified first.
        path: where to write.
        expected: the bundle's name, if the caller knows it.

    Returns:
        The names of the inputs.

    Raises:
        SettingsError: a package that this needs is not installed.
        Unverified: the bundle was altered.
        ModelError: the graph cannot be written as ONNX, or says something else there.
    """
    if missing := missing_packages():
        raise SettingsError(
            f"Writing ONNX needs packages that are not installed: {', '.join(missing)}.",
            do=f"pip install {' '.join(_PACKAGES)} (no pin of constraints.txt moves).",
        )
    manifest.verify(bundle, expected)
    kind = read_json((bundle / "model.json").read_bytes()).get("kind", NETWORK)
    if kind != NETWORK:
        raise ModelError(
            f"A model of the kind {kind} is not written as ONNX.",
            do="Serve the bundle itself (airlock.serve); its model is a text that other readers "
            "of the same library take as well.",
        )
    program = graph.program(bundle / "graph.pt2")
    preprocessing = Preprocessing.from_json(read_json((bundle / "preprocessing.json").read_bytes()))
    example = pd.DataFrame(read_json((bundle / "input_example.json").read_bytes()))
    matrices = preprocessing.apply(example)
    names = _NAMES[: len(matrices)]
    with torch.inference_mode():
        meant = program.module(check_guards=False)(*map(torch.from_numpy, matrices)).numpy()
    try:
        torch.onnx.export(
            program,
            (),
            path,
            dynamo=True,
            input_names=list(names),
            output_names=["logits"],
            # One file: a tensor that lies elsewhere would be read from wherever it says.
            external_data=False,
            verbose=False,
        )
        said = run(path, dict(zip(names, matrices, strict=True)))
    except Exception as error:  # noqa: BLE001  the exporter and the runtime raise what they like
        path.unlink(missing_ok=True)
        raise ModelError(
            f"The graph cannot be written as ONNX: {type(error).__name__}.",
            do="Serve the bundle itself (airlock.serve), or use operators that ONNX knows.",
        ) from None
    if said.shape != meant.shape or not np.allclose(said, meant, rtol=1e-3, atol=1e-4):
        path.unlink()
        raise ModelError(
            "The model says something else as ONNX.",
            do="Serve the bundle itself; an operator of it is translated wrongly.",
        )
    return names


def missing_packages() -> list[str]:
    """What must be installed first."""
    return [name for name in _PACKAGES if find_spec(name) is None]


def run(path: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """The logits of one file alone: a tensor that lies elsewhere is an error."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    with TemporaryDirectory() as empty:
        # Of a file that it is given as bytes it looks for such tensors where the process stands.
        options.add_session_config_entry(_TENSORS_ELSEWHERE, empty)
        session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    # An input that the model does not use is not in the file.
    used = {one.name for one in session.get_inputs()}
    given = {name: value for name, value in inputs.items() if name in used}
    [logits] = session.run(None, given)
    found: np.ndarray = logits
    return found
