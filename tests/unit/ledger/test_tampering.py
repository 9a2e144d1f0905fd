"""Every change of a chain is found, at the first entry that does not hold."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airlock.core.content import canonical_json
from airlock.core.errors import BrokenChain
from airlock.ledger import Entry, Ledger, Signer, TrustedKeys, models
from airlock.store import Store

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
OURS = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
STRANGER = Signer.from_seed(base64.b64encode(bytes(range(100, 132))).decode())


def path_of(store: Store, sequence: int) -> str:
    return f"ledger/churn/{sequence:08d}.json"


def edit(store: Store) -> int:
    fields = json.loads(store.get(path_of(store, 3)))
    store.put(path_of(store, 3), canonical_json({**fields, "body": {"what": "nothing"}}))
    return 3


def delete(store: Store) -> int:
    store.delete(path_of(store, 2))
    return 2


def swap(store: Store) -> int:
    second, third = store.get(path_of(store, 2)), store.get(path_of(store, 3))
    store.put(path_of(store, 2), third)
    store.put(path_of(store, 3), second)
    return 2


def repeat(store: Store) -> int:
    store.put(path_of(store, 6), store.get(path_of(store, 5)))
    return 6


def resign(store: Store) -> int:
    """Rewrite an entry under a key of one's own."""
    entry = replace(Entry.from_stored(store.get(path_of(store, 5))), key_id=STRANGER.key_id)
    store.put(path_of(store, 5), replace(entry, signature=STRANGER.sign(entry.claim())).stored())
    return 5


def resign_under_a_trusted_name(store: Store) -> int:
    entry = Entry.from_stored(store.get(path_of(store, 5)))
    entry = replace(entry, body={"what": "forged"})
    store.put(path_of(store, 5), replace(entry, signature=STRANGER.sign(entry.claim())).stored())
    return 5


def replace_by_another_history(store: Store) -> int:
    """An entry that the platform itself signed, but not the one that the next one follows."""
    entry = replace(Entry.from_stored(store.get(path_of(store, 3))), body={"what": "another"})
    store.put(path_of(store, 3), replace(entry, signature=OURS.sign(entry.claim())).stored())
    return 4


def empty(store: Store) -> int:
    store.put(path_of(store, 4), b"")
    return 4


def reformat(store: Store) -> int:
    fields = json.loads(store.get(path_of(store, 1)))
    store.put(path_of(store, 1), json.dumps(fields, indent=1).encode())
    return 1


@pytest.mark.parametrize(
    "tamper",
    [
        edit,
        delete,
        swap,
        repeat,
        resign,
        resign_under_a_trusted_name,
        replace_by_another_history,
        empty,
        reformat,
    ],
    ids=lambda tamper: tamper.__name__,
)
def test_tampering_is_found_at_the_first_bad_entry(
    store: Store, five_entries: Ledger, reader: Ledger, tamper: Callable[[Store], int]
):
    bad = tamper(store)

    with pytest.raises(BrokenChain, match=f"Entry {bad} of the ledger of churn") as caught:
        reader.entries()

    assert caught.value.sequence == bad
    assert [entry.sequence for entry in reader.verified()] == list(range(1, bad))


@pytest.mark.parametrize("tamper", [edit, replace_by_another_history, reformat])
def test_an_entry_that_is_rewritten_after_it_was_read_is_found(
    store: Store, five_entries: Ledger, reader: Ledger, tamper: Callable[[Store], int]
):
    reader.entries()
    tamper(store)

    with pytest.raises(BrokenChain, match="was rewritten while the ledger was in use"):
        reader.entries()


def test_a_rewrite_that_hides_its_size_and_its_time_is_found_too(
    store: Store, five_entries: Ledger, reader: Ledger, tmp_path: Path
):
    reader.entries()
    [file] = tmp_path.rglob("ledger/churn/00000003.json")
    before, data = file.stat(), bytearray(file.read_bytes())
    data[-20] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(BrokenChain, match=r"Entry 3 .* was rewritten"):
        reader.entries()


def test_the_same_bytes_written_again_are_no_rewrite(
    store: Store, five_entries: Ledger, reader: Ledger
):
    reader.entries()
    store.put(path_of(store, 3), store.get(path_of(store, 3)))

    assert len(reader.entries()) == 5


