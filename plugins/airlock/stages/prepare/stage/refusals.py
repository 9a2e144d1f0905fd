"""Says what is wrong with a SELECT, and in which line of its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.core.errors import SpecError
from airlock.core.quoting import line

Node = Mapping[str, Any]
"""A part of the tree that DuckDB makes of a SELECT."""

# What DuckDB gives for the position of something that stands nowhere.
_NOWHERE = 2**64 - 1


def position_of(told: Node) -> int | None:
    """Where an error stands, in bytes from the start; None where DuckDB does not say."""
    position = str(told.get("position", ""))
    return int(position) if position.isdigit() else None


def unread(told: Node) -> tuple[str, str]:
    """What is wrong with a text that DuckDB cannot read, and what to do."""
    if told.get("error_type") == "not implemented":
        return "is no SELECT", "Write one SELECT; nothing else is run."
    # The parser quotes the text of the file, and has seen no row.
    return f"is not SQL ({line(str(told.get('error_message', '')), 200)})", "Correct it."


def refusal(path: str, text: str, position: int | None, what: str, do: str) -> SpecError:
    """The error with its place in the file."""
    return SpecError(f"{placed(path, text, position)} {what}.", do=do)


def placed(path: str, text: str, position: int | None) -> str:
    """The file, with the line where that is known.

    Args:
        position: in bytes from the start.
    """
    if position is None or position >= _NOWHERE:
        return path
    return f"{path}:{text.encode()[:position].count(10) + 1}"
