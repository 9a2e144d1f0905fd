"""Says which of the contract's types a column of Arrow can be read as, where a server has Arrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pyarrow as pa
from pyarrow import types

from airlock.core.contract import ColumnType
from airlock.stages.snapshot.stage.reading.types import type_in_words
from airlock.stages.snapshot.stage.source.sql.server import ServerColumn

_ARROW: tuple[tuple[Callable[[pa.DataType], bool], frozenset[ColumnType]], ...] = (
    (types.is_string, frozenset({"string"})),
    (types.is_large_string, frozenset({"string"})),
    (types.is_string_view, frozenset({"string"})),
    (types.is_boolean, frozenset({"boolean"})),
    (types.is_integer, frozenset({"integer", "number"})),
    (types.is_decimal, frozenset({"integer", "number"})),
    (types.is_floating, frozenset({"number"})),
    (types.is_date, frozenset({"date"})),
    (types.is_timestamp, frozenset({"timestamp"})),
    (types.is_null, frozenset(get_args(ColumnType))),
)


def arrow_columns(schema: pa.Schema) -> list[ServerColumn]:
    """The columns of a schema, as servers describe theirs."""
    return [
        ServerColumn(name=field.name, type=type_in_words(field.type), kinds=_kinds(field.type))
        for field in schema
    ]


def _kinds(arrow: pa.DataType) -> frozenset[ColumnType]:
    if types.is_dictionary(arrow):
        # An enumeration.
        arrow = arrow.value_type
    return next((kinds for is_one, kinds in _ARROW if is_one(arrow)), frozenset())
