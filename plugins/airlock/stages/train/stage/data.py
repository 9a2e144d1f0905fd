"""Uses a project's own LightningDataModule to make the batches."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, cast

from pytorch_lightning import LightningDataModule, seed_everything
from torch.utils.data import TensorDataset

from airlock.core.errors import ModelError
from airlock.stages.train.spec import SizedSpec
from airlock.stages.train.stage.distributed.process_group import ProcessGroup
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.generators import generators, set_generators
from airlock.stages.train.stage.module import said


def data_class(data: str) -> type[LightningDataModule]:
    """Import the class.

    Args:
        data: "include.models.churn:ChurnData".

    Raises:
        ModelError: it cannot be imported, or is no LightningDataModule.
    """
    module, _, name = data.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001  user code raises what it likes
        raise ModelError(
            f"{data} cannot be imported: {said(error)}", do="Correct the module, then clear train."
        ) from None
    if not (isinstance(found, type) and issubclass(found, LightningDataModule)):
        raise ModelError(f"{data} is no LightningDataModule.", do="Derive it from that.")
    return found


def data_module(
    kind: type[LightningDataModule],
    train: Tensors,
    validation: Tensors,
    spec: SizedSpec,
    *,
    epoch: Callable[[], int],
    group: ProcessGroup,
) -> LightningDataModule:
    """Make the data module of two folds; it never sees the holdout.

    Each of several ranks gives its own an equal share of the train fold, and of the batch.

    Args:
        kind: its constructor takes two datasets and `batch_size`.
        train: the rows to learn from.
        validation: the rows to watch.
        spec: its batch size and seed.
        epoch: the present one, from 0.
        group: which one of several this is.

    Raises:
        ModelError: its constructor raised, or the ranks do not have as many batches each.
    """
    equal = len(train) // group.size * group.size
    share = tuple(column[group.rank : equal : group.size] for column in train.columns)
    try:
        # The rows that a model is given, one by one: numbers, categories, text, and the target.
        folds = [TensorDataset(*columns) for columns in (share, validation.columns)]
        size = spec.batch_size // group.size
        made: LightningDataModule = cast("type", kind)(*folds, batch_size=size)
    except Exception as error:  # noqa: BLE001  user code raises what it likes
        raise ModelError(
            f"{kind.__name__} cannot be made: {said(error)}",
            do="Its constructor takes the train and the validation dataset, then batch_size by "
            "name.",
        ) from None
    load = made.train_dataloader
    seeded = _Seeded(load, kind.__name__, lambda: (spec.seed + epoch()) % 2**32)
    made.train_dataloader = lambda: seeded  # type: ignore[method-assign]  # of this one alone
    if group.size > 1:
        # A rank with fewer would leave the others waiting for it in the middle of an epoch.
        lengths = group.gathered(len(seeded))
        seeded.promised = lengths[group.rank]
        if len(set(lengths)) > 1:
            raise ModelError(
                f"The train_dataloader of {kind.__name__} has {lengths} batches on the ranks, "
                "which is not as many on each.",
                do="Make as many of every dataset with the same number of rows.",
            )
    return made


class _Seeded:
    """The batches of a loader that is made anew for every epoch, and begins with a seed of its own.

    So the order of an epoch is the same whether it is the first one of an attempt or not.
    """

    def __init__(self, load: Callable[[], Any], name: str, seed: Callable[[], int]) -> None:
        self._load = load
        self._name = name
        self._seed = seed
        self.promised = 0
        """Batches that an epoch must have; 0 if fewer than its length are no matter."""

    def __len__(self) -> int:
        try:
            length = len(self._load())
        except TypeError:
            length = 0
        if not length:
            raise ModelError(
                f"The train_dataloader of {self._name} has no batches, or no length.",
                do="Give it a dataset with rows and a __len__.",
            )
        return length

    def __iter__(self) -> Iterator[Any]:
        before = generators()
        seed_everything(self._seed(), verbose=False)
        batches = iter(self._load())
        # A sampler draws its order when it is first asked.
        first = list(islice(batches, 1))
        set_generators(before)
        return self._kept(chain(first, batches))

    def _kept(self, batches: Iterator[Any]) -> Iterator[Any]:
        given = 0
        for batch in batches:
            given += 1
            yield batch
        if given < self.promised:
            raise ModelError(
                f"The train_dataloader of {self._name} gave {given} batches and has a length of "
                f"{self.promised}.",
                do="Let its __len__ tell the truth, in every epoch: other ranks wait for them.",
            )
