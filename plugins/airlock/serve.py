"""Loads a bundle and predicts, without Airflow: with numpy, pandas, and what its kind needs.

MLflow calls it as the `loader_module` of a registered model:

    mlflow.pyfunc.load_model("models:/customer_churn@champion").predict(rows)

No bundle is loaded that nobody vouches for whom this machine trusts: `airlock trust KEY`. Every
file is hashed against the manifest before anything is loaded, and nothing is unpickled:
`airlock.bundle.graph` says what `torch.export.load` would do, and what is refused before it can,
`airlock.bundle.trees` the same of LightGBM.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle import manifest
from airlock.bundle.computing import ModelCompute, check_artefacts
from airlock.bundle.decision import NOTHING, DecisionRule
from airlock.bundle.decision import load as load_decision
from airlock.bundle.flavor import FOLDER, check_flavor
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.core.errors import DataError, Unverified
from airlock.core.scratch import private_folder
from airlock.hooks import registry
from airlock.reading import Malformed, read_json


class Scorer:
    """A loaded model.

    Attributes:
        compute: the model itself, for whoever takes a prediction apart.
        model: what model.json says: kind, task, classes, features, split.
        name: the bundle's digest; "" while the bundle is being made.
        device: where it computes, as torch names it.
        decision: what is made of its probabilities.
    """

    def __init__(
        self,
        compute: ModelCompute,
        preprocessing: Preprocessing,
        model: Mapping[str, Any],
        name: str = "",
        device: str = "cpu",
        decision: DecisionRule = NOTHING,
    ) -> None:
        self.decision = decision
        self.compute = compute
        self.preprocessing = preprocessing
        self.model = model
        self.name = name
        self.device = device

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predict rows of the redacted schema.

        Args:
            frame: has at least the columns of signature.json, in any order.

        Returns:
            `prediction` (a label in the target's type, or a number) and, for a classification,
            `probability_<class>` for every class, under the index of `frame`; with a threshold,
            also `decision`, the label that it decides for.

        Raises:
            DataError: a column is missing or of another type, or a row has no finite score.
        """
        scores = self.scores(frame)
        target = self.preprocessing.target
        if not target.classes:
            return pd.DataFrame({"prediction": scores[:, 0]}, index=frame.index)
        return pd.DataFrame(
            {
                "prediction": target.labels()[scores.argmax(axis=1)],
                **({"decision": self.decided(scores)} if self.decision.threshold else {}),
                **{f"probability_{name}": scores[:, at] for at, name in enumerate(target.classes)},
            },
            index=frame.index,
        )

    def decided(self, scores: NDArray[np.float64]) -> NDArray[Any]:
        """The labels that the threshold decides for; it must have one.

        Args:
            scores: as `scores_or_nan` gives them.
        """
        return self.preprocessing.target.labels()[self.decision.positive(scores).astype(np.int64)]

    def scores(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The probabilities `[rows, classes]` that sum to 1, or the predictions `[rows, 1]`.

        Raises:
            DataError: a column is missing or of another type, or a row has no finite score: then
                none has a label.
        """
        found = self.scores_or_nan(frame)
        if unknown := int(np.isnan(found).any(axis=1).sum()):
            raise DataError(
                f"The model computes no finite number for {unknown:,} of {len(found):,} rows: some "
                "of their cells are too large for it.",
                do="Set such rows aside in the expectations file "
                "(expect_column_values_to_be_between), or train a new version: it learns which "
                "numbers it may see.",
            )
        return found

    def scores_or_nan(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The same, where a row without a finite score is all NaN: it must not get a label.

        Raises:
            DataError: a column is missing or of another type.
        """
        return self.scores_of(self.preprocessing.apply(frame))

    def scores_of(self, matrices: Matrices) -> NDArray[np.float64]:
        """The same of rows as `Preprocessing.apply` gives them."""
        target = self.preprocessing.target
        found = self.compute.outputs(matrices)
        found[~np.isfinite(found).all(axis=1)] = np.nan
        if target.classes:
            calibration = self.decision.calibration
            return softmax(found) if calibration is None else calibration.apply(softmax(found))
        numbers: NDArray[np.float64] = found * target.scale + target.mean
        numbers[~np.isfinite(numbers)] = np.nan
        return numbers


def load_bundle(
    path: Path | str,
    expected: str | None = None,
    *,
    trusted: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Scorer:
    """Verify a bundle and who vouches for it, then load it.

    Args:
        path: local folder; the envelope `<folder>.dsse.json` lies beside it.
        expected: the bundle's digest, if the caller knows it from the ledger or a record.
        trusted: public keys in base64 by key id, as the file of trusted keys lists them; None for
            the keys that this machine trusts (`airlock trust`, AIRLOCK_TRUSTED_KEYS).
        device: where it computes; the scores of a GPU differ from the CPU's in the last digits.

    Raises:
        SettingsError: nobody is trusted on this machine; AIRLOCK_UNSIGNED=1 would load it.
        Unverified: a file is missing, altered or added, it is another bundle, or not signed.
    """
    # Here: the cryptography is for who loads from elsewhere; a task has asked its ledger.
    from airlock.config.client import check_vouched
    from airlock.ledger import TrustedKeys

    folder = Path(path)
    name = manifest.verify(folder, expected)
    check_vouched(folder, name, None if trusted is None else TrustedKeys(trusted))
    return _loaded(folder, name, device)


def load_recorded(path: Path | str, recorded: str, *, device: str = "cpu") -> Scorer:
    """Load the bundle of that digest; for whoever has it from the ledger or from a receipt.

    Args:
        path: local folder.
        recorded: the bundle's digest, by which somebody vouched for it who was asked.
        device: where it computes.

    Raises:
        Unverified: a file is missing, altered or added, or it is another bundle.
    """
    folder = Path(path)
    return _loaded(folder, manifest.verify(folder, recorded), device)


def load_model(
    uri: str,
    expected: str | None = None,
    *,
    trusted: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Scorer:
    """Load a registered model from MLflow without obeying what lies beside its bundle.

    `mlflow.pyfunc.load_model` imports the loader that the file MLmodel names, with the code folder
    that it names. Here that file is only looked at: it must say what `register` wrote.

    Args:
        uri: as `mlflow.pyfunc.load_model` takes it: models:/customer_churn@champion.
        expected: see `load_bundle`.
        trusted: see `load_bundle`.
        device: see `load_bundle`.

    Raises:
        SettingsError: nobody is trusted on this machine.
        Unverified: another loader, code or another flavour is named, or as of `load_bundle`.
    """
    import mlflow.artifacts

    with private_folder("model") as scratch:
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(scratch)))
        check_flavor(folder)
        return load_bundle(folder / FOLDER, expected, trusted=trusted, device=device)


def _load_pyfunc(path: str) -> Scorer:
    """What MLflow calls with the model's data folder.

    Whom to trust is for the client to say, because what MLflow hands over from its caller depends
    on a file that lies beside the bundle.

    Raises:
        SettingsError: see `load_bundle`.
        Unverified: see `load_bundle`.
    """
    return load_bundle(path)


def _loaded(folder: Path, name: str, device: str) -> Scorer:
    try:
        written, model = (
            read_json((folder / file).read_bytes()) for file in ("preprocessing.json", "model.json")
        )
        if not isinstance(model, dict):
            raise Malformed("it is no object")
    except (OSError, Malformed) as error:
        raise Unverified(
            f"The bundle {name[:16]} has a file that does not read: {error}.",
            do="Airlock loads only bundles that it made itself; train the model again.",
        ) from None
    kind = registry.model_kind(model)
    check_artefacts(folder, kind)
    preprocessing = Preprocessing.from_json(written)
    device = device if kind.gpu else "cpu"
    compute: ModelCompute = registry.load(kind.load)(folder, preprocessing, device)
    decision = load_decision(folder, len(preprocessing.target.classes))
    return Scorer(compute, preprocessing, model, name, device, decision)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of logits, row by row."""
    powers: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
