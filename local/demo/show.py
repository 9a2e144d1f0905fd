"""Shows how far the demo is: redrawn on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.spinner import Spinner
from rich.status import Status
from rich.table import Table
from rich.text import Text

from local.runs import TaskInstance

_WORDS = {
    None: "waiting",
    "scheduled": "waiting",
    "queued": "waiting",
    "success": "done",
    "up_for_retry": "again",
    "awaiting_input": "asks",
    "upstream_failed": "not run",
}
_LOOKS = {
    "waiting": ("·", "dim"),
    "running": ("", "cyan"),
    "done": ("✓", "green"),
    "reused": ("↺", "green"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "bold red"),
    "again": ("!", "yellow"),
    "asks": ("?", "yellow"),
    "not run": ("–", "dim"),
}
_LAST = frozenset({"done", "reused", "skipped", "failed", "again", "not run"})


@dataclass(slots=True)
class _Row:
    """One stage on the board."""

    word: str = "waiting"
    started: datetime | None = None
    seconds: float | None = None
    headline: str = ""

    def clock(self) -> str:
        """Seconds so far, or in all."""
        if self.word == "skipped":
            return ""
        seconds = self.seconds
        if seconds is None and self.started is not None:
            seconds = max(0.0, (datetime.now(UTC) - self.started).total_seconds())
        return "" if seconds is None else f"{seconds:.1f} s"


class Board:
    """The stages of one run.

    Args:
        stages: in the order of the chain.
    """

    def __init__(self, console: Console, stages: Sequence[str]) -> None:
        self._console = console
        self._rows = {stage: _Row() for stage in stages}
        self._spinner = Spinner("dots", style="cyan")
        self._began = time.monotonic()

    def update(self, task: TaskInstance, headline: str = "", reused: bool = False) -> None:
        """Show what became of a stage.

        Args:
            headline: what it found out, once it has.
            reused: whether an earlier run's result was found.
        """
        row = self._rows.setdefault(task.task_id, _Row())
        row.word = _WORDS.get(task.state, task.state or "waiting")
        if row.word == "done" and reused:
            row.word = "reused"
        row.started, row.seconds, row.headline = task.started, task.seconds, headline
        if row.word in _LAST and not self._console.is_terminal:
            self._print(task.task_id, row.word, row.clock(), headline)

    def end(self) -> None:
        """Say how long the run took, where there is no live table that does."""
        self._print("in all", "", self._in_all(), "")

    def _print(self, stage: str, word: str, clock: str, headline: str) -> None:
        line = f"  {stage:<9} {word:<7} {clock:>7}  {headline}".rstrip()
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)

    def __rich__(self) -> RenderableType:
        table = _grid(expand=True)
        for stage, row in self._rows.items():
            mark, style = _LOOKS.get(row.word, ("", "cyan"))
            table.add_row(
                "",
                Text(mark, style) if mark else self._spinner,
                Text(stage, "bold" if row.word == "running" else ""),
                Text(row.word, style),
                Text(row.clock(), "dim"),
                Text(row.headline),
            )
        # Not as wide as the rest: where the last line is full, the ^C of an impatient person
        # begins a new one, and the picture is drawn one line too low.
        end = _grid(expand=False)
        end.add_row("", "", Text("in all", "dim"), "", Text(self._in_all(), "dim"))
        return Group(table, end)

    def _in_all(self) -> str:
        return f"{time.monotonic() - self._began:.1f} s"


def _grid(*, expand: bool) -> Table:
    table = Table.grid(padding=(0, 1), expand=expand)
    for width in (1, 2, 9, 7):
        table.add_column(width=width, no_wrap=True)
    table.add_column(width=8, justify="right", no_wrap=True)
    table.add_column(ratio=1 if expand else None)
    return table


class Show:
    """Everything that the demo says on its way."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def opening(self) -> None:
        """Say what this is."""
        self.chapter(
            "Airlock", "Nightly retraining of a churn model, one sealed door after another."
        )

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say that something is being done, then that it is, and how long it took."""
        began = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(f" {title} ..."):
                yield
        else:
            yield
        self.console.print(
            f"  [green]✓[/] {title} [dim]{time.monotonic() - began:.1f} s[/]", highlight=False
        )

    def stopping(self) -> Status:
        """What to show while the services end, which takes a while if a task runs."""
        return self.console.status(" Stopping ...")

    def chapter(self, title: str, story: str) -> None:
        """Begin the next part of the story."""
        self.console.print()
        self.console.print(Rule(Text(title, "bold"), align="left", style="dim"))
        self.console.print(f"  {story}", style="dim", highlight=False)

    @contextmanager
    def board(self, stages: Sequence[str]) -> Iterator[Board]:
        """The stages of one run, alive until the block ends and then left on the screen."""
        board = Board(self.console, stages)
        if not self.console.is_terminal:
            yield board
            board.end()
            return
        with Live(board, console=self.console, refresh_per_second=10):
            yield board
