"""What customers buy and do, and whether they leave: slowly drifting, and learnable."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from include.data.chance import Chance, FloatArray, IntArray

OPENING = date(2024, 1, 1)  # nights before it do not exist

PLANS = ("basic", "plus", "family", "business")
LIST_PRICES = np.array([9.99, 14.99, 22.99, 39.99])  # EUR a month on the opening day
PAYMENT_METHODS = ("direct_debit", "card", "wallet", "invoice")
FEE_INFLATION = 0.04  # a year
UPGRADES = 0.05  # of the customers move from the cheapest plan upwards in a year
MISSING_USAGE_SHARE = 0.04
# How far a customer's habits are the same every night; the rest is that night's weather.
HABIT = 0.95

# Chosen so that about a quarter leaves, and noise so that a good model's AUROC is about 0.85.
INTERCEPT = -2.15
NOISE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """The columns that a model may learn from, and its label; every array has shape (n,).

    Attributes:
        monthly_fee: EUR.
        usage_hours: in the last 30 days; NaN where no device reported.
        churned: 0 or 1.
    """

    plan: NDArray[np.str_]
    payment_method: NDArray[np.str_]
    tenure_months: IntArray
    monthly_fee: FloatArray
    usage_hours: FloatArray
    tickets_90d: IntArray
    late_payments: IntArray
    last_login_days: IntArray
    churned: IntArray

    def columns(self) -> dict[str, list[object]]:
        """The columns as Python values, None for what is missing."""
        columns = {name: array.tolist() for name, array in asdict(self).items()}
        usage = self.usage_hours.tolist()
        return columns | {"usage_hours": [None if math.isnan(hours) else hours for hours in usage]}


def behave(chance: Chance, night: date, *, who: IntArray, days: IntArray) -> Behaviour:
    """Let the customers with the numbers `who` live until `night`.

    Args:
        days: since each of them signed up, shape (n,), at least 0.
    """
    years = (night - OPENING).days / 365.25
    plan = _plan(chance, years)[who]
    list_price = LIST_PRICES[plan] * (1 - 0.1 * chance.pick("discount", 3)[who])
    payment = chance.pick("payment method", len(PAYMENT_METHODS))[who]
    tenure = (days / 30.4375).astype(np.int64)

    activity = _habit(chance, "usage", night)[who]
    usage = np.minimum(np.exp(2.7 + 0.25 * plan + 0.7 * activity), 600.0).round(1)
    away = 1.5 + 1.0 * _habit(chance, "login", night)[who] - 0.3 * activity
    last_login = np.minimum(np.exp(away), 90.0).astype(np.int64)
    tickets = np.exp(-0.5 + 0.9 * _habit(chance, "tickets", night)[who]).astype(np.int64)
    late = np.exp(-0.9 + 0.9 * _habit(chance, "late", night)[who]).astype(np.int64)

    logit = (
        INTERCEPT
        - 0.7 * np.log1p(tenure / 6)
        + 0.55 * np.log1p(last_login)
        + 0.9 * np.log(4 * list_price / (usage + 5))  # what an hour costs them
        + tickets * np.where(usage < 15, 0.9, 0.15)  # trouble hurts who hardly uses it
        + np.minimum(late, 4) * np.where(payment == 0, 0.1, 0.8)  # a debit is late by itself
        + np.array([0.5, 0.0, -0.9, -0.3])[plan]
    )
    reported = chance.uniform("usage missing", night)[who] >= MISSING_USAGE_SHARE
    return Behaviour(
        plan=np.array(PLANS)[plan],
        payment_method=np.array(PAYMENT_METHODS)[payment],
        tenure_months=tenure,
        monthly_fee=(list_price * (1 + FEE_INFLATION * years)).round(2),
        usage_hours=np.where(reported, usage, np.nan),
        tickets_90d=tickets,
        late_payments=late,
        last_login_days=last_login,
        churned=(logit + NOISE * _surprise(chance)[who] > 0).astype(np.int64),
    )


def _plan(chance: Chance, years: float) -> IntArray:
    moved = min(UPGRADES * years, 0.25)
    shares = np.array([0.40 - moved, 0.30 + moved / 2, 0.20 + moved / 2, 0.10])
    # The draw is the customer's own for life, so a customer upgrades once and never flickers.
    borders = np.cumsum(shares)[:-1]
    return np.searchsorted(borders, chance.uniform("plan"), side="right").astype(np.int64)


def _habit(chance: Chance, name: str, night: date) -> FloatArray:
    lasting, passing = chance.normal(name), chance.normal(name, night)
    habit: FloatArray = HABIT * lasting + math.sqrt(1 - HABIT**2) * passing
    return habit


def _surprise(chance: Chance) -> FloatArray:
    """What no column tells about a customer: logistic noise, theirs for life."""
    luck = chance.uniform("surprise").clip(1e-9, 1 - 1e-9)
    logistic: FloatArray = np.log(luck / (1 - luck))
    return logistic
