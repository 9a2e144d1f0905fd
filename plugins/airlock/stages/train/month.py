"""How much of a month's budget is left, before a training begins and while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from airlock.catalogs.usage import Total
from airlock.config.prices import Prices
from airlock.core.budget import MonthBudget
from airlock.core.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLeft:
    """What is left of a month.

    Args:
        seconds: for which a training may still fit, on all of its devices.
        spent: why none may begin; None if something is left.
    """

    seconds: float
    spent: str | None


def left_of(
    budget: MonthBudget, taken: Total, *, prices: Prices, devices: int, month: str
) -> BudgetLeft:
    """Compare what a month has taken with what it may.

    Args:
        taken: by all attempts of the model in that month.
        devices: of the training that wants to begin.

    Raises:
        SettingsError: a budget in money, and no price of a device; or two currencies.
    """
    seconds, why = math.inf, []
    if budget.hours is not None:
        hours = taken.device_seconds / 3600
        seconds = min(seconds, (budget.hours - hours) * 3600 / devices)
        if hours >= budget.hours:
            why.append(f"{hours:,.2f} of {budget.hours:,g} device hours are used")
    if budget.month is not None:
        price = _price(budget, prices)
        unit = budget.currency or prices.currency
        # What was done before anybody set a price cost something all the same.
        money = max(taken.money or 0.0, taken.device_seconds / 3600 * price)
        seconds = min(seconds, (budget.month - money) / (price * devices) * 3600)
        if money >= budget.month:
            why.append(f"{money:,.2f} of {budget.month:,g} {unit} are spent".replace("  ", " "))
    spent = f"The budget of {month} is used up: {'; '.join(why)}." if why else None
    return BudgetLeft(seconds=max(seconds, 0.0), spent=spent)


def _price(budget: MonthBudget, prices: Prices) -> float:
    if budget.currency and prices.currency and budget.currency != prices.currency:
        raise SettingsError(
            f"The policy's budget is in {budget.currency}, and prices are in {prices.currency}.",
            do="Write both in one currency: policy budget.currency and [airlock] currency.",
        )
    if prices.device_hour is None:
        raise SettingsError(
            "The policy has a budget in money, and nothing says what a device costs.",
            do="Set [airlock] device_hour_price, or give the budget in hours.",
        )
    return prices.device_hour
