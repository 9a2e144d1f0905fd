"""One rank of a training, in a process of its own.

A rank asks the task for what only that can do: it has the store, MLflow and Airflow's signals.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import signal
import socket
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import torch
import torch.distributed as dist
from safetensors.torch import save_file

from airlock.core.errors import AirlockError
from airlock.models.shape import Shape
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.data import data_class
from airlock.stages.train.stage.device import on_gpu
from airlock.stages.train.stage.distributed.channel import Channel, Message
from airlock.stages.train.stage.distributed.process_group import ProcessGroup
from airlock.stages.train.stage.feed import opened
from airlock.stages.train.stage.fit import fit, seed
from airlock.stages.train.stage.module import adapt, built, module_class, weigh
from airlock.stages.train.stage.run_context import RunContext

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
_LOOK_EVERY = 0.05  # seconds

# As long as torch waits for a rank that is alive and does not come.
_PATIENCE = timedelta(minutes=30)


def serve_forks(end: int, parent: int) -> None:
    """Fork ranks whenever the parent says so, and tell it how they ended. Ends with the parent.

    Args:
        end: file descriptor of a socket to the parent.
        parent: its process.
    """
    _die_with(parent)
    # Who wants the task to end tells the task.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    control = socket.socket(fileno=end)
    channel = Channel(control)
    alive: dict[int, int] = {}
    while True:
        if select.select([control], [], [], _LOOK_EVERY if alive else None)[0]:
            said, ends, *_ = socket.recv_fds(control, 64, 64)
            if not said:
                return
            for rank, one in enumerate(ends):
                alive[_fork(one, [control.fileno(), *ends])] = rank
            if not ends:
                for process in alive:
                    os.kill(process, signal.SIGKILL)
        for process in list(alive):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                channel.send(rank=alive.pop(process), code=os.waitstatus_to_exitcode(status))


def _fork(mine: int, all_ends: list[int]) -> int:
    parent = os.getpid()
    process = os.fork()
    if not process:
        _die_with(parent)
        for one in all_ends:
            # Those of the ranks before it are closed already.
            if one != mine:
                with contextlib.suppress(OSError):
                    os.close(one)
        _run_worker(Channel(socket.socket(fileno=mine)))
    os.close(mine)
    return process


def _die_with(parent: int) -> None:
    """Let the kernel end this process with its parent."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before that was said.
    if os.getppid() != parent:
        os._exit(1)


def _run_worker(channel: Channel) -> NoReturn:
    """Run one rank; whatever happens, nothing of the fork server goes on in its process."""
    code = 1
    try:
        _run(channel, channel.next())
        code = 0
    except AirlockError as error:
        _report_failure(channel, error=type(error).__name__, what=error.what, do=error.do)
    except BaseException as error:  # noqa: BLE001  its text may quote the data: the place only
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} {place.name}"
        _report_failure(channel, error="", what=where, do="")
    finally:
        logging.shutdown()
        os._exit(code)


def _report_failure(channel: Channel, **failed: str) -> None:
    with contextlib.suppress(OSError):
        # The time is the machine's: the parent tells causes from consequences by it.
        channel.send(failed=failed, at=time.monotonic())


def _run(channel: Channel, job: Message) -> None:
    spec = TrainSpec.model_validate(job["spec"])
    group = _join_process_group(job, gpu=on_gpu(spec))
    if group.first:
        _log_through(channel)
    seed(spec.seed)
    shape = Shape(**job["shape"] | {"categories": tuple(job["shape"]["categories"])})
    assert spec.model is not None  # as TrainSpec has checked
    module = built(module_class(spec.model, spec.hyperparameters), shape, spec.hyperparameters)
    train = opened(job["train"])
    adapt(module, train)
    weigh(module, job["class_weights"])
    if not group.first:
        # Other chance than the first rank's, in a dropout for instance: they see other rows.
        seed((spec.seed + group.rank) % 2**32)
    scratch = Path(job["scratch"])
    checkpoints = _TaskCheckpoints(channel, scratch, job["resumed"]) if job["keeps"] else None
    fitted = fit(
        module,
        train,
        opened(job["validation"]),
        spec,
        on_epoch=lambda epoch, figures: channel.ask(epoch=epoch, figures=dict(figures)),
        on_steps=lambda points: channel.ask(steps=points),
        scratch=scratch,
        context=RunContext(
            checkpoints=checkpoints,
            stopping=lambda: bool(channel.ask(stopping=True)),
            clock=time.monotonic,
            seconds=job["seconds"],
        ),
        group=group,
        data=None if spec.data is None else data_class(spec.data),
    )
    if group.first:
        weights = {
            name: tensor.detach().clone().contiguous()
            for name, tensor in module.state_dict().items()
        }
        save_file(weights, job["weights"])
        how = {"history": fitted.history, "best": fitted.best, "seconds": fitted.seconds}
        channel.ask(fitted=how)
    dist.destroy_process_group()


def _join_process_group(job: Message, *, gpu: bool) -> ProcessGroup:
    # Read by C alone, and only in this process: ranks of one machine talk to nobody else.
    os.putenv("GLOO_SOCKET_IFNAME", "lo")
    os.putenv("NCCL_SOCKET_IFNAME", "lo")
    rank, ranks = job["rank"], job["ranks"]
    if gpu:
        torch.cuda.set_device(rank)
    dist.init_process_group(
        "nccl" if gpu else "gloo",
        # A file, no port: nobody else can have taken it.
        init_method=f"file://{job['meet']}",
        rank=rank,
        world_size=ranks,
        timeout=_PATIENCE,
    )
    talk = dist.new_group(backend="gloo", timeout=_PATIENCE) if gpu else dist.group.WORLD
    return ProcessGroup(rank=rank, size=ranks, talk=talk)


class _TaskCheckpoints:
    """The checkpoints of the task, which alone talks to the store."""

    def __init__(self, channel: Channel, scratch: Path, resumed: str | None) -> None:
        self.scratch = scratch
        self._channel = channel
        self._resumed = resumed

    def save(self, state: Path, batches: int) -> bool:
        return bool(self._channel.ask(state=str(state), batches=batches))

    def newest(self) -> Iterator[Path]:
        if self._resumed is not None:
            yield Path(self._resumed)


class _ChannelHandler(logging.Handler):
    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.ask(level=record.levelno, text=record.getMessage())


def _log_through(channel: Channel) -> None:
    log = logging.getLogger("airlock")
    log.setLevel(logging.INFO)
    log.handlers = [_ChannelHandler(channel)]
    log.propagate = False
