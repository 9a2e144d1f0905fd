"""Another key signs from here on: the old entries hold, and new ones by the old key do not."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest

from airlock.core.errors import BrokenChain, SettingsError
from airlock.ledger import KEYS, Entry, Ledger, Signer, TrustedKeys, chains, models, rotate_all
from airlock.store import Store
from tests.judged import NOW

NEW = Signer.from_seed(base64.b64encode(bytes(range(50, 82))).decode())


@pytest.fixture
def both(trusted: TrustedKeys) -> TrustedKeys:
    return TrustedKeys({**trusted.keys, NEW.key_id: base64.b64encode(NEW.public).decode()})


@pytest.fixture
def rotated(store: Store, ledger: Ledger, both: TrustedKeys) -> Ledger:
    """Entry 1 by the old key, entry 2 retires it."""
    ledger.append("incident", {"what": "one"}, id="1", at=NOW)
    after = Ledger(store, "churn", trusted=both, signer=NEW)
    after.rotate(at=NOW)
    return after


def test_old_entries_hold_and_new_ones_are_by_the_new_key(
    rotated: Ledger, signer: Signer, store: Store, both: TrustedKeys
):
    rotated.append("incident", {"what": "two"}, id="2", at=NOW)

    entries = Ledger(store, "churn", trusted=both).entries()
    assert [entry.key_id for entry in entries] == [signer.key_id, NEW.key_id, NEW.key_id]
    assert entries[1].kind == "key"
    assert set(rotated.valid_keys().keys) == {NEW.key_id}


def test_rotating_again_writes_nothing(rotated: Ledger):
    assert rotated.rotate(at=NOW) is None
    assert len(rotated.entries()) == 2


def test_who_still_holds_the_old_key_is_told_so_and_writes_nothing(
    rotated: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    late = Ledger(store, "churn", trusted=both, signer=signer)

    with pytest.raises(SettingsError, match="was retired by entry 2"):
        late.append("incident", {"what": "late"}, id="3", at=NOW)
    with pytest.raises(SettingsError, match="was retired"):
        late.key()

    assert len(rotated.entries()) == 2


def forged(rotated: Ledger, signer: Signer, **changes) -> None:
    """Entry 3, put there past all guards."""
    last = rotated.entries()[-1]
    entry = Entry(
        model="churn",
        sequence=3,
        previous=last.sha256,
        kind="incident",
        id="3",
        at=NOW,
        body={"what": "forged"},
        key_id=signer.key_id,
    )
    entry = replace(entry, **changes)
    entry = replace(entry, signature=signer.sign(entry.claim()))
    rotated.store.put("ledger/churn/00000003.json", entry.stored())


def test_an_entry_by_a_retired_key_breaks_the_chain(
    rotated: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    forged(rotated, signer)

    with pytest.raises(BrokenChain, match=r"Entry 3 .* which entry 2 retired"):
        Ledger(store, "churn", trusted=both).entries()


def test_a_key_cannot_retire_itself(rotated: Ledger, store: Store, both: TrustedKeys):
    forged(rotated, NEW, kind="key", body={"key": NEW.key_id, "retired": [NEW.key_id]})

    with pytest.raises(BrokenChain, match="retires the key that signed it"):
        Ledger(store, "churn", trusted=both).entries()


def test_a_key_that_the_settings_do_not_trust_cannot_rotate(
    ledger: Ledger, store: Store, trusted: TrustedKeys
):
    ledger.append("incident", {"what": "one"}, id="1", at=NOW)

    with pytest.raises(SettingsError, match="not among the trusted keys"):
        Ledger(store, "churn", trusted=trusted, signer=NEW).rotate(at=NOW)


# Every ledger, and those to come


@pytest.fixture
def everywhere(store: Store, ledger: Ledger, both: TrustedKeys) -> Ledger:
    """The ledger of churn, whose entry 2 retired the old key, as the ledger of keys knows."""
    ledger.append("incident", {"what": "one"}, id="1", at=NOW)
    churn = Ledger(store, "churn", trusted=both, signer=NEW)
    assert rotate_all(Ledger(store, KEYS, trusted=both, signer=NEW), [churn], at=NOW) is not None
    return churn


def begun(store: Store, signer: Signer, model: str) -> Entry:
    """The first entry of a ledger, put there past all guards."""
    entry = Entry(
        model=model,
        sequence=1,
        previous="0" * 64,
        kind="incident",
        id="1",
        at=NOW,
        body={"what": "forged"},
        key_id=signer.key_id,
    )
    entry = replace(entry, signature=signer.sign(entry.claim()))
    store.put(f"ledger/{model}/00000001.json", entry.stored())
    return entry


def test_a_model_that_is_born_after_a_rotation_has_a_ledger_by_the_new_key(
    everywhere: Ledger, store: Store, both: TrustedKeys
):
    bikes = Ledger(store, "bikes", trusted=both, signer=NEW)

    bikes.append("incident", {"what": "one"}, id="1", at=NOW)

    assert set(bikes.valid_keys().keys) == {NEW.key_id}
    assert len(Ledger(store, "bikes", trusted=both).entries()) == 1
    assert list(models(store)) == ["bikes", "churn"]
    assert list(chains(store)) == [KEYS, "bikes", "churn"]


def test_who_still_holds_the_old_key_begins_no_ledger_and_signs_no_bundle_of_a_new_model(
    everywhere: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    late = Ledger(store, "bikes", trusted=both, signer=signer)

    with pytest.raises(SettingsError, match="was retired by entry 1 of the ledger of _keys"):
        late.append("incident", {"what": "late"}, id="1", at=NOW)
    with pytest.raises(SettingsError, match="was retired"):
        late.key()

    assert list(models(store)) == ["churn"]


def test_a_ledger_that_somebody_began_with_a_retired_key_does_not_verify(
    everywhere: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    begun(store, signer, "bikes")

    with pytest.raises(BrokenChain, match="which entry 1 of the ledger of _keys retired"):
        Ledger(store, "bikes", trusted=both).entries()


def test_a_ledger_that_somebody_began_anew_with_a_retired_key_does_not_verify(
    everywhere: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    store.delete("ledger/churn/00000002.json")
    first = begun(store, signer, "churn")

    with pytest.raises(BrokenChain, match=r"Entry 2 .* is gone: the ledger of keys knows it"):
        Ledger(store, "churn", trusted=both).entries()

    second = replace(first, sequence=2, previous=first.sha256, id="2")
    second = replace(second, signature=signer.sign(second.claim()))
    store.put("ledger/churn/00000002.json", second.stored())
    with pytest.raises(BrokenChain, match=r"Entry 2 .* it was rewritten"):
        Ledger(store, "churn", trusted=both).entries()


def test_a_ledger_of_keys_that_was_altered_stops_every_ledger(
    everywhere: Ledger, store: Store, both: TrustedKeys
):
    key = f"ledger/{KEYS}/00000001.json"
    store.put(key, store.get(key).replace(b'"ledgers"', b'"legders"'))

    with pytest.raises(BrokenChain, match="ledger of _keys"):
        Ledger(store, "churn", trusted=both).entries()


def test_a_retired_key_cannot_bring_itself_back(
    everywhere: Ledger, store: Store, both: TrustedKeys, signer: Signer
):
    late = Ledger(store, KEYS, trusted=both, signer=signer)

    with pytest.raises(SettingsError, match="was retired"):
        rotate_all(late, [], at=NOW)


def test_a_ledger_that_begins_while_keys_are_rotated_still_counts(
    store: Store, ledger: Ledger, both: TrustedKeys, trusted: TrustedKeys
):
    """A run in flight holds the old key, and writes the first entry of a new model."""
    ledger.append("incident", {"what": "one"}, id="1", at=NOW)
    old = Ledger(store, "bikes", trusted=both, signer=ledger.signer)

    def every() -> list[Ledger]:
        return [Ledger(store, name, trusted=both, signer=NEW) for name in models(store)]

    def meanwhile() -> Iterator[Ledger]:
        yield from every()
        old.append("incident", {"what": "the first night"}, id="1", at=NOW)

    keys = Ledger(store, KEYS, trusted=both, signer=NEW)
    rotated = rotate_all(keys, meanwhile(), at=NOW, anew=every)

    assert rotated is not None
    assert set(rotated.body["ledgers"]) == {"bikes", "churn"}
    assert len(Ledger(store, "bikes", trusted=both).entries()) == 2
    with pytest.raises(SettingsError, match="was retired"):
        old.append("incident", {"what": "the second night"}, id="2", at=NOW)


def test_one_thread_appends_while_another_rotates_and_the_chain_holds(
    store: Store, ledger: Ledger, both: TrustedKeys
):
    """Whoever signs with the old key either comes before the rotation, or is told."""
    told = []

    def gates() -> None:
        late = Ledger(store, "churn", trusted=both, signer=ledger.signer)
        for number in range(200):
            try:
                late.append("incident", {"what": "x"}, id=f"gate/{number}", at=NOW)
            except SettingsError as error:
                told.append(str(error))
                return

    ledger.append("incident", {"what": "one"}, id="1", at=NOW)
    gate = Thread(target=gates)
    gate.start()
    churn = Ledger(store, "churn", trusted=both, signer=NEW)
    rotate_all(Ledger(store, KEYS, trusted=both, signer=NEW), [churn], at=NOW)
    gate.join()

    entries = Ledger(store, "churn", trusted=both).entries()
    [at] = [entry.sequence for entry in entries if entry.kind == "key"]
    assert {entry.key_id for entry in entries[at - 1 :]} == {NEW.key_id}
    assert all("was retired" in one for one in told)
    assert told or len(entries) == 202


def test_a_rotation_that_was_interrupted_is_ended_by_the_next_and_again_writes_nothing(
    rotated: Ledger, store: Store, both: TrustedKeys
):
    # The ledger of churn has its entry; nobody came as far as the ledger of keys.
    keys = Ledger(store, KEYS, trusted=both, signer=NEW)

    seen = [rotate_all(keys, [rotated], at=NOW) for _ in range(2)]

    assert [entry and entry.body["ledgers"] for entry in seen] == [
        {"churn": {"sequence": 2, "sha256": rotated.entries()[1].sha256}},
        None,
    ]
    assert (len(rotated.entries()), len(keys.entries())) == (2, 1)


def test_a_second_rotation_retires_the_second_key_in_old_and_new_ledgers_alike(
    everywhere: Ledger, store: Store, both: TrustedKeys
):
    third = Signer.from_seed(base64.b64encode(bytes(range(90, 122))).decode())
    three = TrustedKeys({**both.keys, third.key_id: base64.b64encode(third.public).decode()})
    Ledger(store, "bikes", trusted=both, signer=NEW).append(
        "incident", {"what": "one"}, id="1", at=NOW
    )

    every = [Ledger(store, name, trusted=three, signer=third) for name in ("bikes", "churn")]
    rotate_all(Ledger(store, KEYS, trusted=three, signer=third), every, at=NOW)

    for name in ("bikes", "churn", "born_later"):
        assert set(Ledger(store, name, trusted=three).valid_keys().keys) == {third.key_id}
