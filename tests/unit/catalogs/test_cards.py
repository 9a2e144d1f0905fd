"""A card is owed to MLflow from the gate's decision until MLflow has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock.catalogs.cards import Card, owe, owed, settle
from airlock.core.errors import Unverified
from airlock.store import Store

CARD = Card(
    model="churn",
    version=3,
    sequence=9,
    run_id="run",
    decision="stages/gate/x/0000.json",
    sha256="d" * 64,
)


def test_a_card_is_owed_once_and_settled_once_whoever_does_it_again(store: Store):
    for _ in range(2):
        owe(store, CARD)
    assert list(owed(store, "churn")) == [CARD]

    for _ in range(2):
        settle(store, CARD)
    assert list(owed(store, "churn")) == []


def test_the_oldest_decision_comes_first_and_other_models_have_their_own(store: Store):
    later, other = replace(CARD, sequence=12), replace(CARD, model="bikes")
    for card in (later, CARD, other):
        owe(store, card)

    assert list(owed(store, "churn")) == [CARD, later]


@pytest.mark.parametrize("written", [b"?", b"[]", b"{}", b'{"model": "churn"}'])
def test_what_is_no_card_is_named_with_what_to_do(store: Store, written: bytes):
    store.put("cards/churn/00000009.json", written)

    with pytest.raises(Unverified, match=r"cards/churn/00000009\.json does not read as a card"):
        list(owed(store, "churn"))


def test_a_card_that_is_settled_while_others_look_is_passed_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    owe(store, CARD)
    seen = list(store.list("cards/"))
    settle(store, CARD)
    monkeypatch.setattr(store, "list", lambda prefix: iter(seen))

    assert list(owed(store, "churn")) == []
