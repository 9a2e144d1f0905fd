"""Words the outcome of a rule, whatever the rule is about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from airlock.hooks.metrics import directions
from airlock.stages.evaluate.record import Interval
from airlock.stages.gate.policy.bounds import Bound, NonInferiorityMargin
from airlock.stages.gate.record import Outcome, RuleVerdict

if TYPE_CHECKING:
    from airlock.stages.evaluate.record import Evaluation


def verdict(rule: str, outcome: Outcome, sentence: str) -> RuleVerdict:
    """An outcome that is not about a figure."""
    return RuleVerdict(rule=rule, outcome=outcome, sentence=sentence)


def unmeasured(rule: str, what: str) -> RuleVerdict:
    """A gate that cannot see must not open."""
    return verdict(rule, "cannot tell", f"{what} was not measured.")


def bounded(
    rule: str,
    what: str,
    value: float,
    bound: Bound,
    interval: Interval | None = None,
    champion: Interval | None = None,
) -> RuleVerdict:
    """Whether a figure itself lies within its bound; NaN and infinities cannot tell.

    Args:
        what: the figure's name, as the sentence's subject.
        interval: of the figure, to show.
        champion: the same figure of the champion, to show beside it.
    """
    if not _finite(value):
        return unmeasured(rule, what)
    low_enough = bound.max is None or value <= bound.max
    high_enough = bound.min is None or value >= bound.min
    # Of two bounds the broken one is shown, else the lower.
    lower = bound.min is not None and (not high_enough or low_enough)
    known = interval is not None and _finite(interval.low, interval.high)
    return RuleVerdict(
        rule=rule,
        outcome="pass" if low_enough and high_enough else "fail",
        sentence=f"{what} is {interval if known else number(value)}, must be {_words(bound)}.",
        value=value,
        low=interval.low if interval is not None and known else None,
        high=interval.high if interval is not None and known else None,
        bound=bound.min if lower else bound.max,
        side="min" if lower else "max",
        champion=champion,
    )


def compared(
    rule: str,
    margin: NonInferiorityMargin,
    difference: Interval | None,
    against: str,
    where: str = "",
) -> RuleVerdict:
    """Whether the bad end of a difference's interval keeps the margin.

    Args:
        against: whom or what it differs from.
        where: on which rows, such as " where plan is basic".
    """
    if difference is None or not _finite(difference.value, difference.low, difference.high):
        return unmeasured(rule, f"The difference in {margin.metric} to {against}{where}")
    higher = directions()[margin.metric]
    bound = -margin.margin if higher else margin.margin
    holds = difference.low >= bound if higher else difference.high <= bound
    return RuleVerdict(
        rule=rule,
        outcome="pass" if holds else "fail",
        sentence=(
            f"{margin.metric} differs from {against}{where} by {difference.value:+.4f} "
            f"[{difference.low:+.4f}, {difference.high:+.4f}], and the interval must "
            f"{'not reach below' if higher else 'not reach above'} {number(bound)}."
        ),
        value=difference.value,
        low=difference.low,
        high=difference.high,
        bound=bound,
        side="min" if higher else "max",
        difference=True,
    )


def every_group(
    demanded: bool, family: str, column: str, evaluation: Evaluation
) -> Iterator[RuleVerdict]:
    """Whether every group of a column was large enough, where a policy demands that."""
    if not demanded:
        return
    name, left = f"{family}: {column}, every group", evaluation.left_out(column)
    if left is None:
        yield unmeasured(name, f"Whether every group of {column} was seen")
    elif left.groups:
        yield verdict(name, "cannot tell", f"Groups of {column} are {left.sentence}.")
    else:
        yield verdict(name, "pass", f"Every group of {column} was large enough to judge.")


def worst_of(rulings: Sequence[RuleVerdict]) -> RuleVerdict:
    """The first that does not pass; the first of all if every one passes."""
    return next((one for one in rulings if one.outcome != "pass"), rulings[0])


def number(value: float) -> str:
    """A figure for people."""
    return f"{round(value, 4):,}".removesuffix(".0")


def _finite(*values: float) -> bool:
    return all(map(math.isfinite, values))


def _words(bound: Bound) -> str:
    parts = (
        f"at least {number(bound.min)}" if bound.min is not None else "",
        f"at most {number(bound.max)}" if bound.max is not None else "",
    )
    return " and ".join(part for part in parts if part)
