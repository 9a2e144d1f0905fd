"""Assigns rows to folds by their entity, for the model's whole life."""

from __future__ import annotations

from typing import Any

from airlock.core.content import digest
from airlock.stages.redact.stage.pseudonym import Key, keyed, normalised

FOLD = "fold"
_BUCKETS = 100
# Buckets below the first limit are the holdout, below the second the validation fold.
_HOLDOUT, _VALIDATION = 20, 30


class Split:
    """The folds of one model: independent of seeds, of other models and of pseudonym keys.

    Args:
        key: the split key; a fold cannot be chosen by choosing an entity's name without it.
        model: the model's registered name.
        form: digest of what is done to the entity before its fold is asked for; None if nothing.
            Another form is another split: it puts entities into other folds.
    """

    folds = ("train", "validation", "holdout")

    def __init__(self, key: Key, model: str, form: str | None = None) -> None:
        self._keyed = keyed(key, model)
        parts = [key.key_id, model, [_HOLDOUT, _VALIDATION, _BUCKETS]]
        self.split_id = digest(parts if form is None else [*parts, form])[:16]

    def fold(self, entity: Any) -> str:
        """The fold of an entity: of its raw value, or of a text as it goes out."""
        mac = self._keyed.copy()
        mac.update(normalised(entity))
        bucket = int.from_bytes(mac.digest()[:8], "big") % _BUCKETS
        if bucket < _HOLDOUT:
            return "holdout"
        return "validation" if bucket < _VALIDATION else "train"
