"""Says what the labels tell of a challenger, with the interval of the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from airlock.hooks.metrics import directions
from airlock.stages.evaluate.record import Interval
from airlock.stages.gate.record import CanaryRule
from airlock.stages.live.record import Paired


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFinding:
    """What the labels say. `unsure` is neither: too few, not measured, or too wide an interval."""

    says: Literal["good", "bad", "unsure"]
    because: str


def finding(
    pair: Paired | None, rule: CanaryRule, *, of: Literal["rival", "champion"]
) -> LabelFinding:
    """Hold one side of a pair against a rule.

    Args:
        pair: None if nothing with a label was scored side by side.
        of: whom it is about. A rival is bad if its figure is; a champion, if its whole interval is.
    """
    rows, nights = (pair.rows, len(pair.nights)) if pair else (0, 0)
    if pair is None or rows < rule.min_labelled or nights < rule.nights:
        return LabelFinding(
            says="unsure",
            because=f"{rows:,} of {rule.min_labelled:,} labelled rows and {nights} of "
            f"{rule.nights} night(s) so far.",
        )
    own = (pair.rival if of == "rival" else pair.champion).get(rule.metric)
    apart = pair.difference.get(rule.metric)
    if own is None or apart is None or not (_finite(own) and _finite(apart)):
        return LabelFinding(
            says="unsure", because=f"{rule.metric} was not measured on {rows:,} labelled rows."
        )
    if _nobody_right(pair, rule.metric):
        return LabelFinding(
            says="unsure",
            because=f"Nobody was right in any of {rows:,} labelled rows, which is no evidence for "
            "either: look at how the labels are spelled.",
        )
    other = pair.champion_version if of == "rival" else pair.rival_version
    better = _turned(apart, (of == "rival") == directions()[rule.metric])
    # The end of the interval that has to be bad before it counts.
    hope = better.value if of == "rival" else better.high
    told = (
        f"{rule.metric} is {own} on {rows:,} labelled rows of {nights} night(s), "
        f"{better} against version {other} (above 0 is better)"
    )
    if rule.worst is not None and beyond(own, rule, of=of):
        return LabelFinding(
            says="bad", because=f"{told}; worse than {rule.worst:g} is not allowed."
        )
    if hope < -rule.margin:
        return LabelFinding(
            says="bad", because=f"{told}; at most {rule.margin:g} worse is allowed."
        )
    if better.low < -rule.margin:
        return LabelFinding(
            says="unsure",
            because=f"{told}; it may still be more than {rule.margin:g} worse.",
        )
    return LabelFinding(says="good", because=f"{told}; at most {rule.margin:g} worse is allowed.")


def _nobody_right(pair: Paired, metric: str) -> bool:
    """Whether both sides were wrong throughout: 0 against 0 is no draw."""
    if pair.right and not any(pair.right[who] for who in ("both", "champion", "rival")):
        return True
    figures = [side.get(metric) for side in (pair.champion, pair.rival)]
    return directions()[metric] and all(one is not None and one.value == 0 for one in figures)


def _finite(one: Interval) -> bool:
    return all(map(math.isfinite, (one.value, one.low, one.high)))


def _turned(one: Interval, same: bool) -> Interval:
    """A difference so that more is better."""
    return one if same else Interval(value=-one.value, low=-one.high, high=-one.low)


def beyond(own: Interval, rule: CanaryRule, *, of: Literal["rival", "champion"]) -> bool:
    """Whether the whole interval says that one of the two is too bad."""
    assert rule.worst is not None
    if directions()[rule.metric]:
        return (own.value if of == "rival" else own.high) < rule.worst
    return (own.value if of == "rival" else own.low) > rule.worst
