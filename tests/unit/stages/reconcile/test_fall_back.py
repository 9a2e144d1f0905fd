"""What was made champion by break-glass falls back by itself, MLflow up or not."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from airlock.core.errors import RegistryUnavailable, Unverified
from airlock.ledger import Champion, Ledger
from airlock.registry import MlflowSettings
from airlock.stages.reconcile.fall_back import FellBack, fall_back
from airlock.stages.reconcile.record import Reconciliation
from airlock.stages.reconcile.stage import reconcile
from tests.emergency import broken, rejected
from tests.judged import NOW, ORIGIN

OVER = NOW + timedelta(hours=4)


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlock.stages.break_glass.stage.point_alias", lambda *_: False)


@pytest.fixture
def pending(ledger: Ledger) -> Ledger:
    """Ada broke the glass for version 2."""
    rejected(ledger)
    broken(ledger)
    return ledger


def verified(model: str, champion: Champion) -> None:
    """Every file is as it was."""


def reconciled(ledger: Ledger, **changes: Any) -> Reconciliation:
    mlflow = MlflowSettings(tracking_uri="http://127.0.0.1:9")
    return reconcile([ledger], origin=ORIGIN, mlflow=mlflow, now=OVER, **changes)


def test_it_stays_until_its_time_is_over(pending: Ledger):
    assert fall_back(pending, verify=verified, now=OVER - timedelta(seconds=1)) is None


def test_then_the_champion_before_is_champion_again(pending: Ledger):
    glass = pending.state().champion
    assert glass is not None

    fell = fall_back(pending, verify=verified, now=OVER)

    state, entry = pending.state(), pending.entries()[-1]
    assert fell is not None
    assert state.champion is not None
    assert state.champion.version == 1
    assert state.rolled_back == {glass.bundle: entry.sequence}
    assert entry.body["reason"] == (
        "ada made version 2 champion by break-glass, and nobody confirmed it until "
        "2026-01-06 06:30 UTC."
    )
    assert fall_back(pending, verify=verified, now=OVER) is None


def test_a_champion_before_that_does_not_verify_is_not_brought_back(pending: Ledger):
    def verify(model: str, champion: Champion) -> None:
        assert champion.version == 1
        raise Unverified("A file was swapped.", do="Nothing.")

    with pytest.raises(Unverified):
        fall_back(pending, verify=verify, now=OVER)

    assert pending.state().unconfirmed is not None


def test_reconcile_does_it_before_it_asks_mlflow_and_tells_somebody(
    pending: Ledger, monkeypatch: pytest.MonkeyPatch
):
    told: list[object] = []

    def away(_: MlflowSettings) -> None:
        raise RegistryUnavailable("MLflow does not answer.", do="Wait.")

    monkeypatch.setattr("airlock.stages.reconcile.stage.open_registry", away)

    with pytest.raises(RegistryUnavailable):
        reconciled(pending, verify=verified, tell=lambda news: bool(told.append(news)))

    assert pending.state().champion_sequence == len(pending.entries())
    assert [type(news) for news in told] == [FellBack]


def test_reconcile_says_whose_champion_it_was(pending: Ledger, monkeypatch: pytest.MonkeyPatch):
    class Registry:
        def champion(self, model: str) -> int:
            return 1

        def mark(self, ledger: Ledger) -> None:
            """MLflow says so already."""

    monkeypatch.setattr(
        "airlock.stages.reconcile.stage.open_registry", lambda _: nullcontext(Registry())
    )

    assert reconciled(pending, verify=verified).fell_back == ("churn",)


def test_without_a_way_to_verify_nothing_falls_back_and_somebody_hears_of_it(
    pending: Ledger, monkeypatch: pytest.MonkeyPatch
):
    class Registry:
        def champion(self, model: str) -> int:
            return 2

        def mark(self, ledger: Ledger) -> None:
            """MLflow says so already."""

    monkeypatch.setattr(
        "airlock.stages.reconcile.stage.open_registry", lambda _: nullcontext(Registry())
    )

    with pytest.raises(Unverified):
        reconciled(pending)
