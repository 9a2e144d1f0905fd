"""The last screen of the story: lead time, the ticket's history, and the pack that was verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from airlock.core.content import sha256
from airlock.core.quoting import line
from airlock.sinks.ticket import in_words

if TYPE_CHECKING:
    from local.demo.drift.story import Told


def closing(told: Told) -> RenderableType:
    """What a person should know now, and where to look next."""
    page = Table.grid(padding=(0, 2))
    page.add_column(style="bold cyan", no_wrap=True)
    page.add_column(ratio=1)
    for title, content in (
        ("Lead time", _lead(told)),
        ("Release", _release(told)),
        ("Its history", _history(told)),
        ("Evidence", _evidence(told)),
        ("Next", _next(told)),
    ):
        page.add_row(title, Padding(content, (0, 0, 1, 0)))
    return Group("", Rule(Text("What happened", "bold"), align="left", style="dim"), "", page)


def _lead(told: Told) -> RenderableType:
    return Text(
        f"{in_words(told.lead)} from drift found to production, a person's answer included; the "
        f"whole story took {in_words(timedelta(seconds=told.seconds))}."
    )


def _release(told: Told) -> RenderableType:
    one = told.tracker.releases[0]
    return Text(f"{one['name']}, published as {one['tag_name']} in {told.tracker.repository}")


def _history(told: Told) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in ("at (UTC)", "it was", "what happened"):
        table.add_column(name)
    states = _states(told)
    for step in told.ticket.steps:
        table.add_row(f"{step.at:%H:%M:%S}", step.state, step.said.shown(line))
    seen = Text(f"The tracker was shown: {' > '.join(states)}.", "dim")
    return Group(table, seen)


def _states(told: Told) -> Iterator[str]:
    before = ""
    for _, _, state, text in told.tracker.history:
        bold = next(one.strip("*") for one in text.splitlines() if one.startswith("**"))
        if (now := f"{bold.lower()} ({state})") != before:
            before = now
            yield now


def _evidence(told: Told) -> RenderableType:
    data = told.pack.read_bytes()
    about = f"{told.pack.name}, {len(data):,} bytes, SHA-256 {sha256(data)[:16]}…"
    checked = [Text(one) for one in told.verified.splitlines()]
    return Group(Text(about), *checked)


def _next(told: Told) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    where = told.home.var
    if where.is_relative_to(told.home.root):
        where = where.relative_to(told.home.root)
    for command, why in (
        (f"{where}/unpacked/README.md", "the evidence, as an auditor begins to read it"),
        (f"AIRLOCK_VAR={where} ./airlock history {told.ticket.model}", "every decision"),
        ("docs/outbox.md", "name a tracker of your own"),
    ):
        table.add_row(Text(command, "cyan"), why)
    return table
