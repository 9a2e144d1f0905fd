"""Writes figures as a Prometheus reads them: its text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable

from airlock.overview.measures import KNOWN, MetricSample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(samples: Iterable[MetricSample]) -> str:
    """The figures, by name; each name with its kind and a sentence.

    Args:
        samples: in any order; of two with the same name and labels the last one counts.
    """
    by_name: dict[str, dict[str, float]] = {}
    for one in samples:
        by_name.setdefault(one.name, {})[_labels(one)] = one.value
    lines = []
    for name in sorted(by_name):
        kind, told = KNOWN[name]
        called = metric_name(name)
        lines += [f"# HELP {called} {told}", f"# TYPE {called} {kind}"]
        lines += [f"{called}{labels} {value!r}" for labels, value in sorted(by_name[name].items())]
    return "\n".join([*lines, ""])


def metric_name(name: str) -> str:
    """How a Prometheus calls a figure: airlock_stage_attempts_total for a counter."""
    return name.replace(".", "_") + ("_total" if KNOWN[name][0] == "counter" else "")


def _labels(one: MetricSample) -> str:
    said = ",".join(f'{key}="{_escaped(value)}"' for key, value in one.labels.items())
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
