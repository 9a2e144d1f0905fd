"""Why a training ends before it is done, in words."""

from __future__ import annotations

from airlock.core.errors import BudgetSpent, Preempted


def taken_away(batches: int, *, kept: bool) -> Preempted:
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


def spent(seconds: float, *, epoch: int, epochs: int) -> BudgetSpent:
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
