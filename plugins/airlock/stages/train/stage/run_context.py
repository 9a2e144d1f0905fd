"""The context of a training: its name, its working folder, and who may stop it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airlock.engine.record import Origin
from airlock.stages.train.stage.checkpoint import Keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The world of one attempt.

    Args:
        checkpoints: where it is kept; None keeps nothing.
        stopping: whether the machine is about to be taken away.
        clock: seconds that only grow; for intervals, never for what is computed.
        seconds: that all attempts together may fit; see `Budget.seconds`.
        price: of an hour of one device; None if nobody said.
    """

    checkpoints: Keeper | None = None
    stopping: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = lambda: 0.0
    seconds: float = math.inf
    price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingIdentity:
    """What a training is called, and what it is of.

    Args:
        model: registered name; also the MLflow experiment.
        key: the stage key, by which a second attempt resumes the MLflow run.
        origin: who trains; only tags of the run.
        code: digest of the source of the user's module.
        data: content digest of the redacted table.
        below: key of the MLflow run of the search that it is a trial of; None for no search.
    """

    model: str
    key: str
    origin: Origin
    code: str
    data: str = ""
    below: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where a training reads and writes, all local.

    Args:
        table: the verified parts of the redacted table.
        scratch: for whatever Lightning may want to write.
        out: empty, for the bundle.
        report: empty, for the figures and charts of the training, and what it ran on.
    """

    table: Path
    scratch: Path
    out: Path
    report: Path
