"""Counts, bounds, keeps and reports the rounds of a training that is not a network's.

A state is a JSON document of plain values; whoever goes on from it looks at it first.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airlock.core.content import canonical_json
from airlock.core.disk import full_disk
from airlock.core.errors import BudgetSpent, ModelError, Preempted, StoreError
from airlock.reading import Malformed, read_json
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.learner import Fitted, History, Telling
from airlock.stages.train.stage.progress import duration
from airlock.stages.train.stage.run_context import RunContext

log = logging.getLogger(__name__)

_EVERY = 5.0  # seconds between two lines of progress
_TOLD = 100  # rounds that MLflow is told at once
_MOST_BYTES = 512 << 20

State = Mapping[str, Any]


class Rounds:
    """What the rounds of one training came to.

    Args:
        spec: its bounds.
        most: rounds at most.
        patience: rounds without a better validation loss.
        what: a round is called, for people.
    """

    def __init__(
        self,
        spec: TrainSpec,
        context: RunContext,
        telling: Telling,
        *,
        most: int,
        patience: int,
        what: str = "round",
    ) -> None:
        self.history: History = []
        self.best = 0
        self.most = most
        self._patience = patience
        self._what = what
        self._least = math.inf
        self._spec = spec
        self._context = context
        self._telling = telling
        self._spent = 0.0
        self._told = 0
        self._kept_rounds = 0
        self._began = self._kept = self._said = context.clock()
        self._said_at = 0

    @property
    def done(self) -> int:
        """Rounds that were made."""
        return len(self.history)

    @property
    def ended(self) -> bool:
        """Whether no further round is to be made."""
        return self.done >= self.most or (self.done - self.best >= self._patience > 0 < self.done)

    @property
    def seconds(self) -> float:
        """Spent fitting, by all attempts."""
        return self._spent + self._context.clock() - self._began

    def resume(self, read: Callable[[State], bool]) -> None:
        """Go on from the newest state that verifies.

        Args:
            read: takes over what the model needs, and says whether it is that.
        """
        if self._context.checkpoints is None:
            return
        for path in self._context.checkpoints.newest():
            try:
                state = read_json(path.read_bytes(), size=_MOST_BYTES, depth=16)
                history = [{str(k): float(v) for k, v in one.items()} for one in state["history"]]
                spent, best = float(state["spent"]), int(state["best"])
                if not (0 < best <= len(history) and spent >= 0 and read(state)):
                    raise Malformed("it is no state of this training")
            except (OSError, Malformed, ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning(
                    "A checkpoint is passed over, and another is tried (%s).", type(error).__name__
                )
                continue
            self.history = list(history)
            self.best, self._least = best, history[best - 1]["validation_loss"]
            self._spent, self._kept_rounds = spent, len(history)
            self._said_at = self._told = len(history)
            log.info("Going on after %s %d.", self._what, len(history))
            return

    def add(self, figures: Mapping[str, float]) -> None:
        """Take note of a round.

        Raises:
            ModelError: its validation loss is no finite number.
        """
        loss = figures["validation_loss"]
        if not math.isfinite(loss):
            raise ModelError(
                f"The validation loss is {loss} after {self._what} {self.done + 1}.",
                do="Lower learning_rate, or look for extreme values in the target.",
            )
        self.history.append(dict(figures))
        if loss < self._least:
            self._least, self.best = loss, self.done
        if self.done - self._told >= _TOLD or self.ended:
            self._tell()
        self._say()

    def look(self, at: int, state: Callable[[], State]) -> None:
        """Keep the state if it is time, and stop if somebody asks for it.

        Args:
            at: the rounds after which a training can go on: these, or a few less.
            state: what the model needs of them.

        Raises:
            Preempted: somebody asks; the state is kept.
            BudgetSpent: the time is over; likewise.
        """
        context = self._context
        stopping, spent = context.stopping(), context.seconds - self.seconds <= 0
        due = context.clock() - self._kept >= self._spec.checkpoint_seconds
        kept = at <= self._kept_rounds and at > 0
        if (stopping or spent or due) and at > self._kept_rounds:
            kept = self._keep(at, state)
        if stopping:
            raise Preempted(
                f"This machine is taken away after {self.done:,} {self._what}s.",
                do="Nothing needs to be done: the training goes on elsewhere"
                + (f" after {self._what} {at}." if kept else " from its last checkpoint."),
            )
        if spent:
            raise BudgetSpent(
                f"The training spent its budget: {self.seconds / 60:.1f} minutes, and it is in "
                f"{self._what} {self.done} of {self.most} at most. Nothing is published.",
                do="Raise the budget in the TrainSpec and clear train: it goes on from its last "
                "checkpoint.",
            )

    def fitted(self) -> Fitted:
        """How it went."""
        return Fitted(history=self.history, best=self.best, seconds=self.seconds)

    def _keep(self, at: int, state: Callable[[], State]) -> bool:
        self._kept = self._context.clock()
        if self._context.checkpoints is None:
            return False
        losses = [one["validation_loss"] for one in self.history[:at]]
        document = {
            **state(),
            "history": [dict(one) for one in self.history[:at]],
            "best": losses.index(min(losses)) + 1,
            "spent": self.seconds,
        }
        path: Path = self._context.checkpoints.scratch / "state.json"
        try:
            with full_disk(path):
                path.write_bytes(canonical_json(document))
        except StoreError as error:
            log.warning("No checkpoint; the one before stays: %s", error)
            path.unlink(missing_ok=True)
            return False
        self._kept_rounds = at
        return self._context.checkpoints.save(path, at)

    def _tell(self) -> None:
        for name in ("train_loss", "validation_loss"):
            points = [
                (at, one[name])
                for at, one in enumerate(self.history[self._told :], self._told + 1)
                if name in one
            ]
            if points:
                self._telling.series(name, points)
        self._told = self.done

    def _say(self) -> None:
        now = self._context.clock()
        if now - self._said < _EVERY:
            return
        each = (self.done - self._said_at) / (now - self._said)
        left = min((self.most - self.done) / each, self._context.seconds - self.seconds)
        log.info(
            "%s %d of %d at most, validation loss %.4f, best %.4f, %.1f %ss/s, %s left at most.",
            self._what.capitalize(),
            self.done,
            self.most,
            self.history[-1]["validation_loss"],
            self._least,
            each,
            self._what,
            duration(left),
        )
        self._said, self._said_at = now, self.done
