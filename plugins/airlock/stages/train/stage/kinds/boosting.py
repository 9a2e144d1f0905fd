"""Gradient boosting by LightGBM: deterministic on any number of threads, resumed bit by bit.

What LightGBM draws (rows, columns) it draws from generators whose state cannot be kept. They are
seeded anew every so many rounds, and a training goes on only from such a place: then what follows
is the same whether anybody was killed or not. Where nothing is drawn, it goes on from any round.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from airlock.bundle import boosting, trees
from airlock.bundle.boosting import FILE, BoostingCompute, asked_of, shape_of
from airlock.bundle.computing import Floats
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.bundle.tables import for_trees
from airlock.core.cores import cores
from airlock.core.errors import ModelError, SpecError
from airlock.stages.train.parameters import BoostingParameters
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.kinds.rounds import Rounds, State
from airlock.stages.train.stage.kinds.weights import class_weights
from airlock.stages.train.stage.learner import Fitted, Telling
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.run_context import RunContext

_ROUNDS = 2_000
_PATIENCE = 50
_SEEDED = 25  # rounds that are drawn from one seed
_TRAIN_LOSS = 10  # rounds from one look at the train fold's loss to the next
_METRIC = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}

# LightGBM looks for bins in so many rows at least; fewer would let a threshold lie between two
# people.
_LEAST_OF_BIN = 10

# A second thread does not pay for less.
_CELLS = 2_000_000
_CHECKED = 1024  # rows on which what was sealed is compared with what was fitted
_NUDGE = 1e-9


class BoostingLearner:
    """See `Learner`."""

    _sized: TrainSpec
    _booster: lightgbm.Booster
    _compute: BoostingCompute
    _text: str

    def __init__(self, spec: TrainSpec) -> None:
        self._spec = spec
        self._parameters = BoostingParameters.model_validate(dict(spec.hyperparameters))

    def check(self) -> None:
        """See `Learner.check`: the library has loaded, which is all that a machine must have."""

    def prepare(self, lesson: Lesson) -> TrainSpec:
        """See `Learner.prepare`."""
        spec = self._sized = self._spec.model_copy(
            update={
                "max_epochs": self._spec.max_epochs or _ROUNDS,
                "patience": self._spec.patience or _PATIENCE,
            }
        )
        self._asked = self._asked_of(lesson)
        self._data = self._dataset(lesson.train, lesson)
        self._watched = self._dataset(lesson.validation, lesson, like=self._data)
        return spec

    def fit(
        self, lesson: Lesson, *, telling: Telling, scratch: Path, context: RunContext
    ) -> Fitted:
        """See `Learner.fit`."""
        del scratch
        spec = self._sized
        assert spec.max_epochs is not None and spec.patience is not None  # prepared
        rounds = Rounds(spec, context, telling, most=spec.max_epochs, patience=spec.patience)
        before: list[lightgbm.Booster] = []

        def read(state: State) -> bool:
            before[:] = [boosting.read(str(state["trees"]), lesson.preprocessing)]
            return self._place(len(state["history"])) == len(state["history"])

        rounds.resume(read)
        text = before[0].model_to_string() if before else ""
        if not rounds.ended:
            self._train(rounds, lesson, before[0] if before else None)
            text = self._booster.model_to_string(num_iteration=-1)
        self._text = trees.written(text, shape_of(lesson.preprocessing), rounds=rounds.best)
        self._compute = BoostingCompute(
            boosting.read_checked(self._text, lesson.preprocessing), lesson.preprocessing
        )
        self._compute.use_threads(int(str(self._asked["num_threads"])))
        return rounds.fitted()

    def outputs(self, fold: Tensors) -> Floats:
        """See `Learner.outputs`."""
        return self._compute.outputs(_matrices(fold))

    def seal(self, bundle: Path, lesson: Lesson) -> BoostingCompute:
        """Write the trees."""
        (bundle / FILE).write_text(self._text)
        sealed = boosting.load(bundle, lesson.preprocessing, "cpu")
        some: Matrices = tuple(one[:_CHECKED] for one in _matrices(lesson.validation))  # type: ignore[assignment]  # as many as there were
        if not np.array_equal(sealed.outputs(some), self._compute.outputs(some)):
            raise ModelError(
                "The boosting says something else once it is sealed.",
                do="Install the locked version of LightGBM.",
            )
        return sealed

    def described(self, preprocessing: Preprocessing) -> Mapping[str, object]:
        """The kind, and what was asked of it besides hyperparameters."""
        del preprocessing
        spec = self._spec
        return {
            "kind": spec.kind,
            **({"monotone": dict(spec.monotone)} if spec.monotone else {}),
            **({"class_weight": spec.class_weight} if spec.class_weight is not None else {}),
        }

    # --- LightGBM ---

    def _train(self, rounds: Rounds, lesson: Lesson, before: lightgbm.Booster | None) -> None:
        shape = shape_of(lesson.preprocessing)

        def seed(env: lightgbm.callback.CallbackEnv) -> None:
            done = rounds.done
            # The generators of a booster that was just made have this seed already.
            if done % _SEEDED == 0 and env.iteration != env.begin_iteration:
                assert isinstance(env.model, lightgbm.Booster)  # and no cross-validation
                env.model.reset_parameter(self._seeds(done))

        def watch(env: lightgbm.callback.CallbackEnv) -> None:
            [watched] = env.evaluation_result_list or []
            figures = {"validation_loss": float(watched[2])}
            model = env.model
            assert isinstance(model, lightgbm.Booster)  # as above
            if rounds.done % _TRAIN_LOSS == 0:
                figures["train_loss"] = float(model.eval_train()[0][2])
            rounds.add(figures)
            if rounds.ended:
                raise lightgbm.EarlyStopException(rounds.best - 1, [])
            at = self._place(rounds.done)
            rounds.look(
                at,
                lambda: {
                    "trees": trees.written(
                        model.model_to_string(num_iteration=-1), shape, rounds=at
                    )
                },
            )

        seed.before_iteration = True  # type: ignore[attr-defined]  # how LightGBM asks for it
        try:
            self._booster = lightgbm.train(
                {**self._asked, **self._seeds(rounds.done)},
                self._data,
                num_boost_round=rounds.most - rounds.done,
                valid_sets=[self._watched],
                init_model=before,
                callbacks=[seed, watch],
                keep_training_booster=True,
            )
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(
                f"LightGBM failed in round {rounds.done + 1}: {_words(error)}",
                do="docs/models.md says what it is told; try other hyperparameters.",
            ) from None

    def _place(self, done: int) -> int:
        """The last round from which what follows does not depend on what was drawn before."""
        one = self._parameters
        shares = (one.bagging_fraction, one.feature_fraction, one.feature_fraction_bynode)
        drawn = one.extra_trees or min(shares) < 1
        return done - done % _SEEDED if drawn else done

    def _seeds(self, done: int) -> dict[str, object]:
        segment = done // _SEEDED
        number = (self._spec.seed * 1_000_003 + segment * 7_919) % (2**31 - 1)
        seeds: dict[str, Any] = {
            "bagging_seed": number,
            "feature_fraction_seed": number,
            "extra_seed": number,
        }
        if self._parameters.bagging_fraction < 1:
            # LightGBM takes a new seed for rows only with another share of them.
            nudged = self._parameters.bagging_fraction - segment % 2 * _NUDGE
            seeds |= {"bagging_fraction": nudged, "bagging_freq": 1}
        return seeds

    def _asked_of(self, lesson: Lesson) -> dict[str, object]:
        shape = shape_of(lesson.preprocessing)
        threads = cores() if len(lesson.train) * shape.columns >= _CELLS else 1
        asked = asked_of(shape, seed=self._spec.seed, threads=threads)
        asked |= {
            **self._parameters.to_json(),
            "metric": _METRIC[str(asked["objective"])],
            "min_data_in_bin": _LEAST_OF_BIN,
        }
        if self._spec.monotone:
            asked["monotone_constraints"] = _monotone(self._spec, lesson.preprocessing, shape)
        return asked

    def _dataset(
        self, fold: Tensors, lesson: Lesson, like: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        table, categories = for_trees(_matrices(fold), lesson.preprocessing)
        truth = fold.target.numpy()
        weight = None
        if lesson.target.classes:
            weights = class_weights(self._spec, lesson.target, lesson.train.target.numpy())
            weight = weights[truth] if self._spec.class_weight is not None else None
        return lightgbm.Dataset(
            table,
            label=truth.astype(np.float64),
            weight=weight,
            reference=like,
            categorical_feature=categories,
            params=dict(self._asked),
            # A training that goes on predicts what the trees of before said of these rows.
            free_raw_data=False,
        )


def _monotone(spec: TrainSpec, preprocessing: Preprocessing, shape: trees.TreesShape) -> list[int]:
    names = [column.name for column in preprocessing.numeric]
    if wrong := sorted(set(spec.monotone) - set(names)):
        raise SpecError(
            f"monotone names {', '.join(wrong)}, which is no feature that is a number.",
            do=f"Features that are numbers: {', '.join(names) or 'none'}.",
        )
    found = [int(spec.monotone.get(name, 0)) for name in names]
    return found + [0] * (shape.columns - len(found))


def _matrices(fold: Tensors) -> Matrices:
    return tuple(one.numpy() for one in fold.inputs)  # type: ignore[return-value]  # as many as `forward` takes


def _words(error: Any) -> str:
    """LightGBM's own words: it sees no cell but as a number of the table."""
    return str(error).strip().splitlines()[-1]
