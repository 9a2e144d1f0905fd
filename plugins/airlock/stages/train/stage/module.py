"""Finds the user's module by name, checks it before data is read, and builds it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence

import torch
from pytorch_lightning import LightningModule

from airlock.core.errors import ModelError
from airlock.core.search import Plain
from airlock.models.shape import Shape
from airlock.stages.train.stage.feed import Tensors


def module_class(model: str, hyperparameters: Mapping[str, Plain]) -> type[LightningModule]:
    """Import the class and check that it takes these hyperparameters.

    Args:
        model: "include.models.churn:ChurnClassifier".
        hyperparameters: names are checked, values are the module's business.

    Raises:
        ModelError: it cannot be imported, is no LightningModule, or takes other names.
    """
    module, _, name = model.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  user code raises what it likes
        raise ModelError(
            f"{model} cannot be imported: {said(error)}", do="Correct the module, then clear train."
        ) from None
    if not (isinstance(found, type) and issubclass(found, LightningModule)):
        raise ModelError(
            f"{model} is no LightningModule.",
            do="Derive it from LightningModule, or from airlock.models.tabular.Tabular.",
        )
    accepted = [
        parameter.name
        for parameter in inspect.signature(found).parameters.values()
        if parameter.kind in {parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ][1:]  # the first one is the shape
    if wrong := sorted(set(hyperparameters) - set(accepted)):
        raise ModelError(
            f"{model} does not take {', '.join(wrong)}.",
            do=f"Its hyperparameters are: {', '.join(accepted) or 'none'}.",
        )
    return found


def built(
    module: type[LightningModule], shape: Shape, hyperparameters: Mapping[str, Plain]
) -> LightningModule:
    """Make the module.

    Raises:
        ModelError: its constructor raised.
    """
    try:
        return module(shape, **hyperparameters)
    except Exception as error:  # noqa: BLE001  user code raises what it likes
        raise ModelError(
            f"{module.__name__} cannot be built for {shape}: {said(error)}",
            do="Its constructor takes a Shape, then the TrainSpec's hyperparameters by name.",
        ) from None


def adapt(module: LightningModule, train: Tensors) -> None:
    """Let a module that asks for it see the train fold, before any step: it learns no weight.

    Every rank does so by itself, and comes to the same.

    Raises:
        ModelError: the module raised.
    """
    learn = getattr(module, "adapt", None)
    if learn is None:
        return
    try:
        with torch.no_grad():
            learn(*train.inputs)
    except Exception as error:  # noqa: BLE001  user code raises what it likes
        raise ModelError(
            f"{type(module).__name__} cannot adapt to the train fold: {said(error)}",
            do="adapt() takes the tensors of forward(), of all rows, and sets buffers.",
        ) from None


def weigh(module: LightningModule, weights: Sequence[float] | None) -> None:
    """Tell a module what a row of each class counts; None says nothing.

    Raises:
        ModelError: the module does not take it.
    """
    if weights is None:
        return
    check_weighing(type(module))
    module.weigh(torch.tensor(weights, dtype=torch.float32))  # type: ignore[operator]  # it has one


def check_weighing(module: type[LightningModule]) -> None:
    """Refuse a module that cannot weigh classes.

    Raises:
        ModelError: it has no method for it.
    """
    if not callable(getattr(module, "weigh", None)):
        raise ModelError(
            f"{module.__name__} weighs no classes, and the TrainSpec has class_weight.",
            do="Derive it from airlock.models.base.Base, or give it a method weigh(weights) whose "
            "tensor its loss uses; or leave out class_weight.",
        )


def said(error: Exception) -> str:
    """An error of the user's module in its own words: it sees tensors, never a cell."""
    return f"{type(error).__name__}: {error}"
