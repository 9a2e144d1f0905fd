"""One delivered file, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import pyarrow as pa

from airlock.stages.snapshot.stage.reading.archive import open_member
from airlock.stages.snapshot.stage.source.entry import Format, format_of

_PACKED = {".gz": "gzip", ".zst": "zstd"}


class Bytes(Protocol):
    """Bytes that are read from front to back."""

    def read(self, size: int) -> bytes:
        """The next ones; none at the end."""

    def close(self) -> None:
        """Let go of the file."""


class NamedSource(Protocol):
    """What rows come from, for messages: a file or a table."""

    @property
    def name(self) -> str:
        """What people know it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFile:
    """A local file by the name that people know it by."""

    name: str
    path: Path

    @property
    def format(self) -> Format | None:
        """What it holds."""
        return format_of(self.name)

    def stream(self) -> Bytes:
        """Its bytes, unpacked; reading raises `OSError` or `pa.ArrowException` if it is damaged.

        Raises:
            DataError: it is an archive of another kind than is read.
        """
        ending = PurePosixPath(self.name.lower()).suffix
        if ending == ".zip":
            return open_member(self.path, shown=self.name)
        raw = pa.OSFile(str(self.path))
        packed = _PACKED.get(ending)
        unpacked: Bytes = pa.CompressedInputStream(raw, packed) if packed else raw
        return unpacked
