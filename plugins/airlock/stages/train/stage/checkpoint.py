"""Saves and verifies checkpoints: everything that a killed training needs to go on.

    checkpoints/train/<key>/<batches>-<attempt>.pt      the state
    checkpoints/train/<key>/<batches>-<attempt>.json    its seal: size and SHA-256, written last

They lie in the store under the stage key, so that a retry on another machine finds them. Without
its seal a state does not count, and no attempt ever writes a name of another: two that are alive at
once cannot harm each other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from pytorch_lightning.plugins.io import CheckpointIO

from airlock.core.content import canonical_json, sha256_of_file
from airlock.core.disk import full_disk
from airlock.core.errors import ModelError, StoreError, StoreUnavailable, Unverified
from airlock.reading import check_stored, read_json
from airlock.store import Store

log = logging.getLogger(__name__)

_KEPT = 2


class Keeper(Protocol):
    """Who keeps the states of a training; `Checkpoints`, or a rank's way to them."""

    @property
    def scratch(self) -> Path:
        """A local folder of this attempt alone."""

    def save(self, state: Path, batches: int) -> bool:
        """See `Checkpoints.save`."""

    def newest(self) -> Iterator[Path]:
        """See `Checkpoints.newest`."""


class Checkpoints:
    """The checkpoints of one stage key, as one attempt sees them.

    Args:
        store: holds them.
        key: of the stage.
        attempt: a name that no other attempt has.
        scratch: local folder of this attempt alone.
    """

    def __init__(self, store: Store, key: str, *, attempt: str, scratch: Path) -> None:
        self.scratch = scratch
        self._store = store
        self._prefix = f"checkpoints/train/{key}/"
        self._attempt = attempt
        self._written: list[str] = []

    def save(self, state: Path, batches: int) -> bool:
        """Store a state and seal it. A full disk or a silent store is a warning: training goes on.

        Args:
            state: local file; it is moved away.
            batches: that were trained on when it was written.

        Returns:
            Whether it is stored; if not, the one before still is.
        """
        name = f"{self._prefix}{batches:012d}-{self._attempt}"
        seal = {"bytes": state.stat().st_size, "sha256": sha256_of_file(state), "batches": batches}
        try:
            self._store.upload(state, f"{name}.pt")
            self._store.create(f"{name}.json", canonical_json(seal))
        except StoreError as error:
            log.warning("No checkpoint after batch %d; the one before stays: %s", batches, error)
            return False
        finally:
            state.unlink(missing_ok=True)
        if name not in self._written:
            self._written.append(name)
        self._prune()
        return True

    def newest(self) -> Iterator[Path]:
        """Local files of the sealed states, the newest first; what does not verify is left out."""
        seen: set[str] = set()
        # Listed anew each time: a rival removes old states while it writes newer ones.
        while names := self._sealed() - seen:
            seen.add(name := max(names))
            try:
                yield self._verified(name)
            except StoreUnavailable:
                raise
            except (StoreError, Unverified) as error:
                log.warning("A checkpoint is passed over, and another is tried: %s", error)

    def clear(self) -> None:
        """Remove all of the key, once its result is published."""
        for stat in list(self._store.list(self._prefix)):
            self._store.delete(stat.key)

    def _sealed(self) -> set[str]:
        keys = [stat.key for stat in self._store.list(self._prefix)]
        return {key.removesuffix(".json") for key in keys if key.endswith(".json")}

    def _verified(self, name: str) -> Path:
        try:
            seal = read_json(self._store.get(f"{name}.json"))
            expected = (seal["bytes"], seal["sha256"])
        except (ValueError, KeyError, TypeError):
            raise Unverified(f"{name}.json is no seal.", do="It was altered.") from None
        state = self._store.local(f"{name}.pt", self.scratch)
        if (state.stat().st_size, sha256_of_file(state)) != expected:
            raise Unverified(f"{name}.pt is not what was sealed.", do="It was altered, or is torn.")
        return state

    def _prune(self) -> None:
        if len(self._written) < _KEPT:
            return
        oldest = self._written[-_KEPT]
        try:
            for stat in list(self._store.list(self._prefix)):
                # Of whatever attempt: ours are verified to be on the store, and further.
                if stat.key < oldest:
                    self._store.delete(stat.key)
        except StoreError as error:
            log.warning("Old checkpoints are not removed: %s", error)


class Resumed(NamedTuple):
    """The state that a training goes on from, and the name of its file."""

    name: str
    state: dict[str, Any]


class PlainIO(CheckpointIO):
    """How Lightning writes and reads a state: tensors and plain values, never a pickled object.

    Args:
        resumed: the state to go on from, if there is one.
    """

    def __init__(self, resumed: Resumed | None = None) -> None:
        self._resumed = resumed

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None
    ) -> None:
        """Write a local file.

        Raises:
            StoreUnavailable: the disk is full.
            ModelError: the module or its optimizer keeps something else than plain values.
        """
        # The module is built from the spec; its own hyperparameters may be any object.
        plain = {name: value for name, value in checkpoint.items() if not name.startswith("hyper_")}
        with full_disk(Path(path)), Path(path).open("wb") as file:
            try:
                torch.save(plain, file)
            except RuntimeError:
                # What torch says when its own writer meets a full disk.
                file.flush()
                raise StoreUnavailable(
                    f"The checkpoint {Path(path).name} cannot be written.", do="Free some space."
                ) from None

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a local file whose digest was verified.

        Raises:
            Unverified: it holds something that would have to be unpickled, or is no checkpoint.
        """
        # Read once: a rival may have removed the file since.
        if self._resumed is not None and path == self._resumed.name:
            return self._resumed.state
        try:
            check_stored(Path(path))
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # noqa: BLE001  pickle, zipfile and torch raise what they like
            raise Unverified(
                f"{Path(path).name} does not load as tensors and plain values "
                f"({type(error).__name__}); nothing in it was run.",
                do="Somebody else wrote it, or the module's on_save_checkpoint adds other things.",
            ) from None
        if not isinstance(state, dict):
            raise Unverified(f"{Path(path).name} is no checkpoint.", do="Somebody else wrote it.")
        return state

    def remove_checkpoint(self, path: Any) -> None:
        """Nothing keeps local files."""
        Path(path).unlink(missing_ok=True)


def loadable(state: Path) -> None:
    """Prove that what was just written can be read back.

    Raises:
        ModelError: it cannot, so that a kill would cost everything.
    """
    try:
        PlainIO().load_checkpoint(state)
    except Unverified:
        raise ModelError(
            "The module's checkpoint holds something else than tensors and plain values.",
            do="Keep only those in on_save_checkpoint, in the optimizer and in the scheduler.",
        ) from None


def first_loadable(checkpoints: Keeper) -> Resumed | None:
    """The newest state that verifies and loads; None to begin at the beginning."""
    for path in checkpoints.newest():
        try:
            return Resumed(path.name, PlainIO().load_checkpoint(path))
        except Unverified as error:
            log.warning("A checkpoint is passed over, and another is tried: %s", error)
    return None
