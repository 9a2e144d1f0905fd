"""Exit codes and results of commands."""

from __future__ import annotations

from airlock.core.errors import AirlockError

OK, NO, USAGE = 0, 1, 2
"""Exit status: all is well; something does not hold or failed; a wrong call."""


class WrongCall(AirlockError):
    """What was named on the command line is not there, or must not be touched."""
