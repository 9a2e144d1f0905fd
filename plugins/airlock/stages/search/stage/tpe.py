"""Lets Optuna's tree-structured Parzen estimator propose, by ask and tell.

The study lives in memory for one rung: it is told all earlier trials, in their order, and asked
with a seed of the rung's own. So what it proposes is a function of both, and nothing is shared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from airlock.core.content import sha256
from airlock.core.search import Plain, SearchSpec, Values
from airlock.hooks.metrics import directions
from airlock.stages.search.record import Trial


def propose(
    search: SearchSpec, told: Sequence[Trial], metric: str, *, count: int, step: int
) -> list[Mapping[str, Plain]]:
    """As many settings more.

    Args:
        told: what was tried on as many rows as these will be.
        metric: of their scores.
        step: the rung's number.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {name: _distribution(search.space[name]) for name in sorted(search.space)}
    seed = int(sha256(f"{search.seed}:{step}".encode())[:8], 16)
    sampler = optuna.samplers.TPESampler(
        # What is asked for at once must not be the same: those without an answer count as bad.
        seed=seed,
        constant_liar=True,
        n_startup_trials=0,
        multivariate=False,
    )
    study = optuna.create_study(
        sampler=sampler, direction="maximize" if directions()[metric] else "minimize"
    )
    for one in sorted(told, key=lambda trial: trial.number):
        # The TrainSpec as it stands lies nowhere in the space.
        if one.score is not None and space.keys() <= one.settings.keys():
            study.add_trial(
                optuna.trial.create_trial(
                    params={
                        name: _stored(search.space[name], one.settings[name]) for name in space
                    },
                    distributions=space,
                    value=one.score,
                )
            )
    return [_settings(search, study.ask(space)) for _ in range(count)]


def _settings(search: SearchSpec, trial: Any) -> Mapping[str, Plain]:
    return {name: _value(search.space[name], value) for name, value in sorted(trial.params.items())}


def _distribution(values: Values) -> BaseDistribution:
    if values.values is not None:
        # By place: 1, 1.0 and True would be one choice.
        return CategoricalDistribution(tuple(range(len(values.values))))
    assert values.low is not None and values.high is not None
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(float(values.low), float(values.high), log=values.log)


def _stored(values: Values, value: Plain) -> Plain:
    if values.values is None:
        return value
    return next(at for at, one in enumerate(values.values) if repr(one) == repr(value))


def _value(values: Values, value: Plain) -> Plain:
    if values.values is not None:
        return values.values[int(value)]
    if values.whole:
        return int(value)
    low, high = values.ends
    return min(max(float(f"{float(value):.6g}"), float(low)), float(high))
