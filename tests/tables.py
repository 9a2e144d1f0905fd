"""Small tables as the stages leave them for one another."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.table import arrow_schema, contract_types, write_parts
from airlock.stages.snapshot.record import Part, Snapshot
from airlock.stages.validate.record import Validation


def canonical(contract: Contract, **columns: list[object]) -> pa.Table:
    """A table with the columns of the contract."""
    schema = arrow_schema((name, column.type) for name, column in contract.columns.items())
    return pa.table(columns, schema=schema)


def snapshot_of(table: pa.Table, folder: Path) -> Snapshot:
    """A snapshot whose parts lie in the folder."""
    parts = write_parts([table], table.schema, folder)
    return Snapshot(
        source="rows.parquet",
        night="2026-01-05",
        rows=table.num_rows,
        columns=contract_types(table.schema),
        sha256="0" * 64,
        parts=tuple(Part(path=path, rows=rows) for path, rows in parts),
    )


def validation_of(table: pa.Table, folder: Path) -> Validation:
    """A validation that every row passed, whose parts lie in the folder."""
    frozen = snapshot_of(table, folder)
    return Validation(
        suite="0" * 64,
        night=frozen.night,
        rows=frozen.rows,
        quarantined=0,
        checks=(),
        parts=frozen.parts,
        quarantine=(),
    )
