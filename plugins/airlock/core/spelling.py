"""Finds the name that somebody meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Two letters in the wrong order still resemble each other by more than this.
_LIKE = 0.6
_LISTED = 12
# What other tools call the same.
_ELSEWHERE = {
    "auc": "auroc",
    "roc_auc": "auroc",
    "bool": "boolean",
    "date_time": "timestamp",
    "datetime": "timestamp",
    "decimal": "number",
    "delete": "drop",
    "erase": "drop",
    "double": "number",
    "f1": "f1_macro",
    "float": "number",
    "hash": "pseudonym",
    "int": "integer",
    "logloss": "log_loss",
    "mse": "rmse",
    "numeric": "number",
    "pseudonymise": "pseudonym",
    "pseudonymize": "pseudonym",
    "redact": "scan",
    "remove": "drop",
    "str": "string",
    "text": "string",
    "varchar": "string",
}

# Comparing two texts takes the product of their lengths; nobody's name is longer.
_LONGEST = 80


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name that is most like a word; None if none is."""
    if not isinstance(word, str) or len(word) > _LONGEST:
        return None
    plain = {name.casefold(): name for name in known}
    if (elsewhere := _ELSEWHERE.get(word.casefold())) in plain:
        return plain[elsewhere]
    found = get_close_matches(word.casefold(), plain, n=1, cutoff=_LIKE)
    return plain[found[0]] if found else None


def advice(word: object, known: Iterable[str], *, what: str = "known") -> str:
    """What to write in the place of a word that is not known, as one sentence."""
    names = list(known)
    if meant := nearest(word, names):
        return f"Did you mean {meant}?"
    if not names:
        return f"None is {what}."
    more = len(names) - _LISTED
    shown = ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
    return f"{what[:1].upper()}{what[1:]}: {shown}."
