"""Writes the question that approvers are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from airlock.core.errors import SpecError
from airlock.core.quoting import address, code, line, markdown
from airlock.engine.record import Input
from airlock.ledger import Entry, Ledger
from airlock.ledger.questions import night_of, supersedes
from airlock.stages.approve.stage.standing import (
    Roles,
    called,
    deadline,
    earlier_yes,
    entitled,
    still_stands,
)
from airlock.stages.gate.record import Decision, Outcome, RuleVerdict

APPROVE, REJECT = "Approve", "Reject"
_MARKS: Mapping[Outcome, str] = {
    "pass": "✔",
    "fail": "✘",
    "cannot tell": "?",
    "not applicable": "–",
}


_FIGURES = 3
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses of what a person reads before they answer.

    Args:
        gate: the Airlock tab of the gate that decided.
        card: the model card; "" where the gate wrote none.
        evaluation: the Airlock tab of evaluate; "" where this run has none.
        page: the Airlock page of the model.
    """

    gate: str
    card: str = ""
    evaluation: str = ""
    page: str = ""

    def markdown(self) -> str:
        """In one line."""
        named = {
            "The whole decision": self.gate,
            "Model card": self.card,
            "Evaluation": self.evaluation,
            "All about the model": self.page,
        }
        return " · ".join(f"[{name}]({address(one)})" for name, one in named.items() if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalQuestion:
    """What stands on the page, and who may answer until when.

    Args:
        assigned: user names of those who may answer; empty for everybody with the right to.
        until: an answer after it is a no, UTC.
    """

    subject: str
    body: str
    assigned: tuple[str, ...]
    until: datetime


def question(
    decision: Input[Decision],
    *,
    ledger: Ledger,
    links: Links,
    why: str = "",
    seat: int = 1,
    roles: Roles | None = None,
    costs: Sequence[str] = (),
) -> ApprovalQuestion:
    """Put a decision before people.

    Args:
        links: where to read more.
        why: the reason that whoever triggered the run gave.
        seat: 1 for the first person who is asked, 2 for the second …
        roles: who has which role.
        costs: what the candidate and the month cost, in sentences.

    Raises:
        SpecError: of those who may answer too few are left, as whoever triggered the run and who
            answered before are not among them.
        SettingsError: the policy names a role that the settings do not know.
        Unverified: the ledger does not hold this decision, or not the yes of the seats before.
        Conflict: another champion was made since the decision.
    """
    asked = decision.record
    until = deadline(decision, ledger)
    still_stands(asked, ledger.state())
    earlier = earlier_yes(decision, ledger, seat)
    circle = entitled(asked, roles or {})
    out = {asked.triggered_by, *(name for entry in earlier for name in called(entry))}
    assigned = tuple(name for name in circle if name not in out)
    if circle and len(assigned) < (missing := asked.approval.count - len(earlier)):
        raise SpecError(
            f"The policy {asked.policy} asks for {missing} more, and names nobody but "
            f"{', '.join(assigned) or asked.triggered_by or 'who answered'}: whoever triggers a "
            "run may not approve it, and nobody counts twice.",
            do="Name more people in approval.approvers, or let somebody else trigger it.",
        )
    about = f"{asked.model} version {asked.version}"
    of = f" ({seat} of {asked.approval.count})" if asked.approval.count > 1 else ""
    return ApprovalQuestion(
        subject=line(f"Promote {about}?{of} Decision {decision.content[:16]}", 300),
        body="\n".join(_body(decision, links, why, earlier, until, ledger.entries(), costs)),
        assigned=assigned,
        until=until,
    )


def _body(
    decision: Input[Decision],
    links: Links,
    why: str,
    earlier: Sequence[Entry],
    until: datetime,
    entries: Sequence[Entry],
    costs: Sequence[str],
) -> Iterator[str]:
    """Markdown; what came from files, runs and people is quoted in it, word by word."""
    asked = decision.record
    yield from _changes(asked)
    yield from ("", *map(markdown, asked.approval_reasons))
    yield from _who(asked, why)
    for older in supersedes(entries, asked.sequence):
        night = night_of(entries, older)
        yield (
            f"It takes the place of version {older.body['version']}, night {markdown(str(night))}: "
            f"nobody can say yes to that one any more (ledger entry {older.sequence})."
        )
    for entry in earlier:
        yield f"**{markdown(entry.body['by'])}** said yes: {markdown(entry.body['reason'])}"
    yield from _figures(asked)
    yield from ("", *map(markdown, costs))
    yield from ("", links.markdown(), "")
    yield f"Say why. No answer until {until:%Y-%m-%d %H:%M} UTC is a no."
    yield from ("", "**Every rule**", "", "| | Rule | |", "|---|---|---|")
    yield from map(_row, asked.rulings)
    yield from ("", "**Which content exactly**", "", "| | |", "|---|---|")
    yield f"| Decision | `{decision.content}` |"
    yield f"| Policy | {markdown(asked.policy)} {code(asked.evidence.policy)} |"
    yield f"| Model | {code(asked.bundle)} |"
    yield f"| Data | {code(asked.evidence.redaction)} |"
    yield f"| Evaluation | {code(asked.evidence.evaluation)} |"
    yield ""


def _changes(asked: Decision) -> Iterator[str]:
    """What is another than before: the version, and what somebody set for this run."""
    champion = (
        f"version {asked.champion_version} (ledger entry {asked.champion_sequence})"
        if asked.champion_version
        else "nobody yet"
    )
    yield f"**{markdown(asked.model)}: {champion} > version {asked.version}**"
    yield f"Night of its data: {markdown(asked.night or 'a source without nights')}."
    if asked.changes:
        yield from ("", "| Changed for this run | Usually | This time |", "|---|---|---|")
        for one in asked.changes:
            yield f"| {markdown(one.name)} | {_value(one.usual)} | {_value(one.given)} |"


def _who(asked: Decision, why: str) -> Iterator[str]:
    if asked.triggered_by is None:
        yield "Nobody triggered it: the schedule or an asset did."
        return
    who = markdown(asked.triggered_by)
    reason = markdown(line(why, _LONGEST_REASON)) if why else "no reason given"
    yield f"Triggered by **{who}**: {reason}."
    yield f"{who} triggered this run and may not approve it: it would be a no."


def _figures(asked: Decision) -> Iterator[str]:
    """The first rules that are about a figure with an interval, each beside its bound."""
    told = [one for one in asked.rulings if one.value is not None and one.low is not None]
    if not told:
        return
    yield from ("", "| Figure | Candidate | Champion | Bound |", "|---|---|---|---|")
    for one in told[:_FIGURES]:
        side = {"min": "at least ", "max": "at most ", None: ""}[one.side]
        bound = "–" if one.bound is None else f"{side}{one.bound:g}"
        sign = "+" if one.difference else ""
        mine = f"{one.value:{sign}.4f} ({one.low:{sign}.4f} to {one.high:{sign}.4f})"
        theirs = one.champion
        beside = f"{theirs.value:.4f} ({theirs.low:.4f} to {theirs.high:.4f})" if theirs else "–"
        yield f"| {_MARKS[one.outcome]} {markdown(one.rule)} | {mine} | {beside} | {bound} |"


def _value(text: str) -> str:
    return code(text) if text else "as the DAG has it"


def _row(ruling: RuleVerdict) -> str:
    return f"| {_MARKS[ruling.outcome]} | {markdown(ruling.rule)} | {markdown(ruling.sentence)} |"
