"""Starts one worker process per device, and answers the workers' messages."""

from __future__ import annotations

import contextlib
import logging
import select
import signal
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule
from safetensors.torch import load_file

from airlock.core import errors
from airlock.core.errors import AirlockError, ModelError, ProcessLost
from airlock.models.shape import Shape
from airlock.reading import checked_safetensors
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.checkpoint import first_loadable
from airlock.stages.train.stage.distributed.channel import Channel, Message
from airlock.stages.train.stage.distributed.fork_server import ForkServer
from airlock.stages.train.stage.feed import Tensors, described, laid_out
from airlock.stages.train.stage.learner import Fitted, OnEpoch, OnSteps
from airlock.stages.train.stage.run_context import RunContext

log = logging.getLogger(__name__)

_GRACE = 5.0
"""Seconds that the others have to end, or to say why they failed, once one rank has ended."""


def launch(
    module: LightningModule,
    train: Tensors,
    validation: Tensors,
    spec: TrainSpec,
    *,
    shape: Shape,
    class_weights: Sequence[float] | None = None,
    on_epoch: OnEpoch,
    on_steps: OnSteps = lambda _: None,
    scratch: Path,
    context: RunContext = RunContext(),  # noqa: B008  frozen
    fork_server: ForkServer | None = None,
) -> Fitted:
    """Fit as `fit` does, in as many processes as the spec has devices.

    Args:
        module: ends with the best weights; the ranks build their own from spec and shape.
        shape: that it was built for.
        class_weights: what a row of each class counts; None weighs nothing.
        scratch: a folder that the ranks may read and write.
        fork_server: where the ranks come from; by default one that ends with the training.

    Returns:
        How it went.

    Raises:
        ProcessLost: a rank was killed; all others are ended, and a retry goes on.
        AirlockError: what `fit` raises.
    """
    folder = scratch / f"ranks-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    weights = folder / "weights.safetensors"
    job = {
        "spec": spec.to_json(),
        "shape": shape._asdict(),
        "class_weights": class_weights,
        "train": described(laid_out(train, folder / "train")),
        "validation": described(laid_out(validation, folder / "validation")),
        "ranks": spec.devices,
        "scratch": str(folder),
        "meet": str(folder / "meet"),
        "weights": str(weights),
        "keeps": context.checkpoints is not None,
        "seconds": context.seconds,
        "resumed": _copy_checkpoint(context, folder),
    }
    with contextlib.nullcontext(fork_server) if fork_server else ForkServer() as ours:
        coordinator = _Coordinator(ours, context, on_epoch, on_steps)
        try:
            fitted = coordinator.run(job)
        finally:
            ours.end_workers()
    module.load_state_dict(load_file(checked_safetensors(weights)))
    module.cpu().eval()
    return fitted


def _copy_checkpoint(context: RunContext, folder: Path) -> str | None:
    """A file of this attempt with the state to go on from: a rival may remove the store's."""
    found = first_loadable(context.checkpoints) if context.checkpoints else None
    if found is None:
        return None
    copy = folder / "resumed" / found.name
    copy.parent.mkdir()
    torch.save(found.state, copy)
    return str(copy)


