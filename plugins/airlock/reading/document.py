"""Reads JSON as strictly as RFC 8259 and I-JSON (RFC 7493) define it.

Refused: more bytes or deeper nesting than stated, a key that stands twice in one object (two
readers would take another one each), NaN and the infinities, numbers that overflow, half of a
surrogate pair, anything but UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

SIZE = 64 << 20
"""Bytes of the largest document: a page of histograms, a graph of many thousand nodes."""
DEPTH = 64
"""Objects and lists within each other; our own deepest document has 14."""

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_OPEN = {b"[", b"{"}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Malformed(ValueError):
    """The bytes are not what they are said to be, or more than anybody needs.

    Attributes:
        line: where, from 1; 0 if nobody knows.
    """

    line: int = 0


def read_json(
    data: bytes | str, *, size: int = SIZE, depth: int = DEPTH, finite: bool = True
) -> Any:
    """Parse one document.

    Args:
        size: the most bytes.
        depth: the most objects and lists within each other.
        finite: False where NaN and the infinities are news, as losses are among ranks.

    Raises:
        Malformed: what stands at the top of this file; no value is quoted.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > size:
        raise Malformed(f"it has {len(raw):,} bytes, and {size:,} are the most")
    _check_depth(raw, depth)
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse if finite else float,
            parse_float=_finite if finite else float,
        )
        if _SURROGATE.search(raw):
            # Half of a pair is no text: nothing could write it down again.
            json.dumps(value, ensure_ascii=False).encode()
    except Malformed:
        raise
    except UnicodeError:
        raise Malformed("it is not UTF-8") from None
    except (ValueError, RecursionError):
        # Among them an integer of more than 4,300 digits.
        raise Malformed("it is no JSON") from None
    return value


def _check_depth(raw: bytes, most: int) -> None:
    if raw.count(b"[") + raw.count(b"{") <= most:
        return
    deep = 0
    for bracket in _BRACKET.findall(_TEXT.sub(b"", raw)):
        deep += 1 if bracket in _OPEN else -1
        if deep > most:
            raise Malformed(f"it is nested deeper than {most}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("a key stands twice in one object")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Malformed("a number is too large")
    return value


def _refuse(constant: str) -> Any:
    raise Malformed(f"{constant} is no JSON")
