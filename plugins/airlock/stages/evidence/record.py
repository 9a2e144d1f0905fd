"""What evidence leaves behind, besides the pack in its data folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record

PACK = "evidence.zip"
"""The pack's file in the result's data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePack(Record):
    """The evidence pack of one version.

    Args:
        sha256: of the pack.
        bytes: its size.
        files: how many it holds.
        entries: of the ledger that it holds, from the first on.
        governance: digest of what people said; "" if there is no such file.
        unsaid: sections that nobody has said anything about, by document and number.
    """

    stage: ClassVar[str] = "evidence"

    model: str
    version: int
    sha256: str
    bytes: int
    files: int
    entries: int
    governance: str
    unsaid: tuple[str, ...]

    def facts(self) -> tuple[str, ...]:
        """How large, and what is missing."""
        gaps = len(self.unsaid)
        return (
            f"The evidence of {self.model} version {self.version}: {self.files:,} files, "
            f"{self.bytes / 1e6:.1f} MB, SHA-256 {self.sha256[:16]}.",
            f"{gaps:,} section(s) lack what only people can say."
            if gaps
            else "Every section that asks people is answered.",
        )
