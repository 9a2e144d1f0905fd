"""Reads each file by the reader of its format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.stages.snapshot.stage.reading import delimited, ipc, jsonlines, parquet
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.source.entry import Format

_READERS: Mapping[Format, ModuleType] = {
    "csv": delimited,
    "parquet": parquet,
    "jsonl": jsonlines,
    "arrow": ipc,
}


def tables(files: Sequence[DeliveredFile], contract: Contract) -> Iterator[pa.Table]:
    """The rows of all files in order, in batches of bounded size.

    Raises:
        DataError: a file cannot be read or does not have the promised columns.
    """
    for file in files:
        yield from _READERS[file.format or "csv"].rows(file, contract)
