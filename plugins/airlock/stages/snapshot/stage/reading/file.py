"""One delivered file, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from airlock.stages.snapshot.stage.source.entry import Format, format_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFile:
    """A local file by the name that people know it by."""

    name: str
    path: Path

    @property
    def format(self) -> Format | None:
        """What it holds."""
        return format_of(self.name)

    def stream(self) -> pa.NativeFile:
        """Its bytes, unpacked."""
        raw = pa.OSFile(str(self.path))
        packed = self.name.lower().endswith(".gz")
        return pa.CompressedInputStream(raw, "gzip") if packed else raw
