"""From the inside of phonenumbers: what its matcher takes for a candidate, and refuses."""

from __future__ import annotations

from phonenumbers.phonenumbermatcher import (
    _INNER_MATCHES as INNER_MATCHES,
)
from phonenumbers.phonenumbermatcher import (
    _PATTERN as PATTERN,
)
from phonenumbers.phonenumbermatcher import (
    _SLASH_SEPARATED_DATES as SLASH_SEPARATED_DATES,
)
from phonenumbers.phonenumbermatcher import (
    _TIME_STAMPS as TIME_STAMPS,
)
from phonenumbers.phonenumberutil import (
    _SECOND_NUMBER_START_PATTERN as SECOND_NUMBER_START_PATTERN,
)
from phonenumbers.phonenumberutil import (
    _UNWANTED_END_CHAR_PATTERN as UNWANTED_END_CHAR_PATTERN,
)
from phonenumbers.phonenumberutil import (
    _VALID_PUNCTUATION as VALID_PUNCTUATION,
)

READ_IN = "9.0.43"

__all__ = [
    "INNER_MATCHES",
    "PATTERN",
    "SECOND_NUMBER_START_PATTERN",
    "SLASH_SEPARATED_DATES",
    "TIME_STAMPS",
    "UNWANTED_END_CHAR_PATTERN",
    "VALID_PUNCTUATION",
]
