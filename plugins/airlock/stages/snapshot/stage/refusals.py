"""Error classes of a source that the operator reacts to; all others are DataErrors."""

from __future__ import annotations

from typing import ClassVar

from airlock.core.errors import DataError


class SourceMissing(DataError):
    """There is nothing at an address.

    Attributes:
        night: whose data is missing, ISO; "" for a source without nights.
    """

    night: str = ""


class SourceLate(DataError):
    """The night's data did not come before its deadline."""


class SourceChanged(DataError):
    """Files came, went or changed while they were read: a retry may find them at rest."""

    retry_can_help: ClassVar[bool] = True


class QueryFailed(DataError):
    """A database failed at a query, and nobody can say whether it would again."""

    retry_can_help: ClassVar[bool] = True


class NightRepeated(DataError):
    """The same rows were already processed as another night."""
