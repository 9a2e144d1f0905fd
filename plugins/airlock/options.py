"""What stands in airflow.cfg as text, as values."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from airlock.errors import SettingsError


def price(written: str) -> float | None:
    """The price of a device's hour; None if nobody wrote one.

    Raises:
        SettingsError: it is no number above 0.
    """
    if not written:
        return None
    with contextlib.suppress(ValueError):
        if 0 < (price := float(written)) < math.inf:
            return price
    raise SettingsError(
        "[airlock] device_hour_price is no price.", do="Write a number above 0, or leave it empty."
    )


def arguments(option: str, text: str) -> Mapping[str, Any]:
    """The arguments of a notifier, written as JSON.

    Raises:
        SettingsError: they are not.
    """
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise SettingsError(
            f"[airlock] {option} is not JSON.",
            do='Write the notifier\'s arguments as one JSON object, such as {"to": "…"}.',
        ) from None


def roles(text: str) -> Mapping[str, tuple[str, ...]]:
    """Who has which role, written as JSON.

    Raises:
        SettingsError: it does not say so.
    """
    try:
        return {role: tuple(map(str.strip, names)) for role, names in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise SettingsError(
            "[airlock] roles does not say who has which role.",
            do='Write one JSON object, such as {"ml_leads": ["ada", "grace"]}.',
        ) from None
