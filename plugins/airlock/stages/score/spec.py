"""How a night is scored, and where its predictions go besides the store."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from airlock.outputs import Output, SqlOutput, tables
from airlock.spec import Spec


class ScoreSpec(Spec):
    """How a night is scored.

    Args:
        coverage: the share of rows that the band is meant for, see `Margin`.
        unsure_below: a row whose confidence is lower counts as unsure; none does if None.
        outputs: besides Parquet in the store.
        processes: on how many cores the parts of a table are scored; all that the task has if None.
        accelerator: `cpu` gives the same bytes on every machine; `gpu` demands a GPU, `auto` takes
            one where there is one. Their scores differ in the last digits.
    """

    coverage: float = Field(default=0.9, gt=0, lt=1)
    unsure_below: float | None = Field(default=None, gt=0, le=1)
    outputs: tuple[Output, ...] = ()
    processes: int | None = Field(default=None, ge=1)
    accelerator: Literal["auto", "cpu", "gpu"] = "cpu"

    @property
    def tables(self) -> tuple[SqlOutput, ...]:
        """The outputs that are tables."""
        return tables(self.outputs)

    @property
    def csv(self) -> bool:
        """Whether the rows are written as CSV too."""
        return "csv" in self.outputs

    def decisive(self) -> dict[str, Any]:
        """What a scoring is named by, JSON-ready: all but the number of processes.

        What was asked for, and not what a machine had: the name must be known before the work.
        """
        return {name: value for name, value in self.to_json().items() if name != "processes"}
