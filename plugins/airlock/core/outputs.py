"""What a pipeline may declare about where predictions go besides Parquet in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, InstanceOf, SerializeAsAny

from airlock.core.spec import Spec

Csv = Literal["csv"]


class OutputSpec(Spec):
    """Base of every output that is delivered; an extension's derives from it, too."""


class SqlOutput(OutputSpec):
    """A table in PostgreSQL or SQLite that holds what serves, night by night.

    Args:
        connection: Airflow's connection id of the database.
        table: its name, with a schema if there is one; made if it is not there.
    """

    connection: str = Field(min_length=1)
    table: str = Field(pattern=r"^([a-z_][a-z0-9_]{0,40}\.)?[a-z_][a-z0-9_]{0,40}$")


Output = Csv | SqlOutput | SerializeAsAny[InstanceOf[OutputSpec]]


def delivered(outputs: Iterable[Output]) -> tuple[OutputSpec, ...]:
    """Those that predictions are sent to; CSV lies beside the Parquet in the store."""
    return tuple(one for one in outputs if isinstance(one, OutputSpec))
