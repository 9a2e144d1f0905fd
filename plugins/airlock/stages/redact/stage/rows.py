"""Redacts rows column by column, and counts what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.content import digest
from airlock.core.errors import DataError
from airlock.stages.redact.entities import Residual
from airlock.stages.redact.record import RedactedColumn, Residue
from airlock.stages.redact.spec import ColumnRedaction, Ner, RedactionSpec
from airlock.stages.redact.stage.analyzer.analyzer import NerEngine
from airlock.stages.redact.stage.counts import RedactionCounts
from airlock.stages.redact.stage.fold import FOLD, Split, SplitByTime
from airlock.stages.redact.stage.generalise import generaliser
from airlock.stages.redact.stage.own_values import Rows
from airlock.stages.redact.stage.pseudonym import Key, Pseudonyms, blank
from airlock.stages.redact.stage.replacements import masked, replacing
from airlock.stages.redact.stage.residual import Residuals
from airlock.stages.redact.stage.scan import Scan, Scanned, common_shapes
from airlock.stages.redact.stage.suppression import Suppressed, Suppression

Column: TypeAlias = "pa.Array | pa.ChunkedArray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """All rows of a table as they would go out, and which of them may.

    Args:
        columns: that go out.
        scanned: what the scans said.
        residues: rows in which something was still found, by column and kind.
        clean: the rows that may go.
    """

    columns: Mapping[str, Column]
    scanned: Mapping[str, Scanned]
    residues: Mapping[tuple[str, Residual], Rows]
    clean: Rows


class Redactor:
    """Redacts tables of one schema; it counts nothing itself, so that many can work at once.

    Args:
        schema: of the tables that come in; every column is declared in `spec`.
        spec: what happens to each column.
        entity: the column that names whom a row is about.
        key: of the pseudonyms.
        split: stamps the folds; None stamps none.
        suppressed: who is left out.
        called: what people call the entity, if that is no column.
        processes: how many work at once; it makes no difference to what comes out.

    Attributes:
        schema: of the tables that go out.
        split: see above.

    Raises:
        SpecError: a language model is not installed, or a column is of the wrong type.
    """

    def __init__(
        self,
        schema: pa.Schema,
        spec: RedactionSpec,
        *,
        entity: str,
        key: Key,
        split: Split | None,
        suppressed: Suppressed,
        called: str = "",
        processes: int = 1,
    ) -> None:
        self._spec = spec
        self._names = schema.names
        self._entity = entity
        self._called = called or entity
        self.split = split
        self._engines = engines(spec)
        self._scans = {
            name: Scan(
                name,
                spec.columns[name],
                ner=self._engines.get(name),
                word=replacing(spec.columns[name], key),
                processes=processes,
            )
            for name in schema.names
            if spec.does(name) == "scan"
        }
        self._columns = {
            name: made
            for name in schema.names
            if (made := _made(name, spec.columns[name], schema.field(name).type, key))
        }
        self._residuals = Residuals(schema, spec, entity=entity)
        self._suppression = Suppression(spec, key=key, suppressed=suppressed)
        kept = [
            (one.name, one.type if spec.does(one.name) == "keep" else pa.string())
            for one in schema
            if spec.does(one.name) != "drop"
        ]
        self.schema = pa.schema([*kept, (FOLD, pa.string())] if split else kept)

    def redacted(self, table: pa.Table) -> tuple[pa.Table, RedactionCounts]:
        """The rows that can be proven clean, redacted.

        Raises:
            DataError: a row has no entity.
        """
        if nobody := pc.sum(blank(table.column(self._entity))).as_py():
            raise DataError(
                f"{nobody:,} rows have no {self._called}, so nobody knows whom they are about.",
                do="Repair the export, and make the column not nullable in the data contract.",
            )
        everybody = table.num_rows
        table = self._suppression.without(table)
        tried = self.tried(table)
        clean = pa.array(tried.clean)
        columns = {name: column.filter(clean) for name, column in tried.columns.items()}
        going = table.filter(clean)
        tally = RedactionCounts(
            rows=going.num_rows,
            left_out=table.num_rows - going.num_rows,
            suppressed=everybody - table.num_rows,
        )
        for name in self._names:
            if self._spec.does(name) != "keep":
                tally.changed[name] = _changed(going.column(name), columns.get(name))
        for name, scanned in tried.scanned.items():
            for entity, count in scanned.found(clean).items():
                tally.found[name, entity] = count
            tally.characters[name], tally.removed[name] = scanned.characters(clean)
            for (entity, shape), count in scanned.shaped(clean).items():
                tally.shapes[name, entity, shape] = count
        for place, rows in tried.residues.items():
            tally.residues[place] = int(rows.sum())
        if self.split:
            # Texts that differ in an identifier alone are one text to whoever learns from them.
            as_text = self._entity in tried.scanned
            whom = columns[self._entity] if as_text else going.column(self._entity)
            columns[FOLD] = _folds(self.split, whom, going)
            tally.folds.update(columns[FOLD].to_pylist())
        return pa.table(columns, schema=self.schema), tally

    def tried(self, table: pa.Table) -> Tried:
        """Every row, redacted and looked at again, those that must stay behind included."""
        scanned = {name: scan.scanned(table) for name, scan in self._scans.items()}
        columns: dict[str, Column] = {}
        for name in self._names:
            if name in scanned:
                columns[name] = scanned[name].texts
            elif name in self._columns:
                columns[name] = self._columns[name](table.column(name))
            elif self._spec.does(name) == "keep":
                columns[name] = table.column(name)
        residues = self._residuals.found(table, columns)
        clean = np.ones(table.num_rows, np.bool_)
        for one in scanned.values():
            clean &= one.decided.to_numpy(zero_copy_only=False)
        for place, rows in residues.items():
            if self.outcome(*place) == "left out":
                clean &= ~rows
        return Tried(columns=columns, scanned=scanned, residues=residues, clean=clean)

    def outcome(self, name: str, kind: str) -> str:
        """What follows from something that is still found in a column."""
        if kind in self._spec.columns[name].accept:
            return "accepted"
        return "left out" if self._spec.does(name) == "scan" else "leak"

    def residues(self, tally: RedactionCounts) -> tuple[Residue, ...]:
        """What was still found, for the record."""
        return tuple(
            Residue(column=name, kind=kind, rows=rows, outcome=self.outcome(name, kind))
            for (name, kind), rows in sorted(tally.residues.items())
        )

    def columns(self, tally: RedactionCounts) -> tuple[RedactedColumn, ...]:
        """What happened to each column, for the record."""
        return tuple(self._told(name, tally) for name in self._names)

    def _told(self, name: str, tally: RedactionCounts) -> RedactedColumn:
        column, action = self._spec.columns[name], self._spec.does(name)
        engine = self._engines.get(name)
        models = engine.models.items() if engine else ()
        found = {one: count for (at, one), count in tally.found.items() if at == name}
        return RedactedColumn(
            name=name,
            action=action,
            changed=tally.changed[name],
            found=dict(sorted(found.items())),
            domain=(column.domain or name) if action == "pseudonym" else None,
            normalise=column.normalise,
            models={
                language: " + ".join(f"{model}@{sha256}" for model, sha256 in some)
                for language, some in models
            },
            unread=action != column.action,
            characters=tally.characters[name],
            removed=tally.removed[name],
            shapes=common_shapes(name, tally.shapes),
        )


def _folds(split: Split, whom: Column, going: pa.Table) -> pa.Array:
    if isinstance(split, SplitByTime):
        return split.stamped(whom, going)
    return by_distinct(whom, split.fold)


def by_distinct(column: Column, word: Callable[[Any], str]) -> pa.Array:
    """Every value replaced by its word, which is asked for once; nulls stay null."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = values.dictionary_encode()
    words = pa.array([word(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return words.take(encoded.indices)


def engines(spec: RedactionSpec) -> dict[str, NerEngine]:
    """The language model of each column that has one; each is loaded once."""
    loaded: dict[str, NerEngine] = {}

    def engine(ners: tuple[Ner, ...]) -> NerEngine:
        key = digest([one.digest for one in ners])
        return loaded.setdefault(key, loaded.get(key) or NerEngine(ners))

    return {name: engine(ners) for name in spec.columns if (ners := spec.models_of(name))}


def _made(
    name: str, column: ColumnRedaction, kind: pa.DataType, key: Key
) -> Callable[[pa.ChunkedArray], pa.Array] | None:
    """What makes the column that goes out; None where nothing is made of single values."""
    match column.action:
        case "pseudonym":
            return Pseudonyms(key, column.domain or name, column.normalise).column
        case "mask":
            return lambda values: by_distinct(values, lambda one: masked(str(one), column.show))
        case "generalise":
            coarser = generaliser(name, column, kind)
            return lambda values: by_distinct(values, coarser)
        case _:
            return None


def _changed(before: pa.ChunkedArray, after: Column | None) -> int:
    if after is None:
        return len(before)
    same = pc.equal(before.cast(pa.string()).combine_chunks(), after)
    return int(pc.sum(pc.invert(same)).as_py() or 0)
