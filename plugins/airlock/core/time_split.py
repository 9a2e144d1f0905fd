"""A holdout of what came last, instead of one that is drawn by entity."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from airlock.core.nights import night_named
from airlock.core.spec import Spec


class TimeSplit(Spec):
    """Judge a model by what came after everything that it learnt from.

    Args:
        column: a date or a timestamp of each row: when what the row tells was known. It need not
            survive the redaction.
        holdout: how many nights the holdout reaches back, the run's own being the last of them.
        validation: how many nights before those stop the training; as many as the holdout if left
            out.
        entities: `shared` leaves an entity with earlier rows in the holdout, as in production, and
            counts such entities; `apart` holds out the later rows of a fifth of all entities, who
            are in no training at all, and leaves out the rows of neither side.
    """

    column: str = Field(min_length=1)
    holdout: int = Field(ge=1, le=366)
    validation: int | None = Field(default=None, ge=1, le=366)
    entities: Literal["shared", "apart"] = "shared"

    def bounds(self, night: str) -> tuple[str, str]:
        """When validation and holdout begin, in the run about a night; ISO, UTC.

        Args:
            night: its name.
        """
        first = night_named(night).back(self.holdout - 1)
        before = first.back(self.validation or self.holdout)
        return before.begin.isoformat(), first.begin.isoformat()

    def identity(self) -> dict[str, Any]:
        """What makes it another split, whatever night it is asked about."""
        return {
            "by": "time",
            "column": self.column,
            "holdout": self.holdout,
            "validation": self.validation or self.holdout,
            "entities": self.entities,
        }
