"""Rules that compare with the champion, and with the last champion approved by a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.gate.policy.champion import ChampionRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import compared, verdict

if TYPE_CHECKING:
    from airlock.ledger import Champion, State
    from airlock.stages.evaluate.record import Evaluation
    from airlock.stages.gate.case import Case


def judge_champion(rule: ChampionRule, case: Case, state: State) -> Iterator[RuleVerdict]:
    """With the evaluation's confidence, the candidate is at most a margin worse (non-inferiority).

    The end of the paired difference's interval that speaks against the candidate is what counts.
    """
    evaluation, champion = case.evaluation.record, state.champion
    if champion is None:
        sentence = "There is no champion to compare with; the bounds for a first one apply."
        yield verdict("champion", "not applicable", sentence)
        return
    if evaluation.champion_sequence != champion.sequence:
        sentence = (
            f"The evaluation was made against ledger entry {evaluation.champion_sequence}, but "
            f"entry {champion.sequence} has made another champion since."
        )
        yield verdict("champion", "cannot tell", sentence)
    elif evaluation.champion_problem is not None:
        yield _unreadable(rule, "champion", evaluation.champion_problem)
    else:
        for one in rule.margins:
            found = evaluation.difference.get(one.metric)
            yield compared(f"champion: {one.metric}", one, found, f"version {champion.version}")
    yield from _no_slow_descent(rule, evaluation, state, champion)


def _no_slow_descent(
    rule: ChampionRule, evaluation: Evaluation, state: State, champion: Champion
) -> Iterator[RuleVerdict]:
    """A little worse every night, within the margin each time, is much worse in a year."""
    name, anchor, measured = "approved champion", state.anchor, evaluation.anchor
    if anchor is None:
        sentence = "No person has approved a champion that a slow descent could be measured from."
        yield verdict(name, "not applicable", sentence)
    elif anchor.bundle == champion.bundle:
        sentence = f"A person approved the champion itself (ledger entry {anchor.sequence})."
        yield verdict(name, "not applicable", sentence)
    elif measured is None or measured.sequence != anchor.sequence:
        sentence = (
            f"The evaluation was not made against ledger entry {anchor.sequence}, the last "
            "champion that a person approved."
        )
        yield verdict(name, "cannot tell", sentence)
    elif measured.problem is not None:
        yield _unreadable(rule, name, measured.problem)
    else:
        for one in rule.margins:
            yield compared(
                f"{name}: {one.metric}",
                one,
                measured.difference.get(one.metric),
                f"version {anchor.version}, which a person approved,",
            )


def unreadable(evaluation: Evaluation) -> tuple[str, ...]:
    """Why a champion, or the last approved one, could not be scored on tonight's rows."""
    anchor = evaluation.anchor
    problems = (evaluation.champion_problem, anchor.problem if anchor else None)
    return tuple(problem for problem in problems if problem is not None)


def _unreadable(rule: ChampionRule, name: str, problem: str) -> RuleVerdict:
    sentence = f"The {name} could not be scored: {problem}"
    if rule.unreadable == "approval":
        return verdict(name, "not applicable", f"{sentence} The policy leaves that to people.")
    return verdict(name, "cannot tell", sentence)
