"""Reads CSV and Parquet files as canonical tables, or refuses them.

Arrow's errors quote cells. Everything that it raises is raised anew, with file, column and row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.stages.snapshot.stage.reading import delimited, parquet
from airlock.stages.snapshot.stage.reading.file import DeliveredFile

__all__ = ["DeliveredFile", "tables"]


def tables(files: Sequence[DeliveredFile], contract: Contract) -> Iterator[pa.Table]:
    """The rows of all files in order, in batches of bounded size.

    Raises:
        DataError: a file cannot be read or does not have the promised columns.
    """
    for file in files:
        reader = parquet if file.format == "parquet" else delimited
        yield from reader.rows(file, contract)
