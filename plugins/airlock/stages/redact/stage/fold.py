"""Assigns rows to folds by their entity, for the model's whole life."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa

from airlock.core.content import digest
from airlock.core.errors import DataError
from airlock.core.time_split import TimeSplit
from airlock.stages.redact.stage.pseudonym import Key, keyed, normalised

FOLD = "fold"
LEFT_OUT = "none"
"""The fold of a row that nobody may learn from, and nobody is judged by."""
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

    folds: tuple[str, ...] = ("train", "validation", "holdout")
    # What decides a fold besides the entity.
    column: str | None = None

    def __init__(self, key: Key, model: str, form: str | None = None) -> None:
        self._keyed = keyed(key, model)
        parts = [key.key_id, model, [_HOLDOUT, _VALIDATION, _BUCKETS]]
        self.split_id = digest(parts if form is None else [*parts, form])[:16]

    def fold(self, entity: Any) -> str:
        """The fold of an entity: of its raw value, or of a text as it goes out."""
        bucket = self._bucket(entity)
        if bucket < _HOLDOUT:
            return "holdout"
        return "validation" if bucket < _VALIDATION else "train"

    def _bucket(self, entity: Any) -> int:
        mac = self._keyed.copy()
        mac.update(normalised(entity))
        return int.from_bytes(mac.digest()[:8], "big") % _BUCKETS


class SplitByTime(Split):
    """The folds of one model by when its rows came.

    Args:
        key, model, form: as for `Split`.
        spec: what to hold out.
        night: of the run.
    """

    def __init__(
        self, key: Key, model: str, spec: TimeSplit, night: str, form: str | None = None
    ) -> None:
        super().__init__(key, model, form)
        self.column = spec.column
        self._apart = spec.entities == "apart"
        if self._apart:
            self.folds = (*Split.folds, LEFT_OUT)
        self.split_id = digest([self.split_id, spec.identity()])[:16]
        begins = [datetime.fromisoformat(one) for one in spec.bounds(night)]
        self._validation, self._holdout = begins

    @property
    def holdout_from(self) -> str:
        """When the holdout begins, ISO, UTC."""
        return self._holdout.isoformat()

    def at(self, entity: Any, moment: date | datetime) -> str:
        """The fold of a row.

        Args:
            entity: whom it is about.
            moment: when.
        """
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        held_out = self._apart and self._bucket(entity) < _HOLDOUT
        if moment >= self._holdout:
            return "holdout" if held_out or not self._apart else LEFT_OUT
        if held_out:
            return LEFT_OUT
        return "validation" if moment >= self._validation else "train"

    def stamped(self, entities: pa.ChunkedArray, rows: pa.Table) -> pa.Array:
        """The fold of every row.

        Args:
            entities: whom each is about.
            rows: with the column that says when.

        Raises:
            DataError: a row does not say when.
        """
        moments = rows.column(self.column)
        if unknown := moments.null_count:
            raise DataError(
                f"{unknown:,} rows have no {self.column}, so nobody knows in which fold they are.",
                do="Repair the export, and make the column not nullable in the data contract.",
            )
        pairs = zip(entities.to_pylist(), moments.to_pylist(), strict=True)
        return pa.array([self.at(entity, moment) for entity, moment in pairs], pa.string())
