"""What a demo has to say, as `summary.json` keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from airlock.ledger import Entry, State
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.redact.record import Redaction
from airlock.stages.rollback.record import Rollback
from airlock.stages.score.record import Scoring
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.validate.record import Validation
from local.demo.facts import RunFacts
from local.demo.truth import Truth
from local.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How long Airflow took to come up.

    Args:
        preload: the part in which the scheduler imported libraries; None if it did not.
    """

    seconds: float
    preload: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A ledger that holds; `said` is what `airlock verify` printed."""

    entries: tuple[Entry, ...]
    state: State
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """The whole demo.

    Args:
        runs: in the order in which they happened, the first night first.
        truth: about the first night.
        seconds: of everything, from the empty home to the stopped Airflow.
    """

    model: str
    home: Home
    start: Start
    runs: tuple[RunFacts, ...]
    truth: Truth
    verified: Verified
    seconds: float

    def write(self, path: Path) -> None:
        """Write it down as JSON."""
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")

    def to_json(self) -> dict[str, Any]:
        """All facts, by what they are about; seconds are wall time."""
        first = self.runs[0]
        snapshot, validation, redaction = (
            first.found(Snapshot),
            first.found(Validation),
            first.found(Redaction),
        )
        return {
            "model": self.model,
            "snapshot": {
                "night": snapshot.night,
                "rows": snapshot.rows,
                "columns": len(snapshot.columns),
                "sha256": snapshot.sha256,
            },
            "quarantine": {
                "rows": validation.quarantined,
                "spoilt_on_purpose": self.truth.spoilt,
                "of_those_in_quarantine": self.truth.caught,
            },
            "identifiers": {
                "columns": {
                    column.name: column.action
                    for column in redaction.columns
                    if column.action != "keep"
                },
                "removed_from_text": redaction.found,
                "recall": self.truth.to_json(),
            },
            "candidates": [_judged(run) for run in self.runs if run.record(Decision)],
            "scoring": self._last(Scoring),
            "rollback": self._last(Rollback),
            "champion": self._champion(),
            "ledger": {
                "verified": True,
                "entries": len(self.verified.entries),
                "kinds": [entry.kind for entry in self.verified.entries],
                "head": self.verified.state.head,
                "airlock_verify": self.verified.said,
            },
            "seconds": {
                "all": round(self.seconds, 1),
                "start": round(self.start.seconds, 1),
                "preload": self.start.preload,
                "runs": {run.name: round(run.seconds, 2) for run in self.runs},
            },
            "runs": [run.to_json() for run in self.runs],
        }

    def _champion(self) -> Mapping[str, Any] | None:
        champion = self.verified.state.champion
        if champion is None:
            return None
        return {
            "version": champion.version,
            "night": champion.night,
            "bundle": champion.bundle,
            "ledger_entry": champion.sequence,
        }

    def _last(self, kind: type[Scoring] | type[Rollback]) -> Mapping[str, Any] | None:
        record = next((found for run in self.runs if (found := run.record(kind))), None)
        return record.to_json() if record else None


def _judged(run: RunFacts) -> dict[str, Any]:
    decision = run.found(Decision)
    evaluation = run.record(Evaluation)
    return {
        "run": run.name,
        "night": run.night,
        "version": decision.version,
        "outcome": decision.outcome,
        "reasons": list(decision.reasons),
        "rulings": [asdict(ruling) for ruling in decision.rulings],
        "promoted": run.record(Promotion) is not None,
        "metrics": _intervals(evaluation, "candidate"),
        "champion_metrics": _intervals(evaluation, "champion"),
        "difference": _intervals(evaluation, "difference"),
    }


def _intervals(evaluation: Evaluation | None, of: str) -> dict[str, dict[str, float]]:
    if evaluation is None:
        return {}
    return {name: asdict(interval) for name, interval in getattr(evaluation, of).items()}
