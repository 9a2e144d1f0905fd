"""Checks that what a policy demands can be measured, and can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airlock.core.problems import Where, WrittenProblem
from airlock.hooks import metrics
from airlock.stages.gate.policy.bounds import Bound
from airlock.stages.gate.spec import Policy
from airlock.stages.train.spec import TrainSpec


def check_demands(policy: Policy, train: TrainSpec | None = None) -> Iterator[WrittenProblem]:
    """What no candidate could ever show.

    Args:
        policy: the file.
        train: whose task the metrics must belong to; None where that is not known.
    """
    bounds: list[tuple[Where, Mapping[str, Bound]]] = [
        (("metrics",), policy.metrics),
        (("first",), policy.first),
    ]
    if policy.slices is not None:
        bounds.append((("slices", "metrics"), policy.slices.metrics))
    for at, demanded in bounds:
        for name, bound in demanded.items():
            yield from _reachable((*at, name), name, bound)
    yield from _wide(policy)
    if policy.risk is not None:
        yield from _risky(policy, train)
    if train is None:
        return
    fitting = metrics.of_task(train.task)
    # An extension's rule or metric is its own business, if it is of no task that is known.
    for at, name in _named(policy):
        if name not in fitting:
            yield WrittenProblem(
                what=f"{name} is no metric of a {train.task}, and would never be measured",
                do=f"Name one of {', '.join(fitting)}; or set task in the TrainSpec.",
                of="policy",
                at=at,
            )
        elif name.startswith("decision_") and train.threshold is None:
            yield WrittenProblem(
                what=f"{name} is measured of a model with a threshold, and the training has none",
                do="Give the TrainSpec a threshold, or take the metric out.",
                of="policy",
                at=at,
            )


def _risky(policy: Policy, train: TrainSpec | None) -> Iterator[WrittenProblem]:
    """Sections without which a policy of high risk promotes nobody."""
    for name in policy.missing_for_risk(classes=train is None or train.task == "classification"):
        yield WrittenProblem(
            what=f"risk: {policy.risk} demands {name}, without which no candidate is promoted",
            do="Write that section; docs/policy.md says what belongs into it.",
            of="policy",
            at=("risk",),
        )


def _named(policy: Policy) -> Iterator[tuple[Where, str]]:
    for key, bounds in (("metrics", policy.metrics), ("first", policy.first)):
        yield from (((key, name), name) for name in bounds)
    for at, one in enumerate(policy.champion.margins):
        yield ("champion", "margins", at, "metric"), one.metric
    if policy.slices is not None:
        yield from ((("slices", "metrics", name), name) for name in policy.slices.metrics)
        for at, one in enumerate(policy.slices.margins):
            yield ("slices", "margins", at, "metric"), one.metric
    if policy.robustness is not None:
        for at, one in enumerate(policy.robustness.margins):
            yield ("robustness", "margins", at, "metric"), one.metric
    if policy.baseline is not None and policy.baseline.metric is not None:
        yield ("baseline", "metric"), policy.baseline.metric
    if policy.canary is not None:
        yield ("canary", "metric"), policy.canary.metric


def _wide(policy: Policy) -> Iterator[WrittenProblem]:
    """Margins that no two figures can be apart: such a comparison refuses nobody."""
    for at, one in enumerate(policy.champion.margins):
        least, most = metrics.lies(one.metric)
        if least is not None and most is not None and one.margin >= most - least:
            yield WrittenProblem(
                what=f"{one.metric} lies between {least} and {most}, and with this margin no "
                "candidate is ever worse than the champion",
                do="Write a share: 0.03, not 3.",
                of="policy",
                at=("champion", "margins", at, "margin"),
            )


def _reachable(at: Where, name: str, bound: Bound) -> Iterator[WrittenProblem]:
    if bound.min is not None and bound.max is not None and bound.min > bound.max:
        yield WrittenProblem(
            what=f"min of {name} is above its max, and no figure lies between them",
            do="Exchange the two, or leave one out.",
            of="policy",
            at=(*at, "min"),
        )
    least, most = metrics.lies(name)
    span = f"between {least} and {most}" if most is not None else f"from {least} on"
    span = f"at most {most}" if least is None else span
    if most is not None and bound.min is not None and bound.min > most:
        yield WrittenProblem(
            what=f"{name} lies {span}: no candidate reaches this min",
            do="Write a share: 0.78, not 78.",
            of="policy",
            at=(*at, "min"),
        )
    if least is not None and bound.max is not None and bound.max < least:
        yield WrittenProblem(
            what=f"{name} lies {span}: no candidate stays below this max",
            do="Write a max that a model can reach.",
            of="policy",
            at=(*at, "max"),
        )
    if metrics.directions()[name] and bound.min is None:
        yield _upside_down(at, name, "min", "higher")
    elif not metrics.directions()[name] and bound.max is None:
        yield _upside_down(at, name, "max", "lower")


def _upside_down(at: Where, name: str, key: str, better: str) -> WrittenProblem:
    return WrittenProblem(
        what=f"of {name} {better} is better, and the policy gives it no {key}",
        do=f"Write {{{key}: …}}; as it stands, bad candidates pass.",
        of="policy",
        at=at,
        severity="warning",
    )
