"""Prints the commands' output, with escape sequences from files removed."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from airlock.core.quoting import visible

_WIDE = 400


class LiteralConsole(Console):
    """Rich's console, for which every string is text: cells and titles of tables as well."""

    def render_str(self, text: str, **kwargs: Any) -> Text:
        """The one way in which a string becomes something to be printed."""
        literal = {**kwargs, "markup": False, "emoji": False}
        # Rich measures a tab as it is not drawn.
        return super().render_str(visible(text).expandtabs(4), **literal)


def console() -> Console:
    """A new one; in a pipe every line stays whole."""
    return LiteralConsole(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
