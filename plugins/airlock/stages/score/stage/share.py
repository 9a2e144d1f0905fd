"""Scores shards of a night in several tasks, and joins their results.

What comes out is the same, byte for byte, as if one task had scored the whole night.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from airlock.core.disk import full_disk
from airlock.core.errors import Unverified
from airlock.stages.score.record import ScoredPart, ScoredShare
from airlock.stages.snapshot.record import Part

Share: TypeAlias = tuple[ScoredShare, Path]
"""What one task left behind, and the local, verified folder of its parts."""


def join_shards(shares: Sequence[Share], parts: Sequence[Part], out: Path) -> list[ScoredPart]:
    """The files of all shares in one folder, and what each part adds to the record.

    Args:
        shares: all of them, in order.
        parts: of the table that they must have scored.
        out: empty folder.

    Raises:
        Unverified: a part of the table is missing, doubled or of another length.
    """
    if [part for record, _ in shares for part in record.parts] != list(parts):
        raise Unverified(
            "The shares together are not the parts of the table.",
            do="Clear all tasks that make shares of this run.",
        )
    with full_disk(out):
        for _, folder in shares:
            for file in sorted(one for one in folder.rglob("*") if one.is_file()):
                target = out / file.relative_to(folder)
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(file, target)
    return [one for record, _ in shares for one in record.scored]
