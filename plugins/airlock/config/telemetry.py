"""Sends figures where Airflow sends its own, if `[metrics]` says so: StatsD or OpenTelemetry.

Every figure has labels, `model` first. A StatsD that takes no labels gets their values in the name
instead, `airlock.stage.duration.customer_churn.train.done`, or one model would overwrite another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

log = logging.getLogger(__name__)

Labels = Mapping[str, str]
_NOTHING = "none"  # a label without a value is dropped on the way


def collected() -> bool:
    """Whether anybody collects figures; without, nothing is worth computing for it."""
    from airflow.configuration import conf

    ways = ("statsd_on", "otel_on", "statsd_datadog_enabled")
    return any(conf.getboolean("metrics", way, fallback=False) for way in ways)


def send_duration(name: str, seconds: float, labels: Labels) -> None:
    """Send how long something took; it is a timer, in milliseconds on the way."""

    def send(stats: Any, named: str, tags: dict[str, str] | None) -> None:
        stats.timing(named, timedelta(seconds=seconds), tags=tags)

    _send(name, labels, send)


def send_count(name: str, count: float, labels: Labels) -> None:
    """Send that something happened so many times more."""

    def send(stats: Any, named: str, tags: dict[str, str] | None) -> None:
        stats.incr(named, count, tags=tags)

    _send(name, labels, send)


def send_value(name: str, value: float, labels: Labels) -> None:
    """Send what something is now."""

    def send(stats: Any, named: str, tags: dict[str, str] | None) -> None:
        stats.gauge(named, value, tags=tags)

    _send(name, labels, send)


def _send(
    name: str, labels: Labels, send: Callable[[Any, str, dict[str, str] | None], None]
) -> None:
    try:
        from airflow.sdk.observability import stats

        known = {key: value or _NOTHING for key, value in labels.items()}
        if _takes_labels():
            send(stats, name, known)
        else:
            values = [one.replace(".", "_") for one in known.values()]
            send(stats, stats.normalize_name_for_stats(".".join([name, *values]), False), None)
    except Exception as error:  # noqa: BLE001 -- a run must not fail because a collector did
        log.debug("%s is not sent (%s).", name, type(error).__name__)


def _takes_labels() -> bool:
    from airflow.configuration import conf

    ways = ("otel_on", "statsd_datadog_enabled", "statsd_influxdb_enabled")
    return any(conf.getboolean("metrics", way, fallback=False) for way in ways)
