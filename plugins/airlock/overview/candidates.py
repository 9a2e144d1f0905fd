"""Every version that came to the gate: what it was measured at, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from airlock.core.baselines import baseline_name
from airlock.hooks.metrics import directions
from airlock.ledger import Entry
from airlock.ledger.questions import run_entry, run_of, superseded
from airlock.stages.evaluate.record import Evaluation, Interval

Fate = Literal["champion", "on trial", "waiting", "declined", "superseded", "stale", "rejected"]


class LoadRecord(Protocol):
    """Gives the record of a result by its address and SHA-256, verified."""

    def __call__(self, address: str, sha256: str, /) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One decision of the gate.

    Args:
        sequence: of the `decided` entry.
        version: of the model.
        at: when it was judged, UTC.
        night: partition date of its data; None for a source without nights.
        dag_id: of the run that made it.
        run_id: likewise.
        fate: what became of it.
        because: the gate's reasons, or who declined and why; "" where nothing is to be said.
        policy: that it was judged by.
        figures: its metrics on the holdout with their intervals, the key metric first.
        champion: the champion's on the same rows.
        baselines: what costs nothing, on the same rows, by name.
    """

    sequence: int
    version: int
    at: datetime
    night: str | None
    dag_id: str
    run_id: str
    fate: Fate
    because: str
    policy: str
    figures: Mapping[str, Interval]
    champion: Mapping[str, Interval]
    baselines: Mapping[str, Mapping[str, Interval]]


def candidates(entries: Sequence[Entry], load: LoadRecord) -> tuple[Candidate, ...]:
    """All that came to the gate, the oldest first.

    Args:
        entries: the whole chain, verified.
        load: reads the evaluation that an entry names.

    Raises:
        Unverified: an evaluation is not what the ledger names.
    """
    return tuple(
        _candidate(entry, entries, load)
        for entry in entries
        if entry.kind == "decided" and entry.body["outcome"] != "already champion"
    )


def fate_of(decided: Entry, entries: Sequence[Entry]) -> tuple[Fate, str]:
    """What became of a decision, and why."""
    body = decided.body
    if body["outcome"] != "passed":
        return "rejected", " ".join(body["reasons"])
    champion = 0
    for entry in entries[decided.sequence :]:
        about = entry.body.get("decided_sequence") == decided.sequence
        if entry.kind == "approved" and about and not entry.body["approved"]:
            who = entry.body["by"] or "Nobody in time"
            return "declined", f"{who}: {entry.body['reason'] or 'no reason given'}"
        if entry.kind == "promoted" and entry.body.get("decided") == decided.sequence:
            return "champion", ""
        if entry.kind in {"promoted", "rolled_back"}:
            champion = entry.sequence
    if (trial := _trial(decided, entries)) is not None:
        return ("on trial" if trial.body["share"] else "declined"), trial.body["because"]
    if (newer := superseded(entries, decided.sequence)) is not None:
        return "superseded", f"Version {newer.body['version']} of a newer night took its place."
    if champion:
        return "stale", f"Another champion was made since (ledger entry {champion})."
    return "waiting", ""


def key_metric(names: Mapping[str, Any]) -> str | None:
    """The metric that stands for a model: the most telling of those it has."""
    return next((name for name in directions() if name in names), None)


def higher_is_better(name: str) -> bool:
    """The side of a metric that is good; an extension's that is not installed counts as higher."""
    return directions().get(name, True)


def _candidate(entry: Entry, entries: Sequence[Entry], load: LoadRecord) -> Candidate:
    dag_id, run_id = run_of(entry)
    fate, because = fate_of(entry, entries)
    run = run_entry(entries, entry)
    found = _evaluation(run, load) if run is not None else None
    return Candidate(
        sequence=entry.sequence,
        version=entry.body["version"],
        at=entry.at,
        night=run.body.get("night") if run is not None else None,
        dag_id=dag_id,
        run_id=run_id,
        fate=fate,
        because=because,
        policy=entry.body["policy"],
        figures=_ordered(found.candidate) if found else {},
        champion=_ordered(found.champion) if found else {},
        baselines=_baselines(found) if found else {},
    )


def _evaluation(run: Entry, load: LoadRecord) -> Evaluation | None:
    named = run.body["results"].get("evaluate")
    if named is None:
        return None
    return Evaluation.from_json(load(named["address"], named["sha256"]))


def _baselines(found: Evaluation) -> dict[str, Mapping[str, Interval]]:
    task = "classification" if found.classes else "regression"
    return {
        baseline_name(one.kind, task): _ordered(one.figures)
        for one in found.baselines or ()
        if one.figures
    }


def _ordered(figures: Mapping[str, Interval]) -> dict[str, Interval]:
    known = [name for name in directions() if name in figures]
    return {name: figures[name] for name in [*known, *(figures.keys() - set(known))]}


def _trial(decided: Entry, entries: Sequence[Entry]) -> Entry | None:
    return next(
        (
            one
            for one in reversed(entries)
            if one.kind == "canary" and one.body["promotion"].get("decided") == decided.sequence
        ),
        None,
    )
