"""The pages of the stages that decide: gate, approve, promote, rollback, clear, reconcile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from airlock.reports.content import (
    Badge,
    Cell,
    Digest,
    Figure,
    Mark,
    Name,
    Page,
    Plot,
    ReportTable,
    Tone,
    Who,
    contents_table,
    describe,
)
from airlock.stages.approve.record import Approval
from airlock.stages.clear.record import Clearance
from airlock.stages.gate.record import Decision, Outcome, RuleVerdict
from airlock.stages.promote.record import Promotion
from airlock.stages.reconcile.record import Reconciliation
from airlock.stages.rollback.record import Rollback

TONES: Mapping[Outcome, Tone] = {
    "pass": "good",
    "fail": "bad",
    "cannot tell": "bad",
    "not applicable": "plain",
}


@describe.register
def decision_page(record: Decision) -> Page:
    """The outcome, and a line for every rule."""
    headlines = {
        "passed": f"Version {record.version} passed policy {record.policy}",
        "rejected": f"Version {record.version} was rejected by policy {record.policy}",
        "already champion": f"Version {record.champion_version} is already champion",
    }
    judged = [one for one in record.rulings if one.outcome != "not applicable"]
    passed = sum(one.outcome == "pass" for one in judged)
    changed = ReportTable(
        title="Changed for this run",
        columns=("Parameter", "Usually", "This time"),
        rows=tuple(
            (Name(one.name), *(Name(text) if text else "as the DAG has it" for text in values))
            for one in record.changes
            for values in ((one.usual, one.given),)
        ),
        note=f"By {record.triggered_by or 'whoever triggered it'}.",
    )
    return Page(
        headline=headlines[record.outcome],
        figures=(
            Figure(label="Rules passed", value=f"{passed} of {len(judged)}"),
            Figure(label="Candidate", value=f"version {record.version}"),
            Figure(
                label="Champion",
                value=f"version {record.champion_version}" if record.champion_version else "none",
                note=f"by ledger entry {record.champion_sequence}"
                if record.champion_sequence
                else "",
            ),
            Figure(
                label="Approval",
                value="needed" if record.approval_reasons else "not needed",
                note=" ".join(record.approval_reasons),
            ),
        ),
        tables=(
            *((changed,) if record.changes else ()),
            ReportTable(
                title="Rules",
                columns=("Outcome", "Rule", "In words", "Measured against its bound"),
                rows=tuple(_verdict_row(one) for one in record.rulings),
                note="A rule that cannot tell counts as failed.",
                legend="The dashed line is the bound, and what is shaded lies beyond it. Blue is "
                "the candidate, orange the champion, black or white a difference between two.",
            ),
            ReportTable(
                title="What the decision stands on",
                columns=("Result", "Content"),
                rows=tuple(
                    (name, Digest(digest)) for name, digest in asdict(record.evidence).items()
                ),
                note="Digests: any other content would have been another decision.",
            ),
        ),
    )


def _verdict_row(one: RuleVerdict) -> tuple[Cell, ...]:
    return (Badge(one.outcome, TONES[one.outcome]), Name(one.rule), one.sentence, _plot(one))


def _plot(one: RuleVerdict) -> Cell:
    if one.value is None or one.bound is None:
        return ""
    low = one.value if one.low is None else one.low
    high = one.value if one.high is None else one.high
    who: Who = "difference" if one.difference else "candidate"
    marks = [Mark(who=who, value=one.value, low=low, high=high)]
    if (rival := one.champion) is not None:
        marks.append(Mark(who="champion", value=rival.value, low=rival.low, high=rival.high))
    return Plot(marks=tuple(marks), bound=one.bound, side=one.side)


@describe.register
def approval_page(record: Approval) -> Page:
    """Who said what."""
    if not record.required:
        headline = "Nobody had to be asked"
    elif record.by is None:
        headline = "Nobody can say yes any more" if record.reason else "Nobody answered in time"
    else:
        headline = f"{'Approved' if record.approved else 'Rejected'} by {record.by}"
    figures = [Figure(label="Version", value=str(record.version))]
    if record.by is not None:
        figures.append(Figure(label="Answered by", value=record.by))
    if record.by is not None or record.reason:
        figures.append(Figure(label="Reason", value=record.reason or "none given"))
    return Page(
        headline=headline,
        figures=tuple(figures),
        tables=(contents_table(decision_that_was_shown=record.decision),),
    )


@describe.register
def promotion_page(record: Promotion) -> Page:
    """Who is champion now."""
    before = f"version {record.replaced_version}" if record.replaced_version else "nobody"
    if record.share < 1:
        return Page(
            headline=record.facts()[0],
            figures=(
                Figure(label="Share of the keys", value=f"{record.share:.0%}"),
                Figure(label="Champion", value=before),
                Figure(label="Ledger entry", value=str(record.sequence)),
            ),
        )
    return Page(
        headline=f"{record.model} version {record.version} became champion",
        figures=(
            Figure(label="New champion", value=f"version {record.version}"),
            Figure(label="Before", value=before),
            Figure(label="Ledger entry", value=str(record.sequence)),
            _alias(follows=record.alias_follows),
        ),
    )


@describe.register
def rollback_page(record: Rollback) -> Page:
    """Who was withdrawn, and by whom."""
    return Page(
        headline=f"{record.model} version {record.to_version} became champion again",
        figures=(
            Figure(label="Champion", value=f"version {record.to_version}"),
            Figure(label="Withdrawn", value=f"version {record.from_version}"),
            Figure(label="By", value=record.by, note=record.reason),
            Figure(
                label="Nights to score again",
                value=str(len(record.nights)),
                note=", ".join(record.nights),
            ),
            _alias(follows=record.alias_follows),
        ),
    )


@describe.register
def clearance_page(record: Clearance) -> Page:
    """What the gate no longer refuses, and by whose word."""
    return Page(
        headline=f"{record.model} version {record.version} may be a candidate again",
        figures=(
            Figure(label="Version", value=str(record.version), note="it is not champion by that"),
            Figure(label="By", value=record.by, note=record.reason),
            Figure(label="Ledger entry", value=str(record.sequence)),
        ),
        tables=(contents_table(bundle=record.bundle),),
    )


def _alias(*, follows: bool) -> Figure:
    return Figure(
        label="MLflow's alias",
        value="follows" if follows else "not yet",
        note="" if follows else "the reconcile run repairs it; nothing waits for it",
    )


@describe.register
def reconciliation_page(record: Reconciliation) -> Page:
    """Whose alias was put right."""
    repaired = len(record.repaired)
    return Page(
        headline=f"{repaired} alias{'' if repaired == 1 else 'es'} repaired"
        if repaired
        else "Every alias follows its ledger",
        figures=(
            Figure(label="Models", value=f"{len(record.models):,}"),
            Figure(label="Repaired", value=f"{repaired:,}"),
            Figure(label="Reminded", value=f"{record.reminded:,}", note="of waiting approvals"),
            *(
                Figure(label="Fell back", value=model, note="nobody confirmed its break-glass")
                for model in record.fell_back
            ),
        ),
        tables=(
            ReportTable(
                title="Models",
                columns=("Model", "Alias"),
                rows=tuple(
                    (
                        Name(model),
                        Badge("repaired", "unsure")
                        if model in record.repaired
                        else Badge("follows", "good"),
                    )
                    for model in record.models
                ),
            ),
        ),
    )
