"""Chooses calibration and threshold on the validation fold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from sklearn.isotonic import IsotonicRegression

from airlock.bundle.decision import Curve, DecisionRule, ProbabilityMap, Threshold
from airlock.bundle.preprocessing import Target
from airlock.core.errors import DataError, SpecError
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.threshold import ThresholdSpec

Floats = NDArray[np.float64]
Truth = NDArray[np.int64]

# A step over fewer rows would say what happened to somebody.
_LEAST_ROWS = 10
_MOST_STEPS = 100
_TINY = 1e-12


def check_decision(spec: TrainSpec, target: Target, features: tuple[str, ...]) -> None:
    """Refuse what the classes do not allow, before anything is fitted.

    Raises:
        SpecError: a threshold needs two classes, and its column a name of its own.
    """
    if spec.threshold is None:
        return
    if len(target.classes) != 2:
        raise SpecError(
            f"A threshold is for two classes, and {target.name} has {len(target.classes):,}.",
            do="Leave out threshold, or group the classes.",
        )
    if "decision" in features:
        raise SpecError(
            "A feature is called decision, as the column that a threshold adds to predictions.",
            do="Call it something else in the source, or leave it out of features.",
        )


def decided(spec: TrainSpec, probabilities: Floats, truth: Truth) -> DecisionRule:
    """What the spec asks for.

    Args:
        probabilities: of the validation fold, `[rows, classes]`.
        truth: class indices.

    Raises:
        DataError: the fold has too few rows, or no threshold keeps what is asked.
    """
    known = truth >= 0
    probabilities, truth = probabilities[known], truth[known]
    _check_fold(spec, probabilities.shape[1], truth)
    calibration = None
    if spec.calibration is not None:
        calibration = _calibration(spec.calibration, probabilities, truth)
        probabilities = calibration.apply(probabilities)
    threshold = None
    if spec.threshold is not None:
        threshold = _threshold(spec.threshold, probabilities[:, 1], truth == 1)
    return DecisionRule(calibration=calibration, threshold=threshold)


def _check_fold(spec: TrainSpec, classes: int, truth: Truth) -> None:
    """Refuse a fold that shows nothing: of one class alone each threshold is right, or none is.

    Raises:
        DataError: a class is missing, or there are too few rows.
    """
    asked = "threshold" if spec.calibration is None else "calibration"
    if len(truth) < 2 * _LEAST_ROWS:
        raise DataError(
            f"The validation fold has {len(truth):,} rows, which is too few to calibrate by.",
            do=f"Leave out {asked}, or bring more rows.",
        )
    if missing := classes - len(np.unique(truth)):
        raise DataError(
            f"The validation fold has no row of {missing} of {classes} classes, so that nothing in "
            f"it tells a {asked} for them.",
            do=f"Leave out {asked}, bring more rows, or group rare classes.",
        )


def _calibration(method: str, probabilities: Floats, truth: Truth) -> ProbabilityMap:
    classes = probabilities.shape[1]
    if method == "temperature":
        logs = np.log(np.clip(probabilities, _TINY, 1))

        def loss(log_of: float) -> float:
            scaled = logs / np.exp(log_of)
            scaled -= scaled.max(axis=1, keepdims=True)
            sums = np.log(np.exp(scaled).sum(axis=1))
            return float((sums - scaled[np.arange(len(truth)), truth]).mean())

        found = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-6})
        return ProbabilityMap(method="temperature", temperature=round(float(np.exp(found.x)), 6))
    one_by_one = [1] if classes == 2 else range(classes)
    if method == "platt":
        pairs = [_platt(probabilities[:, k], truth == k) for k in one_by_one]
        slopes, shifts = zip(*pairs, strict=True)
        return ProbabilityMap(method="platt", slopes=slopes, shifts=shifts)
    curves = tuple(_isotonic(probabilities[:, k], truth == k) for k in one_by_one)
    return ProbabilityMap(method="isotonic", curves=curves)


def _platt(scores: Floats, happened: NDArray[np.bool_]) -> tuple[float, float]:
    known = np.clip(scores, _TINY, 1 - _TINY)
    logits = np.log(known) - np.log1p(-known)
    yes, no = int(happened.sum()), int((~happened).sum())
    # Platt's own targets: a fold in which all are positive says nothing of certainty.
    wanted = np.where(happened, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(both: Floats) -> tuple[float, Floats]:
        said = logits * both[0] + both[1]
        value = np.logaddexp(0, said) - wanted * said
        apart = 1 / (1 + np.exp(-said)) - wanted
        return float(value.mean()), np.array([(apart * logits).mean(), apart.mean()])

    # A slope that falls would turn the ranking around.
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=[(1e-3, 1e3), (-1e3, 1e3)])
    return round(float(found.x[0]), 6), round(float(found.x[1]), 6)


def _isotonic(scores: Floats, happened: NDArray[np.bool_]) -> Curve:
    """Steps over bins of at least ten rows each, whose middles are joined."""
    order = np.argsort(scores, kind="stable")
    bins = np.array_split(order, max(1, min(_MOST_STEPS, len(order) // _LEAST_ROWS)))
    x = np.array([scores[one].mean() for one in bins])
    # A bin in which all or none is positive is no certainty (Laplace's rule).
    y = np.array([(happened[one].sum() + 1) / (len(one) + 2) for one in bins])
    risen = IsotonicRegression(increasing=True).fit_transform(x, y, sample_weight=[*map(len, bins)])
    x, kept = np.unique(np.round(x, 9), return_index=True)
    y = np.maximum.accumulate(np.round(risen[kept], 9))
    return Curve(x=tuple(x.tolist()), y=tuple(y.tolist()))


def _threshold(spec: ThresholdSpec, scores: Floats, happened: NDArray[np.bool_]) -> Threshold:
    """The best place between two scores, or above or below all of them."""
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    last = np.flatnonzero(np.r_[descending[1:] != descending[:-1], True])
    hits = happened[order].cumsum()[last].astype(np.float64)
    chosen = (last + 1).astype(np.float64)
    # Between two scores, so that no last digit decides; the lowest place is 0.
    places = (descending[last] + np.r_[descending[last[1:]], 0.0]) / 2
    total = float(happened.sum())
    if spec.costs is not None:
        false_positive, false_negative = spec.costs.false_positive, spec.costs.false_negative
        costs = (chosen - hits) * false_positive + (total - hits) * false_negative
        nobody = total * false_negative
        at = int(costs.argmin())
        if nobody <= costs[at]:
            return _told(1.0, f"costs: nobody is chosen, {nobody / len(scores):.4g} a row")
        asked = f"costs of {false_positive:g} and {false_negative:g}"
        return _told(places[at], f"{asked}: {costs[at] / len(scores):.4g} a row")
    precision, recall = hits / chosen, hits / max(total, 1)
    wanted = spec.precision if spec.precision is not None else spec.recall
    assert wanted is not None  # as the spec has checked
    kept = np.flatnonzero((precision if spec.precision is not None else recall) >= wanted)
    # Of ten rows at least: the first few by score are precise by chance.
    kept = kept[chosen[kept] >= _LEAST_ROWS]
    name = "precision" if spec.precision is not None else "recall"
    if not len(kept):
        raise DataError(
            f"No threshold has a {name} of {wanted:g} on the validation fold.",
            do=f"Ask for less {name}, or for a better model.",
        )
    at = int(kept[-1] if spec.precision is not None else kept[0])
    said = f"{name} of at least {wanted:g}: precision {precision[at]:.3f}, recall {recall[at]:.3f}"
    return _told(places[at], said)


def _told(value: float, reason: str) -> Threshold:
    return Threshold(value=round(float(value), 9), reason=f"{reason}, on the validation fold")
