"""The rules, one small function a family. A gate that cannot see must not open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from airlock.stages.gate.record import Outcome, Ruling
from airlock.stages.gate.rules.verdicts import bounded, ruling, unmeasured
from airlock.stages.gate.spec import Bound, DataRule, HoldoutRule, PrivacyRule

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.evaluate.record import Evaluation, Interval
    from airlock.stages.redact.record import Redaction
    from airlock.stages.train.record import Training
    from airlock.stages.validate.record import Validation


def not_rolled_back(bundle: str, state: State) -> Ruling:
    """A bundle that was rolled back stays out until a named person clears it."""
    since = state.rolled_back.get(bundle)
    if since is None:
        return ruling("rolled back", "pass", "This bundle was never rolled back.")
    sentence = f"This bundle was rolled back (ledger entry {since}) and nobody has cleared it."
    return ruling("rolled back", "fail", sentence)


def not_older(night: str | None, state: State) -> Ruling:
    """Data older than the champion's is no reason to replace it."""
    if state.champion is None or state.champion.night is None or night is None:
        return ruling("data age", "not applicable", "There are no two nights to compare.")
    sentence = f"The data is of {night}, the champion's of {state.champion.night}"
    if night < state.champion.night:
        return ruling("data age", "fail", f"{sentence}: older data never replaces it.")
    return ruling("data age", "pass", f"{sentence}.")


def good_data(rule: DataRule, validation: Validation, redaction: Redaction) -> Iterator[Ruling]:
    """Enough rows went through, and the warnings are few enough."""
    rows, lost = validation.rows, validation.quarantined + redaction.quarantined
    share = lost / rows if rows else math.nan
    yield bounded(
        "quarantine", "The share of rows in quarantine", share, Bound(max=rule.max_quarantined)
    )
    if count := len(validation.warnings):
        outcome: Outcome = "pass" if rule.warnings == "pass" else "fail"
        allowed = "allows" if rule.warnings == "pass" else "does not allow"
        sentence = f"Validation gave {count} warning(s), which the policy {allowed}."
        yield ruling("warnings", outcome, sentence)


def good_privacy(rule: PrivacyRule, redaction: Redaction) -> Iterator[Ruling]:
    """The redaction proved what the policy demands."""
    if any(column.action == "scan" for column in redaction.columns):
        recall = redaction.canary_recall
        bound = Bound(min=rule.min_canary_recall)
        what = "The share of planted identifiers that were caught"
        yield bounded("canaries", what, math.nan if recall is None else recall, bound)
    if rule.min_k is not None:
        known = redaction.anonymity
        what = "The number of rows in the smallest group with equal quasi-identifiers"
        k = known.smallest if known else math.nan
        yield bounded("k-anonymity", what, k, Bound(min=rule.min_k))
    if rule.max_quarantined is not None:
        rows = redaction.rows + redaction.quarantined
        share = redaction.quarantined / rows if rows else math.nan
        what = "The share of rows that could not be proven clean"
        yield bounded("unproven rows", what, share, Bound(max=rule.max_quarantined))


def enough_evidence(
    rule: HoldoutRule, evaluation: Evaluation, training: Training
) -> Iterator[Ruling]:
    """The holdout is large enough to judge by."""
    yield bounded(
        "holdout", "The number of holdout rows", evaluation.rows, Bound(min=rule.min_rows)
    )
    if training.task == "classification":
        # A class that the holdout lacks altogether is the rarest one.
        rarest = min((evaluation.classes.get(name, 0) for name in training.classes), default=0)
        bound = Bound(min=rule.min_rarest_class)
        yield bounded("rarest class", "The number of rows of the rarest class", rarest, bound)


def fresh_evidence(rule: HoldoutRule, night: str | None, today: date | None) -> Iterator[Ruling]:
    """The holdout is not older than the policy allows, and not of a day to come.

    Args:
        night: of the data, ISO; None for a source without nights.
        today: the day of the decision, UTC.
    """
    if rule.max_age_nights is None:
        return
    what = "The age of the holdout in nights"
    age = (today - date.fromisoformat(night)).days if night and today else math.nan
    yield bounded("holdout age", what, age, Bound(min=0, max=rule.max_age_nights))


def within_bounds(
    bounds: Mapping[str, Bound],
    measured: Mapping[str, Interval],
    champion: Mapping[str, Interval],
    *,
    family: str,
) -> Iterator[Ruling]:
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
