"""The page at the end of a demo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from airlock.stages.evaluate.record import Evaluation
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.redact.record import Redaction
from airlock.stages.rollback.record import Rollback
from airlock.stages.score.record import Scoring
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.validate.record import Validation
from local.demo.facts import RunFacts
from local.demo.summary import DemoSummary
from local.demo.truth import RECOMMENDED, Truth
from local.runs import TaskInstance

_MARKS = {
    "pass": Text("✓", "green"),
    "fail": Text("✗", "red"),
    "cannot tell": Text("✗", "red"),
    "not applicable": Text("–", "dim"),
}


def closing(summary: DemoSummary) -> RenderableType:
    """What a person should know now, and where to look next."""
    sections: Iterable[tuple[str, RenderableType]] = (
        ("Data", _data(summary)),
        ("Privacy", _privacy(summary)),
        ("Models", _candidates(summary)),
        ("Gate", _decisions(summary)),
        ("Champion", _champion(summary)),
        ("Ledger", _ledger(summary)),
        ("Seconds", _seconds(summary)),
        ("Next", _next(summary)),
    )
    page = Table.grid(padding=(0, 2))
    page.add_column(style="bold cyan", no_wrap=True)
    page.add_column(ratio=1)
    for title, content in sections:
        page.add_row(title, Padding(content, (0, 0, 1, 0)))
    return Group("", Rule(Text("What happened", "bold"), align="left", style="dim"), "", page)


def _data(summary: DemoSummary) -> RenderableType:
    first, truth = summary.runs[0], summary.truth
    snapshot, validation = first.found(Snapshot), first.found(Validation)
    return _lines(
        f"{snapshot.rows:,} rows of {snapshot.night}, snapshot {snapshot.sha256[:16]}",
        f"{validation.quarantined:,} rows in quarantine; "
        f"{truth.caught} of {truth.spoilt} had been spoilt on purpose",
    )


def _privacy(summary: DemoSummary) -> RenderableType:
    redaction, truth = summary.runs[0].found(Redaction), summary.truth
    by_action: dict[str, list[str]] = {}
    for column in redaction.columns:
        if column.action != "keep":
            by_action.setdefault(column.action, []).append(column.name)
    actions = _lines(*(f"{action}: {', '.join(names)}" for action, names in by_action.items()))

    table = _table(
        *("in the notes", "found", "and not planted", "precision"),
        *("planted", "of those removed", "recall"),
    )
    for entity, one in {**truth.recall, "all": truth.overall}.items():
        table.add_row(
            *(entity, f"{one.found:,}", f"{one.unplanted:,}", f"{one.precision:.2%}"),
            *(f"{one.planted:,}", f"{one.removed:,}", f"{one.share:.2%}"),
            style="bold" if entity == "all" else None,
        )
    return Group(actions, table, _lines(*_strangers(truth)))


def _strangers(truth: Truth) -> Iterator[str]:
    """What becomes of people whom the row does not know, with and without a language model."""
    if not truth.strangers.planted:
        return
    yield (
        f"People whom the row does not know: {truth.strangers.removed:,} of "
        f"{truth.strangers.planted:,} removed, by patterns and linked columns alone."
    )
    if truth.by_model:
        yield (
            f"With a language model ({RECOMMENDED}): {truth.by_model.removed:,} of "
            f"{truth.by_model.planted:,} ({truth.by_model.share:.0%})."
        )
    else:
        yield f"With a language model: not measured, there is no {RECOMMENDED} (docs/redact.md)."


def _candidates(summary: DemoSummary) -> RenderableType:
    judged = [
        (decision, evaluation)
        for run in summary.runs
        if (decision := run.record(Decision))
        and (evaluation := run.record(Evaluation))
        and decision.outcome != "already champion"
    ]
    table = _table("on the holdout", *(f"version {one.version} ({one.night})" for one, _ in judged))
    for metric in judged[0][1].candidate:
        table.add_row(metric, *(str(found.candidate.get(metric, "")) for _, found in judged))
    rows = ", ".join(f"{evaluation.rows:,}" for _, evaluation in judged)
    return Group(table, Text(f"{rows} rows that no training has seen; 95 % intervals", "dim"))


def _decisions(summary: DemoSummary) -> RenderableType:
    parts: list[RenderableType] = []
    for run in summary.runs:
        if decision := run.record(Decision):
            parts.append(Text(f"{run.name}: {decision.outcome}", "bold"))
            parts.append(_rulings(decision))
    return Group(*parts)


def _rulings(decision: Decision) -> Table:
    table = Table.grid(padding=(0, 1))
    if decision.outcome == "already champion":
        table.add_row(_MARKS["not applicable"], " ".join(decision.reasons))
        return table
    # A bound that every candidate and also a first one must keep is judged twice, in equal words.
    told = {ruling.sentence: _MARKS[ruling.outcome] for ruling in decision.rulings}
    for sentence, mark in told.items():
        table.add_row(mark, sentence)
    return table


def _champion(summary: DemoSummary) -> RenderableType:
    champion = summary.verified.state.champion
    who = (
        f"In the end, version {champion.version} is champion, trained on {champion.night} "
        f"(bundle {champion.bundle[:16]})."
        if champion
        else "Nobody is champion."
    )
    facts = (
        record.facts()[0]
        for run in summary.runs
        for kind in (Promotion, Scoring, Rollback)
        if (record := run.record(kind))
    )
    return _lines(*facts, who)


def _ledger(summary: DemoSummary) -> RenderableType:
    state = summary.verified.state
    return Text.assemble(
        ("✓ ", "green"), f"{state.size} signed entries verified, head {state.head[:16]}"
    )


def _seconds(summary: DemoSummary) -> RenderableType:
    names = [run.name for run in summary.runs]
    table = _table("wall time", *names)
    stages = dict.fromkeys(task.task_id for run in summary.runs for task in run.tasks)
    for stage in stages:
        table.add_row(stage, *(_cell(run, stage) for run in summary.runs))
    table.add_row("whole run", *(f"{run.seconds:.1f}" for run in summary.runs), style="bold")
    preload = summary.start.preload
    loaded = f" (of which {preload:.1f} s to load libraries)" if preload is not None else ""
    return Group(
        table,
        Text(
            f"↺ found, not done again · Airflow up in {summary.start.seconds:.1f} s{loaded} · "
            f"everything in {summary.seconds:.0f} s",
            "dim",
        ),
    )


def _cell(run: RunFacts, stage: str) -> str:
    task: TaskInstance | None = next((task for task in run.tasks if task.task_id == stage), None)
    if task is None:
        return ""
    if task.state == "skipped":
        return "–"
    ended = run.ended.get(stage)
    return f"{'↺ ' if ended and ended.receipt.reused else ''}{task.seconds or 0:.1f}"


def _next(summary: DemoSummary) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    where = summary.home.var.relative_to(summary.home.root)
    for command, why in (
        ("make up DEMO=1", "these runs in Airflow's UI"),
        (f"AIRLOCK_VAR={where} ./airlock history {summary.model}", "every decision"),
        (f"{where}/summary.json", "all of this as JSON"),
        ("README.md", "trigger a run, bring your own table"),
    ):
        table.add_row(Text(command, "cyan"), why)
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def _lines(*lines: str) -> Text:
    return Text("\n".join(lines))
