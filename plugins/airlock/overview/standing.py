"""What a run's outcome is worth at this moment of the ledger: who is champion now, what is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airlock.engine.record import Record
from airlock.overview.candidates import Candidate
from airlock.overview.champions import Reign
from airlock.overview.model import ModelOverview
from airlock.overview.needs import Need
from airlock.stages.break_glass.record import BreakGlass
from airlock.stages.confirm.record import Confirmation
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.rollback.record import Rollback
from airlock.stages.score.record import Scoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What still holds of an outcome.

    Args:
        sentence: for people, about now.
        holds: whether it is as the run left it.
        need: what somebody should do about it; None if nothing.
        clear: the stage from which the run should be cleared; "" for none.
    """

    sentence: str
    holds: bool
    need: Need | None = None
    clear: str = ""


def standing(overview: ModelOverview, record: Record, *, names: bool) -> Standing | None:
    """What a record's outcome is worth now; None where a ledger has nothing to say about it.

    Args:
        overview: of the record's model, at the last entry.
        names: whether the reader may know who decided what in other pipelines' runs.
    """
    told = next((say for kind, say in _TOLD.items() if isinstance(record, kind)), None)
    return None if told is None else told(overview, record, names)


def _promotion(overview: ModelOverview, record: Promotion, names: bool) -> Standing | None:
    if record.waits_for is not None:
        return None
    if record.share < 1:
        fate = next((one for one in overview.candidates if one.version == record.version), None)
        return _of_trial(overview, record, fate, names)
    return _of_reign(overview, record.sequence, names)


def _of_trial(
    overview: ModelOverview,
    record: Promotion,
    candidate: Candidate | None,
    names: bool,
) -> Standing | None:
    trial = overview.trial
    if trial is not None and trial.version == record.version:
        return Standing(
            sentence=f"Version {trial.version} is on trial: step {trial.step} of {trial.steps}, "
            f"{trial.share:.0%} of the keys.",
            holds=True,
        )
    reign = _last_reign(overview, record.version)
    if reign is not None:
        return _of_reign(overview, reign.sequence, names)
    why = f" {candidate.because}" if candidate is not None and candidate.because else ""
    return Standing(sentence=f"Version {record.version} is no longer on trial.{why}", holds=False)


def _break_glass(overview: ModelOverview, record: BreakGlass, names: bool) -> Standing | None:
    need = _need(overview, "break-glass")
    reign = next((one for one in overview.champions if one.sequence == record.sequence), None)
    if reign is not None and reign.until is None and need is not None and need.until is not None:
        return Standing(
            sentence=f"Another person must confirm it until {_said(need.until)}; else version "
            f"{record.before} becomes champion again.",
            holds=True,
            need=need,
        )
    if reign is not None and reign.until is None and not reign.confirmed:
        return Standing(
            sentence=f"Nobody confirmed it in time: reconcile makes version {record.before} "
            "champion again.",
            holds=False,
        )
    return _of_reign(overview, record.sequence, names)


def _rollback(overview: ModelOverview, record: Rollback, names: bool) -> Standing | None:
    found = _of_reign(overview, record.sequence, names)
    need = next(
        (
            one
            for one in overview.needs
            if one.kind == "rescore" and one.form.get("version") == record.from_version
        ),
        None,
    )
    if need is None:
        return found
    said = f"{found.sentence} " if found is not None and not found.holds else ""
    return Standing(sentence=f"{said}{need.sentence}", holds=not said, need=need)


def _confirmation(overview: ModelOverview, record: Confirmation, names: bool) -> Standing | None:
    return _of_reign(overview, record.confirms, names)


def _decision(overview: ModelOverview, record: Decision, names: bool) -> Standing | None:
    if record.outcome == "already champion":
        found = _of_reign(overview, record.champion_sequence, names)
        return found if found is not None and not found.holds else None
    one = next((one for one in overview.candidates if one.sequence == record.sequence), None)
    if one is None or one.fate == "rejected":
        return None
    if one.fate == "champion":
        reign = _last_reign(overview, one.version)
        return _of_reign(overview, reign.sequence, names) if reign is not None else None
    if one.fate == "stale":
        return Standing(
            sentence=f"{one.because} Nobody can say yes to version {one.version} any more: clear "
            "the run from evaluate on, and it is compared with the present champion.",
            holds=False,
            clear="evaluate",
        )
    if one.fate == "waiting":
        need = next(
            (n for n in overview.needs if n.kind == "approval" and n.run_id == one.run_id), None
        )
        if need is not None and need.until is not None:
            return Standing(
                sentence=f"Version {one.version} waits for a yes or a no until "
                f"{_said(need.until)}.",
                holds=True,
                need=need,
            )
        return None
    because = one.because if names or one.fate != "declined" else ""
    return Standing(
        sentence=f"Version {one.version} was {_FATES[one.fate]}. {because}".rstrip(), holds=True
    )


_FATES = {"declined": "declined", "superseded": "superseded", "on trial": "put on trial"}


def _scoring(overview: ModelOverview, record: Scoring, _: bool) -> Standing | None:
    night = next((one for one in overview.nights if one.night == record.night), None)
    if night is None or record.version in night.versions:
        return None
    versions = " and ".join(f"version {one}" for one in night.versions)
    why = f" ({night.again})" if night.again else ""
    return Standing(
        sentence=f"The night of {record.night} was scored again since: {versions} serves it{why}.",
        holds=False,
    )


def _of_reign(overview: ModelOverview, sequence: int, names: bool) -> Standing | None:
    at = next((n for n, one in enumerate(overview.champions) if one.sequence == sequence), None)
    if at is None:
        return None
    one = overview.champions[at]
    if one.until is None:
        return Standing(
            sentence=f"Version {one.version} is champion since {_said(one.since)}.", holds=True
        )
    ended = (
        f"Version {one.version} was champion until {_said(one.until)}: "
        f"{_ended(one, overview.champions[at + 1], names=names)}"
    )
    now = overview.champions[-1]
    if now.version == one.version:
        return Standing(
            sentence=f"{ended} It is champion again since {_said(now.since)}.", holds=True
        )
    return Standing(sentence=ended, holds=False)


def _ended(one: Reign, after: Reign, *, names: bool) -> str:
    if after.version == one.version:
        return "it was made champion once more."
    who = f" by {' and '.join(after.by)}" if names and after.by else ""
    why = f" ({after.why})" if names and after.why and after.by else ""
    if after.how == "rolled back":
        return f"rolled back to version {after.version}{who}{why}."
    if after.how == "break-glass":
        return f"version {after.version} took its place by break-glass{who}{why}."
    return f"version {after.version} took its place."


def _last_reign(overview: ModelOverview, version: int) -> Reign | None:
    return next((one for one in reversed(overview.champions) if one.version == version), None)


def _need(overview: ModelOverview, kind: str) -> Need | None:
    return next((one for one in overview.needs if one.kind == kind), None)


def _said(moment: datetime) -> str:
    """The page shows it in the reader's own zone."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_TOLD: Mapping[type[Record], Callable[[ModelOverview, Any, bool], Standing | None]] = {
    Promotion: _promotion,
    BreakGlass: _break_glass,
    Rollback: _rollback,
    Confirmation: _confirmation,
    Decision: _decision,
    Scoring: _scoring,
}
