"""Computes every metric of some predictions, built-in or added by an extension."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from airlock.core.errors import SettingsError
from airlock.hooks import registry
from airlock.hooks.kinds import Metrics, Task

if TYPE_CHECKING:
    from airlock.core.metrics import Floats


@cache
def directions() -> Mapping[str, bool]:
    """Every metric, the most telling of its kind first, and whether higher is better.

    Raises:
        SettingsError: two packages add a metric of one name.
    """
    found: dict[str, bool] = {}
    for family in registry.metrics():
        if twice := found.keys() & family.better.keys():
            raise SettingsError(
                f"The metric {min(twice)} is added twice.", do="Uninstall one of the extensions."
            )
        found |= family.better
    return found


def of_task(task: Task) -> tuple[str, ...]:
    """The metrics that are measured of models of a task."""
    return tuple(
        name for family in registry.metrics() if family.task == task for name in family.better
    )


def lies(metric: str) -> tuple[float | None, float | None]:
    """The least and the largest figure that a metric can have, as far as somebody said."""
    for family in registry.metrics():
        if metric in family.lies:
            return family.lies[metric]
    return None, None


def measure(task: Task, truth: Any, scores: Floats, weights: Floats) -> dict[str, Floats]:
    """All metrics of a task.

    Args:
        truth: class index per row or a number, shape (n,).
        scores: probabilities (n, classes), or predictions (n,).
        weights: how often each row counts, shape (resamples, n).

    Returns:
        Metrics by name, each of shape (resamples,); one that is not defined here may be absent.

    Raises:
        SettingsError: an extension's metric cannot be computed, or is none of those it declared.
    """
    found: dict[str, Floats] = {}
    for family in registry.metrics():
        if family.task == task:
            found |= _measured(family, truth, scores, weights)
    return found


def _measured(family: Metrics, truth: Any, scores: Floats, weights: Floats) -> dict[str, Floats]:
    try:
        found: dict[str, Floats] = dict(registry.load(family.measure)(truth, scores, weights))
        shapes = {name: figures.shape for name, figures in found.items()}
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 -- its text may quote the data
        raise SettingsError(
            f"{family.measure} failed ({type(error).__name__}). Its text is withheld, because it "
            "may quote the data.",
            do="Try it on a few made-up rows; airlock.hooks.Metrics says what it is given.",
        ) from None
    declared = all(name in family.better for name in found)
    if not declared or any(shape != (len(weights),) for shape in shapes.values()):
        raise SettingsError(
            f"{family.measure} must return one figure per weighting for "
            f"{', '.join(family.better)}, and nothing else.",
            do="airlock.hooks.Metrics says what it returns.",
        )
    return found
