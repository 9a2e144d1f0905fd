"""Removes direct identifiers column by column, proves it, and stamps each row's fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.content import digest
from airlock.core.errors import DataError
from airlock.core.parallel import mapped
from airlock.core.shards import parts_of
from airlock.core.table import contract_types, write_parts
from airlock.stages.redact.record import PlantedIdentifier, RedactedShare, Redaction, Residue
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.anonymity import anonymity
from airlock.stages.redact.stage.declared import check
from airlock.stages.redact.stage.fold import FOLD, Split
from airlock.stages.redact.stage.planted import plant_identifiers
from airlock.stages.redact.stage.pseudonym import Key
from airlock.stages.redact.stage.rows import Redactor, Tally
from airlock.stages.redact.stage.share import Share, joined, recorded
from airlock.stages.redact.stage.suppression import Suppressed
from airlock.stages.snapshot.record import Part
from airlock.stages.validate.record import Validation

__all__ = ["redact", "redact_share"]

Group: TypeAlias = tuple[Path, int]
"""A file, and which of its row groups."""


def redact(
    validation: Validation,
    spec: RedactionSpec,
    *,
    table: Path,
    entity: str,
    model: str | None,
    pseudonym_key: Key,
    split_key: Key,
    out: Path,
    suppressed: Suppressed | None = None,
    processes: int = 1,
    shares: Sequence[Share] = (),
) -> Redaction:
    """Let a table through without direct identifiers.

    Args:
        validation: its rows passed.
        spec: what happens to each column.
        table: local folder with the validation's parts, verified.
        entity: the column that names whom a row is about.
        model: whose split stamps the folds; None stamps none.
        pseudonym_key: of all pseudonyms.
        split_key: of all splits.
        out: an empty folder for the parts: the columns that were not dropped in the order in which
            they came, then `fold` (`train`, `validation` or `holdout`) if there is a model. It
            stays empty if something could not be proven.
        suppressed: keyed digests of those who were erased, by domain; their rows are left out.
        processes: how many work at once; it makes no difference to what comes out.
        shares: the whole table, redacted by `redact_share` in other tasks: only what spans shares
            is done here, and of `table` only the first part is needed.

    Raises:
        SpecError: a column is not declared, or declared and not there; the entity does not survive;
            a column to scan is no text; a language model is not installed.
        DataError: a row has no entity, or no row could be proven clean.
    """
    schema = check(table, validation.parts[0].path, spec, entity)
    form = spec.columns[entity].digest if spec.does(entity) == "scan" else None
    split = Split(split_key, model, form) if model is not None else None
    redactor = Redactor(
        schema, spec, entity=entity, key=pseudonym_key, split=split, suppressed=suppressed or {}
    )
    # Before all rows: who is blind finds out in a second.
    tried, examples = plant_identifiers(
        _read((table / validation.parts[0].path, 0)),
        spec,
        redactor,
        seed=digest([spec.digest, validation.night, validation.rows]),
    )
    tally = Tally()
    if shares:
        tables = joined(shares, tally)
    else:
        tables = _redacted(redactor, _groups(table, validation.parts), tally, processes)
    written = () if _missed(tried) else _written(tables, redactor.schema, tally, out)
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
        entity=entity,
        pseudonym_key=pseudonym_key.key_id,
        split=split.split_id if split else None,
        folds={fold: tally.folds[fold] for fold in (split.folds if split else ())},
        parts=tuple(Part(path=path, rows=count) for path, count in written),
        residues=residues,
        canaries=tried,
        examples=examples,
        anonymity=anonymity(
            out, [name for name, _ in written], spec.quasi_identifiers, rows=tally.rows
        )
        if written
        else None,
        suppressed=tally.suppressed,
        reasons=reasons,
    )


def redact_share(
    validation: Validation,
    spec: RedactionSpec,
    *,
    share: int,
    shares: int,
    recipe: str,
    table: Path,
    entity: str,
    model: str | None,
    pseudonym_key: Key,
    split_key: Key,
    out: Path,
    suppressed: Suppressed | None = None,
    processes: int = 1,
) -> RedactedShare:
    """Redact some parts of a table, and leave it to `redact` to put all of them together.

    Args:
        share: which one, from 0.
        shares: how many there are.
        recipe: digest of everything that decides what becomes of a row.
        table: local folder with at least the first part and this share's parts, verified.

    The other arguments and the errors are those of `redact`; a share may end without a row.
    """
    schema = check(table, validation.parts[0].path, spec, entity)
    split = Split(split_key, model) if model is not None else None
    redactor = Redactor(
        schema, spec, entity=entity, key=pseudonym_key, split=split, suppressed=suppressed or {}
    )
    groups = _groups(table, parts_of(validation.parts, share=share, shares=shares))
    tally = Tally()
    written = write_parts(_redacted(redactor, groups, tally, processes), redactor.schema, out)
    return recorded(tally, written, recipe=recipe, share=share, shares=shares)


def _groups(table: Path, parts: Iterable[Part]) -> list[Group]:
    return [
        (table / part.path, group)
        for part in parts
        for group in range(pq.read_metadata(table / part.path).num_row_groups)
    ]


def _redacted(
    redactor: Redactor, groups: list[Group], tally: Tally, processes: int
) -> Iterator[pa.Table]:
    """The rows that may go out, and in `tally` what was counted on the way.

    Raises:
        DataError: a row has no entity.
    """
    at_once = max(min(processes, len(groups)), 1)
    work = mapped(lambda group: redactor.redacted(_read(group)), groups, processes=at_once)
    for rows, counted in work:
        tally.add(counted)
        yield rows


def _written(
    tables: Iterable[pa.Table], schema: pa.Schema, tally: Tally, out: Path
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
    return tuple(
        f"{one.planted - one.caught} of {one.planted} planted {one.entity} came out of "
        f"{one.column}: the scan does not find what its file asks for."
        for one in tried
        if one.caught < one.planted
    )


def _leaks(residues: tuple[Residue, ...]) -> tuple[str, ...]:
    return tuple(
        f"{one.column} goes out with {one.kind} in {one.rows:,} rows: drop, mask or scan it, or "
        f"write accept: [{one.kind}] if that identifies nobody."
        for one in residues
        if one.outcome == "leak"
    )
