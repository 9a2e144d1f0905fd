"""The ledger: an append-only chain that two writers at a time extend without losing anything."""

from __future__ import annotations

import base64
import multiprocessing
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airlock.core.errors import Conflict, SettingsError
from airlock.ledger import Ledger, Signer, State, TrustedKeys, models
from airlock.store import Store, open_store

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
STRANGER = Signer.from_seed(base64.b64encode(bytes(range(100, 132))).decode())


def path_of(store: Store, sequence: int) -> str:
    return f"ledger/churn/{sequence:08d}.json"


def test_an_empty_chain_has_no_champion(reader: Ledger):
    assert reader.state() == State(model="churn")


def test_every_entry_follows_the_one_before(five_entries: Ledger, reader: Ledger):
    entries = reader.entries()

    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries[1:]] == [entry.sha256 for entry in entries[:-1]]
    assert reader.state().head == entries[-1].sha256


def test_a_reader_sees_what_is_appended_later(ledger: Ledger, reader: Ledger):
    ledger.append("incident", {"what": "one"}, id="1", at=AT)
    before = len(reader.entries())
    ledger.append("incident", {"what": "two"}, id="2", at=AT)

    assert (before, len(reader.entries())) == (1, 2)


def test_models_with_a_ledger_are_listed(store: Store, five_entries: Ledger):
    assert list(models(store)) == ["churn"]


# Writing


def test_the_same_decision_is_written_once(ledger: Ledger):
    first = ledger.append("incident", {"what": "one"}, id="same", at=AT)
    again = ledger.append("incident", {"what": "one"}, id="same", at=AT.replace(hour=9))

    assert again == first
    assert len(ledger.entries()) == 1


def test_a_decision_is_never_rewritten(ledger: Ledger):
    ledger.append("incident", {"what": "one"}, id="same", at=AT)

    with pytest.raises(Conflict, match="Entry 1 of churn already says something else about same"):
        ledger.append("incident", {"what": "two"}, id="same", at=AT)


def test_a_decision_that_no_longer_stands_is_refused(ledger: Ledger):
    def refuse(state: State) -> None:
        raise Conflict("Too late.", do="Look again.")

    with pytest.raises(Conflict, match="Too late"):
        ledger.append("incident", {"what": "one"}, id="1", at=AT, guard=refuse)

    assert ledger.entries() == ()


def test_whoever_loses_a_slot_asks_again_before_the_next(
    store: Store, ledger: Ledger, signer: Signer, trusted: TrustedKeys
):
    rival = Ledger(store, "churn", trusted=trusted, signer=signer)
    seen: list[int] = []

    def overtaken(state: State) -> None:
        seen.append(state.size)
        if state.size == 0:
            rival.append("incident", {"what": "rival"}, id="rival", at=AT)

    entry = ledger.append("incident", {"what": "mine"}, id="mine", at=AT, guard=overtaken)

    assert (seen, entry.sequence) == ([0, 1], 2)


def test_a_writer_without_a_key_is_told_where_to_put_one(reader: Ledger):
    with pytest.raises(SettingsError, match="airlock_signing"):
        reader.append("incident", {"what": "one"}, id="1", at=AT)


def test_a_key_that_nobody_trusts_writes_nothing(store: Store, trusted: TrustedKeys):
    ledger = Ledger(store, "churn", trusted=trusted, signer=STRANGER)

    with pytest.raises(SettingsError, match="not among the trusted keys"):
        ledger.append("incident", {"what": "one"}, id="1", at=AT)

    assert list(models(store)) == []


def test_nan_has_no_place_in_an_entry(ledger: Ledger):
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.append("incident", {"what": float("nan")}, id="1", at=AT)


# Races


def test_a_listing_that_misses_an_entry_just_written_breaks_nothing(
    store: Store, five_entries: Ledger, reader: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """A folder is listed piece by piece: of two new entries the later one may show up alone."""
    complete = list(store.list("ledger/churn/"))
    seen = [*complete[:3], complete[4]]
    monkeypatch.setattr(
        store, "list", lambda prefix: (one for one in seen if one.key.startswith(prefix))
    )

    assert len(reader.entries()) == 5


def _append(root: str, trusted: dict[str, str], seed: str, who: int, start: float) -> None:
    store = open_store(root)
    signer = Signer.from_seed(seed)
    ledger = Ledger(store, "churn", trusted=TrustedKeys(trusted), signer=signer)
    while time.time() < start:
        pass
    for number in range(5):
        ledger.append("incident", {"what": f"{who}"}, id=f"{who}-{number}", at=AT)


def test_writers_at_the_same_time_lose_nothing_though_some_are_killed(
    tmp_path: Path, store: Store, trusted: TrustedKeys
):
    seed = base64.b64encode(bytes(range(32))).decode()
    context = multiprocessing.get_context("fork")
    start = time.time() + 0.05
    arguments = (store.uri, dict(trusted.keys), seed)
    writers = [context.Process(target=_append, args=(*arguments, who, start)) for who in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(0.07)
    writers[0].kill()  # it may be through already
    for writer in writers:
        writer.join()
    # The killed one comes back, and says the same again.
    _append(*arguments, 0, 0)

    entries = Ledger(store, "churn", trusted=trusted).entries()

    expected = {f"{who}-{number}" for who in range(4) for number in range(5)}
    assert sorted(entry.id for entry in entries) == sorted(expected)
