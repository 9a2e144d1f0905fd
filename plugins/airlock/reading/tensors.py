"""Checks the header of a safetensors file before its tensors are read.

https://huggingface.co/docs/safetensors#format: eight bytes of length, JSON, then the tensors.
Refused: a header that is longer than stated or than the file, types without a fixed width, shapes
that are not their bytes, tensors that overlap, leave a gap or reach beyond the file.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from airlock.reading.document import Malformed, read_json

HEADER = 4 << 20
_RANK = 16
_WIDTH = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "U16": 2,
    "I16": 2,
    "F16": 2,
    "BF16": 2,
    "U32": 4,
    "I32": 4,
    "F32": 4,
    "U64": 8,
    "I64": 8,
    "F64": 8,
}


def checked_safetensors(path: Path) -> Path:
    """Check a local file; nothing but its header is read.

    Returns:
        The path, for whoever loads it next.

    Raises:
        Malformed: what stands at the top of this file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(HEADER, size - 8):
            raise Malformed(f"{path.name}: its header is longer than {HEADER:,} bytes or the file")
        header = read_json(file.read(length), size=HEADER, depth=4)
    if not isinstance(header, dict):
        raise Malformed(f"{path.name}: its header is no object")
    header.pop("__metadata__", None)
    try:
        spans = sorted(map(_span, header.values()))
    except (KeyError, TypeError, ValueError):
        raise Malformed(f"{path.name}: a tensor's type, shape and bytes do not agree") from None
    end = 0
    for start, stop in spans:
        if start != end:
            raise Malformed(f"{path.name}: its tensors overlap or leave a gap")
        end = stop
    if end != size - 8 - length:
        raise Malformed(f"{path.name}: its tensors are not as long as the file")
    return path


def _span(tensor: dict[str, Any]) -> tuple[int, int]:
    start, stop = tensor["data_offsets"]
    shape = tensor["shape"]
    whole = all(type(one) is int and one >= 0 for one in (*shape, start, stop))
    if not whole or len(shape) > _RANK:
        raise ValueError
    if stop - start != math.prod(shape) * _WIDTH[tensor["dtype"]]:
        raise ValueError
    return start, stop
