"""Computes live metrics with intervals: per version, and of two versions on the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.catalogs.labels import classes_of
from airlock.core import metrics
from airlock.core.errors import DataError
from airlock.core.names import PROBABILITY
from airlock.core.values import LabelReader
from airlock.hooks.metrics import measure
from airlock.stages.evaluate.record import Interval
from airlock.stages.live.record import Live, NightOfLabels, OfVersion, Paired, Rival

Floats: TypeAlias = NDArray[np.float64]
Figures: TypeAlias = Mapping[str, Floats]

_RESAMPLES = 400
_CONFIDENCE = 95
_SEED = 0
_AT_ONCE = 4_000_000  # weights in memory: 32 MB of them
# Where more resamples than these cannot be measured, the interval would flatter.
_DEFINED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedPredictions:
    """Two that scored one night.

    Args:
        champion: its predictions of every row: row_key, prediction, probabilities.
        rival: the same of the other one, row by row.
    """

    kind: Rival
    champion_version: int
    champion_sequence: int
    rival_version: int
    rival_sequence: int
    champion: pd.DataFrame
    rival: pd.DataFrame

    @property
    def names(self) -> tuple[Rival, int, int, int, int]:
        """What nights must have in common to be counted together."""
        return (
            self.kind,
            self.champion_version,
            self.champion_sequence,
            self.rival_version,
            self.rival_sequence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NightToMeasure:
    """What is known of one night.

    Args:
        served: row_key, version, prediction and probabilities, as consumers read them.
        labels: by key, as text.
        beside: the last pair that scored it; None if only the champion did.
    """

    night: str
    served: pd.DataFrame
    labels: pd.Series
    beside: PairedPredictions | None = None


def live(model: str, nights: Iterable[NightToMeasure]) -> Live:
    """Measure what was served, and compare what was scored side by side.

    Args:
        nights: in order; each one's keys may be several nights', so rows are resampled by key.

    Raises:
        DataError: a pair did not score the same rows.
    """
    every = list(nights)
    labelled = {one.night: _joined(one.served, one.labels) for one in every}
    joined = {night: rows[rows["prediction"].notna()] for night, rows in labelled.items()}
    return Live(
        model=model,
        nights=tuple(
            NightOfLabels(
                night=one.night,
                scored=len(one.served),
                joined=len(joined[one.night]),
                unscored=len(labelled[one.night]) - len(joined[one.night]),
            )
            for one in every
        ),
        versions=tuple(_versions(joined)),
        pairs=tuple(_pairs(every)),
    )


def _joined(frame: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    found = frame.assign(label=frame["row_key"].map(labels))
    return found[found["label"].notna()]


def _versions(joined: Mapping[str, pd.DataFrame]) -> Iterator[OfVersion]:
    if not joined:
        return
    whole = pd.concat([frame.assign(night=night) for night, frame in joined.items()])
    for version, rows in whole.groupby("version", sort=True):
        yield OfVersion(
            version=int(str(version)),
            nights=tuple(sorted(rows["night"].unique())),
            rows=len(rows),
            # Another version may know other classes.
            figures=_intervals(*_sampled([rows.dropna(axis="columns", how="all")])[0]),
        )


def _pairs(nights: Sequence[NightToMeasure]) -> Iterator[Paired]:
    groups: dict[tuple[Any, ...], list[tuple[str, pd.DataFrame, pd.DataFrame]]] = {}
    for one in nights:
        if (beside := one.beside) is None:
            continue
        if not beside.champion["row_key"].equals(beside.rival["row_key"]):
            raise DataError(
                f"Champion and rival did not score the same rows of {one.night}.",
                do="Clear that night's scoring from score on.",
            )
        ours, theirs = (_joined(frame, one.labels) for frame in (beside.champion, beside.rival))
        # Rows that one of the two has no prediction for compare nothing.
        known = (ours["prediction"].notna() & theirs["prediction"].notna()).to_numpy()
        ours, theirs = ours[known], theirs[known]
        if len(ours):
            groups.setdefault(beside.names, []).append((one.night, ours, theirs))
    for (kind, version, sequence, rival, rival_sequence), found in groups.items():
        champion = pd.concat([rows for _, rows, _ in found], ignore_index=True)
        other = pd.concat([rows for _, _, rows in found], ignore_index=True)
        first, second = _sampled([champion, other])
        both = first[0].keys() & second[0].keys()
        yield Paired(
            kind=kind,
            champion_version=version,
            champion_sequence=sequence,
            rival_version=rival,
            rival_sequence=rival_sequence,
            nights=tuple(night for night, _, _ in found),
            rows=len(champion),
            agreement=_agreement(champion, other),
            champion=_intervals(*first),
            rival=_intervals(*second),
            # Paired, because both saw the same draws.
            difference=_intervals(
                {name: second[0][name] - first[0][name] for name in both},
                {name: second[1][name] - first[1][name] for name in both},
            ),
            right=_right(champion, other),
        )


def _sampled(frames: Sequence[pd.DataFrame]) -> list[tuple[Figures, Figures]]:
    """Figures of rows as they are and of the same resamples of their keys, for every frame."""
    measures = [_Measure(frame) for frame in frames]
    codes, names = pd.factorize(frames[0]["row_key"])
    chance = np.random.default_rng(_SEED)
    drawn: list[list[Figures]] = [[] for _ in frames]
    block = max(1, _AT_ONCE // len(codes))
    for start in range(0, _RESAMPLES, block):
        count = min(block, _RESAMPLES - start)
        picks = chance.integers(len(names), size=(count, len(names)))
        picks += np.arange(count)[:, None] * len(names)
        times = np.bincount(picks.ravel(), minlength=count * len(names)).reshape(count, -1)
        weights = times[:, codes].astype(np.float64)
        for at, measured in enumerate(measures):
            drawn[at].append(measured(weights))
    return [
        (
            measure(metrics.plain(len(codes))),
            {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]},
        )
        for measure, blocks in zip(measures, drawn, strict=True)
    ]


class _Measure:
    """The metrics of some labelled predictions, for any weighting of them."""

    def __init__(self, frame: pd.DataFrame) -> None:
        columns = [name for name in frame.columns if name.startswith(PROBABILITY)]
        self._classify = bool(columns)
        if columns:
            classes = {name: at for at, name in enumerate(classes_of(frame))}
            # -1 is a label that the model does not know.
            self._truth: metrics.Ints = (
                _read(frame, frame["label"]).map(classes).fillna(-1).to_numpy().astype(np.int64)
            )
            self._scores = frame[columns].to_numpy(np.float64)
        else:
            self._numbers = pd.to_numeric(frame["label"], errors="coerce").to_numpy(np.float64)
            self._scores = frame[["prediction"]].to_numpy(np.float64)

    def __call__(self, weights: Floats) -> Figures:
        if self._classify:
            return measure("classification", self._truth, self._scores, weights)
        return measure("regression", self._numbers, self._scores[:, 0], weights)


def _intervals(values: Figures, draws: Figures) -> dict[str, Interval]:
    """Percentile intervals; a figure that is not defined is absent."""
    tails = [(100 - _CONFIDENCE) / 2, (100 + _CONFIDENCE) / 2]
    found = {}
    for name, value in sorted(values.items()):
        drawn = draws.get(name, np.array([]))
        defined = drawn[np.isfinite(drawn)]
        if np.isfinite(value[0]) and len(defined) >= max(1, _DEFINED * len(drawn)):
            low, high = np.percentile(defined, tails)
            found[name] = Interval(value=float(value[0]), low=float(low), high=float(high))
    return found


def _agreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> float | None:
    if not any(name.startswith(PROBABILITY) for name in ours.columns):
        return None
    return float((ours["prediction"] == theirs["prediction"]).mean())


def _right(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, int]:
    if _agreement(ours, theirs) is None:
        return {}
    one, other = (_hits(frame) for frame in (ours, theirs))
    return {
        "both": int((one & other).sum()),
        "champion": int((one & ~other).sum()),
        "rival": int((~one & other).sum()),
        "neither": int((~one & ~other).sum()),
    }


def _hits(frame: pd.DataFrame) -> NDArray[np.bool_]:
    said, true = (_read(frame, frame[name]) for name in ("prediction", "label"))
    hits: NDArray[np.bool_] = ((said == true) & true.notna()).to_numpy()
    return hits


def _read(frame: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """Labels as the classes that they mean; earlier deliveries kept 1 as "1.0"."""
    reading = LabelReader(classes_of(frame))
    return labels.map({label: reading(label) for label in labels.unique()})
