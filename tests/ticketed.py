"""A retrain that drift asked for, step by step, and the trackers that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from airlock.catalogs.outbox import Message, begin
from airlock.core.content import sha256
from airlock.engine import publication
from airlock.engine.outbox import deliver
from airlock.engine.record import Origin, Result
from airlock.ledger import Entry, Ledger
from airlock.sinks.sink import Sink, open_sink
from airlock.stages.evidence.record import PACK, EvidencePack
from local.trackers.github import GitHub
from local.trackers.gitlab import GitLab
from local.trackers.jira import Jira
from local.trackers.serving import TOKEN, Standin, serving
from tests.history import History

WHY = "Two nights in a row the column fee was far from what the champion learnt."
PACKED = b"PK evidence"


@dataclass(kw_only=True)
class Story:
    """One retrain; every method is what happens next.

    Args:
        ran: what its run did so far.
    """

    history: History
    ran: dict[str, datetime] = field(default_factory=dict)
    decided: Entry | None = None

    def begin(self, version: int, *, why: str = WHY) -> None:
        self.history.ask_for_retrain(why)
        self.ran.clear()
        self.version = version

    def start(self) -> None:
        self.ran["snapshot"] = self.history.at + timedelta(minutes=1)

    def evaluate(self) -> None:
        self.ran["evaluate"] = self.history.at + timedelta(minutes=5)

    def decide(self, *, passed: bool = True) -> None:
        self.decided = self.history.decide(self.version, 0.83, passed=passed, asks=True)

    def approve(self, *, reason: str = "Reviewed.") -> None:
        assert self.decided is not None
        self.answer = self.history.answer(self.decided, by="ada", reason=reason)

    def promote(self) -> None:
        assert self.decided is not None
        self.history.promote(self.decided, self.answer)

    def pack(self) -> None:
        append_pack(self.history, self.version)

    def whole(self, version: int = 2) -> Iterator[Callable[[], Any]]:
        """Everything, in its order."""
        yield partial(self.begin, version)
        yield from (self.start, self.evaluate, self.decide, self.approve, self.promote, self.pack)

    def seen(self, dag_id: str, run_id: str) -> Mapping[str, datetime]:
        mine = (dag_id, run_id) == (self.history.training, self.history.run)
        return self.ran if mine else {}


def append_pack(history: History, version: int) -> None:
    """What the task `evidence` leaves: a result with the pack, and an entry that names it."""
    folder = history.scratch / f"pack-{version}"
    for part in ("data", "report"):
        (folder / part).mkdir(parents=True)
    (folder / "data" / PACK).write_bytes(PACKED)
    folders = {
        part: publication.upload(
            folder / part, stage="evidence", part=part, zone="store", stores=history.stores
        )
        for part in ("data", "report")
    }
    record = EvidencePack(
        model=history.ledger.model,
        version=version,
        sha256=sha256(PACKED),
        bytes=len(PACKED),
        files=1,
        entries=1,
        governance="",
        unsaid=(),
    )
    run = {"dag_id": history.training, "run_id": history.run}
    result = Result(
        stage="evidence",
        version=1,
        inputs={},
        record=record.to_json(),
        data=folders["data"],
        report=folders["report"],
        made_by=Origin(**run, task_id="evidence", try_number=1),
    )
    made = publication.publish(history.stores, f"pack-{version}", result, folder / "in")
    body = {
        "stage": "evidence",
        "run": run,
        "address": made.address,
        "sha256": made.sha256,
        "content": made.result.content,
        "version": version,
        "results": {},
    }
    history.ledger.append("recorded", body, id=f"recorded/{made.sha256}", at=history.at)


@dataclass(kw_only=True)
class Tracker:
    """A stand-in, and the sink that writes to it.

    Args:
        tickets: how many there are.
        told: number, state and text of a ticket after each change.
    """

    standin: Standin
    sink: Sink
    tickets: Callable[[], int]
    told: Callable[[], list[tuple[str, str, str]]]

    @property
    def states(self) -> list[str]:
        """What was to be read first on the only ticket, and whether it was open; no repeats."""
        return next(iter(self.by_ticket.values()), [])

    @property
    def by_ticket(self) -> dict[str, list[str]]:
        """The same of every ticket."""
        seen: dict[str, list[str]] = {}
        for number, state, text in self.told():
            mine, said = seen.setdefault(number, []), f"{state}: {_headline(text)}"
            if mine[-1:] != [said]:
                mine.append(said)
        return seen


def _headline(text: str) -> str:
    bold = [one.strip("*") for one in text.splitlines() if one.startswith("*")]
    return bold[0].lower() if bold else ""


KINDS = ("github", "github_release", "gitlab", "jira", "jira cloud")


@contextmanager
def tracking(kind: str, **extra: Any) -> Iterator[Tracker]:
    """A tracker of a kind, on a free port."""
    standin = _standin(kind)
    with serving(standin):
        yield Tracker(
            standin=standin,
            sink=sink_of(kind, standin.url, **extra),
            tickets=lambda: len(_tickets(standin, kind)),
            told=lambda: _told(standin),
        )


def sink_of(kind: str, url: str, **extra: Any) -> Sink:
    where = {
        "github": {"repository": "acme/models"},
        "github_release": {"repository": "acme/models"},
        "gitlab": {"project": "acme/models"},
        "jira": {"project": "ML"},
    }[kind.partition(" ")[0]]
    said = {"kind": kind.partition(" ")[0], "url": url, "private": True, **where, **extra}
    return open_sink("tracker", extra=said, secret=TOKEN, airflow="https://airflow.example.com")


def _standin(kind: str) -> Standin:
    if kind.startswith("jira"):
        return Jira(deployment="Cloud" if kind.endswith("cloud") else "Server")
    return GitLab() if kind == "gitlab" else GitHub()


def _tickets(standin: Any, kind: str) -> Any:
    return standin.releases if kind == "github_release" else standin.issues


def _told(standin: Any) -> list[tuple[str, str, str]]:
    return [(str(one[-3]), one[-2].lower(), one[-1]) for one in standin.history]


def tell(ledger: Ledger, tracker: Tracker, story: Story, *, now: datetime) -> list[Message]:
    return deliver(ledger, tracker.sink, now=now, ran=story.seen)


def named(ledger: Ledger) -> None:
    """The sink is named before anything happens."""
    begin(ledger, "tracker")
