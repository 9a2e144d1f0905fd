"""One ticket for each retrain, in the state that the ledger says, whatever dies or is down."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("github", reason="the extra [trackers] is not installed")

from airlock.catalogs.claims import claim, release
from airlock.catalogs.dead_letters import dead_letters
from airlock.catalogs.outbox import ATTEMPTS, open_messages, steps
from airlock.catalogs.tickets import tickets
from airlock.core.errors import SettingsError
from airlock.engine.outbox import deliver
from airlock.ledger import Ledger
from airlock.sinks.addresses import Address
from airlock.sinks.guarded import Guarded, guarded
from airlock.sinks.sink import NotTaken, open_sink
from airlock.sinks.ticket import in_words, lead_time
from local.trackers.serving import TOKEN
from tests.history import History
from tests.ticketed import KINDS, PACKED, Story, Tracker, named, sink_of, tell, tracking

NOW = datetime(2026, 1, 6, 3, tzinfo=UTC)
LATER = timedelta(minutes=2)


@pytest.fixture
def story(ledger: Ledger, stores: Any, tmp_path: Path) -> Story:
    """A model with a champion, whose tracker is named; nothing has drifted yet."""
    history = History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch")
    history.promote(history.decide(1, 0.81))
    named(ledger)
    history.next()
    return Story(history=history)


@pytest.fixture
def github() -> Iterator[Tracker]:
    with tracking("github") as tracker:
        yield tracker


def live(story: Story, tracker: Tracker, *, at: datetime = NOW) -> datetime:
    """The whole story, told after every step; the time then."""
    for happens in story.whole():
        happens()
        at += LATER
        tell(story.history.ledger, tracker, story, now=at)
    return at


STATES = ("drift found", "retrain started", "evaluated", "waiting for approval", "approved")


@pytest.mark.parametrize("kind", KINDS)
def test_a_retrain_has_one_ticket_that_follows_it_to_its_end(
    ledger: Ledger, story: Story, kind: str
):
    with tracking(kind) as tracker:
        live(story, tracker)

        opened, closed = {
            "gitlab": ("opened", "closed"),
            "github": ("open", "closed"),
            "github_release": ("draft", "published"),
        }.get(kind, ("open", "done"))
        seen = tracker.states
        assert tracker.tickets() == 1
        assert seen[:5] == [f"{opened}: {one}" for one in STATES]
        assert seen[-1] == f"{closed}: promoted"
        last = tracker.told()[-1][-1]
        assert "evidence" in last
        assert "From drift found to production: 0 s." in last
        assert all(TOKEN in one or "Basic" in one for one in tracker.standin.signed_in)


def test_a_release_is_a_draft_until_its_evidence_is_packed_and_holds_exactly_that_pack(
    ledger: Ledger, story: Story
):
    with tracking("github_release") as tracker:
        *before, pack = story.whole()
        for happens in before:
            happens()
        tell(ledger, tracker, story, now=NOW)
        github: Any = tracker.standin
        assert [one["draft"] for one in github.releases] == [True]

        pack()
        tell(ledger, tracker, story, now=NOW + LATER)

        (one,) = github.releases
        assert (one["draft"], one["tag_name"]) == (False, "churn-v2")
        assert [file["name"] for file in one["assets"]] == ["evidence-churn-2.zip"]
        assert list(github.files.values()) == [PACKED]


def test_a_pack_that_was_altered_is_published_nowhere(ledger: Ledger, story: Story):
    with tracking("github_release") as tracker:
        for happens in story.whole():
            happens()
        store = ledger.store
        (pack,) = (one.key for one in store.list("attempts/") if one.key.endswith("evidence.zip"))
        store.put(pack, b"another")

        with pytest.raises(Exception, match="altered"):
            tell(ledger, tracker, story, now=NOW)

        github: Any = tracker.standin
        assert github.files == {}
        assert github.releases[0]["draft"]


def test_a_rejection_closes_the_ticket_as_not_planned(
    ledger: Ledger, story: Story, github: Tracker
):
    story.begin(2)
    story.decide(passed=False)
    tell(ledger, github, story, now=NOW)

    one = github.standin.issues[0]  # type: ignore[attr-defined]  # GitHub's
    assert (one["state"], one["state_reason"]) == ("closed", "not_planned")
    assert "auroc is below what the policy wants." in one["body"]


def test_an_ordinary_retrain_has_a_ticket_unless_only_those_of_drift_are_wanted(
    ledger: Ledger, story: Story, github: Tracker
):
    story.history.decide(2, 0.84)
    only = sink_of("github", github.standin.url, tickets="drift")
    deliver(ledger, only, now=NOW, ran=story.seen)
    assert github.tickets() == 0

    deliver(ledger, github.sink, now=NOW, ran=story.seen)
    assert github.standin.issues[0]["title"] == "churn: retrain, night 2026-01-06"  # type: ignore[attr-defined]  # GitHub's


def test_a_night_that_changed_nothing_has_no_ticket(ledger: Ledger, story: Story):
    entry = story.history.decide(1, 0.81)
    body = {**entry.body, "outcome": "already champion"}
    ledger.append("decided", body, id="decided/training/run/x", at=NOW)

    assert len(tickets(ledger.entries())) == 2


def test_a_version_that_was_taken_back_says_so_on_its_ticket(
    ledger: Ledger, story: Story, github: Tracker
):
    at = live(story, github)
    story.history.roll_back(to=1, by="grace", reason="Complaints.")
    tell(ledger, github, story, now=at + LATER)

    assert github.tickets() == 1
    assert github.states[-1] == "closed: rolled back"


def test_a_receiver_that_is_down_for_half_an_hour_gets_every_step_in_its_order(
    ledger: Ledger, story: Story, github: Tracker
):
    github.standin.down, at = 503, NOW
    for happens in story.whole():
        happens()
        for _ in range(4):
            at += timedelta(minutes=1)
            tell(ledger, github, story, now=at)
    github.standin.down = 0
    assert github.tickets() == 0

    for _ in range(60):
        at += timedelta(minutes=5)
        tell(ledger, github, story, now=at)

    assert github.tickets() == 1
    assert github.states[:5] == [f"open: {one}" for one in STATES]
    assert github.states[-1] == "closed: promoted"


def test_a_ticket_that_nobody_takes_holds_up_no_other(
    ledger: Ledger, story: Story, github: Tracker
):
    story.begin(2)

    def refuse(method: str, _: str) -> None:
        github.standin.down = 422 if method == "POST" and github.tickets() == 0 else 0

    github.standin.before = refuse
    tell(ledger, github, story, now=NOW)
    github.standin.before, github.standin.down = lambda *_: None, 0
    story.history.next()
    story.history.decide(3, 0.8)
    tell(ledger, github, story, now=NOW + timedelta(seconds=1))

    assert github.tickets() == 1
    assert "version 3" in github.told()[-1][-1]


def test_of_two_processes_one_writes_to_a_ticket(ledger: Ledger, story: Story, github: Tracker):
    story.begin(2)
    (message,) = open_messages(steps(ledger, "tracker", story.seen))
    held = claim(ledger.store, message, now=NOW)
    assert held is not None

    tell(ledger, github, story, now=NOW + timedelta(seconds=30))
    assert github.tickets() == 0

    # Of somebody who was killed it counts for a minute; of somebody who ended no longer.
    tell(ledger, github, story, now=NOW + timedelta(seconds=61))
    assert github.tickets() == 1
    release(ledger.store, held)


def test_a_step_that_comes_to_light_late_does_not_turn_a_ticket_back(
    ledger: Ledger, story: Story, github: Tracker
):
    story.begin(2)
    story.decide()
    tell(ledger, github, story, now=NOW)
    story.start()
    tell(ledger, github, story, now=NOW + LATER)

    assert github.states == ["open: drift found", "open: waiting for approval"]


HOSTILE = (
    "**bold** @everyone #12 GH-12 !7 PROJ-12 [x](https://evil.example) <!-- --> <script> ` | "
    "{code}x{code} [~admin] h1. www.evil.example\n/assign @root\n\x1b[31m \u202e"
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_and_data_say_is_text_in_every_tracker(ledger: Ledger, story: Story, kind: str):
    with tracking(kind) as tracker:
        story.begin(2, why=HOSTILE)
        story.decide()
        story.approve(reason=HOSTILE)
        tell(ledger, tracker, story, now=NOW)

        text = tracker.told()[-1][-1]
        line = next(one for one in text.splitlines() if "Drift asked for a retrain" in one)
        assert "@" not in text
        assert "https://evil" not in text
        assert not any(one.startswith("/") for one in text.splitlines())
        assert not {"\x1b", "\u202e"} & set(text)
        value = line.partition("Drift asked for a retrain: ")[2]
        if kind.startswith("jira"):
            assert re.fullmatch(r"(?:[\w ., ]|&#\d+;)*", value)
        else:
            # All of it is code, which nothing in it can end.
            assert (value[0], value[-1], value.count("`")) == ("`", "`", 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_client_follows_a_redirect(ledger: Ledger, story: Story, kind: str, status: int):
    with tracking(kind) as tracker, tracking(kind) as other:
        tracker.standin.down, tracker.standin.leads = status, f"{other.standin.url}/api/v4"
        story.begin(2)
        tell(ledger, tracker, story, now=NOW)

        assert (other.standin.asked, other.tickets()) == ([], 0)
    (message,) = steps(ledger, "tracker", story.seen)
    assert message.told[-1].why == f"it answered {status}, and no redirect is followed"


@pytest.mark.parametrize("kind", KINDS)
def test_no_client_writes_to_a_private_address_that_is_not_allowed(
    ledger: Ledger, story: Story, kind: str
):
    story.begin(2)
    sink = sink_of(kind, "https://127.0.0.1:1", private=False)
    deliver(ledger, sink, now=NOW, ran=story.seen)

    (message,) = steps(ledger, "tracker", story.seen)
    assert "private network" in message.told[-1].why


def test_a_client_is_led_to_no_other_host_and_reads_no_endless_answer(github: Tracker):
    session = guarded(Address(github.standin.url, True))
    with pytest.raises(NotTaken, match="another host"):
        session.get("http://127.0.0.2:1/repos")
    with pytest.raises(NotTaken, match="another host"):
        session.get("http://localhost:9/repos")

    github.standin.issues.append({"body": "x" * 9_000_000, "labels": []})  # type: ignore[attr-defined]  # GitHub's
    with pytest.raises(NotTaken, match="too long"):
        session.get(f"{github.standin.url}/repos/acme/models/issues")


def test_a_client_connects_to_the_address_that_was_looked_at_under_the_name(
    monkeypatch: pytest.MonkeyPatch,
):
    import requests

    answers = iter(["93.184.215.14", "10.0.0.1"])
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (next(answers), 443))]
    )
    adapter = Guarded(Address("https://tracker.example.com", False))
    asked = requests.Request("GET", "https://tracker.example.com/x").prepare()

    host, pool = adapter.build_connection_pool_key_attributes(asked, True)

    assert host["host"] == "93.184.215.14"
    assert pool["server_hostname"] == pool["assert_hostname"] == "tracker.example.com"
    with pytest.raises(NotTaken, match="private network"):
        adapter.build_connection_pool_key_attributes(asked, True)


@pytest.mark.parametrize(
    ("extra", "secret", "problem"),
    [
        pytest.param({"kind": "github"}, TOKEN, "its repository", id="no repository"),
        pytest.param({"kind": "github", "repository": "a/b"}, None, "no password", id="no token"),
        pytest.param({"kind": "gitlab"}, TOKEN, "its project", id="no project"),
        pytest.param({"kind": "jira", "project": "ML"}, TOKEN, "no address", id="no address"),
        pytest.param(
            {"kind": "github", "repository": "a/b", "tickets": "all"}, TOKEN, "neither", id="which"
        ),
    ],
)
def test_a_connection_that_describes_no_tracker_is_refused(
    extra: dict[str, Any], secret: str | None, problem: str
):
    with pytest.raises(SettingsError, match=problem):
        open_sink("tracker", extra=extra, secret=secret)


def test_the_lead_time_is_from_drift_to_production(ledger: Ledger, story: Story):
    story.begin(2)
    story.history.day += 1
    story.history.run = tickets(ledger.entries())[-1].run_id
    story.decide()
    story.approve()
    story.promote()

    time = lead_time(tickets(ledger.entries())[-1])

    assert time == timedelta(days=1)
    assert in_words(timedelta(hours=8, minutes=4)) == "8 h 4 min"


OF_THE_RUN = {"retrain started", "evaluated"}
SIGNED = ["drift found", "waiting for approval", "approved", "promoted"]


def killed_at_every_step(ledger: Ledger, story: Story, kind: str, *, retrains: int) -> int:
    """Kill (SIGKILL) a process before its nth call, the next goes on; until one comes through.

    Returns:
        How many were killed.
    """
    fork, at = multiprocessing.get_context("fork"), NOW
    with tracking(kind) as tracker:
        for version in range(2, 2 + retrains):
            for happens in story.whole(version):
                happens()
            story.history.next()
        for step in range(1, 200):
            process = fork.Process(target=_killed_at, args=(ledger, tracker, story, step, at))
            process.start()
            process.join(60)
            at += LATER
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL
        tell(ledger, tracker, story, now=at + timedelta(days=1))

        assert process.exitcode == 0
        assert tracker.tickets() == retrains
        for states in tracker.by_ticket.values():
            order = [one.partition(": ")[2] for one in states]
            told = list(dict.fromkeys(order))
            assert [one for one in told if one not in OF_THE_RUN] == SIGNED
            assert order == sorted(order, key=told.index)
            assert states[-1].partition(": ")[0] in {"closed", "done", "published"}
        files: dict[int, bytes] = getattr(tracker.standin, "files", {})
        assert set(files.values()) <= {PACKED}
        return step - 1


def _killed_at(ledger: Ledger, tracker: Tracker, story: Story, step: int, now: datetime) -> None:
    left = [step]

    def count(call: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return counted

    for name in ("create", "delete"):
        setattr(ledger.store, name, count(getattr(ledger.store, name)))
    # Before and after every request: what was taken, and whose answer nobody has read.
    Guarded.send = count(_then(count(lambda: None), Guarded.send))  # type: ignore[method-assign]  # in a process of its own
    sink = tracker.sink
    deliver(ledger, sink, now=now, ran=story.seen)
    os._exit(0)


def _then(after: Any, call: Any) -> Any:
    def both(*args: Any, **kwargs: Any) -> Any:
        answer = call(*args, **kwargs)
        after()
        return answer

    return both


def test_whoever_is_killed_leaves_exactly_one_ticket_in_the_right_state(
    ledger: Ledger, story: Story
):
    assert killed_at_every_step(ledger, story, "github", retrains=1) > 5


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_killed_leaves_exactly_one_ticket_in_every_tracker(
    ledger: Ledger, story: Story, kind: str
):
    assert killed_at_every_step(ledger, story, kind, retrains=7) >= 20


def test_what_is_dead_is_tried_again_when_a_person_asks_and_turns_no_ticket_back(
    ledger: Ledger, story: Story, github: Tracker
):
    story.begin(2)
    github.standin.down, at, died = 422, NOW, 0
    for _ in range(ATTEMPTS):
        died += len(tell(ledger, github, story, now=at))
        at += timedelta(hours=4)

    assert died == 1
    assert [one.why for one in dead_letters(ledger)] == ["it answered 422"]
    assert [one.dead for one in steps(ledger, "tracker", story.seen)] == [True]
    github.standin.down = 0
    story.decide()
    tell(ledger, github, story, now=at)
    # What came later is told; nobody would want the earlier state back.
    assert github.states == ["open: waiting for approval"]
    assert list(open_messages(steps(ledger, "tracker", story.seen))) == []
    assert dead_letters(ledger) == []
