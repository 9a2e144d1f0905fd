"""Fits a module with Lightning, deterministically, and keeps the best weights."""

from __future__ import annotations

import contextlib
import logging
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
import torch.utils.deterministic
from pytorch_lightning import LightningDataModule, LightningModule, Trainer
from pytorch_lightning.profilers import PassThroughProfiler

from airlock.core.errors import AirlockError, ModelError, ProcessLost
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.callbacks import Watch
from airlock.stages.train.stage.checkpoint import PlainIO, first_loadable
from airlock.stages.train.stage.data import data_module
from airlock.stages.train.stage.device import on_gpu, threads
from airlock.stages.train.stage.distributed.process_group import ALONE, ProcessGroup
from airlock.stages.train.stage.feed import Batches, Tensors
from airlock.stages.train.stage.learner import Fitted, History, OnEpoch, OnSteps
from airlock.stages.train.stage.module import said
from airlock.stages.train.stage.run_context import RunContext
from airlock.stages.train.stage.sizing import recipe_of, sized
from airlock.stages.train.stage.steps import Steps

__all__ = ["Batches", "Fitted", "History", "Tensors", "fit", "seed"]

log = logging.getLogger(__name__)

for name in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric"):
    # Which accelerators this machine does not have is no news to whoever reads a task's log.
    logging.getLogger(name).setLevel(logging.ERROR)


def seed(value: int) -> None:
    """Begin from the same state in every process, whatever it did or was forked from."""
    lightning.seed_everything(value, verbose=False)


def fit(
    module: LightningModule,
    train: Tensors,
    validation: Tensors,
    spec: TrainSpec,
    *,
    on_epoch: OnEpoch,
    on_steps: OnSteps = lambda _: None,
    scratch: Path,
    context: RunContext = RunContext(),  # noqa: B008  frozen
    group: ProcessGroup = ALONE,
    data: type[LightningDataModule] | None = None,
) -> Fitted:
    """Fit in place; the module ends with its best weights, on the CPU, in evaluation mode.

    Args:
        on_epoch: is told the number (from 1) and the figures of every epoch.
        on_steps: is told the losses of some steps; see `Steps`.
        scratch: a folder for whatever Lightning may want to write.
        context: where it goes on from and is kept, who may stop it.
        data: makes the batches instead; it can be gone on from between epochs alone.
        group: which one of several processes this is, all of which fit the same.

    Returns:
        How it went.

    Raises:
        ModelError: a loss is not finite or not logged, or the module raised.
        Preempted: it was asked to stop; the checkpoint is kept.
        BudgetSpent: it took what it may take; the checkpoint is kept.
        ProcessLost: another rank is gone.
    """
    spec = sized(spec, len(train), recipe_of(module))
    torch.set_num_threads(threads(module, group.size))
    # Deterministic algorithms are asked for below; with them torch would fill every new tensor
    # before it is written, which is for finding who reads memory that nobody wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # torch makes it at run time
    batches = Batches(
        train,
        spec.batch_size,
        spec.seed,
        rank=group.rank,
        ranks=group.size,
        pinned=on_gpu(spec),
    )
    watch = Watch(
        spec, context, batches=batches, on_epoch=on_epoch, group=group, anywhere=data is None
    )
    resumed = first_loadable(context.checkpoints) if context.checkpoints else None
    if resumed is not None:
        log.info("Going on from the checkpoint %s.", resumed.name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        # That every layer was used is no news.
        warnings.filterwarnings("ignore", message="find_unused_parameters=True")
        trainer = Trainer(
            accelerator=spec.accelerator,
            devices=group.size,
            strategy=group.strategy(),
            use_distributed_sampler=False,
            precision="bf16-mixed" if spec.precision == "bf16" else "32-true",
            deterministic=True,
            max_epochs=spec.max_epochs,
            accumulate_grad_batches=spec.accumulate,
            gradient_clip_val=spec.gradient_clip,
            callbacks=[watch, Steps(on_steps)],
            plugins=[PlainIO(resumed)],
            **QUIET,
            default_root_dir=scratch,
        )
        feed: dict[str, Any] = {
            "train_dataloaders": batches,
            # By every rank the whole fold: the figures are then those of one device.
            "val_dataloaders": Batches(validation, max(spec.batch_size, 4096)),
        }
        try:
            if data is not None:
                # Lightning's own count lags behind where an epoch is gone on from.
                made = data_module(
                    data, train, validation, spec, epoch=lambda: len(watch.history), group=group
                )
                feed = {"datamodule": made}
            trainer.fit(
                module,
                **feed,
                ckpt_path=resumed and resumed.name,
                weights_only=True,
            )
        except AirlockError:
            raise
        except Exception as error:  # noqa: BLE001  user code raises what it likes
            raise _failed(module, error, epoch=len(watch.history) + 1) from None
    if not watch.weights:
        raise ModelError(
            f"{type(module).__name__} was never validated.",
            do="Give it a validation_step that logs validation_loss.",
        )
    module.load_state_dict(watch.weights)
    module.cpu().eval()
    return Fitted(history=watch.history, best=watch.best_epoch, seconds=watch.seconds)


class _Unmeasured(PassThroughProfiler):
    """Lightning opens thirty contexts a step for its profiler; one that is empty serves all."""

    _context = contextlib.nullcontext()

    def profile(self, action_name: str) -> AbstractContextManager[None]:  # type: ignore[override]  # a generator's context there
        return self._context


QUIET: dict[str, Any] = {
    "num_sanity_val_steps": 0,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
    "logger": False,
    "profiler": _Unmeasured(),
}
"""What Lightning does besides training."""


def _failed(module: LightningModule, error: Exception, *, epoch: int) -> AirlockError:
    name = type(module).__name__
    # What gloo says in a rank whose peer is gone has no class of its own: the launcher, which knows
    # who was killed, tells causes from consequences.
    if isinstance(error, torch.distributed.DistError):
        return ProcessLost(
            f"{name} lost another rank in epoch {epoch}.",
            do="A retry goes on from the last checkpoint.",
        )
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(
        error
    ):
        return ModelError(
            f"{name} ran out of memory in epoch {epoch}.",
            do="Lower batch_size (and raise accumulate), make the model smaller, or give the task "
            "more memory.",
        )
    return ModelError(
        f"{name} failed in epoch {epoch}: {said(error)}",
        do="airlock/models says what a module is given; try it on a few rows.",
    )
