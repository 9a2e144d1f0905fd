"""Tickets: one for each retrain of a model, and how far it has come, derived from the ledger.

A retrain is one run of a training DAG. Its ticket begins where drift asked for the run, or else
where its candidate came to the gate, and takes a step with every entry about it. What the run did
before it came to the gate is told by its receipts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from airlock.catalogs.telling import Line, line_of, version_of
from airlock.ledger import Entry
from airlock.ledger.questions import run_of

State = Literal[
    "drift found",
    "retrain started",
    "evaluated",
    "passed",
    "waiting for approval",
    "approved",
    "on trial",
    "promoted",
    "rejected",
    "already champion",
    "rolled back",
]
CLOSED: frozenset[State] = frozenset({"promoted", "rejected", "already champion", "rolled back"})
"""The states in which nobody works on a retrain any more."""

Ran = Callable[[str, str], Mapping[str, datetime]]
"""When a run, by DAG and id, ended each of its stages, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStep:
    """One thing that became of a retrain.

    Args:
        sequence: the ledger entry that says so, or that it comes after.
        part: "" for the entry itself; or which of the run's stages came after it.
        at: when, UTC.
        state: of the retrain from then on.
        said: in words.
        pack: address and SHA-256 of the result that holds the evidence, where this step names it.
    """

    sequence: int
    part: str = ""
    at: datetime
    state: State
    said: Line
    pack: tuple[str, str] | None = None

    @property
    def place(self) -> str:
        """Its name in the outbox."""
        return f"{self.sequence:08d}{'-' if self.part else ''}{self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One retrain, as far as its last step.

    Args:
        model: registered name.
        dag_id: of the training.
        run_id: of the training.
        night: whose data it trains on; None where nobody said so.
        drift: whether drift asked for it.
        version: of the candidate; None before there is one.
        steps: oldest first.
    """

    model: str
    dag_id: str
    run_id: str
    night: str | None = None
    drift: bool = False
    version: int | None = None
    steps: tuple[TicketStep, ...] = ()

    @property
    def id(self) -> str:
        """What it is known by wherever it is kept: the same for every step."""
        run = hashlib.sha256(f"{self.dag_id}/{self.run_id}".encode()).hexdigest()[:16]
        return f"{self.model}-{run}"

    @property
    def state(self) -> State:
        """How far it has come."""
        return self.steps[-1].state

    @property
    def closed(self) -> bool:
        """Whether nobody works on it any more."""
        return self.state in CLOSED

    @property
    def pack(self) -> tuple[str, str] | None:
        """Address and SHA-256 of the result that holds its evidence."""
        return next((one.pack for one in reversed(self.steps) if one.pack is not None), None)

    def until(self, step: TicketStep) -> Ticket:
        """The ticket as it was at a step."""
        return replace(self, steps=self.steps[: self.steps.index(step) + 1])


@dataclass(kw_only=True)
class _Making:
    """A ticket while the chain is read."""

    ticket: Ticket
    steps: list[TicketStep] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)


def tickets(entries: Sequence[Entry]) -> list[Ticket]:
    """Every retrain of a chain, in the order in which they began; their runs are not looked at.

    Args:
        entries: a whole chain, verified.
    """
    made: dict[tuple[str, str], _Making] = {}
    nights = {
        (str(one.body["run"]["dag_id"]), str(one.body["run"]["run_id"])): one.body.get("night")
        for one in entries
        if one.kind == "run"
    }
    for entry in entries:
        run = _run_of(entry, made)
        if run is None:
            continue
        if run not in made:
            if not _begins(entry):
                continue
            ticket = Ticket(
                model=entry.model,
                dag_id=run[0],
                run_id=run[1],
                night=entry.body.get("night") or nights.get(run),
                drift=entry.kind == "retrain",
            )
            made[run] = _Making(ticket=ticket)
        _add(made[run], entry)
    return [replace(one.ticket, steps=tuple(one.steps)) for one in made.values()]


def with_run(ticket: Ticket, ran: Ran) -> Ticket:
    """The ticket with what its run did before its candidate came to the gate."""
    ended = ran(ticket.dag_id, ticket.run_id)
    found = [
        TicketStep(
            sequence=ticket.steps[0].sequence,
            part=part,
            at=ended[stage],
            state=state,
            said=Line(text=said),
        )
        for stage, part, state, said in _OF_RUN
        if stage in ended
    ]
    first = ticket.steps[:1] if ticket.drift else ()
    return replace(ticket, steps=(*first, *found, *ticket.steps[len(first) :]))


_OF_RUN: tuple[tuple[str, str, State, str], ...] = (
    ("snapshot", "1-started", "retrain started", "The retrain has started."),
    ("evaluate", "2-evaluated", "evaluated", "The candidate is trained and evaluated."),
)


def _begins(entry: Entry) -> bool:
    # A night whose candidate equals the champion changed nothing that anybody would follow.
    judged = entry.kind == "decided" and entry.body["outcome"] != "already champion"
    return judged or entry.kind == "retrain"


def _run_of(entry: Entry, made: Mapping[tuple[str, str], _Making]) -> tuple[str, str] | None:
    """DAG and run of the retrain that an entry is about."""
    body = entry.body
    if entry.kind == "retrain":
        return str(body["training"]), f"drift__{body['alarm']}"
    if entry.kind == "decided":
        return run_of(entry)
    decided = {
        "approved": body.get("decided_sequence"),
        "promoted": body.get("decided"),
        "canary": body.get("promotion", {}).get("decided"),
    }.get(entry.kind)
    if decided is not None:
        return next((run for run, one in made.items() if decided in one.decided), None)
    if entry.kind == "recorded" and body["stage"] == "evidence":
        return _of_version(body.get("version"), made) or _named(body.get("run"), made)
    if entry.kind == "rolled_back":
        return _of_version(body["from_version"], made)
    return None


def _of_version(
    version: int | None, made: Mapping[tuple[str, str], _Making]
) -> tuple[str, str] | None:
    """The retrain that made a version champion."""
    known = (
        run
        for run, one in reversed(list(made.items()))
        if one.ticket.version == version and any(step.state == "promoted" for step in one.steps)
    )
    return next(known, None) if version is not None else None


def _named(
    run: Mapping[str, str] | None, made: Mapping[tuple[str, str], _Making]
) -> tuple[str, str] | None:
    name = (run["dag_id"], run["run_id"]) if run else None
    return name if name in made else None


def _add(making: _Making, entry: Entry) -> None:
    state = _state_after(entry, making.steps[-1].state if making.steps else "drift found")
    if entry.kind == "recorded":
        said = Line(text="Its evidence is packed and signed.")
        pack = (str(entry.body["address"]), str(entry.body["sha256"]))
    else:
        said, pack = line_of(entry), None
    if entry.kind == "decided":
        making.decided.append(entry.sequence)
        making.ticket = replace(making.ticket, version=version_of(entry.body))
    making.steps.append(
        TicketStep(sequence=entry.sequence, at=entry.at, state=state, said=said, pack=pack)
    )


def _state_after(entry: Entry, before: State) -> State:
    body = entry.body
    if entry.kind == "decided":
        if body["outcome"] == "passed":
            return "waiting for approval" if body.get("approval_required") else "passed"
        return "rejected" if body["outcome"] == "rejected" else "already champion"
    if entry.kind == "approved":
        # Of several people that are asked, the others still have to answer.
        return "approved" if body["approved"] else "rejected"
    if entry.kind == "canary":
        return "on trial" if body["share"] else "rejected"
    plain: Mapping[str, State] = {"promoted": "promoted", "rolled_back": "rolled back"}
    return plain.get(entry.kind, before)
