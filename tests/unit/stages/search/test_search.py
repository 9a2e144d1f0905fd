"""What a search tries next is a function of its seed and of what came out before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from airlock.core.errors import ModelError
from airlock.core.search import Plain, SearchSpec, Values
from airlock.core.spec import WrongArguments
from airlock.stages.search.record import Rung, Searched, Trial
from airlock.stages.search.stage.sampler import spread_evenly
from airlock.stages.search.stage.search import conclude, importance, propose
from airlock.stages.train.spec import TrainSpec

SPACE = {
    "learning_rate": {"low": 0.01, "high": 0.3, "log": True},
    "num_leaves": {"low": 3, "high": 63},
    "extra_trees": {"values": [False, True]},
}
Scored = Callable[[int, Mapping[str, Plain]], float | None]


def search(trials: int = 30, **changes: object) -> SearchSpec:
    return SearchSpec(**{"trials": trials, "space": SPACE, **changes})


def by_rate(number: int, settings: Mapping[str, Plain]) -> float | None:
    """Best at a rate of 0.1, whatever else."""
    return 0.9 - abs(math.log(float(settings.get("learning_rate", 0.05)) / 0.1)) / 10


def run(
    asked: SearchSpec, scored: Scored = by_rate, *, spent_from: int = 99, rows: int = 90_000
) -> tuple[list[Rung], Searched]:
    rungs: list[Rung] = []
    told: list[Trial] = []
    for step in range(len(asked.steps())):
        rung = propose(asked, step, told, metric="auroc", rows=rows, spent=step >= spent_from)
        rungs.append(rung)
        told += [
            Trial(
                number=number,
                level=rung.level,
                settings=settings,
                sample=rung.sample,
                score=scored(number, settings),
                bundle=None,
            )
            for number, settings in zip(rung.numbers, rung.settings, strict=True)
        ]
    return rungs, conclude(asked, told, "auroc", spent=rungs[-1].spent)


def test_of_three_one_goes_on_with_three_times_the_rows_and_the_usual_settings_always():
    rungs, searched = run(search())

    assert [(len(one.numbers), one.sample) for one in rungs] == [
        (10, 0.111111),
        (10, 0.111111),
        (10, 0.111111),
        (11, 0.333333),
        (5, 1.0),
    ]
    assert all(0 in one.numbers for one in rungs[-2:])
    assert searched.winner in rungs[-1].numbers
    assert searched.settings == spread_evenly(search(), searched.winner)
    assert by_rate(1, searched.settings) == max(one.score for one in searched.trials)


def test_a_longer_search_begins_with_all_trials_of_a_shorter_one():
    short, long = search(20), search(60)

    assert run(short)[0][0].settings == run(long)[0][0].settings
    assert run(short)[0][1].settings == run(long)[0][1].settings


def test_twice_the_same_and_with_another_seed_something_else():
    assert run(search()) == run(search())
    assert run(search(seed=1))[0][0].settings != run(search())[0][0].settings


def test_settings_are_spread_over_the_whole_range():
    asked = search(200)
    leaves = [int(spread_evenly(asked, number)["num_leaves"]) for number in range(1, 200)]
    trees = [spread_evenly(asked, number)["extra_trees"] for number in range(1, 200)]

    tenths = [sum(3 + 6.1 * at <= one < 3 + 6.1 * (at + 1) for one in leaves) for at in range(10)]
    assert (min(leaves), max(leaves)) == (3, 63)
    assert min(tenths) >= 15
    assert 80 <= trees.count(True) <= 120


def test_of_a_small_table_no_part_is_taken():
    assert {one.sample for one in run(search(), rows=1_500)[0]} == {1.0}


def test_nothing_is_tried_twice_in_a_space_of_four():
    few = search(space={"num_leaves": {"values": [3, 7]}, "extra_trees": {"values": [True, False]}})

    rungs, _ = run(few)

    first = [str(sorted(one.items())) for rung in rungs[:3] for one in rung.settings]
    assert len(first) == len(set(first)) == 5


def test_when_the_budget_is_used_up_only_the_best_goes_on():
    rungs, searched = run(search(), spent_from=1)

    assert [len(one.numbers) for one in rungs] == [10, 0, 0, 2, 2]
    assert searched.spent
    assert "ended the search early" in searched.facts()[-1]


def test_settings_that_cannot_be_trained_lose():
    _, searched = run(search(), lambda number, said: None if number % 2 else by_rate(number, said))

    assert searched.failed == 15
    assert searched.winner % 2 == 0


def test_where_nothing_can_be_trained_the_search_says_so():
    with pytest.raises(ModelError, match="None of 30 trials"):
        run(search(), lambda number, settings: None)


def test_importance_goes_to_what_the_scores_follow_and_not_to_noise():
    asked = search(60)
    trials = [one for one in run(asked)[1].trials if one.level == 0]

    found = importance(asked, trials)

    assert found["learning_rate"] > 0.5
    assert found["num_leaves"] < 0.2
    assert found["extra_trees"] < 0.2
    assert importance(asked, trials[:7]) == {}


def test_optuna_proposes_from_what_came_out_before_and_twice_the_same():
    pytest.importorskip("optuna")
    asked = search(30, sampler="tpe")

    rungs, searched = run(asked)

    def distance(rung: Rung) -> float:
        rates = [float(one["learning_rate"]) for one in rung.settings if one]
        return sum(abs(math.log(rate / 0.1)) for rate in rates) / len(rates)

    assert run(asked) == (rungs, searched)
    # It comes closer to the best rate than what was spread evenly.
    assert distance(rungs[2]) < distance(rungs[0])
    assert {type(one["num_leaves"]) for one in rungs[2].settings} == {int}


@pytest.mark.parametrize(
    ("said", "value", "share"),
    [
        ({"low": 0.01, "high": 1.0, "log": True}, 0.1, 0.5),
        ({"low": 0, "high": 10}, 5, 0.5),
        ({"values": ["a", "b", "c"]}, "b", 0.5),
        ({"low": 1.0, "high": 2.0}, 9.0, 1.0),
    ],
)
def test_where_a_value_lies_on_its_axis(said: dict, value: Plain, share: float):
    assert Values(**said).share(value) == pytest.approx(share)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"space": {"depth": {"low": 1, "high": 2}}}, "space.depth: kind='lightgbm' takes no"),
        ({"space": {"num_leaves": {"low": 1, "high": 9}}}, "num_leaves: must be at least 2"),
        ({"space": {"batch_size": {"low": 8, "high": 9}}}, "batch_size: kind='lightgbm' takes no"),
        ({"space": {"num_leaves": {"low": 9, "high": 3}}}, "low must be below high"),
        ({"space": {"num_leaves": {"low": 9}}}, "write low and high, or values"),
        ({"budget": "a while"}, 'write a budget as "20 minutes"'),
        ({"metric": "rmse"}, "rmse is not measured of a classification"),
        ({"trials": 1}, "trials: must be at least 2"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_searched_is_refused_when_the_dag_is_parsed(changes: dict, said: str):
    written = {"trials": 9, "space": SPACE, **changes}

    with pytest.raises(WrongArguments) as refused:
        TrainSpec(kind="lightgbm", target="churned", entity="customer", search=written)

    assert said in refused.value.what


def test_a_search_leaves_the_name_of_its_trainings_alone():
    plain = TrainSpec(kind="lightgbm", target="churned", entity="customer")
    searched = plain.model_copy(update={"search": search()})

    assert searched.digest == plain.digest
    assert searched.with_settings({}) == plain
    assert searched.with_settings({"max_epochs": 7, "num_leaves": 5}) == TrainSpec(
        kind="lightgbm",
        target="churned",
        entity="customer",
        max_epochs=7,
        hyperparameters={"num_leaves": 5},
    )
