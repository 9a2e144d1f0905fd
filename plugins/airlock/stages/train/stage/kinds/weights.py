"""What a row counts, by its class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airlock.bundle.preprocessing import Target
from airlock.core.errors import DataError, SpecError
from airlock.core.spelling import advice
from airlock.stages.train.spec import TrainSpec


def class_weights(spec: TrainSpec, target: Target, truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a row of each class counts, in the order of the classes.

    Args:
        truth: class indices of the train fold.

    Raises:
        SpecError: a class that is weighed is none.
        DataError: the train fold has rows of one class only.
    """
    counts = np.bincount(truth[truth >= 0], minlength=len(target.classes))
    if (counts > 0).sum() < 2:
        raise DataError(
            "The train fold has rows of one class only.",
            do="Check how many entities the table has, and how rare the other classes are.",
        )
    if spec.class_weight == "balanced":
        # A class that only the validation fold has weighs nothing there either.
        return np.where(counts > 0, counts.sum() / ((counts > 0).sum() * np.maximum(counts, 1)), 1)
    given = spec.class_weight or {}
    if unknown := sorted(set(given) - set(target.classes)):
        raise SpecError(
            f"class_weight weighs {', '.join(unknown)}, which is no class of {target.name}.",
            do=advice(unknown[0], target.classes, what="its classes are"),
        )
    return np.array([given.get(name, 1.0) for name in target.classes])
