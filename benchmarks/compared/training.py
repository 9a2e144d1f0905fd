"""One way of training, measured in a process of its own.

    python -m benchmarks.compared.training raw|raw_fused|ours|default|loading|first_step '{…}'

Prints one JSON object. The same module, tensors, batches and epochs for all; the clock runs from
the end of the first epoch to the end of the last.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, TensorDataset

from airlock.core.errors import Preempted
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.checkpoint import Checkpoints
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.fit import QUIET, fit, seed
from airlock.stages.train.stage.run_context import RunContext
from airlock.store import open_store

SHAPE = Shape(16, (12, 50), 2)
MODEL = "airlock.models.tabular:TabularClassifier"


def tensors(rows: int) -> Tensors:
    """Random rows in which something can be learnt."""
    chance = torch.Generator().manual_seed(rows)
    numbers = torch.randn(rows, SHAPE.numeric, generator=chance)
    indices = torch.stack(
        [torch.randint(0, size, (rows,), generator=chance) for size in SHAPE.categories], dim=1
    )
    target = (numbers[:, 0] + torch.randn(rows, generator=chance) > 0).long()
    return Tensors((numbers, indices, target))


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def raw(rows: int, batch: int, epochs: int, *, fused: bool = False) -> float:
    """A loop as one writes it by hand, with torch's AdamW as it comes. Returns rows a second."""
    seed(0)
    train, validation = tensors(rows), tensors(rows // 50)
    module = TabularClassifier(SHAPE).to(device())
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=module.learning_rate, weight_decay=module.weight_decay, fused=fused
    )
    ends = []
    for _ in range(epochs):
        module.train()
        total = torch.zeros((), device=device())
        for at in torch.randperm(rows).split(batch):
            some = [column[at].to(device()) for column in train.columns]
            loss = module.loss(module(*some[:-1]), some[-1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        module.eval()
        with torch.no_grad():
            for at in torch.arange(len(validation)).split(4096):
                some = [column[at].to(device()) for column in validation.columns]
                module.loss(module(*some[:-1]), some[-1]).item()
        total.item()
        ends.append(time.perf_counter())
    return rows * (epochs - 1) / (ends[-1] - ends[0])


def ours(rows: int, batch: int, epochs: int) -> float:
    """The stage's own fit, with checkpoints as a task has them. Returns rows a second."""
    spec = TrainSpec(
        model=MODEL, target="t", entity="e", batch_size=batch, max_epochs=epochs, patience=epochs
    )
    seed(0)
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        store = open_store(str(scratch / "store"))
        fit(
            TabularClassifier(SHAPE),
            tensors(rows),
            tensors(rows // 50),
            spec,
            on_epoch=lambda *_: ends.append(time.perf_counter()),
            scratch=scratch,
            context=RunContext(
                checkpoints=Checkpoints(store, "key", attempt="a", scratch=scratch),
                clock=time.monotonic,
            ),
        )
    return rows * (epochs - 1) / (ends[-1] - ends[0])


class Timed(TabularClassifier):
    """Notes when an epoch ends; with torch's AdamW as it comes."""

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )

    def on_train_epoch_end(self) -> None:
        ends.append(time.perf_counter())


ends: list[float] = []


def default(rows: int, batch: int, epochs: int) -> float:
    """Lightning with the DataLoader of its manual. Returns rows a second."""
    seed(0)
    loaders = [
        DataLoader(TensorDataset(*tensors(size).columns), batch_size=batch, shuffle=size == rows)
        for size in (rows, rows // 50)
    ]
    plain = {name: how for name, how in QUIET.items() if name != "profiler"}
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(devices=1, max_epochs=epochs, default_root_dir=folder, **plain)
        trainer.fit(Timed(SHAPE), *loaders)
    return rows * (epochs - 1) / (ends[-1] - ends[0])


def loading(rows: int, batch: int, epochs: int) -> float:
    """The default DataLoader alone. Returns rows a second."""
    loader = DataLoader(TensorDataset(*tensors(rows).columns), batch_size=batch, shuffle=True)
    began = time.perf_counter()
    for _ in range(epochs):
        for _batch in loader:
            pass
    return rows * epochs / (time.perf_counter() - began)


def first_step(rows: int) -> float:
    """Seconds from a fork of a process that preloaded, as LocalExecutor does, to the first step."""
    from airlock.listener import preload
    from tests.redacted import customers, redacted
    from tests.trained import _database

    preload()
    with tempfile.TemporaryDirectory() as folder:
        redaction = redacted(customers(rows), Path(folder) / "table")
        (Path(folder) / "mlflow.db").write_bytes(_database().read_bytes())
        fork = multiprocessing.get_context("fork")
        ours, theirs = fork.Pipe()
        began = time.monotonic()
        child = fork.Process(target=_until_the_first_step, args=(redaction, Path(folder), theirs))
        child.start()
        seconds = float(ours.recv()) - began
        child.join()
        return seconds


def _until_the_first_step(redaction: Any, folder: Path, told: Any) -> None:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.engine.record import Origin
    from airlock.stages.train.identity import code_digest
    from airlock.stages.train.stage.run_context import Folders, TrainingIdentity
    from airlock.stages.train.stage.train import train

    def stepped() -> bool:
        told.send(time.monotonic())
        return True

    out, report = folder / "out", folder / "report"
    for empty in (out, report):
        empty.mkdir()
    # It was asked to stop after its first step.
    with contextlib.suppress(Preempted):
        train(
            redaction,
            TrainSpec(model=MODEL, target="churned", entity="customer_id"),
            identity=TrainingIdentity(
                model="churn",
                key="0" * 64,
                origin=Origin(dag_id="d", run_id="r", task_id="train", try_number=1),
                code=code_digest(MODEL, root=folder),
            ),
            folders=Folders(table=folder / "table", scratch=folder, out=out, report=report),
            mlflow=MlflowSettings(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}"),
            context=RunContext(stopping=stepped),
        )


def main(name: str, given: dict[str, int]) -> Iterator[tuple[str, Any]]:
    """What was measured."""
    torch.set_num_threads(1)
    ways = {
        "raw": raw,
        "raw_fused": partial(raw, fused=True),
        "ours": ours,
        "default": default,
        "loading": loading,
        "first_step": first_step,
    }
    yield name, ways[name](**given)  # type: ignore[operator]
    yield "device", torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


if __name__ == "__main__":
    print(json.dumps(dict(main(sys.argv[1], json.loads(sys.argv[2])))))
