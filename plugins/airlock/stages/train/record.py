"""What train leaves behind, besides the bundle in its data folder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from airlock.core.errors import Unverified
from airlock.core.values import beyond
from airlock.engine.record import Record
from airlock.hooks import registry
from airlock.hooks.kinds import NETWORK
from airlock.reading import read_json

STEPS = 20
"""Of the optimizer, in an epoch: with fewer, a training starves."""

_FEW = 8  # rows of a batch

RAN = "run.json"
"""The report's file about hardware and seconds: no function of the inputs, so not in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Record):
    """A trained model. Its bundle is the result's data folder; the folder's digest is its name.

    Args:
        spec: digest of the TrainSpec, overrides applied.
        code: digest of the source of the user's model module under include/.
        model_class: "include.models.churn:ChurnClassifier".
        task: `classification` or `regression`.
        classes: labels in the order of the probabilities; empty for regression.
        features: name and kind (`numeric` or `categorical`) in the order of the tensors.
        split: id of the split whose holdout it has never seen.
        rows: per fold that was read: `train` and `validation`.
        epochs: that were run.
        metrics: of the best epoch: train_loss, validation_loss, what the module logged, and
            validation_<metric>.
        mlflow_run: id of the MLflow run.
        data: content digest of the redacted table.
        environment: digest of the versions of Python and of the libraries below.
        libraries: name and version of what decides the weights besides data and code.
        precision: of the computation, `32` or `bf16`.
        training: the TrainSpec itself, without what does not decide the weights; a replay reads it.
        clipped: cells of each column, of both folds, beyond the range that was learnt.
        decision: calibration and threshold, as the bundle's decision.json has them; empty without.
        batch_size: rows of a batch, said by the spec or derived; 0 in records from before.
        holdout_from: the moment before which everything lies that it learnt from, ISO, UTC; None
            where folds are drawn by entity.
        unused: columns that go through and are no features, though nobody said so.
        constant: features without a value, or with the same one in every row.
        rare: of features with many values, how many of them the model knows, and how many rows of
            both folds hold another one: all of those are one value to it.
    """

    stage: ClassVar[str] = "train"
    later: ClassVar[frozenset[str]] = frozenset({"holdout_from", "unused", "constant", "rare"})

    spec: str
    code: str
    model_class: str
    night: str | None
    task: str
    target: str
    entity: str
    classes: tuple[str, ...]
    features: tuple[tuple[str, str], ...]
    split: str
    seed: int
    rows: Mapping[str, int]
    epochs: int
    metrics: Mapping[str, float]
    mlflow_run: str
    # Records of earlier versions do not have them.
    data: str = ""
    environment: str = ""
    libraries: Mapping[str, str | None] = field(default_factory=dict)
    precision: str = "32"
    training: Mapping[str, Any] = field(default_factory=dict)
    clipped: Mapping[str, int] = field(default_factory=dict)
    batch_size: int = 0
    holdout_from: str | None = None
    unused: tuple[str, ...] | None = None
    constant: tuple[str, ...] | None = None
    rare: Mapping[str, tuple[int, int]] | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)

    @property
    def deciding(self) -> str:
        """How probabilities are calibrated, and from which on a row is decided; "" if neither."""
        calibration, threshold = (self.decision.get(name) for name in ("calibration", "threshold"))
        told = [f"Probabilities are calibrated ({calibration['method']})."] if calibration else []
        if threshold:
            said = f"Decided as {self.classes[-1]} from {threshold['value']:.4f} on"
            told.append(f"{said} ({threshold['reason']}).")
        return " ".join(told)

    @property
    def kind(self) -> str:
        """Of model; every record from before there were kinds is about a network."""
        return str(self.training.get("kind", NETWORK))

    @property
    def unit(self) -> str:
        """What its epochs are called."""
        known = registry.model_kinds().get(self.kind)
        return known.unit if known is not None else "epoch"

    @property
    def starving(self) -> str:
        """That an epoch had too few steps, and what to do; "" if it had enough."""
        each = self.batch_size * int(self.training.get("accumulate", 1))
        rows = self.rows.get("train", 0)
        # A table of a few hundred rows has no more, whatever is written.
        if not each or each <= _FEW or rows >= STEPS * each:
            return ""
        return (
            f"An epoch had {math.ceil(rows / each)} steps: batch_size={self.batch_size} is large "
            f"for {rows:,} rows. Leave it out of the TrainSpec, and it follows from the rows."
        )

    def _about_columns(self) -> Iterator[str]:
        if self.unused:
            yield (
                f"Not learnt from, though kept: {', '.join(self.unused)}. Name them in `features`, "
                "or drop them."
            )
        if self.constant:
            yield (
                f"The same in every row, so nothing is learnt from it: {', '.join(self.constant)}."
            )
        for name, (known, rows) in (self.rare or {}).items():
            yield (
                f"{name}: {known:,} values are known, {rows:,} rows hold a rarer one, which count "
                "as one."
            )

    def facts(self) -> tuple[str, ...]:
        """How long, on how much, and how well."""
        rows = " and ".join(f"{count:,} {fold} rows" for fold, count in self.rows.items())
        losses = ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items())
        return (
            f"{self.model_class}: {self.epochs} {self.unit}s on {rows}.",
            f"{losses}.",
            *filter(None, (self.starving, self.deciding)),
            *self._about_columns(),
            *beyond(self.clipped),
            f"MLflow run {self.mlflow_run}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrained(Record):
    """A trial of a search that left nothing, and why."""

    stage: ClassVar[str] = "train"

    why: str

    @property
    def eventful(self) -> bool:
        """Nothing is kept."""
        return False

    def facts(self) -> tuple[str, ...]:
        """Why."""
        return (self.why,)


def read_seconds(report: Path) -> float | None:
    """How long all attempts of a training fitted; None if its report does not say.

    Raises:
        Unverified: what it says is no duration.
    """
    path = report / RAN
    if not path.is_file():
        return None
    try:
        seconds = float(read_json(path.read_bytes())["seconds"])
    except (ValueError, KeyError, TypeError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Unverified(f"The training's {RAN} names no duration.", do="Recompute the run.")
    return seconds
