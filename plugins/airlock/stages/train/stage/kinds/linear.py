"""Logistic and ridge regression, by a penalty that the validation fold chooses from a path."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has none

from airlock.bundle import linear
from airlock.bundle.computing import Floats
from airlock.bundle.linear import LinearCompute
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.bundle.tables import for_linear, linear_width
from airlock.core.errors import ModelError
from airlock.serve import softmax
from airlock.stages.train.parameters import LinearParameters
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.kinds.rounds import Rounds, State
from airlock.stages.train.stage.kinds.weights import class_weights
from airlock.stages.train.stage.learner import Fitted, Telling
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.run_context import RunContext

_PATH = tuple(10.0 ** (-half / 2) for half in range(13))
"""Penalties for a row, the strongest first: each fit begins where the one before ended."""

# A class that the train fold lacks: e to this is no probability that anybody notices.
_NEVER = -50.0


class LinearLearner:
    """See `Learner`."""

    _best: LinearCompute

    def __init__(self, spec: TrainSpec) -> None:
        self._spec = spec
        self._parameters = LinearParameters.model_validate(dict(spec.hyperparameters))
        one = self._parameters.penalty
        self._path = _PATH if one is None else (one,)

    def check(self) -> None:
        """See `Learner.check`: there is nothing that a machine could lack."""

    def prepare(self, lesson: Lesson) -> TrainSpec:
        """See `Learner.prepare`."""
        preprocessing = lesson.preprocessing
        self._train = for_linear(_matrices(lesson.train), preprocessing)
        self._truth = lesson.train.target.numpy()
        self._weights = np.ones(len(self._truth))
        if lesson.target.classes:
            weights = class_weights(self._spec, lesson.target, self._truth)
            self._weights = weights[self._truth]
            self._validated = weights[lesson.validation.target.numpy()]
        return self._spec

    def fit(
        self, lesson: Lesson, *, telling: Telling, scratch: Path, context: RunContext
    ) -> Fitted:
        """See `Learner.fit`."""
        del scratch
        spec, preprocessing = self._spec, lesson.preprocessing
        rounds = Rounds(
            spec,
            context,
            telling,
            most=len(self._path),
            patience=spec.patience or len(self._path),
            what="step",
        )
        found: dict[str, LinearCompute] = {}

        def read(state: State) -> bool:
            for name in ("last", "best_one"):
                found[name] = linear.made(state[name], preprocessing)
            return True

        rounds.resume(read)
        last = found.get("last")
        with threadpool_limits(1):  # sums in one order, whatever the machine has
            while not rounds.ended:
                last = self._fitted(self._path[rounds.done], last, preprocessing)
                loss = self._loss(last, lesson)
                best = rounds.best
                rounds.add({"validation_loss": loss})
                if rounds.best != best:
                    found["best_one"] = last
                now = {"last": last.to_json(), "best_one": found["best_one"].to_json()}
                if not rounds.ended:
                    rounds.look(rounds.done, lambda now=now: now)  # type: ignore[misc]  # bound now
        self._best = found["best_one"]
        return rounds.fitted()

    def outputs(self, fold: Tensors) -> Floats:
        """See `Learner.outputs`."""
        return self._best.outputs(_matrices(fold))

    def seal(self, bundle: Path, lesson: Lesson) -> LinearCompute:
        """Write the coefficients."""
        linear.write(bundle, self._best)
        sealed = linear.load(bundle, lesson.preprocessing, "cpu")
        if not np.array_equal(sealed.coefficients, self._best.coefficients):
            raise ModelError("The coefficients are others once they are sealed.", do="Train again.")
        return sealed

    def described(self, preprocessing: Preprocessing) -> Mapping[str, object]:
        """The kind, and what was asked of it besides hyperparameters."""
        del preprocessing
        weight = self._spec.class_weight
        return {"kind": self._spec.kind, **({"class_weight": weight} if weight is not None else {})}

    def _fitted(
        self, penalty: float, last: LinearCompute | None, preprocessing: Preprocessing
    ) -> LinearCompute:
        columns, classes = linear_width(preprocessing), preprocessing.target.classes
        rows = float(self._weights.sum())
        if not classes:
            ridge = Ridge(alpha=penalty * rows, solver="lsqr", max_iter=self._parameters.max_iter)
            ridge.fit(self._train, self._truth.astype(np.float64))
            return LinearCompute(
                np.asarray(ridge.coef_, dtype=np.float64).reshape(1, columns),
                np.array([float(ridge.intercept_)]),
                preprocessing,
            )
        model = LogisticRegression(
            C=1 / (penalty * rows), max_iter=self._parameters.max_iter, warm_start=True
        )
        if last is not None:
            _begin_at(model, last, self._truth)
        with warnings.catch_warnings():
            # A path goes on from where it came to; the validation fold says how far that is.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self._train, self._truth, sample_weight=self._weights)
        return _spread(model, len(classes), columns, preprocessing)

    def _loss(self, compute: LinearCompute, lesson: Lesson) -> float:
        """Of the validation fold: log loss, or the mean square of the scaled target."""
        outputs = compute.outputs(_matrices(lesson.validation))
        truth = lesson.validation.target.numpy()
        if not lesson.target.classes:
            return float(((outputs[:, 0] - truth.astype(np.float64)) ** 2).mean())
        said = softmax(outputs)[np.arange(len(truth)), truth]
        losses = -np.log(np.maximum(said, np.finfo(np.float64).tiny))
        return float((losses * self._validated).sum() / self._validated.sum())


def _begin_at(model: Any, last: LinearCompute, truth: Any) -> None:
    known = np.unique(truth)
    coefficients, intercepts = last.coefficients[known], last.intercepts[known]
    if len(known) == 2:
        # Two classes have one row of coefficients, of how much the second outweighs the first.
        coefficients = coefficients[1:] - coefficients[:1]
        intercepts = intercepts[1:] - intercepts[:1]
    model.classes_, model.coef_, model.intercept_ = known, coefficients, intercepts


def _spread(model: Any, classes: int, columns: int, preprocessing: Preprocessing) -> LinearCompute:
    """A row of coefficients for every class, also for those that the train fold lacks."""
    coefficients, intercepts = np.zeros((classes, columns)), np.full(classes, _NEVER)
    known = model.classes_
    if len(known) == 2:
        coefficients[known[1]] = model.coef_[0]
        intercepts[known] = 0.0, float(model.intercept_[0])
    else:
        coefficients[known], intercepts[known] = model.coef_, model.intercept_
    return LinearCompute(coefficients, intercepts, preprocessing)


def _matrices(fold: Tensors) -> Matrices:
    return tuple(one.numpy() for one in fold.inputs)  # type: ignore[return-value]  # as many as `forward` takes
