"""Small fits without tables, MLflow or bundles."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningDataModule, LightningModule
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from airlock.models.ensemble import TabularEnsemble
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.checkpoint import Checkpoints
from airlock.stages.train.stage.fit import Fitted, Tensors, fit, seed
from airlock.stages.train.stage.module import adapt
from airlock.stages.train.stage.run_context import RunContext
from airlock.store import Store, open_store


class WithDropout(TabularClassifier):
    """Its weights depend on every random number, and its rate on every validation."""

    def configure_optimizers(self) -> Any:
        optimizer = super().configure_optimizers()
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=0.5)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": plateau, "monitor": "validation_loss"},
        }


class Own(LightningDataModule):
    """Batches in an order that torch draws."""

    def __init__(self, train: TensorDataset, validation: TensorDataset, *, batch_size: int) -> None:
        super().__init__()
        self.train = train
        self.validation = validation
        self.batch_size = batch_size

    def train_dataloader(self) -> Any:
        return DataLoader(self.train, self.batch_size, shuffle=True)

    def val_dataloader(self) -> Any:
        return DataLoader(self.validation, 4096)


def spec(**changes: Any) -> TrainSpec:
    return TrainSpec(
        **{"model": "m:M", "target": "t", "entity": "e", "max_epochs": 4, "batch_size": 64}
        | changes
    )


def fold(rows: int, seed: int = 0) -> Tensors:
    chance = torch.Generator().manual_seed(seed + rows)
    numbers = torch.randn(rows, 4, generator=chance)
    target = (numbers[:, 0] + torch.randn(rows, generator=chance) > 0).long()
    return Tensors((numbers, torch.zeros(rows, 0, dtype=torch.int64), target))


def module(kind: type[TabularClassifier | TabularEnsemble] = WithDropout) -> LightningModule:
    seed(0)
    return kind(Shape(4, (), 2), hidden=8)


def fitted(
    spec: TrainSpec,
    context: RunContext | None = None,
    *,
    kind: type[TabularClassifier | TabularEnsemble] = WithDropout,
    data: type[LightningDataModule] | None = None,
) -> tuple[dict[str, Tensor], Fitted]:
    """The weights, and how it went."""
    made = module(kind)
    adapt(made, fold(300))
    with tempfile.TemporaryDirectory() as scratch:
        how = fit(
            made,
            fold(300),
            fold(100),
            spec,
            on_epoch=lambda *_: None,
            scratch=Path(scratch),
            context=context or RunContext(),
            data=data,
        )
    return made.state_dict(), how


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@dataclass
class Attempts:
    """The attempts at one training, with one store between them."""

    folder: Path
    key: str = "k"
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def store(self) -> Store:
        return open_store(str(self.folder / "store"))

    def names(self) -> list[str]:
        return sorted(stat.key.rpartition("/")[2] for stat in self.store.list("checkpoints/"))

    def next(self, **changes: Any) -> RunContext:
        scratch = self.folder / f"scratch-{next(self._numbers)}"
        scratch.mkdir()
        checkpoints = Checkpoints(self.store, self.key, attempt=scratch.name, scratch=scratch)
        return RunContext(**{"checkpoints": checkpoints} | changes)

    def stopped_after(self, looks: int) -> RunContext:
        """An attempt that is asked to stop where it looks for the `looks`th time."""
        calls = itertools.count(1)
        return self.next(stopping=lambda: next(calls) >= looks)