def test_a_flipped_byte_at_any_position_is_found(
    store: Store, five_entries: Ledger, trusted: TrustedKeys
):
    whole = store.get(path_of(store, 3))
    found = set()

    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << random.Random(position).randrange(8)
        store.put(path_of(store, 3), bytes(flipped))
        with pytest.raises(BrokenChain) as caught:
            Ledger(store, "churn", trusted=trusted).entries()
        found.add(caught.value.sequence)

    assert found == {3}


def test_an_entry_of_another_model_does_not_count(
    store: Store, five_entries: Ledger, trusted: TrustedKeys
):
    store.put("ledger/telco/00000001.json", store.get(path_of(store, 1)))

    with pytest.raises(BrokenChain, match="was written for another place"):
        Ledger(store, "telco", trusted=trusted).entries()


def test_a_ledger_in_use_notices_that_its_end_was_cut_off(store: Store, five_entries: Ledger):
    five_entries.entries()
    store.delete(path_of(store, 5))

    with pytest.raises(BrokenChain, match=r"Entry 5 .* disappeared"):
        five_entries.entries()


def test_a_ledger_in_use_notices_that_an_entry_was_taken_out(store: Store, five_entries: Ledger):
    five_entries.entries()
    store.delete(path_of(store, 2))

    with pytest.raises(BrokenChain, match=r"Entry 2 .* disappeared"):
        five_entries.entries()


def test_what_is_no_entry_is_no_part_of_the_chain(
    store: Store, five_entries: Ledger, reader: Ledger
):
    store.put("ledger/churn/00000003.json.bak", b"{}")

    assert len(reader.entries()) == 5


def test_nothing_is_appended_to_a_broken_chain(store: Store, five_entries: Ledger, ledger: Ledger):
    edit(store)
    fresh = Ledger(store, "churn", trusted=ledger.trusted, signer=ledger.signer)

    with pytest.raises(BrokenChain):
        fresh.append("incident", {"what": "more"}, id="more", at=AT)

    assert not store.exists(path_of(store, 6))


def test_a_missing_entry_is_said_to_be_missing(store: Store, five_entries: Ledger, reader: Ledger):
    delete(store)

    with pytest.raises(BrokenChain, match="Entry 2 of the ledger of churn is missing"):
        reader.entries()


def test_a_key_listed_under_another_name_lends_it_nothing(store: Store, trusted: TrustedKeys):
    [trusted_id] = trusted.keys
    listed = TrustedKeys({trusted_id: base64.b64encode(STRANGER.public).decode()})
    entry = Entry(
        model="churn",
        sequence=1,
        previous="0" * 64,
        kind="incident",
        id="1",
        at=AT,
        body={},
        key_id=trusted_id,
    )
    store.put(path_of(store, 1), replace(entry, signature=STRANGER.sign(entry.claim())).stored())

    with pytest.raises(BrokenChain, match="not signed by a trusted key"):
        Ledger(store, "churn", trusted=listed).entries()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"at": "SECRET"}', id="a time that is none"),
        pytest.param(b'{"SECRET": 1, "at": "2026-01-05T00:00:00+00:00"}', id="a field"),
        pytest.param(b"SECRET", id="no JSON"),
        pytest.param(b"\xff\xfeSECRET", id="no text"),
        pytest.param(b'"SECRET"', id="another value"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b'{"at": 1e999}', id="no number"),
        pytest.param(b"1" * 5_000, id="too long a number"),
    ],
)
def test_an_error_about_an_entry_quotes_nothing_of_it(
    store: Store, five_entries: Ledger, reader: Ledger, data: bytes
):
    store.put(path_of(store, 2), data)

    with pytest.raises(BrokenChain, match=r"Entry 2 of the ledger of churn is not") as caught:
        reader.entries()

    assert "SECRET" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_folder_that_can_be_no_models_is_no_ledger(store: Store, five_entries: Ledger):
    store.put("ledger/no model; DROP TABLE/00000001.json", b"{}")

    assert list(models(store)) == ["churn"]
