"""Makes the charts of a training: learning curves, and results on the validation fold.

Every point is a figure over many rows; no row and no value of a row is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from airlock.bundle.manifest import write_json
from airlock.core.metrics import Floats, Ints
from airlock.reports.charts import Chart, ChartLine, Grid, alone, to_json

_POINTS = 100  # of a curve; more make no difference to the eye
_BINS = 10
_CLASSES = 12  # more do not fit onto a page
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))


def write_charts(charts: Mapping[str, Chart | Grid], report: Path) -> None:
    """Write an SVG file of each, and all of them as charts.json for the page."""
    for name, chart in charts.items():
        (report / f"{name}.svg").write_text(alone(chart), encoding="utf-8")
    write_json(report / "charts.json", [to_json(chart) for chart in charts.values()])


def learning(history: Sequence[Mapping[str, float]]) -> dict[str, Chart | Grid]:
    """The losses of every epoch."""
    lines = tuple(
        ChartLine(name.removesuffix("_loss"), points)
        for name in ("train_loss", "validation_loss")
        if (points := tuple((at, one[name]) for at, one in enumerate(history, 1) if name in one))
    )
    if not lines:
        return {}
    return {"learning": Chart(title="Learning curve", x="epoch", y="loss", lines=lines)}


def classified(
    truth: Ints, probabilities: Floats, classes: Sequence[str]
) -> dict[str, Chart | Grid]:
    """Confusion, reliability, ROC and precision by recall.

    Args:
        truth: class index per row, shape (n,).
        probabilities: shape (n, classes); the last class of two is the positive one. With more,
            reliability is that of the predicted class, and there are no curves.
        classes: labels.
    """
    guess = probabilities.argmax(axis=1)
    found: dict[str, Chart | Grid] = {}
    if len(classes) <= _CLASSES:
        counts = np.zeros((len(classes), len(classes)), dtype=int)
        np.add.at(counts, (truth, guess), 1)
        found["confusion"] = Grid(
            title="Confusion", classes=tuple(classes), counts=tuple(map(tuple, counts.tolist()))
        )
    binary = len(classes) == 2
    confidence = probabilities[:, 1] if binary else probabilities.max(axis=1)
    happened = (truth == 1) if binary else (truth == guess)
    found["reliability"] = _reliability(confidence, happened)
    if binary and 0 < happened.sum() < len(happened):
        found |= _curves(confidence, happened)
    return found


def regressed(truth: Floats, predictions: Floats) -> dict[str, Chart | Grid]:
    """Tenths of the rows by their prediction: what was predicted and what happened, on average."""
    tenths = np.array_split(np.argsort(predictions, kind="stable"), _BINS)
    points = tuple(
        (float(predictions[rows].mean()), float(truth[rows].mean())) for rows in tenths if len(rows)
    )
    ideal = ChartLine("perfect", ((points[0][0], points[0][0]), (points[-1][0], points[-1][0])))
    return {
        "reliability": Chart(
            title="Reliability", x="mean prediction of a tenth", y="mean of the target",
            lines=(ChartLine("model", points), ideal),
        )
    }  # fmt: skip


def _reliability(confidence: Floats, happened: np.ndarray) -> Chart:
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    points = tuple(
        (float(confidence[rows].mean()), float(happened[rows].mean()))
        for at in range(_BINS)
        if (rows := bins == at).any()
    )
    return Chart(
        title="Reliability", x="predicted probability", y="share that happened", unit=True,
        lines=(ChartLine("model", points), ChartLine("perfect", _DIAGONAL)),
    )  # fmt: skip


def _curves(scores: Floats, happened: np.ndarray) -> dict[str, Chart | Grid]:
    order = np.argsort(-scores, kind="stable")
    hits, misses = happened[order].cumsum(), (~happened[order]).cumsum()
    # Rows of one score stand or fall together.
    last = np.r_[scores[order][1:] != scores[order][:-1], True]
    hits, misses = hits[last], misses[last]
    kept = np.unique(np.linspace(0, len(hits) - 1, _POINTS).astype(int))
    recall, false = hits[kept] / hits[-1], misses[kept] / misses[-1]
    precision = hits[kept] / (hits[kept] + misses[kept])
    base = float(happened.mean())
    return {
        "roc": Chart(
            title="ROC", x="false positive rate", y="true positive rate", unit=True,
            lines=(
                ChartLine("model", ((0.0, 0.0), *_pairs(false, recall))),
                ChartLine("chance", _DIAGONAL),
            ),
        ),
        "precision_recall": Chart(
            title="Precision by recall", x="recall", y="precision", unit=True,
            lines=(
                ChartLine("model", _pairs(recall, precision)),
                ChartLine("chance", ((0.0, base), (1.0, base))),
            ),
        ),
    }  # fmt: skip


def _pairs(x: Floats, y: Floats) -> tuple[tuple[float, float], ...]:
    return tuple(zip(x.tolist(), y.tolist(), strict=True))
