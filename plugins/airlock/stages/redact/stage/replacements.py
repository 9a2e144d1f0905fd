"""What takes the place of a value that must not be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from airlock.core.quoting import without_unseen
from airlock.stages.redact.spec import ColumnRedaction, Normal
from airlock.stages.redact.stage.finding import bracketed
from airlock.stages.redact.stage.pseudonym import Key, Pseudonyms


def masked(text: str, show: int) -> str:
    """All but the last characters hidden; a text that would be shown whole is hidden whole."""
    seen = without_unseen(text)
    hidden = len(seen) - show if show < len(seen) else len(seen)
    return "*" * hidden + seen[hidden:]


_KINDS: Mapping[str, Normal] = {"PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email"}
# 64 bits: two of a billion values meet once in thirty times, and in a text nobody joins by them.
_SHOWN = 16


def replacing(column: ColumnRedaction, key: Key) -> Callable[[str, str], str]:
    """What takes a finding's place."""

    @cache
    def pseudonyms(entity: str) -> Pseudonyms:
        return Pseudonyms(key, entity, _KINDS.get(entity, "text"))

    match column.replace:
        case "entity":
            return bracketed
        case "mask":
            return lambda _, value: "*" * len(value)
        case _:
            return lambda entity, value: f"<{entity} {pseudonyms(entity).of(value)[:_SHOWN]}>"
