"""Rules on the evidence: how much, how old, and what was measured on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from airlock.core.nights import containing, night_named
from airlock.stages.gate.policy.bounds import Bound
from airlock.stages.gate.policy.data import HoldoutRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import bounded, unmeasured

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.evaluate.record import Interval
    from airlock.stages.gate.case import Case


def judge_holdout(rule: HoldoutRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """The holdout is large enough to judge by, and not too old."""
    evaluation, training = case.evaluation.record, case.training.record
    yield bounded(
        "holdout", "The number of holdout rows", evaluation.rows, Bound(min=rule.min_rows)
    )
    if training.task == "classification":
        # A class that the holdout lacks altogether is the rarest one.
        rarest = min((evaluation.classes.get(name, 0) for name in training.classes), default=0)
        bound = Bound(min=rule.min_rarest_class)
        yield bounded("rarest class", "The number of rows of the rarest class", rarest, bound)
    yield from _judge_age(rule, case.snapshot.record.night, case.today)


def _judge_age(rule: HoldoutRule, night: str | None, today: date | None) -> Iterator[RuleVerdict]:
    """The holdout is not older than the policy allows, and not of a day to come.

    Args:
        night: of the data, ISO; None for a source without nights.
        today: the day of the decision, UTC.
    """
    if rule.max_age_nights is None:
        return
    what = "The age of the holdout in nights"
    age = _nights_until(today, night) if night and today else math.nan
    yield bounded("holdout age", what, age, Bound(min=0, max=rule.max_age_nights))


def _nights_until(today: date, night: str) -> int:
    """How many of a night's kind lie from it to a day; the day itself is not over."""
    one = night_named(night)
    if one.every == "hour":
        # A day is all that is known of the decision's time.
        return (today - one.begin.date()).days * 24
    return containing(datetime.combine(today, time(), UTC), one.every).number - one.number


def judge_metrics(
    bounds: Mapping[str, Bound],
    measured: Mapping[str, Interval],
    champion: Mapping[str, Interval],
    *,
    family: str,
) -> Iterator[RuleVerdict]:
    """Every metric itself lies within its bound.

    Args:
        champion: the champion's, to show beside them.
        family: how the rule is called: `metric` or `first champion`.
    """
    for metric, bound in bounds.items():
        interval = measured.get(metric)
        if interval is None:
            yield unmeasured(f"{family}: {metric}", metric)
        else:
            yield bounded(
                f"{family}: {metric}", metric, interval.value, bound, interval, champion.get(metric)
            )
