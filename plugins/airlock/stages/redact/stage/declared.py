"""Refuses columns that the redaction file does not name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.errors import SpecError
from airlock.core.table import read_parts
from airlock.stages.redact.spec import SURVIVES
from airlock.stages.redact.stage.made_entity import MadeEntity
from airlock.stages.redact.stage.profile import advised, profile


def check(table: Path, part: str, entity: MadeEntity) -> pa.Schema:
    """The table's schema with the entity's column, if the file fits it.

    Args:
        table: local folder with the parts.
        part: the first of them.
        entity: whom a row is about, and the file.

    Raises:
        SpecError: a column is not declared, or declared and not there; the entity does not survive;
            a column to scan is no text.
    """
    spec = entity.written
    schema = pq.read_schema(table / part)
    if undeclared := [name for name in schema.names if name not in spec.columns]:
        rows = next(read_parts(table, [part], columns=undeclared))
        looks = [profile(name, rows.column(name)) for name in undeclared]
        advice = ", ".join(f"{one.name}: {advised(one)}" for one in looks)
        raise SpecError(
            f"The redaction does not say what happens to {', '.join(undeclared)}.",
            do=f"Decide, and add it under columns; perhaps {advice}.",
        )
    if absent := [name for name in spec.columns if name not in schema.names]:
        raise SpecError(
            f"The redaction speaks of columns that the table does not have: {', '.join(absent)}.",
            do="Remove them from the redaction file, or add them to the data contract.",
        )
    if entity.made_of is None and entity.column not in spec.columns:
        raise SpecError(
            f"The entity {entity.column} does not survive the redaction.",
            do="Give it the action pseudonym in the redaction file.",
        )
    if unknown := [name for name in entity.parts if name not in spec.columns]:
        raise SpecError(
            f"The entity is made of {', '.join(unknown)}, which the table does not have.",
            do="Name columns of the table, or entity='row' where none says whom a row is about.",
        )
    schema = entity.in_schema(schema)
    if entity.spec.does(entity.column) not in SURVIVES:
        raise SpecError(
            f"The entity {entity.column} does not survive the redaction.",
            do="Give it the action pseudonym in the redaction file.",
        )
    for name in spec.columns:
        if spec.columns[name].action == "scan" and schema.field(name).type != pa.string():
            raise SpecError(
                f"{name} is no text, so it cannot be scanned.", do="Drop, mask or keep it."
            )
    return schema
