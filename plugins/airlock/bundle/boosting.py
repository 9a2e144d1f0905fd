"""Computes a boosting: LightGBM reads trees.txt once the grammar has, and predicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from airlock.bundle import trees
from airlock.bundle.computing import Floats, read_artefact, refused
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.bundle.tables import for_trees, trees_width
from airlock.bundle.trees import TreesShape
from airlock.core.cores import cores
from airlock.core.errors import ModelError
from airlock.reading import Malformed

if TYPE_CHECKING:
    import lightgbm

FILE = "trees.txt"

_AT_ONCE = 65_536  # rows; bounds the memory of the table


class BoostingCompute:
    """A boosting that was loaded.

    Args:
        booster: of LightGBM, made of text that the grammar has read.
        preprocessing: of the bundle.
    """

    def __init__(self, booster: lightgbm.Booster, preprocessing: Preprocessing) -> None:
        self._booster = booster
        self._preprocessing = preprocessing
        self._threads = cores()

    def outputs(self, matrices: Matrices) -> Floats:
        """See `ModelCompute.outputs`."""
        rows = len(matrices[0])
        found = np.zeros((rows, self._preprocessing.target.outputs))
        for start in range(0, rows, _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            part: Matrices = tuple(one[some] for one in matrices)  # type: ignore[assignment]  # as many as there were
            table, _ = for_trees(part, self._preprocessing)
            said = np.asarray(
                self._booster.predict(table, raw_score=True, num_threads=self._threads)
            )
            # Two classes have one figure: by how much the second outweighs the first.
            found[some, found.shape[1] - 1 if said.ndim == 1 else slice(None)] = said
        return found

    def use_threads(self, threads: int) -> None:
        """See `ModelCompute.use_threads`."""
        self._threads = threads


def shape_of(preprocessing: Preprocessing) -> TreesShape:
    """What trees must fit that are given such rows."""
    numbers = len(preprocessing.numeric)
    return TreesShape(
        columns=trees_width(preprocessing),
        outputs=preprocessing.target.outputs,
        classify=bool(preprocessing.target.classes),
        categories=dict(enumerate(preprocessing.sizes, start=numbers)),
    )


def asked_of(shape: TreesShape, *, seed: int, threads: int) -> dict[str, object]:
    """What LightGBM is told of every fit, so that equal rows give equal trees.

    Args:
        threads: they make no difference to the trees.
    """
    asked: dict[str, object] = {
        "objective": shape.objective.partition(" ")[0],
        "seed": seed % 2**31,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
    return asked | ({"num_class": shape.outputs} if shape.each > 1 else {})


def read(text: str, preprocessing: Preprocessing) -> lightgbm.Booster:
    """LightGBM's model of a document.

    Raises:
        Malformed: it is none.
    """
    trees.check(text.encode(), shape_of(preprocessing))
    return read_checked(text, preprocessing)


def read_checked(text: str, preprocessing: Preprocessing) -> lightgbm.Booster:
    """The same of a document that the grammar has read: as `trees.written` gives it.

    Raises:
        Malformed: LightGBM does not read it.
    """
    # Here: it needs the system's OpenMP, and an image without it loads the other kinds.
    import lightgbm

    shape = shape_of(preprocessing)
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError:
        raise Malformed("LightGBM does not read it") from None
    if (booster.num_feature(), booster.num_model_per_iteration()) != (shape.columns, shape.each):
        raise Malformed("LightGBM reads something else in it")
    return booster


def load(bundle: Path, preprocessing: Preprocessing, device: str) -> BoostingCompute:
    """Load the trees of a bundle.

    Args:
        device: only the CPU computes trees; another one is told by the caller.

    Raises:
        Unverified: the grammar does not know what is there.
        ModelError: LightGBM is not installed, or does not load here.
    """
    del device
    data = read_artefact(bundle / FILE, most=trees.MOST_BYTES)
    try:
        booster = read(data.decode("ascii", "replace"), preprocessing)
    except Malformed as error:
        raise refused(FILE, str(error)) from None
    except (ImportError, OSError) as error:
        raise ModelError(
            f"LightGBM does not load here ({type(error).__name__}).",
            do="pip install lightgbm, and the system's OpenMP (libgomp1 on Debian).",
        ) from None
    return BoostingCompute(booster, preprocessing)
