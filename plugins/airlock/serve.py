"""Loads a bundle and predicts, with torch, pandas and numpy, and without Airflow.

MLflow calls it as the `loader_module` of a registered model:

    mlflow.pyfunc.load_model("models:/customer_churn@champion").predict(rows)

Every file is hashed against the manifest before anything is loaded, and nothing is unpickled:
`airlock.bundle.graph` says what `torch.export.load` would do, and what is refused before it can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from airlock.bundle import graph, manifest
from airlock.bundle.preprocessing import Preprocessing

_AT_ONCE = 65_536  # rows; bounds the memory that activations take


class Scorer:
    """A loaded model.

    Attributes:
        model: what model.json says: class, task, classes, features, split.
        name: the bundle's digest; "" while the bundle is being made.
        device: where it computes, as torch names it.
    """

    def __init__(
        self,
        module: nn.Module,
        preprocessing: Preprocessing,
        model: Mapping[str, Any],
        name: str = "",
        device: str = "cpu",
    ) -> None:
        self.preprocessing = preprocessing
        self.model = model
        self.name = name
        self.device = device
        self._module = module

    @property
    def module(self) -> nn.Module:
        """The exported graph itself, for whoever takes a prediction apart."""
        return self._module

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predict rows of the redacted schema.

        Args:
            frame: has at least the columns of signature.json, in any order.

        Returns:
            `prediction` (a label in the target's type, or a number) and, for a classification,
            `probability_<class>` for every class, under the index of `frame`.

        Raises:
            DataError: a column is missing or of another type.
        """
        scores = self.scores(frame)
        target = self.preprocessing.target
        if not target.classes:
            return pd.DataFrame({"prediction": scores[:, 0]}, index=frame.index)
        return pd.DataFrame(
            {
                "prediction": target.labels()[scores.argmax(axis=1)],
                **{f"probability_{name}": scores[:, at] for at, name in enumerate(target.classes)},
            },
            index=frame.index,
        )

    def scores(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The probabilities `[rows, classes]` that sum to 1, or the predictions `[rows, 1]`."""
        inputs = [torch.from_numpy(one) for one in self.preprocessing.apply(frame)]
        target = self.preprocessing.target
        found = np.empty((len(frame), target.outputs))
        with torch.inference_mode():
            for start in range(0, len(frame), _AT_ONCE):
                rows = slice(start, start + _AT_ONCE)
                outputs = self._module(*(one[rows].to(self.device) for one in inputs))
                # In double precision the probabilities of a row sum to 1 for every reader.
                found[rows] = outputs.cpu().double().numpy()
        if target.classes:
            return _softmax(found)
        return found * target.scale + target.mean


def load_bundle(
    path: Path | str,
    expected: str | None = None,
    *,
    trusted: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Scorer:
    """Verify a bundle, then load it.

    Args:
        path: local folder.
        expected: the bundle's digest, if the caller knows it from the ledger or a record.
        trusted: public keys in base64 by key id, as the file of trusted keys lists them. With them
            the envelope `<folder>.dsse.json` beside the folder must hold one's signature.
        device: where it computes; the scores of a GPU differ from the CPU's in the last digits.

    Raises:
        Unverified: a file is missing, altered or added, it is another bundle, or not signed.
    """
    folder = Path(path)
    name = manifest.verify(folder, expected)
    if trusted is not None:
        _check_signature(folder, name, trusted)
    return Scorer(
        graph.unpack(folder / "graph.pt2", device),
        Preprocessing.from_json(json.loads((folder / "preprocessing.json").read_bytes())),
        json.loads((folder / "model.json").read_bytes()),
        name,
        device,
    )


def _load_pyfunc(path: str) -> Scorer:
    """What MLflow calls with the model's data folder.

    The demand for a signature comes from the client's environment (AIRLOCK_TRUSTED_KEYS), because
    what MLflow hands over from its caller depends on a file that lies beside the bundle.

    Raises:
        SettingsError: the variable is set and names no file of trusted keys.
        Unverified: see `load_bundle`.
    """
    from airlock.config.settings import client_keys
    from airlock.ledger import TrustedKeys

    named = client_keys()
    return load_bundle(path, trusted=None if named is None else TrustedKeys.read(named).keys)


def _check_signature(folder: Path, name: str, trusted: Mapping[str, str]) -> None:
    from airlock import signing
    from airlock.ledger import TrustedKeys

    envelope = signing.beside(folder)
    data = envelope.read_bytes() if envelope.is_file() else b""
    signing.check(data, bundle=name, trusted=TrustedKeys(trusted))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
