"""Turns what drivers raise into errors of ours: their texts quote cells, addresses and names."""

from __future__ import annotations

from airlock.core.errors import AirlockError, DataError, StoreUnavailable
from airlock.stages.snapshot.stage.refusals import QueryFailed


def no_answer(shown: str, why: str) -> AirlockError:
    """That a server is away, or asks for patience."""
    return StoreUnavailable(
        f"The database of {shown} does not answer ({why}).",
        do="Look at the connection, and whether it accepts one from here.",
    )


def refused(shown: str, why: str, *, line: int = 0) -> AirlockError:
    """That a server says no to a query.

    Args:
        line: of the file, where the server says which.
    """
    where = f", line {line}" if line else ""
    return DataError(
        f"The database refuses {shown}{where} ({why}).",
        do="Run the query there by hand to read the whole message: it may hold rows, and is kept "
        "out of here.",
    )


def failed(shown: str, why: str) -> AirlockError:
    """That a server failed in a way that its driver does not tell from a wrong query."""
    return QueryFailed(
        f"The database failed at {shown} ({why}).",
        do="If a retry does not help, run the query there by hand to read the whole message.",
    )


def too_slow(shown: str, seconds: int) -> AirlockError:
    """That a query took longer than it may."""
    return DataError(
        f"The query of {shown} took the database longer than {seconds:,} s.",
        do="Make it faster, by an index or fewer columns; or give it more: sql(…, timeout=…).",
    )


def changes(shown: str) -> AirlockError:
    """That a query would change something."""
    return DataError(
        f"The query of {shown} would change something, and a source is only read.",
        do="Write a SELECT that changes nothing.",
    )


def unreadable_text(shown: str) -> AirlockError:
    """That a server gives bytes for a text."""
    return DataError(
        f"The rows of {shown} hold texts that are not UTF-8.",
        do="Repair them, or convert them in the query.",
    )
