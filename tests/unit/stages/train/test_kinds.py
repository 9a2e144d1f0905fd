"""Other kinds than networks: the same bits from the same rows, however often they were stopped."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from airlock.bundle.preprocessing import learn, learn_target
from airlock.core.errors import BudgetSpent, DataError, ModelError, Preempted, SpecError
from airlock.models.base import Base
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.kinds.boosting import BoostingLearner
from airlock.stages.train.stage.kinds.linear import LinearLearner
from airlock.stages.train.stage.kinds.network import NetworkLearner
from airlock.stages.train.stage.learner import Fitted, Telling
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.run_context import RunContext
from tests.fitting import Attempts
from tests.redacted import customers

TYPES = {"plan": "string", "tenure": "integer", "fee": "number", "paperless": "boolean"}
DRAWN = {"bagging_fraction": 0.7, "feature_fraction": 0.6, "extra_trees": True}
LEARNERS = {"lightgbm": BoostingLearner, "linear": LinearLearner}


def lesson(rows: int = 700, target: str = "churned", frame: pd.DataFrame | None = None) -> Lesson:
    frame = customers(rows) if frame is None else frame
    folds = {name: frame[frame["fold"] == name] for name in ("train", "validation")}
    types = {name: kind for name, kind in TYPES.items() if name != target}
    classify = target != "tenure"
    kind = "string" if target == "plan" else "integer"
    labels = pd.concat([folds["train"][target], folds["validation"][target]])
    known = learn_target(target, kind, labels, classify=classify)  # type: ignore[arg-type]
    seen = learn(folds["train"], list(types.items()), known)  # type: ignore[arg-type]

    def tensors(rows: pd.DataFrame) -> Tensors:
        columns = (*seen.apply(rows), known.encode(rows[target]))
        return Tensors(tuple(torch.from_numpy(one) for one in columns))

    return Lesson(
        types=types,  # type: ignore[arg-type]
        split="s",
        preprocessing=seen,
        target=known,
        train=tensors(folds["train"]),
        validation=tensors(folds["validation"]),
    )


def spec(kind: str = "lightgbm", **changes: Any) -> TrainSpec:
    usual = {"max_epochs": 60} if kind == "lightgbm" else {}
    return TrainSpec(
        **{"kind": kind, "target": "churned", "entity": "customer_id"} | usual | changes
    )


def fitted(
    spec: TrainSpec, context: RunContext | None = None, *, on: Lesson | None = None, folder: Path
) -> tuple[bytes, Fitted]:
    """The sealed model, and how it went."""
    on, told = on or lesson(), []
    learner = LEARNERS[spec.kind](spec)
    learner.check()
    learner.prepare(on)
    how = learner.fit(
        on,
        telling=Telling(
            epoch=lambda *_: None, steps=lambda _: None, series=lambda *a: told.append(a)
        ),
        scratch=folder,
        context=context or RunContext(),
    )
    out = folder / "sealed"
    out.mkdir(exist_ok=True)
    learner.seal(out, on)
    [file] = out.iterdir()
    return file.read_bytes(), how


@pytest.mark.parametrize("drawn", [{}, DRAWN], ids=["nothing drawn", "rows and columns drawn"])
@pytest.mark.parametrize("target", ["churned", "plan", "tenure"])
def test_threads_make_no_difference_to_a_boosting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any], target: str
):
    room, found = "airlock.stages.train.stage.kinds.boosting", []
    rows = lesson(target=target)
    monkeypatch.setattr(f"{room}._CELLS", 0)
    task = "regression" if target == "tenure" else "classification"

    for threads in (1, 2, 2):
        monkeypatch.setattr(f"{room}.cores", lambda threads=threads: threads)
        asked = spec(target=target, task=task, max_epochs=12, hyperparameters=drawn)
        found.append(fitted(asked, on=rows, folder=tmp_path)[0])

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="nothing drawn"),
        pytest.param({"hyperparameters": DRAWN}, id="rows and columns drawn"),
        pytest.param({"class_weight": "balanced", "monotone": {"tenure": -1}}, id="weighed"),
        pytest.param({"kind": "linear"}, id="linear"),
    ],
)
def test_stopped_anywhere_it_goes_on_to_the_same_bits(tmp_path: Path, changes: dict[str, Any]):
    asked, rows = spec(**changes), lesson()
    whole, how = fitted(asked, on=rows, folder=tmp_path)

    for looks in itertools.count(1, 13 if asked.kind == "lightgbm" else 4):
        attempts = Attempts(tmp_path / str(looks))
        attempts.folder.mkdir()
        try:
            fitted(asked, attempts.stopped_after(looks), on=rows, folder=tmp_path)
            break
        except Preempted:
            again, went = fitted(asked, attempts.next(), on=rows, folder=tmp_path)

        assert again == whole, looks
        assert went.history == how.history

    assert looks > 3


def test_a_network_weighs_classes_and_seals_no_weight_of_them(tmp_path: Path):
    on = lesson(400)

    def share(**changes: Any) -> float:
        learner = NetworkLearner(
            TrainSpec(
                model="airlock.models.tabular:TabularClassifier",
                target="churned",
                entity="customer_id",
                hyperparameters={"hidden": 4},
                max_epochs=2,
                batch_size=64,
                **changes,
            )
        )
        learner.check()
        learner.prepare(on)
        telling = Telling(epoch=lambda *_: None, steps=lambda _: None, series=lambda *_: None)
        learner.fit(on, telling=telling, scratch=tmp_path, context=RunContext())
        assert not [name for name in learner._module.state_dict() if "class" in name]
        return float(np.exp(learner.outputs(on.validation))[:, 1].mean())

    assert share(class_weight={"1": 50}) > share() + 0.02


def test_a_module_that_cannot_weigh_classes_is_refused_before_any_row(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delattr(Base, "weigh")
    asked = TrainSpec(
        model="airlock.models.tabular:TabularClassifier",
        target="churned",
        entity="customer_id",
        class_weight="balanced",
    )

    with pytest.raises(ModelError, match="weighs no classes"):
        NetworkLearner(asked).check()


def test_stopped_again_and_again_it_still_ends_with_the_same_bits(tmp_path: Path):
    attempts, rows = Attempts(tmp_path), lesson()
    asked = spec(hyperparameters=DRAWN)
    whole, _ = fitted(asked, on=rows, folder=tmp_path)

    stops = 0
    while True:
        try:
            again, _ = fitted(asked, attempts.stopped_after(30), on=rows, folder=tmp_path)
            break
        except Preempted:
            stops += 1

    assert again == whole
    assert stops > 1


def test_killed_without_a_word_it_goes_on_to_the_same_bits(tmp_path: Path):
    rows, attempts = lesson(), Attempts(tmp_path)
    asked = spec(hyperparameters=DRAWN, max_epochs=200, patience=200, checkpoint_seconds=1e-6)
    whole, _ = fitted(asked, on=rows, folder=tmp_path)

    slow = attempts.next(clock=time.monotonic, stopping=lambda: time.sleep(0.01) or False)
    process = multiprocessing.get_context("fork").Process(
        target=lambda: fitted(asked, slow, on=rows, folder=tmp_path)
    )
    process.start()
    while not attempts.names():
        time.sleep(0.01)
    process.kill()
    process.join()
    again, _ = fitted(asked, attempts.next(), on=rows, folder=tmp_path)

    assert process.exitcode == -signal.SIGKILL
    assert again == whole


def test_a_state_that_somebody_altered_is_passed_over(tmp_path: Path):
    attempts, rows = Attempts(tmp_path), lesson()
    whole, _ = fitted(spec(), on=rows, folder=tmp_path)
    with pytest.raises(Preempted):
        fitted(spec(), attempts.stopped_after(20), on=rows, folder=tmp_path)
    [state] = (tmp_path / "store/checkpoints").rglob("*.pt")
    state.write_bytes(state.read_bytes().replace(b"left_child=1 ", b"left_child=9 "))

    again, _ = fitted(spec(), attempts.next(), on=rows, folder=tmp_path)

    assert again == whole


def test_a_budget_ends_it_and_a_larger_one_goes_on(tmp_path: Path):
    attempts, rows = Attempts(tmp_path), lesson()
    whole, _ = fitted(spec(), on=rows, folder=tmp_path)
    clock = itertools.count()

    with pytest.raises(BudgetSpent, match="in round"):
        fitted(
            spec(),
            attempts.next(clock=lambda: next(clock), seconds=40),
            on=rows,
            folder=tmp_path,
        )
    again, went = fitted(spec(), attempts.next(), on=rows, folder=tmp_path)

    assert again == whole
    assert went.seconds > 30


def test_it_stops_where_the_validation_fold_learns_nothing_more(tmp_path: Path):
    rows = lesson()

    _, how = fitted(spec(max_epochs=500, patience=10), on=rows, folder=tmp_path)

    assert len(how.history) == how.best + 10 < 500
    assert min(how.history, key=lambda one: one["validation_loss"]) == how.history[how.best - 1]


def test_a_score_rises_along_a_feature_only_where_it_may(tmp_path: Path):
    rows = lesson()
    learner = BoostingLearner(spec(monotone={"tenure": 1}))
    learner.prepare(rows)
    learner.fit(
        rows,
        telling=Telling(epoch=print, steps=print, series=lambda *_: None),
        scratch=tmp_path,
        context=RunContext(),
    )
    names = [one.name for one in rows.preprocessing.numeric]
    inputs = [one[:1].repeat(50, 1) for one in rows.train.inputs]
    inputs[0][:, names.index("tenure")] = torch.linspace(-3, 3, 50)

    found = learner.outputs(Tensors((*inputs, torch.zeros(50))))

    assert (np.diff(found[:, 1]) >= 0).all()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        pytest.param(
            {"monotone": {"plan": 1}}, SpecError, "no feature that is a number", id="text"
        ),
        pytest.param({"monotone": {"x": 1}}, SpecError, "monotone names x", id="no column"),
        pytest.param({"class_weight": {"2": 3}}, SpecError, "which is no class", id="no class"),
    ],
)
def test_what_the_rows_do_not_have_is_said_before_anything_is_fitted(
    changes: dict[str, Any], error: type[Exception], said: str
):
    with pytest.raises(error, match=said):
        BoostingLearner(spec(**changes)).prepare(lesson())


@pytest.mark.parametrize("kind", ["lightgbm", "linear"])
def test_one_class_in_the_train_fold_is_no_lesson(kind: str):
    frame = customers(700)
    frame.loc[frame["fold"] == "train", "churned"] = 1

    with pytest.raises(DataError, match="one class only"):
        LEARNERS[kind](spec(kind)).prepare(lesson(frame=frame))


@pytest.mark.parametrize("kind", ["lightgbm", "linear"])
def test_a_class_that_only_the_validation_fold_has_is_hardly_ever_said(tmp_path: Path, kind: str):
    frame = customers(700)
    frame.loc[(frame["fold"] == "train") & (frame["plan"] == "basic"), "plan"] = "family"
    rows = lesson(target="plan", frame=frame)
    learner = LEARNERS[kind](
        spec(kind, target="plan", **({"max_epochs": 5} if kind == "lightgbm" else {}))
    )
    learner.prepare(rows)

    learner.fit(
        rows,
        telling=Telling(epoch=print, steps=print, series=lambda *_: None),
        scratch=tmp_path,
        context=RunContext(),
    )

    assert (learner.outputs(rows.train).argmax(axis=1) > 0).all()


def test_what_is_not_finite_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LinearLearner, "_loss", lambda *_: float("nan"))

    with pytest.raises(ModelError, match="validation loss is nan after step 1"):
        fitted(spec("linear"), folder=tmp_path)
