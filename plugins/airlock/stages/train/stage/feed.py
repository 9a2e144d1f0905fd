"""Feeds batches to a training: slices of tensors, in an order set by seed and epoch."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from airlock.core.disk import full_disk
from airlock.stages.train.stage.folds import Fold

IN_MEMORY = 2 << 30
"""Bytes of one fold."""

# Whole pages are counted as the process's own while they are mapped: 64 kB for every row that a
# shuffled batch touches. Given back every so many rows, a mapped fold costs at most some 70 MB.
_TOUCHED = 1024

_AHEAD = 4
"""Batches that wait for a GPU, gathered and pinned."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """A fold: tensors with the same number of rows, in memory or mapped from files.

    Args:
        columns: what `forward` is called with, in its order, and the target last.
        mapped: the files' memory maps, if they are mapped.
        folder: of the files.
    """

    columns: tuple[Tensor, ...]
    mapped: tuple[mmap.mmap, ...] = ()
    folder: Path | None = None

    def __len__(self) -> int:
        return len(self.target)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What `forward` is called with."""
        return self.columns[:-1]

    @property
    def numeric(self) -> Tensor:
        """The first tensor, float32."""
        return self.columns[0]

    @property
    def categorical(self) -> Tensor:
        """The second tensor, int64."""
        return self.columns[1]

    @property
    def target(self) -> Tensor:
        """The last tensor."""
        return self.columns[-1]

    def release(self) -> None:
        """Give mapped pages back; they stay in the page cache as long as there is room."""
        for one in self.mapped:
            one.madvise(mmap.MADV_DONTNEED)


def tensors(
    fold: Fold,
    convert: Callable[[pd.DataFrame], Tensors],
    *,
    folder: Path,
    in_memory: int = IN_MEMORY,
) -> Tensors:
    """Turn a fold into tensors, some rows at a time.

    Args:
        fold: on disk.
        convert: some rows of it.
        folder: for what is too large for memory.
        in_memory: bytes; a fold with more is mapped from files, and only pages in use take memory.

    Raises:
        StoreUnavailable: the disk is full.
    """
    whole, at = Tensors(()), 0
    for frame in fold.frames():
        some = convert(frame)
        if not whole.columns:
            whole = _allocate(some, len(fold), folder / f"{fold.name}.tensors", in_memory)
        for column, values in zip(whole.columns, some.columns, strict=True):
            column[at : at + len(some)] = values
        at += len(some)
        whole.release()
    return whole


def _allocate(like: Tensors, rows: int, folder: Path, in_memory: int) -> Tensors:
    kinds = [((rows, *column.shape[1:]), column.dtype) for column in like.columns]
    if sum(_bytes(*kind) for kind in kinds) <= in_memory:
        return Tensors(tuple(torch.empty(shape, dtype=kind) for shape, kind in kinds))
    folder.mkdir(parents=True, exist_ok=True)
    return _map_columns(kinds, folder, _create_mapping)


def _map_columns(
    kinds: Sequence[tuple[tuple[int, ...], torch.dtype]],
    folder: Path,
    mapped: Callable[[Path, int], mmap.mmap],
) -> Tensors:
    columns, maps = [], []
    for number, (shape, kind) in enumerate(kinds):
        if not (size := _bytes(shape, kind)):
            columns.append(torch.empty(shape, dtype=kind))
            continue
        one = mapped(folder / f"{number}.bin", size)
        columns.append(torch.frombuffer(one, dtype=kind).reshape(shape))
        maps.append(one)
    return Tensors(tuple(columns), tuple(maps), folder)


def _bytes(shape: Sequence[int], kind: torch.dtype) -> int:
    return math.prod(shape) * kind.itemsize


def _create_mapping(path: Path, size: int) -> mmap.mmap:
    with full_disk(path), path.open("w+b") as file:
        # Reserved now: a disk that fills up later would kill the process without a word.
        os.posix_fallocate(file.fileno(), 0, size)
        return mmap.mmap(file.fileno(), size)


def _open_mapping(path: Path, size: int) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), size)


def laid_out(fold: Tensors, folder: Path) -> Tensors:
    """The same fold in files, for other processes to map as well: its pages are there once.

    Args:
        folder: for them, unless the fold is in files already.

    Raises:
        StoreUnavailable: the disk is full.
    """
    if fold.folder is not None:
        return fold
    out = _allocate(fold, len(fold), folder, in_memory=-1)
    for column, values in zip(out.columns, fold.columns, strict=True):
        column[:] = values
    return out


