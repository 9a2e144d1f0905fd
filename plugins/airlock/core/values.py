"""Compares values by what they mean, however they are spelled: 1, 1.0, "1", " 1" and True."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = re.compile(r"([+-]?)0*(\d{1,30})(?:\.0*)?", re.ASCII)
_NAMED = 10
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})


class LabelReader:
    """Finds the class that a label means.

    The spelling of a class itself comes first. Then, where every class is a whole number, a number
    or its text; where they are booleans, or no others than 0 and 1, a boolean as well. Capitals
    are never made equal.

    Args:
        classes: labels as text, as a bundle names them.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = frozenset(classes)
        self._numbers = all(_WHOLE.fullmatch(name) for name in classes)
        self._booleans = self._classes <= {"true", "false"} or self._classes <= {"0", "1"}

    def __call__(self, label: object) -> str | None:
        """The class; None if it is none of them. What is missing is none, whatever it is called."""
        if is_missing(label):
            return None
        text = spelled(label)
        if text in self._classes:
            return text
        if self._booleans and (said := truth(label)) is not None:
            wanted = {"true", "1"} if said else {"false", "0"}
            return next(iter(self._classes & wanted), None)
        if isinstance(label, bool) or (hasattr(label, "dtype") and label.dtype.kind == "b"):
            # Texts that somebody wrote with Python.
            return next(iter(self._classes & {text.capitalize()}), None)
        stripped = text.strip()
        if stripped in self._classes:
            return stripped
        if self._numbers and (found := _WHOLE.fullmatch(stripped)):
            number = str(int(found[1] + found[2]))
            return number if number in self._classes else None
        return None


def is_missing(value: object) -> bool:
    """Whether it is no value: None, NaN, or what pandas has for them; never a text."""
    if isinstance(value, str):
        return False
    # NaN and NaT are unlike themselves; NA is when it is asked by name alone.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def truth(value: object) -> bool | None:
    """A boolean, or what can mean nothing else: 0 and 1, and the words; None for all others."""
    text = spelled(value).strip().lower()
    found = _WHOLE.fullmatch(text)
    number = str(int(found[1] + found[2])) if found else text
    if number in _TRUE | _FALSE:
        return number in _TRUE
    return None


def spelled(value: object) -> str:
    """A value as a bundle spells it: booleans in lower case, whole numbers without a fraction."""
    if hasattr(value, "item") and hasattr(value, "dtype"):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    # pandas turns whole numbers into floats where a value is missing.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def no_plain_type(column: pd.Series) -> bool:
    """Whether a column holds what is neither a number nor a boolean nor a text."""
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        kind = kind.categories.dtype
    if getattr(kind, "kind", "O") in "mMcV":
        return True
    if getattr(kind, "kind", "O") != "O":
        return False
    return pd.api.types.infer_dtype(column, skipna=True) in _OTHERS


_OTHERS = frozenset(
    {
        *("datetime", "datetime64", "date", "timedelta", "timedelta64", "time", "period"),
        *("complex", "bytes", "interval", "mixed"),
    }
)


def beyond(clipped: Mapping[str, int]) -> tuple[str, ...]:
    """Which columns had cells beyond what a model may see, in a sentence; nothing without one."""
    if not clipped:
        return ()
    ranked = sorted(clipped.items(), key=lambda one: (-one[1], one[0]))
    named = ", ".join(f"{name} ({count:,})" for name, count in ranked[:_NAMED])
    more = f" and {len(ranked) - _NAMED:,} more columns" if len(ranked) > _NAMED else ""
    return (f"Cells beyond the range that the model learnt, counted as its end: {named}{more}.",)
