"""Networks: the user's LightningModule, fitted by Lightning, sealed as an exported graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import LightningModule
from safetensors.torch import save_file
from torch import Tensor

from airlock.bundle import graph
from airlock.bundle.computing import Floats
from airlock.bundle.network import NetworkCompute
from airlock.bundle.preprocessing import Preprocessing
from airlock.core.errors import ModelError
from airlock.hooks import registry
from airlock.stages.train.spec import SizedSpec, TrainSpec
from airlock.stages.train.stage.data import data_class
from airlock.stages.train.stage.device import checked
from airlock.stages.train.stage.distributed.launcher import launch
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.fit import seed
from airlock.stages.train.stage.kinds.weights import class_weights
from airlock.stages.train.stage.learner import Fitted, Telling
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.module import (
    adapt,
    built,
    check_weighing,
    module_class,
    weigh,
)
from airlock.stages.train.stage.run_context import RunContext
from airlock.stages.train.stage.sizing import recipe_of, sized

_AT_ONCE = 65_536  # rows; bounds the memory that activations take
_CHECKED = 1024  # rows on which graph and module are compared


class NetworkLearner:
    """See `Learner`."""

    _type: type[LightningModule]
    _module: LightningModule
    _sized: SizedSpec
    _weights: list[float] | None = None

    def __init__(self, spec: TrainSpec) -> None:
        self._spec = spec

    def check(self) -> None:
        """See `Learner.check`; wrong hyperparameters are found here."""
        spec = self._spec
        assert spec.model is not None  # as TrainSpec has checked
        checked(spec)
        self._type = module_class(spec.model, spec.hyperparameters)
        if spec.class_weight is not None:
            check_weighing(self._type)
        if spec.data is not None:
            data_class(spec.data)

    def prepare(self, lesson: Lesson) -> SizedSpec:
        """See `Learner.prepare`."""
        spec = self._sized = sized(self._spec, len(lesson.train), recipe_of(self._type))
        seed(spec.seed)
        self._module = built(self._type, lesson.shape, spec.hyperparameters)
        adapt(self._module, lesson.train)
        self._weights = None
        if spec.class_weight is not None:
            truth = lesson.train.target.numpy()
            self._weights = class_weights(spec, lesson.target, truth).tolist()
        weigh(self._module, self._weights)
        # Now, and not after hours: whoever wrote forward() learns at once what no bundle may hold.
        graph.check_exportable(self._module, [one[:2] for one in lesson.validation.inputs])
        return spec

    def fit(
        self, lesson: Lesson, *, telling: Telling, scratch: Path, context: RunContext
    ) -> Fitted:
        """Fit in this process, or in one for each device."""
        spec = self._sized
        if spec.devices == 1:
            alone = registry.load(registry.trainers()[spec.trainer].fit)
            how = partial(alone, data=None if spec.data is None else data_class(spec.data))
        else:
            how = partial(launch, shape=lesson.shape, class_weights=self._weights)
        fitted: Fitted = how(
            self._module,
            lesson.train,
            lesson.validation,
            spec,
            on_epoch=telling.epoch,
            on_steps=telling.steps,
            scratch=scratch,
            context=context,
        )
        return fitted

    def outputs(self, fold: Tensors) -> Floats:
        """See `Learner.outputs`."""
        with torch.inference_mode():
            some = [
                self._module(*(column[at : at + _AT_ONCE] for column in fold.inputs))
                for at in range(0, len(fold), _AT_ONCE)
            ]
            found: Floats = np.asarray(torch.cat(some).double().numpy())
        return found

    def seal(self, bundle: Path, lesson: Lesson) -> NetworkCompute:
        """Write weights and graph."""
        module, validation = self._module, lesson.validation.inputs
        weights = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
        save_file(weights, bundle / "weights.safetensors")
        graph.pack(module, [one[:2] for one in validation], bundle / "graph.pt2")
        exported = graph.unpack(bundle / "graph.pt2")
        _compare(module, exported, validation)
        return NetworkCompute(exported, lesson.target.outputs)

    def described(self, preprocessing: Preprocessing) -> Mapping[str, object]:
        """The class; bundles of before there were kinds name none either."""
        del preprocessing
        return {"class": self._spec.model}


def _compare(
    module: LightningModule, exported: torch.nn.Module, validation: Sequence[Tensor]
) -> None:
    for some in (slice(0, 1), slice(0, _CHECKED)):
        inputs = [one[some] for one in validation]
        with torch.inference_mode():
            said, meant = exported(*inputs), module(*inputs)
        if said.shape != meant.shape or not torch.allclose(said, meant, rtol=1e-4, atol=1e-5):
            raise ModelError(
                f"{type(module).__name__} says something else once it is exported.",
                do="forward() must not depend on the number of rows, on chance or on hidden state.",
            )
