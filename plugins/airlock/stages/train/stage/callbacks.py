"""Lightning callbacks: stop on failures, keep the best weights, save checkpoints."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, Literal

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from airlock.core.errors import ProcessLost, StoreError
from airlock.stages.train.spec import SizedSpec
from airlock.stages.train.stage import failures
from airlock.stages.train.stage.checkpoint import loadable
from airlock.stages.train.stage.distributed.process_group import ALONE, ProcessGroup
from airlock.stages.train.stage.feed import Batches
from airlock.stages.train.stage.generators import generators, plain, set_generators
from airlock.stages.train.stage.learner import History, OnEpoch
from airlock.stages.train.stage.lr_schedulers import step_plateaus
from airlock.stages.train.stage.progress import Progress
from airlock.stages.train.stage.run_context import RunContext

log = logging.getLogger(__name__)

Wish = Literal["go on", "keep", "stop", "spent"]
_WISHES: tuple[Wish, ...] = ("go on", "keep", "stop", "spent")

# Asking a GPU for a loss waits for it; asking after every step would leave it idle between them.
_UNREAD = 64
# ProcessGroup must agree before one stops or keeps its state, and agreeing takes a round trip.
_AGREE = 16


class Watch(Callback):
    """Lightning's eyes and hands on a training.

    Its state is part of every checkpoint: history, best weights, the sum of the epoch's losses, the
    random generators, and the seconds that were spent.

    Args:
        spec: what is trained.
        context: who may stop it, where it is kept.
        batches: of the train fold; where it is belongs to the state.
        on_epoch: is told the number (from 1) and the figures of every epoch.
        group: who else trains the same; the first one speaks for all.
        anywhere: whether a training can go on between two batches of an epoch.
    """

    def __init__(
        self,
        spec: SizedSpec,
        context: RunContext,
        *,
        batches: Batches,
        on_epoch: OnEpoch,
        group: ProcessGroup = ALONE,
        anywhere: bool = True,
    ) -> None:
        self.history: History = []
        self.best_epoch = 0
        self.weights: dict[str, Tensor] = {}
        self._best = math.inf
        self._spec = spec
        self._context = context
        self._on_epoch = on_epoch
        self._group = group
        self._looks = 0
        self._anywhere = anywhere
        self._between = False  # two epochs
        self._feed = batches
        self._progress = Progress(spec, context.clock, rows=len(batches.fold))
        self._batches = 0
        self._sum, self._count = 0.0, 0
        self._unread: list[tuple[Tensor, float]] = []
        self._spent = 0.0  # seconds of earlier attempts
        self._began = self._kept = context.clock()
        self._kept_batches = 0
        self._proven = False
        self._generators: dict[str, Any] | None = None

    # --- Lightning's hooks ---

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._began = self._kept = self._context.clock()
        self._progress.start(self._batches)
        if self._generators is not None:
            set_generators(self._generators)
        if self._between:
            step_plateaus(trainer, self.history[-1])
            self._between = False
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
        if self._group.first and self._progress.due():
            if self._group.size == 1:  # Several read together, not by the clock of one.
                self._read(trainer, batch_idx)
            mean = self._sum / max(self._count, 1)
            done = (trainer.current_epoch, batch_idx + 1, self._batches)
            self._progress.say(*done, mean, self._rest())
        if self._spec.max_steps is not None and trainer.global_step >= self._spec.max_steps:
            trainer.should_stop = True
            return
        # After the last batch of an epoch comes validation, and Lightning would leave it out if it
        # went on from there; between two batches of one optimizer step, gradients would be lost.
        if batch_idx + 1 < trainer.num_training_batches and not (
            (batch_idx + 1) % self._spec.accumulate
        ):
            self._look(trainer, batch_idx, keep=self._anywhere)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Each rank validates on all rows: with the same weights and buffers, to the same figures.
        self._group.level(pl_module)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._read(trainer, trainer.fit_loop.batch_idx)
        logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
        logged["validation_loss"] = failures.checked_validation_loss(logged, trainer, pl_module)
        losses, steps = self._group.summed([self._sum, self._count])
        logged["train_loss"] = losses / max(steps, 1)
        # Chance in a validation step, or a clock: ranks that believed themselves would part here.
        logged = dict(zip(logged, self._group.agreed([*logged.values()]), strict=True))
        self._sum, self._count = 0.0, 0
        self.history.append(logged)
        if self._group.first:
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
        single = trainer.num_training_batches <= self._spec.accumulate
        if (single or not self._anywhere) and not self._ended(trainer):
            self._between = True
            self._look(trainer, trainer.fit_loop.batch_idx)
            self._between = False
        if trainer.fit_loop.restarting:
            step_plateaus(trainer, self.history[-1])

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps; where there are several ranks, all must ask."""
        losses = [self._sum, self._count]
        mine = {"losses": losses, "generators": plain(generators())}
        return {
            "history": [dict(one) for one in self.history],
            "best": self._best,
            "best_epoch": self.best_epoch,
            "weights": self.weights,
            "losses": losses,
            "generators": generators(),
            "others": self._group.gathered(mine)[1:],
            "batches": self._batches,
            "between": self._between,
            # Lightning keeps it too, and forgets it where an epoch ended.
            "feed": self._feed.state_dict(),
            "spent": self.seconds,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.history = list(state_dict["history"])
        self._best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.weights = state_dict["weights"]
        own = state_dict["others"][self._group.rank - 1] if self._group.rank else state_dict
        self._sum, self._count = own["losses"]
        self._batches = self._kept_batches = state_dict["batches"]
        self._feed.load_state_dict(state_dict["feed"])
        self._between = state_dict.get("between", False)
        self._spent = state_dict["spent"]
        self._generators = own["generators"]

    # --- what they do ---

    @property
    def seconds(self) -> float:
        """Spent fitting, by all attempts."""
        return self._spent + self._context.clock() - self._began

    def _ended(self, trainer: Trainer) -> bool:
        if self._spec.max_steps is not None and trainer.global_step >= self._spec.max_steps:
            return True
        return bool(self.history) and len(self.history) - self.best_epoch >= self._spec.patience

    def _rest(self) -> float:
        return self._context.seconds - self.seconds

    def _read(self, trainer: Trainer, batch_idx: int) -> None:
        """Take over the losses that were not looked at yet."""
        if not self._unread:
            return
        # One wait for all of them. Lightning divides by the batches of an optimizer step.
        stacked = torch.stack([loss for loss, _ in self._unread]).double() * self._spec.accumulate
        losses = stacked.tolist()
        tame = next((at for at, one in enumerate(losses) if not math.isfinite(one)), len(losses))
        # What is no number in one rank is soon none in all: the first one tells.
        if (at := min(told := self._group.gathered(tame))) < len(losses):
            if told.index(at) != self._group.rank:
                raise ProcessLost("Another rank ends the training.", do="It says why.")
            raise failures.not_finite(
                trainer,
                losses[at],
                at=batch_idx + 1 - len(losses) + at,
                rate=self._unread[at][1],
                size=self._spec.batch_size,
                rows=len(self._feed.fold),
            )
        for loss in losses:
            self._sum += loss
        self._count += len(losses)
        self._unread.clear()

    def _look(self, trainer: Trainer, batch_idx: int, *, keep: bool = True) -> None:
        """Keep the state if it is time and may be kept, and stop if somebody asks for it."""
        wish = self._agreed_wish()
        if wish == "go on" or (wish == "keep" and not keep):
            return
        self._read(trainer, batch_idx)
        kept = keep and self._keep(trainer)
        if wish == "stop":
            raise failures.preempted(self._batches, kept=kept)
        if wish == "spent":
            epoch = trainer.current_epoch + 1
            raise failures.budget_spent(self.seconds, epoch=epoch, epochs=self._spec.max_epochs)

    def _agreed_wish(self) -> Wish:
        if self._group.size == 1:
            return self._wish()
        self._looks += 1
        if self._looks % _AGREE:
            return "go on"
        mine = _WISHES.index(self._wish()) if self._group.first else 0
        return _WISHES[int(self._group.agreed([mine])[0])]

    def _wish(self) -> Wish:
        if self._context.stopping():
            return "stop"
        if self._rest() <= 0:
            return "spent"
        every = self._spec.checkpoint_steps
        if every is not None and self._batches - self._kept_batches >= every:
            return "keep"
        if self._context.clock() - self._kept >= self._spec.checkpoint_seconds:
            return "keep"
        return "go on"

    def _keep(self, trainer: Trainer) -> bool:
        self._kept, self._kept_batches = self._context.clock(), self._batches
        checkpoints = self._context.checkpoints
        if checkpoints is None:
            return False
        state = checkpoints.scratch / "state.pt"
        try:
            trainer.save_checkpoint(state)
        except StoreError as error:
            log.warning("No checkpoint; the one before stays: %s", error)
            state.unlink(missing_ok=True)
            # The others wait there, and this rank was thrown out before it came to it.
            trainer.strategy.barrier()
            return self._told(False)
        if not self._group.first:
            return self._told(False)
        if not self._proven:
            loadable(state)
            self._proven = True
        return self._told(checkpoints.save(state, self._batches))

    def _told(self, kept: bool) -> bool:
        """Whether the first rank, which alone writes, has kept the state."""
        return bool(self._group.agreed([kept])[0])
