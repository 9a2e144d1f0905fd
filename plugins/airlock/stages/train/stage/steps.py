"""Keeps the loss by step, thinned to a few points per epoch, for MLflow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from airlock.stages.train.stage.learner import OnSteps

_POINTS = 50  # of an epoch, about
_UNREAD = 25  # points that a killed training loses at most


class Steps(Callback):
    """Tells the training loss of every so many steps, many at a time.

    A loss is read only then: asking a GPU for each would make it wait.

    Args:
        on_steps: is told pairs of step (from 1, over all epochs) and loss.
    """

    def __init__(self, on_steps: OnSteps) -> None:
        self._on_steps = on_steps
        self._unread: list[tuple[int, Tensor]] = []

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss if it is one of those that are told."""
        every = math.ceil(trainer.num_training_batches / _POINTS)
        if outputs is None or batch_idx % every:
            return
        loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
        step = trainer.current_epoch * int(trainer.num_training_batches) + batch_idx + 1
        self._unread.append((step, loss.detach()))
        if len(self._unread) >= _UNREAD:
            self._tell(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell the rest."""
        self._tell(trainer)

    def _tell(self, trainer: Trainer) -> None:
        if not self._unread:
            return
        losses = torch.stack([loss for _, loss in self._unread]).double().tolist()
        told = [(step, loss) for (step, _), loss in zip(self._unread, losses, strict=True)]
        self._unread.clear()
        if trainer.is_global_zero:
            self._on_steps([(step, loss) for step, loss in told if math.isfinite(loss)])
