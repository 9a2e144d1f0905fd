"""airlock policy check, test: check a policy file, and replay past decisions under it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.ledger import known
from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from airlock.core.spec import Spec
    from airlock.stages.gate.backtest import BackTest
    from airlock.stages.gate.policy.approval import ApprovalRule
    from airlock.stages.gate.policy.bounds import Bound, NonInferiorityMargin
    from airlock.stages.gate.spec import Policy

_RUNS = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy check` and `policy test`."""
    group = commands.add_parser("policy", help="what a candidate must show to be promoted")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("check", help="does the file load, and what does it demand?")
    one.add_argument("file", metavar="FILE", type=Path)
    one.set_defaults(run=check)
    two = verbs.add_parser("test", help="what would it have decided about the last runs?")
    two.add_argument("file", metavar="FILE", type=Path)
    two.add_argument("model", metavar="MODEL")
    two.add_argument("--last", type=int, default=_RUNS, help="runs (default %(default)s)")
    two.set_defaults(run=test)


def check(parsed: argparse.Namespace, console: Console) -> int:
    """Every demand of the file in a line; an error names each wrong key."""
    from airlock.stages.gate.spec import Policy

    policy = Policy.load(parsed.file)
    console.print(f"{policy.name}: the file is right (digest {policy.digest[:16]}).", markup=False)
    for demand in demands(policy):
        console.print(f"  {demand}", markup=False)
    return OK


def demands(policy: Policy) -> Iterator[str]:
    """Everything that the file demands, a line each."""
    yield from _bounds("every candidate", policy.metrics)
    yield from _bounds("without a champion", policy.first)
    yield from _margins("against the champion", policy.champion.margins)
    if (baseline := policy.baseline) is not None:
        yield (
            f"against {', '.join(baseline.against)}: {baseline.metric or 'auroc, or r2,'} at most "
            f"{baseline.margin:g} worse"
        )
    yield f"a champion that cannot read the rows: {policy.champion.unreadable}"
    yield f"data: {_said(policy.data)}"
    yield f"holdout: {_said(policy.holdout)}"
    if policy.privacy is not None:
        yield f"privacy: {_said(policy.privacy)}"
    yield from _slices(policy)
    if (fairness := policy.fairness) is not None:
        between = f"between the groups of {', '.join(fairness.columns)}"
        yield from _bounds(between, fairness.bounds)
    if (robust := policy.robustness) is not None:
        tried = f"with {100 * robust.missing:g} % of the cells missing, with noise {robust.noise:g}"
        yield from _margins(tried, robust.margins)
    if said := _said(policy.limits):
        yield f"limits: {said}"
    if (canary := policy.canary) is not None:
        yield f"canary: {_said(canary)}"
    yield from _people(policy.approval)
    if policy.card is not None:
        yield f"model card: {policy.card.owner} answers for it"


def _people(rule: ApprovalRule) -> Iterator[str]:
    whom = [*rule.approvers, *(f"the role {role}" for role in rule.roles)]
    count = f", {rule.count} different people must say yes" if rule.count > 1 else ""
    yield f"people are asked: {rule.required}; who may: {', '.join(whom) or 'everybody'}{count}"
    if rule.scheduled is not None:
        yield f"people are asked about runs that nobody triggered: {rule.scheduled}"
    if (glass := rule.break_glass) is not None:
        yield f"break-glass: {', '.join(glass.people)}, for at most {glass.max_hours:g} hours"


def _slices(policy: Policy) -> Iterator[str]:
    rule = policy.slices
    if rule is None:
        return
    columns = ", ".join((*rule.columns, *rule.bins))
    every = f"on every slice of {columns} with {rule.min_rows:,} rows"
    yield from _bounds(every, rule.metrics)
    yield from _margins(f"{every}, against the champion", rule.margins)


def _bounds(who: str, bounds: Mapping[str, Bound]) -> Iterator[str]:
    for name, bound in bounds.items():
        yield f"{who}: {name} {_words(bound.min, bound.max)}"


def _margins(who: str, margins: Sequence[NonInferiorityMargin]) -> Iterator[str]:
    for one in margins:
        yield f"{who}: {one.metric} at most {one.margin:g} worse"


def _said(rule: Spec) -> str:
    """The keys of a rule that say something, as the file has them."""
    return ", ".join(f"{name} {value}" for name, value in rule if value is not None)


def test(parsed: argparse.Namespace, console: Console) -> int:
    """A table of the last runs: what was decided then, what this file says of the same records."""
    from rich.table import Table
    from rich.text import Text

    from airlock.config.settings import Settings
    from airlock.stages.gate.backtest import backtests
    from airlock.stages.gate.spec import Policy

    policy = Policy.load(parsed.file)
    settings = Settings.read()
    model = known(settings, parsed.model)
    table = Table(
        "#", "night", "then", "by this policy", "why", title=f"{model}: {policy.name}", box=None
    )
    changed = runs = 0
    for one in backtests(
        policy,
        settings.ledger(model),
        settings.store(),
        last=parsed.last,
        device_hour_price=settings.device_hour_price,
    ):
        runs += 1
        now = one.decision.outcome if one.decision else "cannot tell"
        changed += now != one.decided
        mark = now if now == one.decided else Text(now, style="bold")
        table.add_row(str(one.sequence), one.night or "–", one.decided or "–", mark, _why(one))
    console.print(table)
    console.print(f"{runs} run(s); {changed} would have ended otherwise.")
    return OK


def _why(one: BackTest) -> str:
    if one.decision is None:
        return one.problem or ""
    return " ".join((*one.decision.reasons, *one.decision.approval_reasons))


def _words(low: float | None, high: float | None) -> str:
    parts = [
        f"at least {low:g}" if low is not None else "",
        f"at most {high:g}" if high is not None else "",
    ]
    return " and ".join(filter(None, parts))
