"""What was decided reaches whoever must be told: once known by its id, in order, whatever dies."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs.dead_letters import dead_letters
from airlock.catalogs.outbox import ATTEMPTS, Told, begin, messages, note, pause
from airlock.cli import main as cli
from airlock.compat.airflow import Connection
from airlock.config import connections
from airlock.config.settings import Settings
from airlock.core.errors import SettingsError, Unverified
from airlock.engine.outbox import deliver, deliver_all
from airlock.ledger import Ledger
from airlock.sinks.addresses import Address
from airlock.sinks.sink import Sink, open_sink
from airlock.store import Store
from tests.history import History
from tests.receiver import SECRET, Receiver, receiving

NOW = datetime.now(UTC)
SAID = {"kind": "webhook", "private": True}
Said = pytest.CaptureFixture[str]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as state:
        yield state


@pytest.fixture
def sink(receiver: Receiver) -> Sink:
    return webhook(receiver.url)


def webhook(url: str, **extra: Any) -> Sink:
    said = {**SAID, "url": url, **extra}
    return open_sink("tracker", extra=said, secret=SECRET)


@pytest.fixture
def history(ledger: Ledger, stores: Any, tmp_path: Path) -> History:
    return History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch")


@pytest.fixture
def decided(ledger: Ledger, history: History) -> Ledger:
    """A candidate that a person approved, after the sink was named."""
    begin(ledger, "tracker")
    first = history.decide(1, 0.81, asks=True)
    history.promote(first, history.answer(first, by="ada", reason="<b>looks</b> right\x1b[31m"))
    return ledger


def ids(ledger: Ledger) -> list[str]:
    return [one.id for one in messages(ledger, "tracker")]


def test_everything_that_was_decided_is_told_once_and_in_order(
    decided: Ledger, sink: Sink, receiver: Receiver
):
    deliver(decided, sink, now=NOW)
    deliver(decided, sink, now=NOW + timedelta(hours=1))

    assert [one["type"] for one in receiver.events] == [
        "airlock.decided.v1", "airlock.approved.v1", "airlock.promoted.v1",
    ]  # fmt: skip
    assert [one["id"] for one in receiver.events] == ids(decided)
    assert set(receiver.paths) == {"/hook?team=ml"}


def test_an_event_says_what_others_may_act_on_and_nothing_acts_in_it(
    decided: Ledger, sink: Sink, receiver: Receiver
):
    deliver(decided, sink, now=NOW)

    approved = receiver.events[1]
    entry = next(one for one in decided.entries() if one.kind == "approved")
    assert (approved["specversion"], approved["source"]) == ("1.0", "urn:airlock:churn")
    assert approved["data"]["entry"] == entry.sha256
    assert (approved["data"]["by"], approved["data"]["version"]) == ("ada", 1)
    # The text of a person as it is, in JSON; but nothing that is not seen.
    assert approved["data"]["reason"] == "<b>looks</b> right\\x1b[31m"
    assert "training_sha256" not in str(receiver.events)


def test_the_signature_is_one_of_the_standard_as_of_now(decided: Ledger):
    with receiving(check_time=True) as strict:
        deliver(decided, webhook(strict.url), now=datetime.now(UTC))

        assert len(strict.events) == 3


def test_what_was_decided_before_a_sink_was_named_is_no_news(
    ledger: Ledger, history: History, sink: Sink, receiver: Receiver
):
    history.decide(1, 0.81)

    deliver(ledger, sink, now=NOW)
    second = history.decide(2, 0.82)
    deliver(ledger, sink, now=NOW)

    assert receiver.distinct == [f"airlock.churn.{second.sequence}"]


def test_a_receiver_that_is_down_for_half_an_hour_hears_everything_in_order(
    decided: Ledger, sink: Sink, receiver: Receiver
):
    receiver.answer = 503
    for minute in range(31):
        deliver(decided, sink, now=NOW + timedelta(minutes=minute))
    asked, receiver.answer = receiver.asked, 204

    for minute in range(31, 91, 5):
        deliver(decided, sink, now=NOW + timedelta(minutes=minute))

    # With a pause that grows: not every minute, and the first message alone.
    assert asked < 12
    assert receiver.distinct == ids(decided)
    assert len(receiver.events) == 3


def test_the_pause_grows_and_is_not_the_same_for_everybody():
    waits = [pause("airlock.churn.1", failures) for failures in range(1, ATTEMPTS)]

    assert all(timedelta(seconds=15) <= one <= timedelta(hours=3) for one in waits)
    assert waits[6] > waits[2] > timedelta()
    assert len({pause(f"airlock.churn.{n}", 5) for n in range(20)}) > 10
    assert pause("airlock.churn.1", 5) == pause("airlock.churn.1", 5)


def give_up(ledger: Ledger, sink: Sink) -> tuple[datetime, int]:
    """Try until the first message is dead; the time then, and how many died."""
    now, died = NOW, 0
    for _ in range(ATTEMPTS):
        died += len(deliver(ledger, sink, now=now))
        now += timedelta(hours=4)
    return now, died


def test_what_nobody_takes_dies_is_told_of_once_and_holds_up_nothing_behind_it(
    decided: Ledger, sink: Sink, receiver: Receiver
):
    receiver.answer = 400

    now, died = give_up(decided, sink)
    receiver.answer = 204
    deliver(decided, sink, now=now + timedelta(days=1))

    assert died == 1
    assert messages(decided, "tracker")[0].dead
    (dead,) = dead_letters(decided)
    assert (dead.sink, dead.message) == ("tracker", ids(decided)[0])
    assert (dead.tries, dead.why) == (ATTEMPTS, "it answered 400")
    assert receiver.distinct == ids(decided)[1:]


def test_a_person_can_have_the_dead_tried_again(
    decided: Ledger, sink: Sink, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: Said
):
    settings = Settings(
        root=Path(),
        sources=(),
        trusted_keys=Path(),
        notifier="",
        notifier_kwargs={},
        preload=False,
        sinks=("tracker",),
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": decided.store)
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: decided)
    known = Connection(
        conn_id="tracker", password=SECRET, extra=json.dumps(SAID | {"url": receiver.url})
    )
    monkeypatch.setattr(connections, "connection", {"tracker": known}.__getitem__)
    receiver.answer = 400
    now, _ = give_up(decided, sink)

    assert cli.main(["outbox", "list"]) == 0
    assert "dead" in capsys.readouterr().out
    assert cli.main(["outbox", "retry", "--by", "ada"]) == 0
    assert "1 dead message(s) are tried again." in capsys.readouterr().out
    receiver.answer = 204
    deliver(decided, sink, now=now + timedelta(days=2))

    assert sorted(receiver.distinct) == sorted(ids(decided))
    assert cli.main(["outbox", "list"]) == 0
    assert "Everybody was told everything." in capsys.readouterr().out


def test_a_redirect_is_not_followed(decided: Ledger, sink: Sink, receiver: Receiver):
    with receiving() as other:
        receiver.answer, receiver.elsewhere = 307, other.url
        deliver(decided, sink, now=NOW)

        assert other.asked == 0
    assert messages(decided, "tracker")[0].told[-1].why == (
        "it answered 307, and no redirect is followed"
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"]
)
def test_a_private_address_is_not_written_to_unless_it_is_allowed(decided: Ledger, host: str):
    deliver(decided, webhook(f"https://{host}/x", private=False), now=NOW)

    assert "private network" in messages(decided, "tracker")[0].told[-1].why


@pytest.mark.parametrize(
    ("url", "private"),
    [
        pytest.param("http://hooks.example.com", False, id="not encrypted"),
        pytest.param("https://user:secret@hooks.example.com", False, id="a secret in it"),
        pytest.param("file:///etc/passwd", True, id="no web at all"),
        pytest.param("", True, id="nothing"),
    ],
)
def test_an_address_that_must_not_be_written_to_is_refused(url: str, private: bool):
    with pytest.raises(SettingsError, match="has no address"):
        Address.read(url, private=private, name="tracker")


@pytest.mark.parametrize("secret", [None, "", "whsec_c2hvcnQ=", "whsec_!!"])
def test_a_secret_that_signs_nothing_is_refused(secret: str | None):
    with pytest.raises(SettingsError, match="has no secret"):
        open_sink("tracker", extra={"kind": "webhook", "url": "https://x.example"}, secret=secret)


def test_a_note_that_somebody_else_put_there_is_refused(decided: Ledger, sink: Sink):
    decided.store.put("outbox/tracker/churn/00000001/0001.json", b'{"how": "delivered"}')

    with pytest.raises(Unverified, match="is no note of the outbox"):
        deliver(decided, sink, now=NOW)


def test_a_broken_outbox_of_one_model_holds_up_no_other(
    decided: Ledger, sink: Sink, receiver: Receiver, store: Store, signer: Any, trusted: Any
):
    other = Ledger(store, "other", trusted=trusted, signer=signer)
    other.append("incident", {"what": "x"}, id="incident/1", at=NOW)
    store.put("outbox/tracker/other/since.json", b"{}")

    with pytest.raises(Unverified, match="other/since"):
        deliver_all([other, decided], [sink], now=NOW)

    assert receiver.distinct == ids(decided)


def test_of_two_at_once_one_notes_the_attempt(decided: Ledger):
    first = messages(decided, "tracker")[0]

    assert note(decided.store, first, Told(how="delivered", at=NOW))
    assert not note(decided.store, first, Told(how="failed", at=NOW, why="x"))
    assert messages(decided, "tracker")[0].delivered


STEPS = 20


def test_whoever_is_killed_at_any_step_loses_nothing(
    decided: Ledger, history: History, receiver: Receiver
):
    """A process of its own is killed (SIGKILL) before its nth call; the next goes on from there."""
    for version in range(2, 9):
        history.next()
        one = history.decide(version, 0.82, asks=True)
        history.promote(one, history.answer(one, by="ada"))
    fork = multiprocessing.get_context("fork")
    for step in range(1, 4 * STEPS):
        process = fork.Process(target=_killed_at, args=(decided, receiver.url, step))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL

    deliver(decided, webhook(receiver.url), now=NOW + timedelta(days=1))

    assert (process.exitcode, step > STEPS) == (0, True)
    assert receiver.distinct == ids(decided)
    # What was told twice is known by its id, and says the same.
    assert {str(one) for one in receiver.events} == {
        str(next(e for e in receiver.events if e["id"] == name)) for name in ids(decided)
    }


def _killed_at(ledger: Ledger, url: str, step: int) -> None:
    left = [step]

    def count(call: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return counted

    for name in ("create", "get", "list", "exists"):
        setattr(ledger.store, name, count(getattr(ledger.store, name)))
    sink = webhook(url)
    deliver(ledger, Sink(name=sink.name, send=count(sink.send)), now=NOW)
    os._exit(0)
