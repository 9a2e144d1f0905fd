"""Finds which columns of joined sources hold the keys of a prepared table, under whatever name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa  # noqa: TID253  # nothing but one command imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import pyarrow.parquet as pq  # noqa: TID253  # see above

from airlock.stages.prepare.record import Preparation

if TYPE_CHECKING:
    from airlock.engine.record import Result
    from airlock.stages.redact.spec import Normal
    from airlock.stages.redact.stage.pseudonym import Pseudonyms

Columns = Mapping[str, frozenset["Normal"]]
"""Columns of a source, each with the ways in which its values are made equal."""


def source_columns(
    results: Iterable[tuple[str, Result]], columns: Mapping[str, Normal]
) -> Mapping[str, Columns]:
    """The columns to look into, by the prefix of each source's folder.

    A source may call the key otherwise than the table that was joined of it: the columns that the
    SELECT takes it from, and all that it is compared with, hold such keys, too. Where that is not
    known, any column may.

    Args:
        results: of all stages, with their addresses.
        columns: of prepared tables, that hold keys, and how their values are made equal.
    """
    every = [one for _, one in results]
    found: dict[str, dict[str, frozenset[Normal]]] = {}
    for joined in (one for one in every if one.stage == "prepare"):
        record = Preparation.from_json(joined.record)
        for name, content in joined.inputs.items():
            for source in (one for one in every if one.content == content):
                kept = found.setdefault(source.data.prefix, {})
                promised = [str(column) for column, _ in source.record["columns"]]
                for column, kinds in _keys(record, name, promised, columns).items():
                    kept[column] = kept.get(column, frozenset()) | kinds
    return found


def _keys(
    record: Preparation, source: str, promised: Iterable[str], columns: Mapping[str, Normal]
) -> dict[str, frozenset[Normal]]:
    """The columns of one source that hold keys."""
    keys: dict[str, frozenset[Normal]] = {}
    for one in record.lineage:
        if one.column not in columns:
            continue
        kind = frozenset({columns[one.column]})
        if one.reads is None or record.same is None:
            reached = {f"{source}.{name}" for name in promised}
        else:
            reached = set(one.reads)
            for same in record.same:
                reached |= set(same) if reached & set(same) else set()
        for name in promised:
            if f"{source}.{name}" in reached:
                keys[name] = keys.get(name, frozenset()) | kind
    return keys


def holds_key(
    parquet: pq.ParquetFile,
    columns: Columns,
    pseudonyms: Mapping[Normal, Pseudonyms],
    wanted: Iterable[str],
) -> bool:
    """Whether a source's file holds one of the keys.

    Args:
        columns: to look into.
        pseudonyms: of each way in which values are made equal.
        wanted: the pseudonyms of the keys.
    """
    present = [name for name in parquet.schema_arrow.names if name in columns]
    some = pa.array(sorted(wanted), pa.string())
    return any(
        pc.any(pc.is_in(known, value_set=some), min_count=0).as_py()
        for number in range(parquet.num_row_groups)
        for group in [parquet.read_row_group(number, columns=present)]
        for name in present
        for kind in columns[name]
        for known in [pseudonyms[kind].column(group.column(name))]
    )
