"""What of a model a person should look at now, the most pressing first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from airlock.ledger import Chain, Entry, State
from airlock.ledger.questions import open_questions, run_of
from airlock.overview.nights import NightOverview, scored_by
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
    chain: Chain, state: State, nights: Sequence[NightOverview], live: Live | None, *, now: datetime
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
        *_approvals(chain.entries(), state, now),
        *_to_score_again(chain, state),
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


def _approvals(entries: Sequence[Entry], state: State, now: datetime) -> Iterator[Need]:
    for question in open_questions(entries, state, now=now):
        dag_id, run_id = run_of(question.decided)
        version = question.decided.body["version"]
        yield Need(
            kind="approval",
            model=state.model,
            sentence=f"Version {version} passed the gate and waits for a yes or a no.",
            dag_id=dag_id,
            run_id=run_id,
            # Of several approvers the one after those that have said yes.
            task_id="approve" if not question.yes else f"approve_{question.yes + 1}",
            until=question.until,
        )


def _to_score_again(chain: Chain, state: State) -> Iterator[Need]:
    withdrawn = {
        entry.body["from_version"] for entry in chain.entries() if entry.kind == "rolled_back"
    }
    for version in sorted(withdrawn):
        if state.champion is not None and state.champion.version == version:
            continue  # it was cleared, and is champion again
        if left := scored_by(chain, version):
            which = left[0] if len(left) == 1 else f"{left[0]} to {left[-1]}"
            yield Need(
                kind="rescore",
                model=chain.model,
                sentence=(
                    f"1 night ({which}) was scored by version {version}, which was rolled back. It "
                    "can be scored again."
                    if len(left) == 1
                    else f"{len(left)} nights ({which}) were scored by version {version}, which "
                    "was rolled back. They can be scored again."
                ),
                dag_id="model_rescore",
                form={"model": chain.model, "version": version},
            )


def _drift(state: State, nights: Sequence[NightOverview]) -> Iterator[Need]:
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


def _by(night: NightOverview) -> Callable[[str], float]:
    return lambda name: -night.columns[name]


def _since(nights: Sequence[NightOverview], version: int) -> str:
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
            sentence=f"{queue.open:,} {'row waits' if queue.open == 1 else 'rows wait'} for an "
            f"answer, the oldest of {queue.oldest}: on the model's page, or by "
            f"`airlock review {model}`.",
        )
