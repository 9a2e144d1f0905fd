"""Explains a prediction: integrated gradients from an average row to this one.

Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017), as Captum computes it.
The path begins at a row with every number at its mean in training, of every category the mean of
its known values' embeddings, and no text. What the features add up to is the difference between the
scores of the two rows (completeness); what the steps of the path miss is told as a remainder.

An index has no gradient, so that the path goes through what the exported graph looks up by it: the
output of every embedding. Which feature an embedding belongs to is found by trying: it is the one
that the output changes with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, fx, nn

from airlock.bundle.network import NetworkCompute
from airlock.bundle.preprocessing import FIRST, MISSING, Preprocessing
from airlock.bundle.text import NOTHING
from airlock.serve import Scorer
from airlock.stages.score.record import Attribution

_STEPS = 256  # of the path; beyond, the remainder of a small network hardly shrinks


@dataclass(frozen=True, slots=True)
class _Feature:
    """A name, and for every input of the path the elements that depend on it."""

    name: str
    masks: tuple[Tensor, ...]


def attribute(scorer: Scorer, row: pd.DataFrame) -> Attribution:
    """Take one prediction apart.

    Args:
        row: one row of the redacted schema.

    Raises:
        DataError: a column is missing or of another type.
    """
    preprocessing = scorer.preprocessing
    numeric, *indices = (torch.from_numpy(one) for one in preprocessing.apply(row))
    assert isinstance(scorer.compute, NetworkCompute)  # as the kind says
    graph = _Lookups(scorer.compute.module)
    looked_up = graph.outputs(numeric, *indices)
    features, averages = _features(graph, preprocessing, numeric, indices)
    target = _judged(scorer, row)

    def score(*path: Tensor) -> Tensor:
        rows = len(path[0])
        others = [one.expand(rows, -1) for one in indices]
        return _score(graph.run_with(path[1:], path[0], *others), preprocessing, target)

    inputs = (numeric, *looked_up)
    starts = (torch.zeros_like(numeric), *averages)
    found = IntegratedGradients(score, multiply_by_inputs=True).attribute(
        inputs, baselines=starts, n_steps=_STEPS, method="gausslegendre"
    )
    with torch.no_grad():
        here, average = float(score(*inputs)), float(score(*starts))
    added = {
        one.name: sum(
            float(part[mask.expand_as(part)].double().sum())
            for part, mask in zip(found, one.masks, strict=True)
        )
        for one in features
    }
    strongest = sorted(added.items(), key=lambda item: (-abs(item[1]), item[0]))
    classes = preprocessing.target.classes
    return Attribution(
        of=f"probability of {classes[target]}" if classes else "prediction",
        score=here,
        average=average,
        features=tuple(strongest),
        remainder=here - average - sum(added.values()),
    )


class _Lookups:
    """An exported graph, with the outputs of its embeddings taken out or put in."""

    def __init__(self, module: nn.Module) -> None:
        assert isinstance(module, fx.GraphModule)  # as `graph.unpack` gives it
        self._module = module

    def outputs(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What the embeddings say about some rows, in the order of the graph."""
        taken: list[Tensor] = []

        def take(output: Tensor) -> Tensor:
            taken.append(output.detach())
            return output

        with torch.no_grad():
            _Run(self._module, take).run(*inputs)
        return tuple(taken)

    def run_with(self, given: Sequence[Tensor], *inputs: Tensor) -> Tensor:
        """What the graph says if its embeddings had said this."""
        rest = iter(given)
        outputs: Tensor = _Run(self._module, lambda _: next(rest)).run(*inputs)
        return outputs


class _Run(fx.Interpreter):
    """A run in which another function has the last word on each embedding's output."""

    def __init__(self, module: fx.GraphModule, say: Callable[[Tensor], Tensor]) -> None:
        super().__init__(module)
        self._say = say

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        """As the graph says, but for embeddings."""
        output = super().call_function(target, args, kwargs)
        if "embedding" not in str(target):
            return output
        # An embedding bag gives a tuple, of which the rest is bookkeeping.
        return (
            (self._say(output[0]), *output[1:]) if isinstance(output, tuple) else self._say(output)
        )


def _score(outputs: Tensor, preprocessing: Preprocessing, target: int) -> Tensor:
    if preprocessing.target.classes:
        return outputs.softmax(dim=1)[:, target]
    return outputs[:, 0] * preprocessing.target.scale + preprocessing.target.mean


def _judged(scorer: Scorer, row: pd.DataFrame) -> int:
    """The positive class of two, or of more the one that is predicted."""
    classes = len(scorer.preprocessing.target.classes)
    return 1 if classes == 2 else int(scorer.scores(row)[0].argmax())


def _features(
    graph: _Lookups, preprocessing: Preprocessing, numeric: Tensor, indices: Sequence[Tensor]
) -> tuple[list[_Feature], list[Tensor]]:
    """Every feature, and the embeddings of the average row."""
    row = graph.outputs(numeric, *indices)
    averages = [one.clone() for one in row]
    nothing = tuple(torch.zeros_like(one, dtype=torch.bool) for one in row)
    features = [_Feature(name, (mask, *nothing)) for name, mask in _numbers(preprocessing, numeric)]
    whole = torch.zeros_like(numeric, dtype=torch.bool)
    for at, column in enumerate(preprocessing.categorical):
        size = preprocessing.sizes[at]
        tried = [one.expand(size, -1).clone() for one in indices]
        tried[0][:, at] = torch.arange(size)
        outputs = graph.outputs(numeric.expand(size, -1), *tried)
        masks = tuple((one != one[:1]).any(dim=0, keepdim=True) for one in outputs)
        known = slice(FIRST, None) if size > FIRST else slice(MISSING, FIRST)
        for average, output, mask in zip(averages, outputs, masks, strict=True):
            average[mask] = output[known].mean(dim=0, keepdim=True)[mask]
        features.append(_Feature(column.name, (whole, *masks)))
    if preprocessing.text:
        empty = torch.full_like(indices[1], NOTHING)
        outputs = graph.outputs(numeric, indices[0], empty)
        masks = tuple(here != there for here, there in zip(row, outputs, strict=True))
        for average, output, mask in zip(averages, outputs, masks, strict=True):
            average[mask] = output[mask]
        # Their n-grams are averaged together: what each column adds cannot be told apart.
        name = " and ".join(column.name for column in preprocessing.text)
        features.append(_Feature(name, (whole, *masks)))
    return features, averages


def _numbers(preprocessing: Preprocessing, numeric: Tensor) -> Iterator[tuple[str, Tensor]]:
    """A number and its flag "was missing" are one feature."""
    flag = len(preprocessing.numeric)
    for at, column in enumerate(preprocessing.numeric):
        mask = torch.zeros_like(numeric, dtype=torch.bool)
        mask[:, at] = True
        if column.flag:
            mask[:, flag] = True
            flag += 1
        yield column.name, mask
