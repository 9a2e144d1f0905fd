"""Says what each rung of a search tries, and what the whole came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from airlock.core.content import canonical_json
from airlock.core.errors import ModelError, SpecError
from airlock.core.search import LEAST_ROWS, Plain, SearchSpec, Step
from airlock.registry import MlflowSettings, family_tags, open_run
from airlock.stages.search.record import Rung, Searched, Trial, best_first
from airlock.stages.search.stage.sampler import spread_evenly

# Below so many trainings of one level a share of their spread is chance.
_LEAST_TRIALS = 8
_BINS = 3


def propose(
    search: SearchSpec,
    step: int,
    told: Sequence[Trial],
    *,
    metric: str | None,
    rows: int,
    spent: bool,
    before: bool = False,
) -> Rung:
    """What one rung tries.

    Args:
        step: which rung, from 0.
        told: all trials before.
        metric: by which they are compared; None if none was trained.
        rows: of the train fold.
        spent: whether the part of the budget up to this level is used up.
        before: whether it was so on an earlier rung.

    Raises:
        ModelError: nothing that was tried could be trained.
    """
    asked = search.steps()[step]
    sample = _sample(asked.sample, rows)
    chosen: list[tuple[int, Mapping[str, Plain]]]
    if asked.new:
        chosen = [] if spent and step else _unlike(told, _new(search, step, asked, told, metric))
    else:
        chosen = _best(search, asked, told, metric, only_one=spent)
    return Rung(
        search=search.digest,
        step=step,
        level=asked.level,
        sample=sample,
        metric=metric,
        numbers=tuple(number for number, _ in chosen),
        settings=tuple(settings for _, settings in chosen),
        told=tuple(told),
        spent=spent or before,
    )


def _sample(share: float, rows: int) -> float:
    """Of a small table no part: its rank would say nothing about the whole."""
    return round(min(1.0, max(share, LEAST_ROWS / rows)), 6)


def _new(
    search: SearchSpec, step: int, asked: Step, told: Sequence[Trial], metric: str | None
) -> list[tuple[int, Mapping[str, Plain]]]:
    numbers = range(asked.first, asked.first + asked.trials)
    if search.sampler == "tpe" and step and metric is not None:
        try:
            from airlock.stages.search.stage import tpe
        except ImportError:
            raise SpecError(
                "The search asks for the sampler tpe, and Optuna is not installed.",
                do="Install airflow-airlock[search], or leave out sampler.",
            ) from None
        found = tpe.propose(search, told, metric, count=len(numbers), step=step)
        return list(zip(numbers, found, strict=True))
    return [(number, spread_evenly(search, number)) for number in numbers]


def _unlike(
    told: Sequence[Trial], proposed: list[tuple[int, Mapping[str, Plain]]]
) -> list[tuple[int, Mapping[str, Plain]]]:
    """Those that were not tried before: a space of a few values holds few settings."""
    seen = {canonical_json(one.settings) for one in told}
    found = []
    for number, settings in proposed:
        if (name := canonical_json(settings)) not in seen:
            found.append((number, settings))
        seen.add(name)
    return found


def _best(
    search: SearchSpec, asked: Step, told: Sequence[Trial], metric: str | None, *, only_one: bool
) -> list[tuple[int, Mapping[str, Plain]]]:
    ranked = _ranked(told, metric)
    tried = len({one.number for one in told})
    kept = ranked[: 1 if only_one else search.kept(tried, asked.level)]
    usual = [one for one in ranked if one.number == 0 and one not in kept]
    return [(one.number, one.settings) for one in (*kept, *usual)]


def _ranked(told: Sequence[Trial], metric: str | None) -> list[Trial]:
    """The trials of the last level on which one was trained, the best first."""
    known = [one for one in told if one.score is not None]
    if not known or metric is None:
        raise ModelError(
            f"None of {len(told)} trials of the search could be trained.",
            do="The log of each trial says why; the first of them is the TrainSpec as it stands.",
        )
    last = max(one.level for one in known)
    return best_first((one for one in known if one.level == last), metric)


def conclude(
    search: SearchSpec, told: Sequence[Trial], metric: str | None, *, spent: bool
) -> Searched:
    """What is trained.

    Args:
        told: all trials.
        spent: whether the budget ended it early.

    Raises:
        ModelError: nothing that was tried could be trained.
    """
    winner = _ranked(told, metric)[0]
    assert metric is not None
    return Searched(
        search=search.digest,
        sampler=search.sampler,
        asked=search.trials,
        metric=metric,
        trials=tuple(told),
        winner=winner.number,
        settings=winner.settings,
        spent=spent,
        importance=importance(search, [one for one in told if one.level == 0]),
    )


def log_search(
    record: Searched,
    search: SearchSpec,
    *,
    mlflow: MlflowSettings,
    model: str,
    family: str,
    report: Path,
) -> None:
    """Write what it came to into the MLflow run that stands above those of its trials.

    Args:
        family: the key of that run.
        report: the folder with the page.

    Raises:
        RegistryUnavailable: MLflow does not answer.
    """
    spread = record.spread
    with open_run(mlflow, model=model, key=family, tags=family_tags(family)) as run:
        run.log_params(
            {
                "trials": record.tried,
                "failed": record.failed,
                "sampler": search.sampler,
                "metric": record.metric,
                "winner": record.winner,
                **{f"best.{name}": value for name, value in record.settings.items()},
            }
        )
        run.log_metrics(
            {
                f"search_best_{record.metric}": record.final[0].score or 0.0,
                f"search_median_{record.metric}": spread.median,
                f"search_worst_{record.metric}": spread.worst,
            }
        )
        run.log_folder(report, "report")


def importance(search: SearchSpec, trials: Sequence[Trial]) -> dict[str, float]:
    """Share of the scores' spread that goes with each hyperparameter alone, 0 to 1.

    Omega squared of the scores by thirds of the range, or by value: what a grouping of as many
    trials by chance would explain is taken off. Effects of several together are in none of them.
    """
    known = [
        one
        for one in trials
        if one.score is not None and search.space.keys() <= one.settings.keys()
    ]
    if len(known) < _LEAST_TRIALS:
        return {}
    scores = np.array([one.score for one in known], dtype=float)
    return {
        name: _explained(
            scores, np.array([_bin(search, name, one.settings[name]) for one in known])
        )
        for name in sorted(search.space)
    }


def _bin(search: SearchSpec, name: str, value: Plain) -> int:
    values = search.space[name]
    share = values.share(value)
    if values.values is not None:
        return round(share * (len(values.values) - 1))
    return min(int(share * _BINS), _BINS - 1)


def _explained(scores: np.ndarray, groups: np.ndarray) -> float:
    whole = float(((scores - scores.mean()) ** 2).sum())
    kinds = np.unique(groups)
    left = len(scores) - len(kinds)
    if whole <= 0 or left <= 0 or len(kinds) < 2:
        return 0.0
    means = [(scores[groups == one].mean(), int((groups == one).sum())) for one in kinds]
    between = sum(count * (mean - scores.mean()) ** 2 for mean, count in means)
    noise = (whole - between) / left
    share = (between - (len(kinds) - 1) * noise) / (whole + noise)
    return round(min(max(float(share), 0.0), 1.0), 6)
