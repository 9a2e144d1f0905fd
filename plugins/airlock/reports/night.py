"""What several pages show of a night: the model on trial, and what waits for people."""

from __future__ import annotations

from dataclasses import dataclass

from airlock.catalogs.review_queue import Queue
from airlock.reports.content import Badge, ReportTable, percent, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengerSummary:
    """A challenger, as the ledger and the catalog know it.

    Args:
        version: of the challenger.
        beside: version of the champion that it is compared with.
        share: of the keys that it answers, 0 to 1; 0 once it fell back.
        step: how many steps it has taken, from 1.
        steps: that there are; the last one makes a champion.
        nights: that it scored in this step.
        least: labelled nights that the step must last.
        sequence: the ledger entry that says so.
        because: what the entry says.
    """

    version: int
    beside: int
    share: float
    step: int
    steps: int
    nights: int
    least: int
    sequence: int
    because: str


def challenger_table(trial: ChallengerSummary | None) -> ReportTable:
    """Who is on trial, or how the last trial ended.

    Args:
        trial: None if nobody ever was.
    """
    ended = trial is not None and not trial.share
    note = "No challenger is on trial."
    if trial is not None and ended:
        note += f" Version {trial.version} fell back by ledger entry {trial.sequence}."
    rows = () if trial is None else (_challenger_row(trial),)
    return ReportTable(
        title="Canary",
        columns=("Challenger", "Beside", "#Keys", "#Step", "#Nights in it", "What was decided"),
        rows=rows,
        note=note if trial is None or ended else "",
    )


def _challenger_row(one: ChallengerSummary) -> tuple[str | Badge, ...]:
    who = f"version {one.version}"
    return (
        Badge(who, "unsure" if one.share else "bad"),
        f"version {one.beside}",
        f"{one.share:.0%}",
        f"{one.step} of {one.steps}",
        f"{one.nights}, {one.least} with labels needed",
        f"Entry {one.sequence}: {one.because}",
    )


def queue_table(queue: Queue) -> ReportTable:
    """The review queue in one line."""
    return ReportTable(
        title="Put to people",
        columns=("#Unsure", "#Open", "Oldest open", "#Answered", "#Overridden"),
        rows=(
            (
                f"{queue.asked:,} ({percent(queue.asked, queue.rows)})",
                f"{queue.open:,} ({percent(queue.open, queue.asked)})",
                _oldest(queue),
                f"{queue.answered:,}",
                f"{queue.overridden:,} ({percent(queue.overridden, queue.answered)})"
                if queue.answered
                else "–",
            ),
        )
        if queue.asked
        else (),
        note="Rows of the last 60 nights that the model was unsure of; open until they have a "
        "label. Overridden: a person said something else than the model. airlock review writes "
        "the open ones as a sheet." + _unread(queue),
    )


def nights_table(queue: Queue) -> ReportTable:
    """The review queue night by night, the newest first."""
    return ReportTable(
        title="Put to people, by night",
        columns=("Night", "#Rows", "#Unsure", "#Open", "#Answered", "#Overridden"),
        rows=tuple(
            (
                one.night,
                f"{one.rows:,}",
                f"{one.asked:,} ({percent(one.asked, one.rows)})",
                f"{one.open:,}",
                f"{one.answered:,}",
                f"{one.overridden:,}",
            )
            for one in reversed(queue.nights)
        ),
    )


def unread_table(title: str, why: str) -> ReportTable:
    """What could not be read tonight, and why: a page is written all the same."""
    return ReportTable(title=title, columns=("Not known",), rows=((why,),))


def _oldest(queue: Queue) -> str:
    if queue.oldest is None:
        return "–"
    return f"{queue.oldest}, {plural(queue.age, 'night')} old" if queue.age else queue.oldest


def _unread(queue: Queue) -> str:
    lost = len(queue.unreadable)
    return f" {plural(lost, 'night')} cannot be read any more." if lost else ""
