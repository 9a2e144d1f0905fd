"""Words why a training failed or ended early."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pytorch_lightning import LightningModule, Trainer

from airlock.core.errors import BudgetSpent, ModelError, Preempted

_TAME = "Lower the learning rate, or look for extreme values in the features."


def not_finite(
    trainer: Trainer, loss: float, *, at: int, rate: float, size: int, rows: int
) -> ModelError:
    """A training loss is not finite.

    Args:
        at: the step in its epoch, from 0.
        rate: of learning, in that step.
        size: rows of a batch.
        rows: of the train fold.
    """
    return ModelError(
        f"The training loss of {type(trainer.lightning_module).__name__} is {loss} in step "
        f"{at + 1} of epoch {trainer.current_epoch + 1}, for the rows {at * size + 1:,} to "
        f"{min((at + 1) * size, rows):,} in that epoch's order, at a learning rate of "
        f"{rate:g}.",
        do=_TAME,
    )


def checked_validation_loss(
    logged: Mapping[str, float], trainer: Trainer, module: LightningModule
) -> float:
    """The validation loss of an epoch.

    Raises:
        ModelError: it was not logged, or is not finite.
    """
    name = type(module).__name__
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


def preempted(batches: int, *, kept: bool) -> Preempted:
    """The machine is needed elsewhere.

    Args:
        batches: that were trained on.
        kept: whether there is a checkpoint of just now.
    """
    return Preempted(
        f"This machine is taken away after {batches:,} batches.",
        do="Nothing needs to be done: the training goes on elsewhere"
        + (" from here." if kept else " from its last checkpoint."),
    )


def budget_spent(seconds: float, *, epoch: int, epochs: int) -> BudgetSpent:
    """The training took what it may take.

    Args:
        seconds: that all attempts spent.
        epoch: the present one, from 1.
        epochs: at most.
    """
    return BudgetSpent(
        f"The training spent its budget: {seconds / 60:.1f} minutes, and it is in "
        f"epoch {epoch} of {epochs} at most. Nothing is published.",
        do="Raise the budget in the TrainSpec and clear train: it goes on from its last "
        "checkpoint.",
    )