@dataclass(slots=True)
class _Coordinator:
    """Answers the ranks until all of them have ended."""

    fork_server: ForkServer
    context: RunContext
    on_epoch: OnEpoch
    on_steps: OnSteps
    channels: dict[Channel, int] = field(default_factory=dict)
    failed: list[tuple[float, int, AirlockError]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    fitted: Fitted | None = None
    killing: bool = False  # those that end from here on were ended by us

    def run(self, job: Message) -> Fitted:
        """Start the ranks, and answer them.

        Raises:
            AirlockError: what one of them raised.
            ProcessLost: one of them was killed.
        """
        for rank, channel in enumerate(self.fork_server.start_workers(job["ranks"])):
            self.channels[channel] = rank
            channel.send(**job, rank=rank)
        until: float | None = None
        while self.fork_server.busy:
            wait = None if until is None else max(0.0, until - time.monotonic())
            waited: list[ForkServer | Channel] = [self.fork_server, *self.channels]
            ready = select.select(waited, [], [], wait)[0]
            if not ready:
                # Who waits for a rank that is gone does not end by itself.
                self.fork_server.kill()
                self.killing = True
                until = time.monotonic() + _GRACE
            self._hear(ready)
            if until is None and (self.failed or self.lost or self.fitted):
                until = time.monotonic() + _GRACE
        # What a rank said before it ended may not have been read yet.
        while self.channels and (rest := select.select(list(self.channels), [], [], 0)[0]):
            self._hear(rest)
        return self._outcome(job["ranks"])

    def _hear(self, ready: Sequence[ForkServer | Channel]) -> None:
        for channel in ready:
            if isinstance(channel, ForkServer):
                ended = [(rank, code) for rank, code in self.fork_server.ended() if code != 0]
                self.lost += [] if self.killing else ended
                continue
            try:
                heard = channel.receive()
            except (EOFError, OSError):
                del self.channels[channel]
                channel.close()
                continue
            for message in heard:
                self._answer(channel, message)

    def _answer(self, channel: Channel, message: Message) -> None:
        if "failed" in message:
            rank = self.channels[channel]
            self.failed.append((message["at"], rank, _raised(rank, **message["failed"])))
            return
        kind = next(iter(message))
        # A rank that was killed meanwhile needs no answer.
        answer = _ANSWERS[kind](self, **message)
        with contextlib.suppress(OSError):
            channel.send(answer=answer)

    def _stopping(self, *, stopping: bool) -> bool:
        return self.context.stopping()

    def _epoch(self, *, epoch: int, figures: dict[str, float]) -> None:
        self.on_epoch(epoch, figures)

    def _steps(self, *, steps: list[tuple[int, float]]) -> None:
        self.on_steps([(step, loss) for step, loss in steps])

    def _save(self, *, state: str, batches: int) -> bool:
        checkpoints = self.context.checkpoints
        return checkpoints is not None and checkpoints.save(Path(state), batches)

    def _log(self, *, level: int, text: str) -> None:
        log.log(level, "%s", text)

    def _done(self, *, fitted: dict[str, Any]) -> None:
        self.fitted = Fitted(**fitted)

    def _outcome(self, ranks: int) -> Fitted:
        if self.fitted is not None:
            return self.fitted
        # A rank that was killed says nothing; whatever the others say is then its consequence: what
        # torch raises in them has no class of its own.
        silent = {rank for rank, _ in self.lost} - {rank for _, rank, _ in self.failed}
        for rank, code in self.lost:
            if rank in silent:
                raise ProcessLost(
                    f"Rank {rank} of {ranks} {_how(code)} and the others were ended.",
                    do="A retry goes on from the last checkpoint. If the machine ran out of "
                    "memory, lower batch_size or devices.",
                )
        # A rank that only lost the others failed because of somebody else.
        causes = [one for one in self.failed if not isinstance(one[2], ProcessLost)]
        raise min(causes or self.failed, key=lambda one: one[0])[2]


_ANSWERS: dict[str, Callable[..., Any]] = {
    "stopping": _Coordinator._stopping,
    "epoch": _Coordinator._epoch,
    "steps": _Coordinator._steps,
    "state": _Coordinator._save,
    "level": _Coordinator._log,
    "fitted": _Coordinator._done,
}


def _how(code: int) -> str:
    if code >= 0:
        return f"ended (exit code {code})"
    return f"was killed ({signal.Signals(-code).name})"


def _raised(rank: int, *, error: str, what: str, do: str) -> AirlockError:
    kind = getattr(errors, error, None) if error else None
    if kind is None:
        return ModelError(
            f"Rank {rank} failed: {what}. Its text is withheld, because it may quote the data.",
            do="This is a bug in Airlock or in the project's own code: train on one device to see "
            "more.",
        )
    raised: AirlockError = kind(what, do=do)
    return raised
