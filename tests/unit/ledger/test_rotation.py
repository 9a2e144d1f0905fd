"""Another key signs from here on: the old entries hold, and new ones by the old key do not."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from airlock.errors import BrokenChain, SettingsError
from airlock.ledger import Entry, Ledger, Signer, TrustedKeys
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
