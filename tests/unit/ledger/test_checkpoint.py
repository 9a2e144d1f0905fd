"""A note about a chain, kept elsewhere, finds what signatures cannot."""

from __future__ import annotations

import pytest

from airlock.core.errors import BrokenChain, SpecError
from airlock.ledger import Checkpoint, Ledger, checkpoint, read_checkpoints
from airlock.ledger.checkpoint import publish, published
from airlock.store import Store
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
