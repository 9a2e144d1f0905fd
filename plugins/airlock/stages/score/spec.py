"""How a night is scored, and where its predictions go besides the store."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from airlock.spec import Spec

Csv = Literal["csv"]


class SqlOutput(Spec):
    """A table in PostgreSQL or SQLite that holds what serves, night by night.

    Args:
        connection: Airflow's connection id of the database.
        table: its name, with a schema if there is one; made if it is not there.
    """

    connection: str = Field(min_length=1)
    table: str = Field(pattern=r"^([a-z_][a-z0-9_]{0,40}\.)?[a-z_][a-z0-9_]{0,40}$")


class ScoreSpec(Spec):
    """How a night is scored.

    Args:
        coverage: the share of rows that the band is meant for, see `Margin`.
        review_below: people are asked about rows whose confidence is lower; nobody if None.
        outputs: besides Parquet in the store.
        processes: on how many cores the parts of a table are scored; all that the task has if None.
    """

    coverage: float = Field(default=0.9, gt=0, lt=1)
    review_below: float | None = Field(default=None, gt=0, le=1)
    outputs: tuple[Csv | SqlOutput, ...] = ()
    processes: int | None = Field(default=None, ge=1)

    @property
    def tables(self) -> tuple[SqlOutput, ...]:
        """The outputs that are tables."""
        return tuple(one for one in self.outputs if isinstance(one, SqlOutput))

    def decisive(self) -> dict[str, object]:
        """What decides the result, JSON-ready: a table is filled from it, whatever made it."""
        return {
            "coverage": self.coverage,
            "review_below": self.review_below,
            "csv": "csv" in self.outputs,
        }
