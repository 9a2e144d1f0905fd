"""Redacts shards of a table in several tasks, and joins their results.

What comes out is the same, byte for byte, as if one task had redacted the whole table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from airlock.core.table import read_parts
from airlock.stages.redact.record import RedactedShard
from airlock.stages.redact.stage.counts import RedactionCounts
from airlock.stages.snapshot.record import Part

ShardFolder: TypeAlias = tuple[RedactedShard, Path]
"""What one task left behind, and the local, verified folder of its parts."""


def shard_record(
    tally: RedactionCounts,
    written: Sequence[tuple[str, int]],
    *,
    recipe: str,
    share: int,
    shares: int,
) -> RedactedShard:
    """What one share leaves behind."""
    return RedactedShard(
        recipe=recipe,
        share=share,
        shares=shares,
        parts=tuple(Part(path=path, rows=rows) for path, rows in written),
        rows=tally.rows,
        left_out=tally.left_out,
        suppressed=tally.suppressed,
        folds=dict(sorted(tally.folds.items())),
        changed=dict(sorted(tally.changed.items())),
        found=tuple((*place, count) for place, count in sorted(tally.found.items())),
        residues=tuple((*place, count) for place, count in sorted(tally.residues.items())),
        characters=dict(sorted(tally.characters.items())),
        removed=dict(sorted(tally.removed.items())),
        shapes=tuple((*place, count) for place, count in sorted(tally.shapes.items())),
    )


def read_shards(shares: Sequence[ShardFolder], tally: RedactionCounts) -> Iterator[pa.Table]:
    """The rows of all shares in order, and in `tally` what was counted in them."""
    for record, folder in shares:
        tally.add(_counted(record))
        yield from read_parts(folder, [part.path for part in record.parts])


def _counted(share: RedactedShard) -> RedactionCounts:
    return RedactionCounts(
        rows=share.rows,
        left_out=share.left_out,
        suppressed=share.suppressed,
        folds=Counter(share.folds),
        changed=Counter(share.changed),
        found=Counter({(column, entity): count for column, entity, count in share.found}),
        residues=Counter({(column, kind): count for column, kind, count in share.residues}),
        characters=Counter(share.characters),
        removed=Counter(share.removed),
        shapes=Counter({(one, entity, shape): n for one, entity, shape, n in share.shapes}),
    )
