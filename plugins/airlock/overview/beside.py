"""Two candidates side by side: what they learnt from and how, what was measured and demanded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock.core.quoting import line
from airlock.engine.record import Record
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.gate.record import Decision
from airlock.stages.redact.record import Redaction
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training

_LONGEST = 200
_SHORT = 12  # digits of a digest that tell two apart


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One thing of both, in words.

    Args:
        name: what it is.
        left: of the first; None where it has none.
        right: of the second, likewise.
        differs: whether they are not the same.
        whole: the whole values where a short form is shown.
    """

    name: str
    left: str | None
    right: str | None
    differs: bool
    whole: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPart:
    """Rows of one kind: data, hyperparameters, metrics, slices, policy, cost."""

    title: str
    rows: tuple[ComparedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What led to one candidate.

    Args:
        records: by stage; what cannot be read is absent.
        cost: in words, by what it is; empty where nobody measured.
    """

    records: Mapping[str, Record]
    cost: Mapping[str, str] = field(default_factory=dict)


def side_by_side(left: Provenance, right: Provenance) -> tuple[ComparedPart, ...]:
    """Everything that can be held against one another; parts without a row are left out."""
    parts = [
        ComparedPart(title=title, rows=tuple(_rows(told(left), told(right))))
        for title, told in _PARTS
    ]
    return tuple(one for one in parts if one.rows)


def _rows(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[ComparedRow]:
    for name in dict.fromkeys([*left, *right]):
        one, other = left.get(name), right.get(name)
        yield ComparedRow(
            name=name,
            left=_short(one),
            right=_short(other),
            differs=one != other,
            whole=(one or "", other or "") if _is_digest(one) or _is_digest(other) else None,
        )


def _data(made: Provenance) -> dict[str, str]:
    told: dict[str, str] = {}
    snapshot = made.records.get("snapshot")
    if isinstance(snapshot, Snapshot):
        told |= {
            "night": snapshot.night or "none",
            "rows of the snapshot": f"{snapshot.rows:,}",
            "snapshot": snapshot.sha256,
            "columns": str(len(snapshot.columns)),
        }
    redaction = made.records.get("redact")
    if isinstance(redaction, Redaction):
        told["rows after redaction"] = f"{redaction.rows:,}"
    training = made.records.get("train")
    if isinstance(training, Training):
        told |= {f"rows of {fold}": f"{rows:,}" for fold, rows in training.rows.items()}
        if training.data:
            told["redacted table"] = training.data
    evaluation = made.records.get("evaluate")
    if isinstance(evaluation, Evaluation):
        told["rows of holdout"] = f"{evaluation.rows:,}"
    return told


def _training(made: Provenance) -> dict[str, str]:
    training = made.records.get("train")
    if not isinstance(training, Training):
        return {}
    own = {"model": training.model_class, "seed": str(training.seed), "code": training.code}
    return own | _flat(training.training) | {"epochs that were run": str(training.epochs)}


def _metrics(made: Provenance) -> dict[str, str]:
    evaluation = made.records.get("evaluate")
    if not isinstance(evaluation, Evaluation):
        return {}
    return {name: _interval(one) for name, one in evaluation.candidate.items()}


def _slices(made: Provenance) -> dict[str, str]:
    evaluation = made.records.get("evaluate")
    if not isinstance(evaluation, Evaluation):
        return {}
    metric = next((name for name in evaluation.candidate), None)
    return {
        f"{one.column} {one.value}: {metric}": f"{one.candidate[metric]:.4f} ({one.rows:,} rows)"
        for one in evaluation.slices
        if metric is not None and metric in one.candidate
    }


def _policy(made: Provenance) -> dict[str, str]:
    decision = made.records.get("gate")
    if not isinstance(decision, Decision):
        return {}
    told = {"policy": decision.policy, "the policy itself": decision.evidence.policy}
    for one in decision.rulings:
        bound = "" if one.bound is None else f"{_SIDES.get(one.side, '')}{one.bound:g}"
        told[one.rule] = f"{bound}: {one.outcome}" if bound else one.outcome
    return told


_SIDES: Mapping[Any, str] = {"min": "at least ", "max": "at most "}
_PARTS: tuple[tuple[str, Callable[[Provenance], Mapping[str, str]]], ...] = (
    ("Metrics on the holdout", _metrics),
    ("Slices", _slices),
    ("Hyperparameters", _training),
    ("Data", _data),
    ("Policy", _policy),
    ("Cost", lambda made: made.cost),
)


def _flat(told: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = line(
                value if isinstance(value, str) else json.dumps(value, default=str), _LONGEST
            )
    return found


def _interval(one: Interval) -> str:
    return f"{one.value:.4g} ({one.low:.4g} to {one.high:.4g})"


def _is_digest(text: str | None) -> bool:
    return text is not None and len(text) == 64 and not text.strip("0123456789abcdef")


def _short(text: str | None) -> str | None:
    return text[:_SHORT] if text is not None and _is_digest(text) else text
