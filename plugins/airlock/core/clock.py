"""Times of day and spans of time as people write them: 06:00, 40m, 8h, 2d; always UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _as_text(written: Any) -> Any:
    """YAML reads 10:30 as a number to the base of sixty."""
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written < 24 * 60:
        return f"{written // 60:02d}:{written % 60:02d}"
    return written


TimeOfDay = Annotated[
    str, BeforeValidator(_as_text), Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
]
"""Such as 06:00, UTC."""

Span = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[mhd]$")]
"""Such as 40m, 8h or 2d."""


def span(written: str) -> timedelta:
    """How long a span is.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,3}[mhd]", written):
        raise ValueError("no span of time, such as 40m, 8h or 2d")
    return timedelta(**{_UNITS[written[-1]]: int(written[:-1])})


def next_at(moment: datetime, of_day: str) -> datetime:
    """The first moment with a time of day from a moment on, UTC.

    Args:
        moment: with a zone.
        of_day: such as 06:00.
    """
    moment = moment.astimezone(UTC)
    hour, minute = (int(part) for part in of_day.split(":"))
    found = datetime.combine(moment.date(), time(hour, minute), UTC)
    return found if found >= moment else found + timedelta(days=1)


def in_words(length: timedelta) -> str:
    """How long something takes, to two units: `2 d 3 h`, `5 h 10 min`, `40 min`, `12 s`."""
    seconds = max(int(length.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"
