"""A card is owed to MLflow from the gate's decision until MLflow has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock.catalogs.cards import PendingCard, note_pending, pending, remove_pending
from airlock.core.errors import Unverified
from airlock.store import Store

CARD = PendingCard(
    model="churn",
    version=3,
    sequence=9,
    run_id="run",
    decision="stages/gate/x/0000.json",
    sha256="d" * 64,
)


def test_a_card_is_owed_once_and_settled_once_whoever_does_it_again(store: Store):
    for _ in range(2):
        note_pending(store, CARD)
    assert list(pending(store, "churn")) == [CARD]

    for _ in range(2):
        remove_pending(store, CARD)
    assert list(pending(store, "churn")) == []


def test_the_oldest_decision_comes_first_and_other_models_have_their_own(store: Store):
    later, other = replace(CARD, sequence=12), replace(CARD, model="bikes")
    for card in (later, CARD, other):
        note_pending(store, card)

    assert list(pending(store, "churn")) == [CARD, later]


@pytest.mark.parametrize("written", [b"?", b"[]", b"{}", b'{"model": "churn"}'])
def test_what_is_no_card_is_named_with_what_to_do(store: Store, written: bytes):
    store.put("cards/churn/00000009.json", written)

    with pytest.raises(Unverified, match=r"cards/churn/00000009\.json does not read as a card"):
        list(pending(store, "churn"))


def test_a_card_that_is_settled_while_others_look_is_passed_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    note_pending(store, CARD)
    seen = list(store.list("cards/"))
    remove_pending(store, CARD)
    monkeypatch.setattr(store, "list", lambda prefix: iter(seen))

    assert list(pending(store, "churn")) == []
