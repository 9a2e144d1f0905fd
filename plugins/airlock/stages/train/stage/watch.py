"""Watching a training: stop on nonsense, keep the best weights, keep what a retry goes on from."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from airlock.errors import BudgetSpent, ModelError, Preempted, StoreError
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.around import Around
from airlock.stages.train.stage.checkpoint import loadable
from airlock.stages.train.stage.feed import Batches
from airlock.stages.train.stage.generators import generators, set_generators
from airlock.stages.train.stage.progress import Progress

log = logging.getLogger(__name__)

History = list[Mapping[str, float]]
OnEpoch = Callable[[int, Mapping[str, float]], None]
Wish = Literal["go on", "keep", "stop", "spent"]

_TAME = "Lower the learning rate, or look for extreme values in the features."

# Asking a GPU for a loss waits for it; asking after every step would leave it idle between them.
_UNREAD = 64
# Ranks must agree before one stops or keeps its state, and agreeing takes a round trip.
_AGREE = 16


class Watch(Callback):
    """Lightning's eyes and hands on a training.

    Its state is part of every checkpoint: history, best weights, the sum of the epoch's losses, the
    random generators, and the seconds that were spent.

    Args:
        spec: what is trained.
        around: who may stop it, where it is kept.
        batches: of the train fold; where it is belongs to the state.
        on_epoch: is told the number (from 1) and the figures of every epoch.
    """

    def __init__(
        self, spec: TrainSpec, around: Around, *, batches: Batches, on_epoch: OnEpoch
    ) -> None:
        self.history: History = []
        self.best_epoch = 0
        self.weights: dict[str, Tensor] = {}
        self._best = math.inf
        self._spec = spec
        self._around = around
        self._on_epoch = on_epoch
        self._feed = batches
        self._rows = len(batches.fold)
        self._progress = Progress(spec, around.clock, rows=self._rows)
        self._batches = 0
        self._sum, self._count = 0.0, 0
        self._unread: list[tuple[Tensor, float]] = []
        self._spent = 0.0  # seconds of earlier attempts
        self._began = self._kept = around.clock()
        self._kept_batches = 0
        self._proven = False
        self._generators: dict[str, Any] | None = None

    # --- Lightning's hooks ---

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._began = self._kept = self._around.clock()
        self._progress.start(self._batches)
        if self._generators is not None:
            set_generators(self._generators)
        if self._ended(trainer):
            trainer.should_stop = True

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if self._generators is not None:
            # Again: whatever a module did when training started, it had done before as well.
            if batch_idx:
                set_generators(self._generators)
            self._generators = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._batches += 1
        if outputs is not None:
            loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
            groups = trainer.optimizers[0].param_groups if trainer.optimizers else [{}]
            self._unread.append((loss.detach(), groups[0].get("lr", math.nan)))
        if len(self._unread) >= _UNREAD:
            self._read(trainer, batch_idx)
        if self._progress.due():
            self._read(trainer, batch_idx)
            self._progress.say(
                trainer.current_epoch, batch_idx + 1, self._batches, self._mean(), self._rest()
            )
        if self._spec.max_steps is not None and trainer.global_step >= self._spec.max_steps:
            trainer.should_stop = True
            return
        # After the last batch of an epoch comes validation, and Lightning would leave it out if it
        # went on from there; between two batches of one optimizer step, gradients would be lost.
        if batch_idx + 1 < trainer.num_training_batches and not (
            (batch_idx + 1) % self._spec.accumulate
        ):
            self._look(trainer, batch_idx)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._read(trainer, trainer.fit_loop.batch_idx)
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        logged["validation_loss"] = _validated(logged, trainer, pl_module)
        logged["train_loss"] = self._mean()
        self._sum, self._count = 0.0, 0
        self.history.append(logged)
        self._on_epoch(trainer.current_epoch + 1, logged)
        if logged["validation_loss"] < self._best:
            self._best, self.best_epoch = logged["validation_loss"], len(self.history)
            self.weights = {
                name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()
            }
        if self._ended(trainer):
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Where an epoch is one optimizer step, there is nothing between two of its steps.
        if trainer.num_training_batches <= self._spec.accumulate and not self._ended(trainer):
            self._look(trainer, trainer.fit_loop.batch_idx)
        elif trainer.fit_loop.restarting:
            self._step_plateaus(trainer)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "history": [dict(one) for one in self.history],
            "best": self._best,
            "best_epoch": self.best_epoch,
            "weights": self.weights,
            "losses": [self._sum, self._count],
            "batches": self._batches,
            # Lightning keeps it too, and forgets it where an epoch ended.
            "feed": self._feed.state_dict(),
            "spent": self.seconds,
            "generators": generators(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.history = list(state_dict["history"])
        self._best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.weights = state_dict["weights"]
        self._sum, self._count = state_dict["losses"]
        self._batches = self._kept_batches = state_dict["batches"]
        self._feed.load_state_dict(state_dict["feed"])
        self._spent = state_dict["spent"]
        self._generators = state_dict["generators"]

    # --- what they do ---

    @property
    def seconds(self) -> float:
        """Spent fitting, by all attempts."""
        return self._spent + self._around.clock() - self._began

    def _step_plateaus(self, trainer: Trainer) -> None:
        # Lightning does so after this hook, but leaves it out in the epoch that it went on in.
        for config in trainer.lr_scheduler_configs:
            figure = self.history[-1].get(config.monitor or "")
            if config.reduce_on_plateau and figure is not None:
                config.scheduler.step(figure)  # type: ignore[arg-type]  # it takes a figure

    def _ended(self, trainer: Trainer) -> bool:
        if self._spec.max_steps is not None and trainer.global_step >= self._spec.max_steps:
            return True
        return bool(self.history) and len(self.history) - self.best_epoch >= self._spec.patience

    def _mean(self) -> float:
        return self._sum / max(self._count, 1)

    def _rest(self) -> float:
        return self._around.seconds - self.seconds

    def _read(self, trainer: Trainer, batch_idx: int) -> None:
        """Take over the losses that were not looked at yet."""
        if not self._unread:
            return
        # One wait for all of them. Lightning divides by the batches of an optimizer step.
        losses = torch.stack([loss for loss, _ in self._unread]).double() * self._spec.accumulate
        first = batch_idx + 1 - len(self._unread)
        for at, (loss, (_, rate)) in enumerate(zip(losses.tolist(), self._unread, strict=True)):
            if not math.isfinite(loss):
                raise self._nonsense(trainer, loss, first + at, rate)
            self._sum += loss
            self._count += 1
        self._unread.clear()

    def _nonsense(self, trainer: Trainer, loss: float, at: int, rate: float) -> ModelError:
        size = self._spec.batch_size
        return ModelError(
            f"The training loss of {type(trainer.lightning_module).__name__} is {loss} in step "
            f"{at + 1} of epoch {trainer.current_epoch + 1}, for the rows {at * size + 1:,} to "
            f"{min((at + 1) * size, self._rows):,} in that epoch's order, at a learning rate of "
            f"{rate:g}.",
            do=_TAME,
        )

    def _look(self, trainer: Trainer, batch_idx: int) -> None:
        """Keep the state if it is time, and stop if somebody asks for it."""
        if trainer.world_size > 1:
            if self._batches % _AGREE:
                return
            wish: Wish = trainer.strategy.broadcast(self._wish())
        else:
            wish = self._wish()
        if wish == "go on":
            return
        self._read(trainer, batch_idx)
        kept = self._keep(trainer)
        if wish == "stop":
            raise Preempted(
                f"This machine is taken away after {self._batches:,} batches.",
                do="Nothing needs to be done: the training goes on elsewhere"
                + (" from here." if kept else " from its last checkpoint."),
            )
        if wish == "spent":
            raise BudgetSpent(
                f"The training spent its budget: {self.seconds / 60:.1f} minutes, and it is in "
                f"epoch {trainer.current_epoch + 1} of {self._spec.max_epochs} at most. Nothing is "
                "published.",
                do="Raise the budget in the TrainSpec and clear train: it goes on from its last "
                "checkpoint.",
            )

    def _wish(self) -> Wish:
        if self._around.stopping():
            return "stop"
        if self._rest() <= 0:
            return "spent"
        every = self._spec.checkpoint_steps
        if every is not None and self._batches - self._kept_batches >= every:
            return "keep"
        if self._around.clock() - self._kept >= self._spec.checkpoint_seconds:
            return "keep"
        return "go on"

    def _keep(self, trainer: Trainer) -> bool:
        self._kept, self._kept_batches = self._around.clock(), self._batches
        checkpoints = self._around.checkpoints
        if checkpoints is None:
            return False
        state = checkpoints.scratch / "state.pt"
        try:
            trainer.save_checkpoint(state)
        except StoreError as error:
            log.warning("No checkpoint; the one before stays: %s", error)
            state.unlink(missing_ok=True)
            return False
        if not trainer.is_global_zero:
            return True
        if not self._proven:
            loadable(state)
            self._proven = True
        return checkpoints.save(state, self._batches)


def _validated(logged: Mapping[str, float], trainer: Trainer, pl_module: LightningModule) -> float:
    name = type(pl_module).__name__
    if "validation_loss" not in logged:
        raise ModelError(
            f"{name} does not log validation_loss.",
            do='Write self.log("validation_loss", loss) in validation_step.',
        )
    loss = logged["validation_loss"]
    if not math.isfinite(loss):
        raise ModelError(
            f"The validation loss of {name} is {loss} after epoch {trainer.current_epoch + 1}.",
            do=_TAME,
        )
    return loss
