"""A note about a chain, kept elsewhere, finds what signatures cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.core.errors import BrokenChain, SpecError
from airlock.ledger import Checkpoint, Ledger, TrustedKeys, checkpoint, read_checkpoints
from airlock.ledger.checkpoint import (
    forgotten,
    publish,
    published,
    refuse_fork,
    verify_and_publish,
)
from airlock.store import Store, open_store
from tests.unit.ledger.conftest import AT


def rewritten(ledger: Ledger, store: Store) -> None:
    """The same number of entries, all signed by the platform's own key."""
    size = len(ledger.entries())
    for stat in list(store.list("ledger/churn/")):
        store.delete(stat.key)
    other = Ledger(store, "churn", trusted=ledger.trusted, signer=ledger.signer)
    for number in range(size):
        other.append("incident", {"what": f"nothing {number}"}, id=f"n{number}", at=AT)


def test_a_longer_chain_still_holds(five_entries: Ledger, reader: Ledger):
    noted = checkpoint(reader)
    assert noted is not None

    five_entries.append("incident", {"what": "six"}, id="i6", at=AT)

    noted.check(five_entries.entries())


def test_a_chain_whose_end_was_cut_is_found(five_entries: Ledger, reader: Ledger, store: Store):
    noted = checkpoint(five_entries)
    assert noted is not None
    store.delete("ledger/churn/00000005.json")

    assert len(reader.entries()) == 4
    with pytest.raises(BrokenChain, match=r"Entry 5 .* is gone") as caught:
        noted.check(reader.entries())
    assert caught.value.sequence == 5


def test_a_chain_that_was_rewritten_with_the_true_key_is_found(
    five_entries: Ledger, reader: Ledger, store: Store
):
    noted = checkpoint(five_entries)
    assert noted is not None
    rewritten(five_entries, store)

    assert len(reader.entries()) == 5
    with pytest.raises(BrokenChain, match="was rewritten"):
        noted.check(reader.entries())


def test_an_empty_chain_has_no_checkpoint(ledger: Ledger):
    assert checkpoint(ledger) is None


def test_a_checkpoint_is_read_as_it_was_written(five_entries: Ledger):
    noted = checkpoint(five_entries)
    assert noted is not None

    assert list(read_checkpoints([noted.line(), ""], source="f")) == [noted]


@pytest.mark.parametrize(
    "line",
    [
        "nothing",
        "[]",
        '{"model": "churn"}',
        '{"head": "x", "model": "churn", "size": 0}',
        '{"head": "x", "model": "churn", "size": "many"}',
    ],
)
def test_a_line_that_is_none_is_named(line: str):
    with pytest.raises(SpecError, match="Line 1 of notes"):
        list(read_checkpoints([line], source="notes"))


def test_the_second_place_never_forgets(store: Store):
    noted = Checkpoint(model="churn", size=5, head="a" * 64)

    publish(store, noted)
    publish(store, noted)
    with pytest.raises(BrokenChain, match="was noted before"):
        publish(store, Checkpoint(model="churn", size=5, head="b" * 64))

    assert list(published(store, "churn")) == [noted]


@pytest.fixture
def second(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "second"))


def more(ledger: Ledger, *names: str) -> None:
    for name in names:
        ledger.append("incident", {"what": name}, id=name, at=AT)


def test_the_second_place_follows_a_chain_that_grows(
    five_entries: Ledger, second: Store, reader: Ledger
):
    for size in (5, 6):
        noted = verify_and_publish(second, reader)

        assert noted is not None
        assert noted.size == size
        more(five_entries, f"more {size}")

    assert [one.size for one in published(second, "churn")] == [5, 6]


def test_a_cut_that_ends_at_an_older_note_is_found(
    five_entries: Ledger, second: Store, store: Store, trusted: TrustedKeys
):
    verify_and_publish(second, five_entries)
    more(five_entries, "six")
    verify_and_publish(second, five_entries)
    store.delete("ledger/churn/00000006.json")

    with pytest.raises(BrokenChain, match="once had 6 entries"):
        verify_and_publish(second, Ledger(store, "churn", trusted=trusted))


def test_a_chain_that_was_rewritten_and_went_on_is_found(
    five_entries: Ledger, second: Store, store: Store, reader: Ledger
):
    verify_and_publish(second, five_entries)
    rewritten(five_entries, store)
    more(Ledger(store, "churn", trusted=five_entries.trusted, signer=five_entries.signer), "six")

    with pytest.raises(BrokenChain, match=r"Entry 5 .* rewritten"):
        verify_and_publish(second, reader)

    assert [one.size for one in published(second)] == [5]


def test_a_ledger_that_is_gone_as_a_whole_is_missed(five_entries: Ledger, second: Store):
    verify_and_publish(second, five_entries)

    [error] = forgotten(second, ["telco"])

    assert "The ledger of churn is gone" in str(error)
    assert list(forgotten(second, ["churn"])) == []


def test_each_length_is_stamped_once(five_entries: Ledger, second: Store):
    asked: list[bytes] = []

    def stamp(data: bytes) -> bytes:
        asked.append(data)
        return b"a time stamp"

    for _ in range(2):
        noted = verify_and_publish(second, five_entries, stamp=stamp)

    assert noted is not None
    assert asked == [noted.line().encode()]
    assert list(published(second)) == [noted]


def test_a_note_that_was_moved_in_the_second_place_is_refused(five_entries: Ledger, second: Store):
    verify_and_publish(second, five_entries)
    second.put("checkpoints/churn/00000004.json", second.get("checkpoints/churn/00000005.json"))

    with pytest.raises(SpecError, match="checkpoint of something else"):
        list(published(second))


def test_two_notes_that_cannot_both_be_true_are_a_fork():
    noted = [
        Checkpoint(model="churn", size=5, head="a" * 64),
        Checkpoint(model="churn", size=6, head="b" * 64),
        Checkpoint(model="telco", size=5, head="b" * 64),
    ]
    refuse_fork(noted)

    with pytest.raises(BrokenChain, match="first 5 entries of churn name different ends"):
        refuse_fork([*noted, Checkpoint(model="churn", size=5, head="b" * 64)])
