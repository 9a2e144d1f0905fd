"""A terminal obeys escape sequences: none of a file's or a person's comes out of a command."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.table import Table

from airlock.cli.console import LiteralConsole
from airlock.cli.ledger import sentence
from airlock.core.quoting import visible
from airlock.ledger import Entry
from tests.payloads import ACTING, PAYLOADS


@pytest.fixture
def console() -> LiteralConsole:
    """As on a terminal, where rich itself writes no colour: then every escape is somebody's."""
    return LiteralConsole(file=io.StringIO(), width=10_000, no_color=True, highlight=False)


def written(console: LiteralConsole) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    "text", [*PAYLOADS.values(), "[bold]x[/bold] [link=//evil]y[/link] :smile:"]
)
def test_a_line_is_printed_as_it_is(console: LiteralConsole, text: str):
    console.print(text, soft_wrap=True)

    assert written(console).split() == visible(text).split()
    assert not set(written(console)) & set(ACTING)


@pytest.mark.parametrize("text", [*PAYLOADS.values(), "[bold]x[/bold] [/] :smile:"])
def test_cells_titles_and_columns_of_a_table_are_printed_as_they_are(
    console: LiteralConsole, text: str
):
    table = Table(text, title=text, caption=text, box=None)
    table.add_row(text)

    console.print(table)

    shown = written(console)
    assert not set(shown) & set(ACTING)
    words = visible(text).split()
    assert all(shown.count(word) >= 4 for word in words)


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_a_reason_in_the_history_is_printed_as_it_is(console: LiteralConsole, text: str):
    entry = Entry(
        model="churn",
        sequence=1,
        previous="0" * 64,
        kind="incident",
        id="x",
        at=datetime(2026, 1, 5, tzinfo=UTC),
        body={"what": text},
        key_id="k",
    )

    console.print(sentence(entry), soft_wrap=True)

    assert "".join(visible(text).split()) in "".join(written(console).split())
    assert not set(written(console)) & set(ACTING)
