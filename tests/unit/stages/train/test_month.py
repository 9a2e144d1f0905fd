"""A month's budget: what is left bounds a training, and nothing left begins none."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airlock.catalogs.usage import Total, note_usage
from airlock.config.prices import Prices
from airlock.config.settings import Settings
from airlock.core.budget import MonthBudget
from airlock.core.errors import SettingsError
from airlock.stages.gate.spec import Policy
from airlock.stages.train.month import left_of
from airlock.stages.train.operator import TrainOperator
from airlock.store import Store
from tests.judged import POLICY
from tests.trained import SPEC
from tests.unit.engine.test_usage import ONE

EURO = Prices(device_hour=2.0, currency="EUR")


def left(budget: dict[str, Any], taken: Total, prices: Prices = EURO, devices: int = 1) -> Any:
    spec = MonthBudget.model_validate(budget)
    return left_of(spec, taken, prices=prices, devices=devices, month="2026-01")


@pytest.mark.parametrize(
    ("budget", "taken", "seconds"),
    [
        pytest.param({"month": 10}, Total(money=4.0), 3 * 3600, id="money at its price"),
        pytest.param({"month": 10}, Total(), 5 * 3600, id="nothing taken yet"),
        pytest.param({"hours": 2}, Total(device_seconds=1800), 1.5 * 3600, id="hours"),
        pytest.param(
            {"month": 10}, Total(device_seconds=3600, unpriced=3), 4 * 3600, id="without a price"
        ),
        pytest.param(
            {"month": 10, "hours": 1}, Total(money=4.0), 3600, id="the tighter of the two"
        ),
    ],
)
def test_what_is_left_bounds_a_training(budget: dict[str, Any], taken: Total, seconds: float):
    found = left(budget, taken)

    assert found.spent is None
    assert found.seconds == pytest.approx(seconds)
    assert left(budget, taken, devices=2).seconds == pytest.approx(seconds / 2)


@pytest.mark.parametrize(
    ("budget", "taken", "why"),
    [
        ({"month": 10}, Total(money=10.0), "10.00 of 10 EUR are spent"),
        ({"hours": 1}, Total(device_seconds=3600), "1.00 of 1 device hours are used"),
    ],
)
def test_nothing_left_says_why(budget: dict[str, Any], taken: Total, why: str):
    found = left(budget, taken)

    assert found.seconds == 0
    assert found.spent == f"The budget of 2026-01 is used up: {why}."


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        pytest.param(Prices(), "nothing says what a device costs", id="no price"),
        pytest.param(replace(EURO, currency="USD"), "in EUR, and prices are in USD", id="currency"),
    ],
)
def test_a_budget_in_money_without_a_price_in_it_is_no_consent(prices: Prices, why: str):
    with pytest.raises(SettingsError, match=why):
        left({"month": 10, "currency": "EUR"}, Total(), prices)


def test_a_training_is_not_begun_once_the_month_is_used_up(store: Store, tmp_path: Path):
    task = TrainOperator(
        task_id="train",
        redaction="x",
        model="churn",
        train=SPEC,
        month=MonthBudget(hours=0.01),
    )
    settings = Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path,
        notifier="",
        notifier_kwargs={},
        preload=False,
    )
    now = datetime(2026, 1, 20, tzinfo=UTC)
    attempt: Any = SimpleNamespace(now=now, stores={"store": store}, settings=settings)

    assert task.refuses(attempt) is None
    note_usage(store, ONE)
    assert "0.01 of 0.01 device hours are used" in str(task.refuses(attempt))
    # Another month begins anew.
    later: Any = SimpleNamespace(**{**vars(attempt), "now": datetime(2026, 2, 1, tzinfo=UTC)})
    assert task.refuses(later) is None


def test_a_policy_without_a_budget_keeps_its_name():
    assert "budget" not in POLICY.to_json()
    asking = Policy.model_validate({**POLICY.to_json(), "budget": {"month": 50, "currency": "EUR"}})
    assert asking.digest != POLICY.digest
    assert math.isclose(asking.budget.month if asking.budget else 0, 50)
