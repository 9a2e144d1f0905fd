"""The interface of every store, and the test that a store keeps its promises."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from airlock.core.errors import StoreError
from airlock.core.quoting import line, seen

Zone = Literal["store", "raw"]
"""Where an object lies: `raw` holds rows before redaction, `store` everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """One stored object.

    Args:
        key: its name.
        bytes: its size.
        modified: the store's own UTC time.
        etag: another one once the object was written again: S3's own, or the file's number and the
            time of its last change, which nobody can set.
    """

    key: str
    bytes: int
    modified: datetime
    etag: str = ""


_PROBE = "probe/create-once"
# Of a name on disk, in bytes; S3 would take more.
_LONGEST = 255


class Store(ABC):
    """Objects by key. Keys are relative, separated by "/", and never contain "..".

    Everything raises `StoreUnavailable` where a retry can help and `StoreError` where it cannot.
    """

    uri: str

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Read one object; `ObjectMissing` if there is none."""

    @abstractmethod
    def put(self, key: str, data: bytes) -> None:
        """Write one object, whatever was there. Readers see the old one or the new one whole."""

    @abstractmethod
    def create(self, key: str, data: bytes) -> bool:
        """Write one object only if the key is free.

        Returns:
            True if the key now holds exactly `data` (this call wrote it, or one whose outcome was
            unknown did); False if it holds something else.
        """

    @abstractmethod
    def upload(self, path: Path, key: str) -> None:
        """Write a local file as one object, whatever was there, in bounded memory."""

    @abstractmethod
    def local(self, key: str, scratch: Path, *, etag: str = "") -> Path:
        """A local file with the object's bytes, to be read only.

        A folder store answers with its own file; S3 downloads into `scratch`.

        Args:
            key: the object.
            scratch: an own folder of the caller.
            etag: the version that a listing named; another one raises `StoreUnavailable`.
        """

    @abstractmethod
    def list(self, prefix: str) -> Iterator[Stat]:
        """Every object whose key starts with `prefix`, in the order of their keys."""

    def folders(self, prefix: str) -> Iterator[str]:
        """The names directly below a prefix that ends with "/" which have objects below them.

        In alphabetical order. A store that can tell without listing every object does so.
        """
        below = (stat.key.removeprefix(prefix) for stat in self.list(prefix))
        yield from sorted({key.partition("/")[0] for key in below if "/" in key})

    def strange(self) -> Iterator[str]:
        """What lies there and is no object of ours, by its place: S3 has nothing but objects.

        In a folder: links, whose bytes lie elsewhere and can change there; pipes and devices; what
        a writer that was killed left behind.
        """
        return iter(())

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove one object; removing what is not there is no error."""

    def exists(self, key: str) -> bool:
        """Whether an object has exactly this key."""
        return any(stat.key == key for stat in self.list(key))

    def prove_create_once(self) -> None:
        """Refuse a store that lets a second writer replace what the first one created.

        Some S3-compatible stores ignore `If-None-Match`; on those, two promotions could both
        believe that they won. Run once per process before anything is published. The object that it
        asks about stays for good: where versions are kept, one a process would pile up.

        Raises:
            StoreError: a second create was accepted.
        """
        self.create(_PROBE, b"first")
        if self.create(_PROBE, uuid.uuid4().bytes):
            raise StoreError(
                f"The store {self.uri} lets a second writer replace a created object.",
                do="Use a folder, S3, or an S3-compatible store that honours If-None-Match: *.",
            )


def checked(key: str) -> str:
    """Refuse a key that could leave the store or name a temporary file.

    Raises:
        StoreError: the key is absolute, empty, has an empty, "." or ".." part, or one that no
            file can be called.
    """
    parts = key.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise StoreError(
            f"The key {line(key, 120)!r} is not a plain relative path.",
            do="Use parts separated by '/', none of them empty, '.' or '..'.",
        )
    if not seen(key) or any(len(part.encode()) > _LONGEST for part in parts):
        raise StoreError(
            f"The key {line(key, 120)!r} holds a character that is not seen, or a part of more "
            f"than {_LONGEST} bytes.",
            do="Give what it is named after a shorter name, of letters and digits.",
        )
    return key


def checked_prefix(prefix: str) -> str:
    """Refuse to list what lies above or beside.

    Raises:
        StoreError: the prefix has a "." or ".." part.
    """
    if any(part in {".", ".."} for part in prefix.split("/")):
        raise StoreError(
            f"Nothing is listed below {line(prefix, 120)!r}.",
            do="Use parts separated by '/', none of them '.' or '..'.",
        )
    return prefix
