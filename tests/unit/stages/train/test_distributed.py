"""Several devices train one model: the same every time, wherever it stops, and nobody is left."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor
from torch.utils.data import DataLoader

from airlock.core.errors import ModelError, Preempted, ProcessLost, SpecError
from airlock.models.shape import Shape
from airlock.stages.train.stage import device
from airlock.stages.train.stage.distributed.fork_server import ForkServer
from airlock.stages.train.stage.distributed.launcher import launch
from airlock.stages.train.stage.feed import described, laid_out, opened
from airlock.stages.train.stage.fit import Fitted
from airlock.stages.train.stage.run_context import RunContext
from tests.fitting import Attempts, Own, WithDropout, equal, fitted, fold, spec

SHAPE = Shape(4, (), 2)
# 19 batches an epoch: enough for the ranks to ask each other whether to stop.
CHANGES: dict[str, Any] = {"devices": 2, "batch_size": 16, "hyperparameters": {"hidden": 8}}


class Normed(WithDropout):
    """It has buffers, which a rank learns from the rows that it sees."""

    def __init__(self, shape: Shape, *, hidden: int) -> None:
        super().__init__(shape, hidden=hidden)
        self.norm = torch.nn.BatchNorm1d(shape.numeric)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        return super().forward(self.norm(numeric), categorical)


class Unlucky(WithDropout):
    """Something happens to the second rank in its 20th step."""

    def training_step(self, batch: Any) -> Tensor:
        loss = super().training_step(batch)
        if self.global_rank == 1 and self.global_step == 20:
            loss = self.struck(loss)
        return loss

    def struck(self, loss: Tensor) -> Tensor:
        raise NotImplementedError


class Killed(Unlucky):
    def struck(self, loss: Tensor) -> Tensor:
        os.kill(os.getpid(), signal.SIGKILL)
        return loss


class Infinite(Unlucky):
    def struck(self, loss: Tensor) -> Tensor:
        return loss * float("inf")


class Broken(Unlucky):
    def struck(self, loss: Tensor) -> Tensor:
        raise KeyError("no such layer")


class Endless(WithDropout):
    """It writes down its process, and stays in its first step."""

    def __init__(self, shape: Shape, *, folder: str) -> None:
        super().__init__(shape)
        self.folder = Path(folder)

    def training_step(self, batch: Any) -> Tensor:
        (self.folder / f"{os.getpid()}.rank").touch()
        while True:
            signal.pause()


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    with ForkServer() as fork_server:
        yield fork_server


Fit = Callable[..., tuple[dict[str, Tensor], Fitted]]


@pytest.fixture
def several(fork_server: ForkServer, tmp_path: Path) -> Fit:
    """Fit in two processes; the weights, and how it went."""

    def fit(
        context: RunContext | None = None, kind: type[WithDropout] = Normed, **changes: Any
    ) -> tuple[dict[str, Tensor], Fitted]:
        module = kind(SHAPE, hidden=8)
        how = launch(
            module,
            fold(300),
            fold(100),
            spec(**{"model": f"{__name__}:{kind.__name__}"} | CHANGES | changes),
            shape=SHAPE,
            on_epoch=lambda *_: None,
            scratch=tmp_path,
            context=context or RunContext(),
            fork_server=fork_server,
        )
        return module.state_dict(), how

    return fit


def test_two_processes_fit_to_the_same_bits_wherever_they_stop(several: Fit, tmp_path: Path):
    weights, how = several()

    for looks in (1, 3):
        attempts = Attempts(tmp_path / str(looks))
        attempts.folder.mkdir()
        with pytest.raises(Preempted, match="from here"):
            several(attempts.stopped_after(looks))
        again, went = several(attempts.next())

        assert equal(again, weights), looks
        assert went.history == how.history


def test_a_rank_that_is_killed_ends_all_and_says_so(several: Fit, fork_server: ForkServer):
    with pytest.raises(ProcessLost, match=r"Rank 1 of 2 was killed \(SIGKILL\)") as lost:
        several(kind=Killed)

    assert lost.value.retry_can_help
    assert not fork_server.busy


def endless(folder: Path) -> None:
    launch(
        Endless(SHAPE, folder=str(folder)),
        fold(300),
        fold(100),
        spec(model=f"{__name__}:Endless", hyperparameters={"folder": str(folder)}, devices=2),
        shape=SHAPE,
        on_epoch=lambda *_: None,
        scratch=folder,
    )


def alive(process: int) -> bool:
    try:
        # Whoever adopts orphans may be slow to bury them.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def waited(until: Callable[[], Any]) -> Any:
    """What `until` says once it says something; a minute is more than any machine needs."""
    end = time.monotonic() + 60
    while not (said := until()) and time.monotonic() < end:
        time.sleep(0.02)
    return said


def test_no_rank_outlives_a_task_that_is_killed(tmp_path: Path):
    task = multiprocessing.get_context("fork").Process(target=endless, args=(tmp_path,))
    task.start()
    assert waited(lambda: len([*tmp_path.glob("*.rank")]) == 2)

    task.kill()
    task.join()

    ranks = [int(path.stem) for path in tmp_path.glob("*.rank")]
    assert waited(lambda: not any(map(alive, ranks)))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(
            Infinite,
            "training loss of Infinite is inf in step 2 of epoch 2, for the rows 17 to 32 in",
            id="a loss that is not finite",
        ),
        pytest.param(Broken, "Broken failed in epoch 2: KeyError: 'no such layer'", id="an error"),
    ],
)
def test_what_one_rank_says_is_what_is_said(several: Fit, kind: type[Unlucky], said: str):
    with pytest.raises(ModelError, match=said):
        several(kind=kind)


@pytest.mark.soak
def test_three_processes_fit_to_the_same_bits_as_well(several: Fit, tmp_path: Path):
    three = {"devices": 3, "batch_size": 24}
    weights, how = several(**three)

    attempts = Attempts(tmp_path)
    with pytest.raises(Preempted, match="from here"):
        several(attempts.stopped_after(1), **three)
    again, went = several(attempts.next(), **three)

    assert equal(again, weights)
    assert went.history == how.history


def test_on_two_devices_it_learns_what_it_learns_on_one(several: Fit):
    _, how = several()
    changes = {name: value for name, value in CHANGES.items() if name != "devices"}

    _, alone = fitted(spec(**changes), kind=WithDropout)

    one, two = (max(epoch["validation_loss"] for epoch in x.history) for x in (alone, how))
    assert one == pytest.approx(two, rel=0.2)


class Uneven(Own):
    """Its batches depend on the rank that asks."""

    def train_dataloader(self) -> Any:
        return DataLoader(self.train, self.batch_size + 4 * dist.get_rank())


class Boasting(Own):
    """The second rank's loader ends before its time."""

    def train_dataloader(self) -> Any:
        return _Ending(self.train, self.batch_size)


