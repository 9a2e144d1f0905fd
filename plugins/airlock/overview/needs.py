"""What of a model a person should look at now, the most pressing first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from airlock.ledger import Chain, Entry, State
from airlock.overview.candidates import fate_of, run_of
from airlock.overview.nights import Night, scored_by
from airlock.stages.live.record import Live

Kind = Literal["ledger", "break-glass", "approval", "rescore", "drift", "review"]
_NAMED = 3  # columns of a drift alarm
_PRESSING: Sequence[Kind] = ("ledger", "break-glass", "approval", "rescore", "drift", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that waits for a person.

    Args:
        sentence: what it is, and what to do.
        dag_id: of the run to open, or of the DAG to trigger; "" where there is none.
        run_id: of the run to open; "" where one is to be triggered.
        task_id: whose required action it is; "" where there is none.
        form: the parameters that the trigger form begins with.
        until: when the time for it is over, UTC; None if it never is.
    """

    kind: Kind
    model: str
    sentence: str
    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None


def needs(
    chain: Chain, state: State, nights: Sequence[Night], live: Live | None, *, now: datetime
) -> tuple[Need, ...]:
    """All that a model needs of people.

    Args:
        chain: verified, as it was at one moment.
        state: the sum of it.
        nights: the last scored ones, the oldest first.
        live: what the predictions were last worth.
        now: UTC.
    """
    found = [
        *_unconfirmed(state, now),
        *_approvals(chain.model, chain.entries(), state, now),
        *_to_score_again(chain),
        *_drift(state, nights),
        *_review(chain.model, live),
    ]
    return tuple(sorted(found, key=lambda one: _PRESSING.index(one.kind)))


def broken(model: str, why: str) -> Need:
    """That a model's ledger does not verify: nothing else of it is to be believed."""
    return Need(kind="ledger", model=model, sentence=why)


def _unconfirmed(state: State, now: datetime) -> Iterator[Need]:
    if (one := state.unconfirmed) is not None and now < one.until:
        yield Need(
            kind="break-glass",
            model=state.model,
            sentence=f"{one.by} made version {one.champion.version} champion past the gate. "
            f"Another person must confirm it, or version {one.before.version} becomes champion "
            "again.",
            dag_id="model_confirm",
            form={"model": state.model},
            until=one.until,
        )


def _approvals(model: str, entries: Sequence[Entry], state: State, now: datetime) -> Iterator[Need]:
    for entry in entries:
        if entry.kind != "decided" or not entry.body.get("approval_required"):
            continue
        # Decisions of earlier versions do not say until when.
        rule = entry.body.get("approval")
        until = entry.at + timedelta(hours=rule["expires_after_hours"]) if rule else None
        over = until is not None and now >= until
        stale = entry.body["champion_sequence"] != state.champion_sequence
        if over or stale or fate_of(entry, entries)[0] != "waiting" or _enough(entry, entries):
            continue
        dag_id, run_id = run_of(entry)
        yield Need(
            kind="approval",
            model=model,
            sentence=f"Version {entry.body['version']} passed the gate and waits for a yes or a "
            "no.",
            dag_id=dag_id,
            run_id=run_id,
            task_id="approve",
            until=until,
        )


def _enough(decided: Entry, entries: Sequence[Entry]) -> bool:
    """Whether as many people said yes as were asked: promote does the rest."""
    yes = [
        one
        for one in entries[decided.sequence :]
        if one.kind == "approved"
        and one.body["decided_sequence"] == decided.sequence
        and one.body["approved"]
    ]
    rule = decided.body.get("approval") or {"count": 1}
    return len(yes) >= int(rule["count"])


def _to_score_again(chain: Chain) -> Iterator[Need]:
    withdrawn = {
        entry.body["from_version"] for entry in chain.entries() if entry.kind == "rolled_back"
    }
    state = State.of(chain.model, chain.entries())
    for version in sorted(withdrawn):
        if state.champion is not None and state.champion.version == version:
            continue  # it was cleared, and is champion again
        if left := scored_by(chain, version):
            which = left[0] if len(left) == 1 else f"{left[0]} to {left[-1]}"
            yield Need(
                kind="rescore",
                model=chain.model,
                sentence=f"{len(left)} night(s) ({which}) were scored by version {version}, which "
                "was rolled back. They can be scored again.",
                dag_id="model_rescore",
                form={"model": chain.model, "version": version},
            )


def _drift(state: State, nights: Sequence[Night]) -> Iterator[Need]:
    champion = state.champion
    # What a champion that was replaced had drifted from says nothing about the present one.
    if not nights or champion is None or champion.version not in nights[-1].versions:
        return
    last = nights[-1]
    if last.standing == "alarm":
        over = sorted((name for name in last.columns if last.columns[name] > 1), key=_by(last))
        yield Need(
            kind="drift",
            model=state.model,
            sentence=f"Drift alarm since the night of {_since(nights, champion.version)}"
            f"{': ' + ', '.join(over[:_NAMED]) if over else ''}.",
        )


def _by(night: Night) -> Callable[[str], float]:
    return lambda name: -night.columns[name]


def _since(nights: Sequence[Night], version: int) -> str:
    begun = nights[-1].night
    for one in reversed(nights):
        if one.standing != "alarm" or version not in one.versions:
            break
        begun = one.night
    return begun


def _review(model: str, live: Live | None) -> Iterator[Need]:
    queue = live.queue if live is not None else None
    if queue is not None and queue.open:
        yield Need(
            kind="review",
            model=model,
            sentence=f"{queue.open:,} row(s) wait for an answer, the oldest of {queue.oldest}: "
            f"`airlock review {model}`.",
        )
