"""Derives batches and epochs from the rows, where the TrainSpec does not say them."""

from __future__ import annotations

import math

from pytorch_lightning import LightningModule

from airlock.models.recipe import Recipe
from airlock.stages.train.record import STEPS
from airlock.stages.train.spec import SizedSpec, TrainSpec

# With fewer rows a batch says little about the table, and costs as much as a larger one.
_LEAST_BATCH = 8

# Steps of the optimizer that a training may take at least, and that it waits for a better loss:
# an epoch of a small table has few.
_LEAST_STEPS = 2_000
_LEAST_WAIT = 200


def recipe_of(module: LightningModule | type[LightningModule]) -> Recipe:
    """What suits a module; one that does not say gets the usual."""
    found = getattr(module, "recipe", None)
    return found if isinstance(found, Recipe) else Recipe()


def sized(spec: TrainSpec, rows: int, recipe: Recipe) -> SizedSpec:
    """The training with all its numbers; what the spec says itself stays.

    Args:
        rows: of the train fold.
        recipe: what suits the module where there are many rows.
    """
    batch = spec.batch_size or _batch(spec, rows, recipe)
    steps = max(1, math.ceil(rows / (batch * spec.accumulate)))
    epochs = spec.max_epochs or max(recipe.max_epochs, math.ceil(_LEAST_STEPS / steps))
    patience = spec.patience or max(recipe.patience, math.ceil(_LEAST_WAIT / steps))
    said = spec.model_dump() | {
        "batch_size": batch,
        "max_epochs": epochs,
        "patience": patience,
    }
    return SizedSpec.model_validate(said)


def _batch(spec: TrainSpec, rows: int, recipe: Recipe) -> int:
    """A power of two that gives an epoch enough steps; a multiple of the devices."""
    most = rows // (STEPS * spec.accumulate)
    power = 1 << max(most.bit_length() - 1, 0)
    wanted = min(max(power, _LEAST_BATCH), recipe.batch_size)
    return max(wanted // spec.devices, 1) * spec.devices
