"""coefficients.json: a linear model, of which every figure is one number times another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from airlock.bundle.computing import Floats, read_artefact, refused
from airlock.bundle.manifest import write_json
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.bundle.tables import for_linear, linear_width
from airlock.reading import Malformed, read_json

FILE = "coefficients.json"

_MOST_BYTES = 256 << 20
_DEEP = 4  # objects and lists within each other
_MOST = 1e30
_AT_ONCE = 65_536  # rows


class LinearCompute:
    """Coefficients `[outputs, columns]`, and intercepts `[outputs]`."""

    def __init__(
        self, coefficients: Floats, intercepts: Floats, preprocessing: Preprocessing
    ) -> None:
        self.coefficients = coefficients
        self.intercepts = intercepts
        self._preprocessing = preprocessing

    def outputs(self, matrices: Matrices) -> Floats:
        """See `ModelCompute.outputs`."""
        found = np.empty((len(matrices[0]), len(self.intercepts)))
        for start in range(0, len(found), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            part: Matrices = tuple(one[some] for one in matrices)  # type: ignore[assignment]  # as many as there were
            # A sparse product adds up row by row, in the order of the columns: always the same.
            table = for_linear(part, self._preprocessing)
            found[some] = table @ self.coefficients.T + self.intercepts
        return found

    def use_threads(self, threads: int) -> None:
        """See `ModelCompute.use_threads`: one is always enough."""

    def to_json(self) -> dict[str, Any]:
        """All numbers, JSON-ready."""
        return {
            "coefficients": self.coefficients.tolist(),
            "intercepts": self.intercepts.tolist(),
        }


def write(folder: Path, compute: LinearCompute) -> None:
    """Write the file of a bundle."""
    write_json(folder / FILE, compute.to_json())


def load(bundle: Path, preprocessing: Preprocessing, device: str) -> LinearCompute:
    """Load the coefficients of a bundle.

    Raises:
        Unverified: they are not those of its columns and classes, or no finite numbers.
    """
    del device
    data = read_artefact(bundle / FILE, most=_MOST_BYTES)
    try:
        return made(read_json(data, size=_MOST_BYTES, depth=_DEEP), preprocessing)
    except Malformed as error:
        raise refused(FILE, str(error)) from None


def made(found: Any, preprocessing: Preprocessing) -> LinearCompute:
    """The model of what `LinearCompute.to_json` gave.

    Raises:
        Malformed: it is none.
    """
    if not isinstance(found, dict) or found.keys() != {"coefficients", "intercepts"}:
        raise Malformed("it has other keys than coefficients and intercepts")
    rows, columns = preprocessing.target.outputs, linear_width(preprocessing)
    return LinearCompute(
        _numbers(found["coefficients"], (rows, columns)),
        _numbers(found["intercepts"], (rows,)),
        preprocessing,
    )


def _numbers(value: Any, shape: tuple[int, ...]) -> Floats:
    flat = [value]
    for size in shape:
        if any(not isinstance(one, list) or len(one) != size for one in flat):
            raise Malformed("its lists have other lengths than the model's columns and classes")
        flat = [item for one in flat for item in one]
    if any(type(one) not in (int, float) or abs(one) > _MOST for one in flat):
        raise Malformed("it holds something else than numbers within 1e30")
    return np.array(flat, dtype=np.float64).reshape(shape)