class _Ending(DataLoader[Any]):
    def __iter__(self) -> Any:
        return itertools.islice(super().__iter__(), len(self) - dist.get_rank())


def test_batches_of_ones_own_are_shared_by_the_ranks(several: Fit, tmp_path: Path):
    own = {"data": "tests.fitting:Own", "checkpoint_steps": 1}
    weights, how = several(**own)

    attempts = Attempts(tmp_path)
    with pytest.raises(Preempted, match="its last checkpoint"):
        several(attempts.stopped_after(3), **own)
    again, went = several(attempts.next(), **own)

    assert equal(again, weights)
    assert went.history == how.history
    assert not equal(several()[0], weights)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(Uneven, r"Uneven has \[19, 13\] batches on the ranks", id="lengths"),
        pytest.param(Boasting, "gave 18 batches and has a length of 19", id="an early end"),
    ],
)
def test_ranks_with_fewer_batches_than_others_are_an_error_and_no_wait(
    several: Fit, kind: type[Own], said: str
):
    with pytest.raises(ModelError, match=said):
        several(data=f"{__name__}:{kind.__name__}")


def test_a_fold_is_read_alike_in_another_process(tmp_path: Path):
    some = laid_out(fold(50), tmp_path)

    again = opened(described(some))

    assert all(map(torch.equal, some.columns, again.columns))
    assert laid_out(some, tmp_path / "elsewhere") is some


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"strategy": "ddp"}, "is for several devices", id="one device"),
        pytest.param({"devices": 3}, "make it a multiple of devices", id="rows are left out"),
        pytest.param({"devices": 0}, "must be at least 1", id="none"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_written(changes: dict[str, Any], said: str):
    with pytest.raises(SpecError, match=said):
        spec(**changes)


def test_more_devices_than_there_are_are_refused_before_any_row_is_read():
    with pytest.raises(ModelError, match="wants 1024 cores"):
        device.checked(spec(devices=1024, batch_size=1024, accelerator="cpu"))
    with contextlib.suppress(ModelError):
        device.checked(spec(devices=1, accelerator="cpu"))


def test_devices_name_another_training_and_their_strategy_does_not():
    assert spec(devices=2).digest != spec().digest
    assert spec(devices=2, strategy="ddp").digest == spec(devices=2).digest
