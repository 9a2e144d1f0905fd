"""Reads JSON lines of a sample, and guesses what its texts are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.names import column as named
from airlock.drafts import guesses
from airlock.stages.snapshot.stage.reading import DeliveredFile, jsonlines
from airlock.stages.snapshot.stage.reading.times import date, timestamp

# No contract is known yet; what it is asked for is how far a packed file may unpack.
_ANY = Contract.model_validate({"columns": {"any": {"type": "string"}}})


def read_rows(files: Sequence[Path]) -> tuple[pa.Table, Mapping[str, str]]:
    """The rows of all files, and the formats of those texts that are days or times.

    Raises:
        DataError: a file is malformed, or a key has values that no contract can name.
    """
    rows: list[dict[str, Any]] = []
    for file in files:
        for block in jsonlines.blocks(DeliveredFile(name=file.name, path=file), _ANY):
            rows += block.rows
    names = dict.fromkeys(name for row in rows for name in row)
    if not names:
        raise DataError("The sample has no rows.", do="Name a file that has some.")
    arrays, formats = {}, {}
    for at, name in enumerate(names, start=1):
        array, shape = _column([row.get(name) for row in rows], named(name, at))
        arrays[name] = array
        if shape:
            formats[name] = shape
    return pa.table(arrays), formats


def _column(values: list[Any], shown: str) -> tuple[pa.Array, str]:
    """The values in the one type that all have, and the format of days, if they have one."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds & {dict, list} or (kinds > {str} or kinds > {bool}):
        raise DataError(
            f"{shown} has values of several types, or nested ones, which no contract can name.",
            do="Export one key a value, and each key of one type.",
        )
    if kinds <= {str}:
        return _texts(values)
    try:
        return pa.array(values, pa.float64() if float in kinds else None), ""
    except (pa.ArrowException, OverflowError):
        raise DataError(
            f"{shown} has integers that 64 bits do not hold.", do="Export them as texts."
        ) from None


def _texts(values: list[Any]) -> tuple[pa.Array, str]:
    texts = pa.array(values, pa.string())
    written = [one for one in values if one is not None]
    for read in (date, timestamp):
        try:
            if written:
                return read(texts, None), ""
        except pa.ArrowException:
            continue
    shapes = guesses.formats_of(written)
    if len(shapes) != 1 or guesses.blanks(written):
        return texts, ""
    return (timestamp if "%H" in shapes[0] else date)(texts, shapes[0]), shapes[0]
