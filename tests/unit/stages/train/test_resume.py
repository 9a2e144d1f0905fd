"""Wherever a training stops, the next attempt ends with the bits of one that never stopped."""

from __future__ import annotations

import itertools
import json
import logging
import multiprocessing
import resource
from pathlib import Path
from typing import Any

import pytest
import torch

from airlock.core.errors import BudgetSpent, ModelError, Preempted, SpecError
from airlock.models.ensemble import TabularEnsemble
from airlock.stages.train.budget import Budget
from airlock.stages.train.stage.checkpoint import Checkpoints, PlainIO, first_loadable
from airlock.store import open_store
from airlock.store.folder import FolderStore
from tests.fitting import Attempts, WithDropout, equal, fitted, spec

FORK = multiprocessing.get_context("fork")
EVERY_BATCH = {"checkpoint_steps": 1}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="mid-epoch"),
        pytest.param({"accumulate": 2}, id="between optimizer steps of two batches"),
        pytest.param({"batch_size": 512}, id="an epoch is one step"),
        pytest.param({"max_steps": 13}, id="a bound of steps"),
        pytest.param({"gradient_clip": 0.1, "precision": "bf16"}, id="clipped, in bfloat16"),
    ],
)
def test_stopped_anywhere_it_goes_on_to_the_same_bits(tmp_path: Path, changes: dict[str, Any]):
    weights, how = fitted(spec(**changes))

    for looks in itertools.count(1, 2):
        folder = tmp_path / str(looks)
        attempts = Attempts(folder)
        folder.mkdir()
        try:
            fitted(spec(**changes), attempts.stopped_after(looks))
            break
        except Preempted:
            again, went = fitted(spec(**changes), attempts.next())

        assert equal(again, weights), looks
        assert went.history == how.history

    assert looks > 3


def test_an_ensemble_keeps_its_bins_and_goes_on_to_the_same_bits(tmp_path: Path):
    weights, _ = fitted(spec(max_epochs=2), kind=TabularEnsemble)
    attempts = Attempts(tmp_path)
    with pytest.raises(Preempted):
        fitted(spec(max_epochs=2), attempts.stopped_after(3), kind=TabularEnsemble)

    again, _ = fitted(spec(max_epochs=2), attempts.next(), kind=TabularEnsemble)

    assert equal(again, weights)
    assert weights["numbers.slope"].any()


def test_stopped_again_and_again_it_still_ends_with_the_same_bits(tmp_path: Path):
    attempts = Attempts(tmp_path)
    weights, _ = fitted(spec())

    stops = 0
    while True:
        try:
            again, _ = fitted(spec(), attempts.stopped_after(3))
            break
        except Preempted:
            stops += 1

    assert equal(again, weights)
    assert stops > 3


def test_the_last_two_checkpoints_stay_and_are_removed_when_all_is_done(tmp_path: Path):
    attempts = Attempts(tmp_path)

    context = attempts.next()
    fitted(spec(**EVERY_BATCH), context)

    names = attempts.names()
    assert [Path(name).suffix for name in names] == [".json", ".pt"] * 2
    assert context.checkpoints is not None
    context.checkpoints.clear()
    assert attempts.names() == []


@pytest.fixture
def kept(tmp_path: Path) -> Attempts:
    """A training that was stopped and left two checkpoints."""
    attempts = Attempts(tmp_path)
    calls = itertools.count(1)
    with pytest.raises(Preempted):
        fitted(spec(**EVERY_BATCH), attempts.next(stopping=lambda: next(calls) >= 6))
    return attempts


def newest(attempts: Attempts, suffix: str) -> Path:
    return max((attempts.folder / "store" / "checkpoints").rglob(f"*{suffix}"))


def torn(attempts: Attempts) -> None:
    state = newest(attempts, ".pt")
    state.write_bytes(state.read_bytes()[:-100])


