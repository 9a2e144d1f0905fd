"""Reads the nights that people name on the command line."""

from __future__ import annotations

from airlock.cli.outcome import WrongCall
from airlock.core.nights import night_named

HOW = "2026-01-05, the hour 2026-01-05T13, the week 2026-W02 or the month 2026-01"
"""How nights of each length are called."""


def night(text: str) -> str:
    """The name of a night, of whatever length.

    Raises:
        WrongCall: it names none.
    """
    try:
        return night_named(text).name
    except ValueError:
        raise WrongCall(
            f"{text} is no night.", do=f"Name one as the pipeline does: {HOW}."
        ) from None
