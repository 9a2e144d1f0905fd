"""Adds the column of an entity that is none of the table: several columns, or the row itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock.core.content import digest
from airlock.core.entity import MADE, ROW, called, is_made, is_row, parts_of
from airlock.core.errors import SpecError
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.as_text import as_text
from airlock.stages.redact.stage.pseudonym import blank
from airlock.stages.redact.stage.redaction_context import RedactionContext


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeEntity:
    """Whom the rows of one table are about.

    Args:
        written: the redaction file.
        spec: the same, with the entity's column.
        column: the entity's.
        parts: the columns that it is made of.
        made_of: the same for the record; None where the entity is a column of the table.
        form: what makes its split another one; None where it is a column of the table.
    """

    written: RedactionSpec
    spec: RedactionSpec
    column: str
    parts: tuple[str, ...]
    made_of: tuple[str, ...] | None = None
    form: str | None = None

    @classmethod
    def of(cls, context: RedactionContext, part: Path, spec: RedactionSpec) -> MadeEntity:
        """The entity of a table.

        Args:
            context: says which.
            part: the table's first file.
            spec: the redaction file.

        Raises:
            SpecError: the table has a column of the name that the entity's would have.
        """
        names, entity = pq.read_schema(part).names, context.entity
        if not is_made(entity, names):
            (column,) = parts_of(entity, names)
            return cls(written=spec, spec=spec, column=column, parts=(column,))
        if MADE in names:
            raise SpecError(
                f"The table has a column {MADE}, the name of what Airlock adds for the entity "
                f"{called(entity)}.",
                do="Name the column otherwise in the source.",
            )
        made_of = (ROW,) if is_row(entity, names) else tuple(entity)
        parts = parts_of(entity, names) or tuple(name for name in names if name != context.unlike)
        own = ColumnRedaction(action="pseudonym", domain="+".join(made_of))
        return cls(
            written=spec,
            spec=spec.model_copy(update={"columns": {**spec.columns, MADE: own}}),
            column=MADE,
            parts=parts,
            made_of=made_of,
            form=digest(["entity", *made_of]),
        )

    def in_schema(self, schema: pa.Schema) -> pa.Schema:
        """A table's schema with the entity's column."""
        return schema if self.made_of is None else schema.append(pa.field(MADE, pa.string()))

    def added(self, table: pa.Table) -> pa.Table:
        """A table with the entity's column; it has no value where one of its parts has none."""
        if self.made_of is None:
            return table
        column = _joined(table, self.parts)
        if self.made_of != (ROW,):
            for name in self.parts:
                nobody = blank(table.column(name))
                column = pc.if_else(nobody, pa.scalar(None, pa.string()), column)
        return table.append_column(MADE, column)


def _joined(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    """All cells of a row in one text, which no other cells give: each stands behind its length."""
    pieces = []
    for name in names:
        text = as_text(name, table.column(name))
        length = pc.utf8_length(text).cast(pa.string())
        whole = pc.binary_join_element_wise(length, text, ":")
        pieces.append(pc.fill_null(whole, "-"))
    return pc.binary_join_element_wise(*pieces, ";")