def one_bit(attempts: Attempts) -> None:
    state = newest(attempts, ".pt")
    data = bytearray(state.read_bytes())
    data[len(data) // 2] ^= 1
    state.write_bytes(data)


def without_state(attempts: Attempts) -> None:
    newest(attempts, ".pt").unlink()


def wrong_seal(attempts: Attempts) -> None:
    newest(attempts, ".json").write_text("[]")


@pytest.mark.parametrize("damage", [torn, one_bit, without_state, wrong_seal])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    kept: Attempts, damage, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    before = next(name for name in kept.names() if name.endswith(".pt"))
    damage(kept)

    weights, _ = fitted(spec(), kept.next())

    assert "passed over" in caplog.text
    assert f"Going on from the checkpoint {before}" in caplog.text
    assert equal(weights, fitted(spec())[0])


def test_a_state_without_its_seal_does_not_count(kept: Attempts):
    newest(kept, ".json").unlink()
    before = next(name for name in kept.names() if name.endswith(".json"))

    checkpoints = kept.next().checkpoints

    assert checkpoints is not None
    assert [path.stem for path in checkpoints.newest()] == [Path(before).stem]


class Payload:
    """What a poisoned checkpoint would run."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self.trace,))


def test_a_checkpoint_with_a_payload_is_refused_and_nothing_of_it_runs(
    kept: Attempts, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    trace = tmp_path / "payload ran"
    poisoned = tmp_path / "poisoned.pt"
    torch.save({"state_dict": {}, "callbacks": Payload(trace)}, poisoned)
    forger = kept.next().checkpoints
    assert forger is not None
    # Sealed as it should be: only what is in it betrays it.
    assert forger.save(poisoned, 999)

    weights, _ = fitted(spec(), kept.next())

    assert not trace.exists()
    assert "nothing in it was run" in caplog.text
    assert equal(weights, fitted(spec())[0])


def test_a_module_whose_state_could_not_be_loaded_again_is_told_at_its_first_checkpoint(
    tmp_path: Path,
):
    class Odd(WithDropout):
        def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
            checkpoint["path"] = Path("weights")

    with pytest.raises(ModelError, match="something else than tensors and plain values"):
        fitted(spec(**EVERY_BATCH), Attempts(tmp_path).next(), kind=Odd)


def test_two_attempts_at_once_do_not_harm_each_other(tmp_path: Path):
    attempts = Attempts(tmp_path)
    with pytest.raises(Preempted):
        fitted(spec(**EVERY_BATCH), attempts.stopped_after(6))
    rivals = [
        FORK.Process(target=fitted, args=(spec(**EVERY_BATCH), attempts.next())) for _ in range(2)
    ]

    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert [rival.exitcode for rival in rivals] == [0, 0]
    weights, how = fitted(spec(), attempts.next())
    assert equal(weights, fitted(spec())[0])
    assert len(how.history) == 4


def test_what_a_rival_removes_meanwhile_is_still_gone_on_from(kept: Attempts):
    checkpoints = kept.next().checkpoints
    assert checkpoints is not None
    resumed = first_loadable(checkpoints)
    assert resumed is not None

    checkpoints.clear()

    assert PlainIO(resumed).load_checkpoint(resumed.name)["state_dict"]


def test_newer_states_of_a_rival_are_seen_while_looking(kept: Attempts, tmp_path: Path):
    mine, rival = kept.next().checkpoints, kept.next().checkpoints
    assert mine is not None
    assert rival is not None
    looking = mine.newest()
    next(looking)

    (tmp_path / "newer.pt").write_bytes(b"state")
    assert rival.save(tmp_path / "newer.pt", 999)

    assert next(looking).stem.startswith("000000000999-")


# --- what cannot be written ---


def test_a_full_disk_costs_a_warning_and_the_older_checkpoint_stays(
    kept: Attempts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    before = kept.names()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit of the size of files gives the same error as a full disk, without filling one.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        weights, _ = fitted(spec(**EVERY_BATCH), kept.next())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    assert "the one before stays" in caplog.text
    assert kept.names() == before
    assert equal(weights, fitted(spec())[0])


def test_a_store_that_does_not_take_a_checkpoint_does_not_stop_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "checkpoints").write_text("in the way")
    store = open_store(str(tmp_path / "store"))
    assert isinstance(store, FolderStore)
    checkpoints = Checkpoints(store, "k", attempt="a", scratch=tmp_path)
    state = tmp_path / "state.pt"
    state.write_bytes(b"state")

    assert not checkpoints.save(state, 1)

    assert "No checkpoint after batch 1" in caplog.text
    assert not state.exists()


def test_what_lightning_would_unpickle_is_left_out(tmp_path: Path):
    PlainIO().save_checkpoint({"hyper_parameters": Payload(tmp_path), "epoch": 1}, tmp_path / "s")

    assert PlainIO().load_checkpoint(tmp_path / "s") == {"epoch": 1}


# --- the budget ---


def test_a_spent_budget_ends_in_words_and_a_larger_one_goes_on(tmp_path: Path):
    attempts = Attempts(tmp_path)
    ticks = itertools.count()
    with pytest.raises(BudgetSpent, match=r"spent its budget: 0\.\d minutes") as spent:
        fitted(spec(), attempts.next(clock=lambda: float(next(ticks)), seconds=10))

    assert not spent.value.retry_can_help
    # The second attempt begins with what the first one spent.
    with pytest.raises(BudgetSpent):
        fitted(spec(), attempts.next(seconds=10))
    weights, how = fitted(spec(), attempts.next(seconds=10_000))
    assert how.seconds >= 10
    assert equal(weights, fitted(spec())[0])


def test_a_budget_does_not_name_another_training():
    assert spec(budget=Budget(wall_minutes=1)).digest == spec().digest
    assert spec(checkpoint_seconds=1).decisive() == spec().decisive()
    assert spec(max_steps=1).digest != spec().digest


def test_money_is_time_by_the_price_of_a_device():
    budget = Budget(cost=5, wall_minutes=120)

    assert budget.seconds(device_hour_price=2.5, devices=2) == 3600
    assert budget.seconds(device_hour_price=0.5, devices=1) == 7200
    with pytest.raises(SpecError, match="what a device costs"):
        budget.seconds(device_hour_price=None, devices=1)


def test_the_seal_is_the_state_s_own(kept: Attempts):
    seal = json.loads(newest(kept, ".json").read_text())

    assert seal["bytes"] == newest(kept, ".pt").stat().st_size
    assert seal["batches"] == int(newest(kept, ".pt").name.partition("-")[0])


# --- memory ---


def out_of_memory() -> None:
    class Wide(WithDropout):
        def training_step(self, batch: Any) -> torch.Tensor:
            wide = torch.ones(1 << 28)
            return super().training_step(batch) + 0 * wide.sum()

    fitted(spec(max_epochs=1))  # What torch allocates once is allocated before the limit.
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (256 << 20), resource.RLIM_INFINITY))
    try:
        fitted(spec(), kind=Wide)
    except ModelError as error:
        # A limit of its own process: nobody else's memory is taken away.
        raise SystemExit(
            0 if "ran out of memory in epoch 1" in str(error) else str(error)
        ) from None


def test_a_limit_of_memory_ends_in_words():
    one = FORK.Process(target=out_of_memory)
    one.start()
    one.join()

    assert one.exitcode == 0
