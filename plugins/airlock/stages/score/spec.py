"""How a night is scored, and where its predictions go besides the store."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from airlock.core.outputs import Output, OutputSpec, delivered
from airlock.core.spec import Spec

_MAX_UNSCORED = 0.05
"""Some rows of a night may be beyond a model. Where more are, the model or the data are broken."""


class ScoreSpec(Spec):
    """How a night is scored.

    Args:
        coverage: the share of rows that the band is meant for, see `Margin`.
        unsure_below: a row whose confidence is lower is put to people; none is if None.
        unsure_wider: a number whose band is wider than so many times the number is put to people;
            none is if None.
        max_unscored: the share of rows for which the model may compute no finite number: they have
            no prediction, and are put to people. A night with more is refused; 0 refuses it at the
            first one.
        review: columns of the redacted table that people see beside such rows.
        outputs: besides Parquet in the store.
        processes: on how many cores the parts of a table are scored; all that the task has if None.
        accelerator: `cpu` gives the same bytes on every machine; `gpu` demands a GPU, `auto` takes
            one where there is one. Their scores differ in the last digits.
    """

    coverage: float = Field(default=0.9, gt=0, lt=1)
    unsure_below: float | None = Field(default=None, gt=0, le=1)
    unsure_wider: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    max_unscored: float = Field(default=_MAX_UNSCORED, ge=0, lt=1)
    review: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    processes: int | None = Field(default=None, ge=1)
    accelerator: Literal["auto", "cpu", "gpu"] = "cpu"

    @model_validator(mode="after")
    def _rows_are_unsure_by_one_limit(self) -> ScoreSpec:
        limits = (self.unsure_below, self.unsure_wider)
        if None not in limits:
            raise ValueError("unsure_below is for classes, unsure_wider for numbers: set one")
        if self.review and limits == (None, None) and not self.max_unscored:
            raise ValueError("review is shown of unsure rows: set unsure_below or unsure_wider")
        return self

    @property
    def delivered(self) -> tuple[OutputSpec, ...]:
        """The outputs that predictions are sent to."""
        return delivered(self.outputs)

    @property
    def csv(self) -> bool:
        """Whether the rows are written as CSV too."""
        return "csv" in self.outputs

    def decisive(self) -> dict[str, Any]:
        """What a scoring is named by, JSON-ready: all but the number of processes.

        What was asked for, and not what a machine had: the name must be known before the work.
        """
        told = self.to_json()
        del told["processes"]
        # What was scored before this key existed had no such row, and is named as it was.
        if self.max_unscored == _MAX_UNSCORED:
            del told["max_unscored"]
        return told