def described(fold: Tensors) -> dict[str, Any]:
    """Where a fold in files is, and how it is read. JSON-ready; see `opened`."""
    kinds = [(list(one.shape), str(one.dtype).removeprefix("torch.")) for one in fold.columns]
    return {"folder": str(fold.folder), "columns": kinds}


def opened(description: dict[str, Any]) -> Tensors:
    """The fold that another process described."""
    kinds = [(tuple(shape), getattr(torch, kind)) for shape, kind in description["columns"]]
    return _map_columns(kinds, Path(description["folder"]), _open_mapping)


class Batches:
    """Slices of a fold. A DataLoader that collects rows one by one takes 35 times as long.

    It knows where it is: what `state_dict` says, `load_state_dict` of another process goes on from.

    Args:
        fold: the rows.
        size: rows of a batch, of all ranks together; the last one may be smaller. Where it would be
            one row a rank while shuffling, that joins the batch before: what is normalised by
            batches, such as BatchNorm, learns nothing from a single row.
        seed: of the shuffle, which differs from epoch to epoch; None keeps the order.
        rank: which share of every batch is ours.
        ranks: how many shares there are, all equal: of the last batch less than `ranks` rows, other
            ones in every epoch, may be left out.
        pinned: gather ahead, into memory that a GPU reads by itself.
    """

    def __init__(
        self,
        fold: Tensors,
        size: int,
        seed: int | None = None,
        *,
        rank: int = 0,
        ranks: int = 1,
        pinned: bool = False,
    ) -> None:
        self.fold = fold
        self.size = size
        self.seed = seed
        self.epoch = 0
        self.batch = 0
        self._rank = rank
        self._ranks = ranks
        self._pinned = pinned

    def __len__(self) -> int:
        whole = len(self.fold) // self._ranks * self._ranks
        batches, rest = divmod(whole, self.size)
        lonely = self.seed is not None and rest <= self._ranks < self.size
        return batches + (1 if rest and not (batches and lonely) else 0)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        if self.batch >= len(self):
            self.epoch, self.batch = self.epoch + 1, 0
        order = self._order()
        ours = (self._share(order, at) for at in range(self.batch, len(self)))
        touched = 0
        for batch in self._ahead(ours) if self._pinned else map(self._gathered, ours):
            self.batch += 1
            touched += len(batch[-1])
            if touched >= _TOUCHED:
                self.fold.release()
                touched = 0
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Epoch, and batches of it that were handed out."""
        return {"epoch": self.epoch, "batch": self.batch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from there."""
        self.epoch, self.batch = state["epoch"], state["batch"]

    def _order(self) -> Tensor:
        if self.seed is None:
            return torch.arange(len(self.fold))
        shuffle = torch.Generator().manual_seed(self.seed + self.epoch)
        return torch.randperm(len(self.fold), generator=shuffle)

    def _share(self, order: Tensor, at: int) -> Tensor:
        end = (at + 1) * self.size if at + 1 < len(self) else len(order)
        batch = order[at * self.size : end]
        share = len(batch) // self._ranks
        return batch[self._rank * share : (self._rank + 1) * share]

    def _gathered(self, rows: Tensor) -> tuple[Tensor, ...]:
        if self.seed is None and len(rows):
            # In the fold's own order a slice needs no copy.
            start = int(rows[0])
            return tuple(column[start : start + len(rows)] for column in self.fold.columns)
        if not self.fold.mapped:
            return tuple(column.index_select(0, rows) for column in self.fold.columns)
        pieces = []
        for at in range(0, max(len(rows), 1), _TOUCHED):
            some = rows[at : at + _TOUCHED]
            pieces.append([column.index_select(0, some) for column in self.fold.columns])
            self.fold.release()
        return tuple(map(torch.cat, zip(*pieces, strict=True)))

    def _ahead(self, shares: Iterator[Tensor]) -> Iterator[tuple[Tensor, ...]]:
        def pinned(rows: Tensor) -> tuple[Tensor, ...]:
            return tuple(column.pin_memory() for column in self._gathered(rows))

        # One thread keeps the order; gathering and copying leave the interpreter to others.
        with ThreadPoolExecutor(1) as thread:
            waiting = [thread.submit(pinned, rows) for _, rows in zip(range(_AHEAD), shares)]  # noqa: B905
            while waiting:
                yield waiting.pop(0).result()
                waiting += [thread.submit(pinned, rows) for _, rows in zip(range(1), shares)]  # noqa: B905
