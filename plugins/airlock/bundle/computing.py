"""What every kind of model is to whoever scores: a function of the tensors of some rows."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from airlock.bundle.preprocessing import Matrices
from airlock.core.errors import Unverified
from airlock.hooks.kinds import PICKLED, ModelKind

Floats = NDArray[np.float64]

# What a pickle of protocol 2 and later, a zip archive (as torch writes it) and compressed files of
# joblib begin with.
_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04", b"\x1f\x8b", b"\x78")

_AROUND = frozenset(
    {
        *("preprocessing.json", "signature.json", "model.json", "manifest.json"),
        *("input_example.json", "output_example.json", "requirements.txt", "environment.lock"),
        "decision.json",
    }
)
"""What every bundle has, and what some have besides their model."""


class ModelCompute(Protocol):
    """A loaded model."""

    def outputs(self, matrices: Matrices) -> Floats:
        """What the model says of some rows, as `Preprocessing.apply` gives them.

        Returns:
            Logits `[rows, classes]`, or of a regression the scaled target `[rows, 1]`; a row may be
            NaN. A row's figures do not depend on the rows beside it, but for their last bits.

        Raises:
            ModelError: it does not compute.
        """

    def use_threads(self, threads: int) -> None:
        """Compute on so many threads; they make no difference to what it says."""


def check_artefacts(bundle: Path, kind: ModelKind) -> None:
    """Refuse a bundle that holds a pickle, or a file that no model of its kind has.

    Args:
        bundle: whose files are those of its manifest.

    Raises:
        Unverified: naming the file.
    """
    for path in sorted(one for one in bundle.rglob("*") if one.is_file()):
        name = path.relative_to(bundle).as_posix()
        if name.endswith(PICKLED):
            raise Unverified(
                f"The bundle holds {name}, which looks like a pickle: to load it is to run it.",
                do="Airlock makes and loads none. Train the model through it, or write it in a "
                "format of its library's own: docs/models.md.",
            )
        if name not in _AROUND and name not in kind.artefacts:
            raise Unverified(
                f"The bundle holds {name}, which no model of the kind {kind.name} has.",
                do="Airlock loads only bundles that it made itself; train the model again.",
            )


def read_artefact(path: Path, *, most: int) -> bytes:
    """The bytes of a model that is a text.

    Args:
        most: bytes that it may have.

    Raises:
        Unverified: it is larger, missing, or a pickle or an archive under another name.
    """
    try:
        size = path.stat().st_size
        if size > most:
            raise refused(path.name, f"it has {size:,} bytes, and {most:,} are the most")
        data = path.read_bytes()
    except OSError as error:
        raise refused(path.name, f"it cannot be read ({type(error).__name__})") from None
    if data.startswith(_MAGIC):
        raise refused(path.name, "it is a pickle, or an archive that may hold one")
    return data


def refused(name: str, why: str) -> Unverified:
    """That a file of a bundle is not loaded, and what to do."""
    return Unverified(
        f"{name} is not loaded: {why}.",
        do="Airlock loads only models that it sealed itself; train the model again.",
    )
