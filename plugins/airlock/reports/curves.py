"""The charts of an evaluation: candidate and champion over one another, on the holdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from airlock.core.curves import LEAST, Curves, HistogramBar, Points, Scores, read_curves
from airlock.reports.charts import Chart, ChartLine, Grid
from airlock.stages.evaluate.record import CURVES

TITLE = "On the holdout"
# How many times worse a missed one is: the usual questions, where nobody said a cost.
_WORSE = (1, 5, 20)
_TONES = {"candidate": "first", "champion": "second"}
NOTE = (
    f"Drawn from groups of at least {LEAST} rows with neighbouring scores: no point is one row's."
)


def curves_beside(report: Path) -> Curves | None:
    """What evaluate left in its report folder; None where it left none that reads."""
    try:
        return read_curves((report / CURVES).read_bytes())
    except (OSError, ValueError):
        return None


def holdout_charts(curves: Curves | None) -> tuple[Chart | Grid, ...]:
    """Every chart that the task has."""
    if curves is None or not curves.candidate.bands:
        return ()
    drawn = {"binary": _binary, "classes": _classes, "number": _number}[curves.task]
    return tuple(drawn(curves))


def _binary(curves: Curves) -> Iterator[Chart | Grid]:
    base = curves.candidate.hits / curves.candidate.rows
    if 0 < base < 1:
        yield _chart(
            "ROC",
            "share of the others that is flagged",
            "share that is found",
            (*_both(curves, roc), ("by chance", ((0, 0), (1, 1)))),
        )
        yield _chart(
            "Precision and recall",
            "share that is found (recall)",
            "of those flagged, right (precision)",
            (*_both(curves, precision), ("by chance", ((0, base), (1, base)))),
        )
    yield from _reliability(curves, f"share that is {curves.classes[1]}")
    if base:
        yield _chart(
            "Gain",
            "share of the rows, highest scores first",
            "share that is found",
            (*_both(curves, gain), ("by chance", ((0, 0), (1, 1)))),
        )
        yield _chart(
            "Lift",
            "share of the rows, highest scores first",
            "times as many as by chance",
            (*_both(curves, lift), ("by chance", ((0, 1), (1, 1)))),
            unit=False,
        )
    yield _histogram(curves, "Scores", f"probability of {curves.classes[1]}")
    if base:
        yield from _thresholds(curves)
    yield from _confusion(curves)


def _thresholds(curves: Curves) -> Iterator[Chart]:
    """What a threshold does, and what it costs if a missed one is so many times worse."""
    yield _chart(
        "Found, by threshold",
        "threshold",
        "share that is found",
        _both(curves, lambda one: _by_threshold(one, lambda rows, hits: hits / (one.hits or 1))),
    )
    for worse in _WORSE:
        yield _chart(
            f"Cost, if a missed one costs {worse} false alarm{'' if worse == 1 else 's'}",
            "threshold",
            "false alarms a row",
            _both(curves, partial(_cost, worse=worse)),
            unit=False,
        )


def _cost(one: Scores, worse: int) -> Points:
    return _by_threshold(
        one, lambda rows, hits: (rows - hits + worse * (one.hits - hits)) / (one.rows or 1)
    )


def _by_threshold(one: Scores, what: Callable[[int, int], float]) -> Points:
    """A figure of the rows and hits at and above the score of each group."""
    above = list(one.from_above())[1:]
    scores = [band.score for band in reversed(one.bands)]
    points = [(at, what(*counts)) for at, counts in zip(scores, above, strict=True)]
    return tuple(reversed(points))


def _classes(curves: Curves) -> Iterator[Chart | Grid]:
    yield from _reliability(curves, "share that is right")
    yield _histogram(curves, "How sure it is", "probability of the predicted class")
    yield from _confusion(curves)


def _number(curves: Curves) -> Iterator[Chart | Grid]:
    bands = curves.candidate.bands
    ends = (bands[0].score, bands[-1].score)
    yield _chart(
        "Truth by prediction",
        "prediction, mean of a group",
        "truth, mean of the group",
        (*_both(curves, truth), ("as predicted", ((ends[0], ends[0]), (ends[1], ends[1])))),
        unit=False,
    )
    yield _chart(
        "How far off, by prediction",
        "prediction, mean of a group",
        "standard deviation of what is left",
        _both(curves, spread),
        unit=False,
    )
    yield _histogram(curves, "Truth minus prediction", "truth minus prediction")


def _reliability(curves: Curves, what: str) -> Iterator[Chart]:
    yield _chart(
        "Reliability",
        "what it said, mean of a group",
        what,
        (*_both(curves, truth), ("as it said", ((0, 0), (1, 1)))),
    )


def _confusion(curves: Curves) -> Iterator[Grid]:
    models = {"candidate": curves.candidate, "champion": curves.champion}
    for name, one in models.items():
        if one is not None and one.confusion:
            yield Grid(
                title=f"Classes, by the {name}", classes=curves.classes, counts=one.confusion
            )


def roc(one: Scores) -> Points:
    """Share of the positives found, over the share of the others flagged."""
    yes, no = one.hits, one.rows - one.hits
    if not yes or not no:
        return ()
    return tuple(((rows - hits) / no, hits / yes) for rows, hits in one.from_above())


def precision(one: Scores) -> Points:
    """Share of those flagged that are positive, over the share of the positives found."""
    if not one.hits:
        return ()
    return tuple((hits / one.hits, hits / rows) for rows, hits in one.from_above() if rows)


def gain(one: Scores) -> Points:
    """Share of the positives found, over the share of all rows."""
    if not one.hits:
        return ()
    return tuple((rows / one.rows, hits / one.hits) for rows, hits in one.from_above())


def lift(one: Scores) -> Points:
    """How many times as many positives as by chance, over the share of all rows."""
    if not one.hits:
        return ()
    return tuple(
        (rows / one.rows, (hits / one.hits) / (rows / one.rows))
        for rows, hits in one.from_above()
        if rows
    )


def truth(one: Scores) -> Points:
    """What was true of each group, over what was said of it."""
    return tuple((band.score, band.truth) for band in one.bands)


def spread(one: Scores) -> Points:
    """How far the truth of each group is spread around what was said."""
    return tuple((band.score, band.spread) for band in one.bands)


def steps(bars: tuple[HistogramBar, ...]) -> Points:
    """The outline of a histogram whose whole area is one."""
    whole = sum(bar.rows for bar in bars) or 1
    points: list[tuple[float, float]] = []
    for bar in bars:
        height = bar.rows / whole / ((bar.high - bar.low) or 1)
        points += [(bar.low, height), (bar.high, height)]
    return tuple(points)


def _histogram(curves: Curves, title: str, what: str) -> Chart:
    lines = _both(curves, lambda one: steps(one.histogram))
    return _chart(title, what, "density", lines, unit=False)


def _both(curves: Curves, drawn: Callable[[Scores], Points]) -> tuple[tuple[str, Points], ...]:
    models = {"candidate": curves.candidate, "champion": curves.champion}
    return tuple((name, drawn(one)) for name, one in models.items() if one is not None)


def _chart(
    title: str, x: str, y: str, lines: tuple[tuple[str, Points], ...], *, unit: bool = True
) -> Chart:
    return Chart(
        title=title,
        x=x,
        y=y,
        lines=tuple(
            ChartLine(name, points, _TONES.get(name, "third")) for name, points in lines if points
        ),
        unit=unit,
    )
