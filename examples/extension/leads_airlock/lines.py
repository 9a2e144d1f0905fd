"""An output: the predictions of a night as JSON lines in a folder that others read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.core.errors import DataError
from airlock.core.outputs import OutputSpec

if TYPE_CHECKING:
    from airlock.catalogs.predictions import Partition
    from airlock.config.settings import Settings


class JsonLines(OutputSpec):
    """One file a night, `<model>-<night>.jsonl`.

    Args:
        folder: that exists, relative to the project root.
    """

    folder: str


def files(settings: Settings, output: JsonLines) -> list[Path]:
    """A task that scores may write beside these, and nowhere else."""
    return [settings.root / output.folder / "any.jsonl"]


def deliver(
    settings: Settings, output: JsonLines, partition: Partition, parts: Sequence[Path]
) -> None:
    """Write the file, or write it again: readers see the old one or the new one.

    Raises:
        DataError: the folder does not exist.
    """
    import pyarrow.parquet as pq

    folder = settings.root / output.folder
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", do="Make it, or name another one.")
    # A name of this process: two attempts may be alive at once.
    unfinished = folder / f".{partition.model}-{partition.night}.{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as lines:
        for part in parts:
            lines.write(
                pq.read_table(part)
                .to_pandas()
                .to_json(orient="records", lines=True, date_format="iso")
            )
    unfinished.replace(folder / f"{partition.model}-{partition.night}.jsonl")
