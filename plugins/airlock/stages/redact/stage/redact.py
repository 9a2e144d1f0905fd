"""Removes direct identifiers column by column, proves it, and stamps each row's fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock.core.content import digest
from airlock.core.entity import called
from airlock.core.errors import DataError, SpecError
from airlock.core.parallel import map_in_processes
from airlock.core.shards import parts_of
from airlock.core.table import contract_types, read_parts, write_parts
from airlock.stages.redact.record import PlantedIdentifier, RedactedShard, Redaction, Residue
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.anonymity import anonymity
from airlock.stages.redact.stage.counts import RedactionCounts
from airlock.stages.redact.stage.declared import check
from airlock.stages.redact.stage.fold import FOLD, Split, SplitByTime
from airlock.stages.redact.stage.made_entity import MadeEntity
from airlock.stages.redact.stage.planted import plant_identifiers
from airlock.stages.redact.stage.redaction_context import RedactionContext
from airlock.stages.redact.stage.rows import Redactor
from airlock.stages.redact.stage.shards import ShardFolder, read_shards, shard_record
from airlock.stages.snapshot.record import Part
from airlock.stages.validate.record import Validation

__all__ = ["RedactionContext", "redact", "redact_shard"]

Group: TypeAlias = tuple[Path, int]
"""A file, and which of its row groups."""


def redact(
    validation: Validation,
    spec: RedactionSpec,
    context: RedactionContext,
    *,
    table: Path,
    out: Path,
    shares: Sequence[ShardFolder] = (),
    target: str | None = None,
) -> Redaction:
    """Let a table through without direct identifiers.

    Args:
        validation: its rows passed.
        spec: what happens to each column.
        context: whom the rows are about, the keys, and who was erased.
        table: local folder with the validation's parts, verified.
        out: an empty folder for the parts: the columns that were not dropped in the order in which
            they came, then `fold` (`train`, `validation` or `holdout`) if there is a model. It
            stays empty if something could not be proven.
        shares: the whole table, redacted by `redact_shard` in other tasks: only what spans shares
            is done here, and of `table` only the first part is needed.
        target: what a model learns of these rows; None where nothing is learnt.

    Raises:
        SpecError: a column is not declared, or declared and not there; the entity does not survive;
            a column to scan is no text; a language model is not installed.
        DataError: a row has no entity, or no row could be proven clean.
    """
    entity = MadeEntity.of(context, table / validation.parts[0].path, spec)
    groups = _groups(table, () if shares else validation.parts)
    redactor = _redactor(table, validation, entity, context, groups)
    split = redactor.split
    # Before all rows: who is blind finds out in a second.
    tried, examples = plant_identifiers(
        entity.added(_read((table / validation.parts[0].path, 0))),
        entity.spec,
        redactor,
        seed=digest([spec.digest, validation.night, validation.rows]),
    )
    tally = RedactionCounts()
    if shares:
        tables = read_shards(shares, tally)
    else:
        tables = _redact_parts(redactor, entity, groups, tally, context.processes)
    written = () if _missed(tried) else _write_parts(tables, redactor.schema, tally, out)
    residues = redactor.residues(tally)
    reasons = (*_missed(tried), *_leaks(residues))
    if reasons:
        for name, _ in written:
            (out / name).unlink()
        written = ()
    return Redaction(
        spec=spec.digest,
        night=validation.night,
        rows=tally.rows,
        quarantined=tally.left_out,
        columns=redactor.columns(tally),
        schema=tuple(one for one in contract_types(redactor.schema) if one[0] != FOLD),
        entity=entity.column,
        pseudonym_key=context.pseudonym_key.key_id,
        split=split.split_id if split else None,
        folds={fold: tally.folds[fold] for fold in (split.folds if split else ())},
        parts=tuple(Part(path=path, rows=count) for path, count in written),
        residues=residues,
        canaries=tried,
        examples=examples,
        anonymity=anonymity(
            out,
            [name for name, _ in written],
            spec.quasi_identifiers,
            rows=tally.rows,
            entity=entity.column,
            target=target if target in redactor.schema.names else None,
        )
        if written
        else None,
        suppressed=tally.suppressed,
        reasons=reasons,
        made_of=entity.made_of,
        holdout_from=split.holdout_from if isinstance(split, SplitByTime) else None,
        in_both=_in_both(out, [name for name, _ in written], entity.column)
        if written and isinstance(split, SplitByTime)
        else None,
    )


def redact_shard(
    validation: Validation,
    spec: RedactionSpec,
    context: RedactionContext,
    *,
    share: int,
    shares: int,
    recipe: str,
    table: Path,
    out: Path,
) -> RedactedShard:
    """Redact some parts of a table, and leave it to `redact` to put all of them together.

    Args:
        share: which one, from 0.
        shares: how many there are.
        recipe: digest of everything that decides what becomes of a row.
        table: local folder with at least the first part and this share's parts, verified.

    The other arguments and the errors are those of `redact`; a share may end without a row.
    """
    entity = MadeEntity.of(context, table / validation.parts[0].path, spec)
    groups = _groups(table, parts_of(validation.parts, share=share, shares=shares))
    redactor = _redactor(table, validation, entity, context, groups)
    tally = RedactionCounts()
    written = write_parts(
        _redact_parts(redactor, entity, groups, tally, context.processes), redactor.schema, out
    )
    return shard_record(tally, written, recipe=recipe, share=share, shares=shares)


def _split(schema: pa.Schema, entity: MadeEntity, context: RedactionContext) -> Split | None:
    if context.model is None:
        return None
    spec, column = entity.spec, entity.column
    form = spec.columns[column].digest if spec.does(column) == "scan" else entity.form
    if pa.types.is_floating(schema.field(column).type):
        # 1.0 was another entity than 1 once: folds of then are not folds of now.
        form = "by value"
    if context.split is None:
        return Split(context.split_key, context.model, form)
    at = context.split.column
    if at not in schema.names or not pa.types.is_temporal(schema.field(at).type):
        raise SpecError(
            f"The holdout is ordered by {at}, which is no date and no timestamp of this table.",
            do="Name such a column in TimeSplit, and promise it in the data contract.",
        )
    return SplitByTime(context.split_key, context.model, context.split, context.night, form)


def _in_both(out: Path, parts: Sequence[str], entity: str) -> int:
    """How many entities of a holdout by time are in the training, too."""
    seen: dict[str, set[int]] = {"train": set(), "holdout": set()}
    for table in read_parts(out, parts, columns=[entity, FOLD]):
        for fold, known in seen.items():
            rows = table.filter(pc.equal(table.column(FOLD), fold)).column(entity)
            # Eight bytes an entity, whatever its text.
            known.update(map(hash, rows.unique().to_pylist()))
    return len(seen["train"] & seen["holdout"])


def _redactor(
    table: Path,
    validation: Validation,
    entity: MadeEntity,
    context: RedactionContext,
    groups: Sequence[Group],
) -> Redactor:
    schema = check(table, validation.parts[0].path, entity)
    return Redactor(
        schema,
        entity.spec,
        entity=entity.column,
        key=context.pseudonym_key,
        split=_split(schema, entity, context),
        suppressed=context.suppressed,
        called=called(context.entity),
        # Where there are fewer groups than processes, several work on one.
        processes=max(context.processes // max(len(groups), 1), 1),
    )


def _groups(table: Path, parts: Iterable[Part]) -> list[Group]:
    return [
        (table / part.path, group)
        for part in parts
        for group in range(pq.read_metadata(table / part.path).num_row_groups)
    ]


def _redact_parts(
    redactor: Redactor,
    entity: MadeEntity,
    groups: list[Group],
    tally: RedactionCounts,
    processes: int,
) -> Iterator[pa.Table]:
    """The rows that may go out, and in `tally` what was counted on the way.

    Raises:
        DataError: a row has no entity.
    """
    at_once = max(min(processes, len(groups)), 1)
    work = map_in_processes(
        lambda group: redactor.redacted(entity.added(_read(group))), groups, processes=at_once
    )
    for rows, counted in work:
        tally.add(counted)
        yield rows


def _write_parts(
    tables: Iterable[pa.Table], schema: pa.Schema, tally: RedactionCounts, out: Path
) -> tuple[tuple[str, int], ...]:
    written = write_parts(tables, schema, out)
    if tally.rows == 0:
        raise DataError(
            f"None of {tally.left_out + tally.suppressed:,} rows could be proven clean.",
            do="Look at the columns with the action scan: a cell holds 10,000 characters at most.",
        )
    return written


def _read(group: Group) -> pa.Table:
    path, number = group
    with pq.ParquetFile(path) as file:
        return file.read_row_group(number)


def _missed(tried: tuple[PlantedIdentifier, ...]) -> tuple[str, ...]:
    return tuple(_why(one) for one in tried if not (one.proven or one.accepted))


def _why(one: PlantedIdentifier) -> str:
    otherwise = f"or write unproven: [{one.entity}] on the column"
    if not one.planted:
        return (
            f"{one.entity} in {one.column} is unproven, for nobody can make one up: take it from "
            f"the file, {otherwise}."
        )
    if one.by == "model":
        return (
            f"The language model of {one.column} finds none of {one.planted} planted {one.entity}: "
            f"name another model under ner, {otherwise}."
        )
    came = f"{one.planted - one.caught} of {one.planted} planted {one.entity} came out of"
    if one.alone - one.alone_caught == one.planted - one.caught:
        return (
            f"{came} {one.column}, all where no word says what they are: the scan does not find "
            f"what its file asks for. Lower the threshold of {one.entity} under thresholds, "
            f"{otherwise}."
        )
    return f"{came} {one.column}: the scan does not find what its file asks for."


def _leaks(residues: tuple[Residue, ...]) -> tuple[str, ...]:
    return tuple(
        f"{one.column} goes out with {one.kind} in {one.rows:,} rows: drop, mask or scan it, or "
        f"write accept: [{one.kind}] if that identifies nobody."
        for one in residues
        if one.outcome == "leak"
    )
