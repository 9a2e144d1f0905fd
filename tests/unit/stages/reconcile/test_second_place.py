"""Reconcile notes every chain's end elsewhere, and somebody is told if the two disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.core.errors import BrokenChain, RegistryUnavailable, StoreUnavailable
from airlock.ledger import Ledger
from airlock.ledger.checkpoint import published
from airlock.registry import MlflowSettings
from airlock.stages.reconcile.stage import reconcile
from airlock.store import Store, open_store
from tests.judged import NOW, ORIGIN

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def _mlflow_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: MlflowSettings) -> None:
        raise RegistryUnavailable("MLflow is away.", do="Wait.")

    monkeypatch.setattr("airlock.stages.reconcile.stage.open_registry", away)


@pytest.fixture
def second(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "second"))


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    for number in range(3):
        ledger.append("incident", {"what": f"{number}"}, id=f"{number}", at=NOW)
    return ledger


def reconciled(ledgers: list[Ledger], second: Store) -> None:
    reconcile(ledgers, origin=ORIGIN, mlflow=AWAY, now=NOW, second=second)


def test_the_end_is_noted_while_mlflow_is_away(ledger: Ledger, second: Store):
    with pytest.raises(RegistryUnavailable):
        reconciled([ledger], second)

    assert [one.size for one in published(second, "churn")] == [3]


def test_that_mlflow_is_away_does_not_hide_a_chain_that_was_cut(
    ledger: Ledger, second: Store, store: Store
):
    with pytest.raises(RegistryUnavailable):
        reconciled([ledger], second)
    store.delete("ledger/churn/00000003.json")

    with pytest.raises(BrokenChain, match="once had 3 entries"):
        reconciled([Ledger(store, "churn", trusted=ledger.trusted)], second)


def test_a_whole_ledger_that_is_gone_is_told(ledger: Ledger, second: Store):
    with pytest.raises(RegistryUnavailable):
        reconciled([ledger], second)

    with pytest.raises(BrokenChain, match="The ledger of churn is gone"):
        reconciled([], second)


def test_a_second_place_that_does_not_answer_is_told(ledger: Ledger, second: Store):
    def away(prefix: str) -> None:
        raise StoreUnavailable("The second place is away.", do="Look after it.")

    second.list = away  # type: ignore[assignment,method-assign]  # a place that hangs up

    with pytest.raises(StoreUnavailable, match="second place is away"):
        reconciled([ledger], second)
