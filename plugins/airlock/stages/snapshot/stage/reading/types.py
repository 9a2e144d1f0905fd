"""Compares the types of Arrow with those of the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
from pyarrow import types

from airlock.core.contract import ColumnType, Contract
from airlock.core.quoting import line
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.file import NamedSource

# Any width of a type is that type; another type is not, even where a cast would succeed.
_KINDS: Mapping[ColumnType, Callable[[pa.DataType], bool]] = {
    "string": lambda arrow: (
        types.is_string(arrow) or types.is_large_string(arrow) or types.is_string_view(arrow)
    ),
    "integer": types.is_integer,
    "number": types.is_floating,
    "boolean": types.is_boolean,
    "date": types.is_date,
    "timestamp": types.is_timestamp,
}


def check_types(file: NamedSource, schema: pa.Schema, contract: Contract) -> None:
    """Refuse columns of other names or types than the promised ones.

    Raises:
        DataError: with everything that is wrong at once.
    """

    def holds(new: str, lost: str) -> bool:
        # A new name may stand twice.
        at = schema.get_all_field_indices(new)[0]
        return _is_kind(schema.field(at).type, contract.columns[lost].type)

    def retyped(names: Sequence[str]) -> list[str]:
        return [
            f"{name} is {type_in_words(schema.field(name).type)}, not {contract.columns[name].type}"
            for name in names
            if not _is_kind(schema.field(name).type, contract.columns[name].type)
        ]

    check_columns(file, schema.names, contract, holds=holds, retyped=retyped, surely_names=True)


def type_in_words(arrow: pa.DataType) -> str:
    """A type in words; those that hold names of fields and zones hold what somebody wrote."""
    if types.is_nested(arrow) or types.is_dictionary(arrow):
        return re.split(r"[<\[]", str(arrow), maxsplit=1)[0]
    return f"timestamp[{arrow.unit}]" if types.is_timestamp(arrow) else line(str(arrow), 40)


def _is_kind(arrow: pa.DataType, kind: ColumnType) -> bool:
    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    return types.is_null(arrow) or _KINDS[kind](arrow)
