"""Text of others comes out as text, whatever shows it."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from airlock.core import quoting
from airlock.core.errors import AirlockError, DataError
from airlock.core.table import for_csv
from tests.payloads import ACTING, PAYLOADS, texts

one_of_each = pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
composed = settings(max_examples=300, deadline=None)


@given(texts)
@composed
def test_nothing_acts_that_is_not_seen(text: str):
    for quoted in quoting.MEDIA.values():
        assert not set(quoted(text)) & set(ACTING)
    assert "\n" not in quoting.line(text)
    assert quoting.visible(quoting.visible(text)) == quoting.visible(text)
    assert quoting.seen(quoting.line(text))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("\x1b[31m", "\\x1b[31m", id="escape sequence"),
        pytest.param("a\u202eb", "a\\u202eb", id="bidi mark"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line break stay"),
        pytest.param("Zürich 東京 🙂", "Zürich 東京 🙂", id="what is seen stays"),
        pytest.param("\ud800", "\\ud800", id="half of a character"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag characters"),
    ],
)
def test_what_acts_is_written_as_its_escape(text: str, seen: str):
    assert quoting.visible(text) == seen


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[Any] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> _Read:
    parser = _Read()
    parser.feed(page)
    parser.close()
    return parser


@given(texts)
@composed
def test_html_holds_the_text_and_no_tag(text: str):
    shown = read(f'<p title="{quoting.html(text)}">{quoting.html(text)}</p>')

    assert shown.tags == ["p"]
    assert shown.attributes == [("title", quoting.visible(text))]
    assert shown.text == quoting.visible(text)


@given(texts)
@composed
def test_markdown_holds_the_text_and_no_markup(text: str):
    tree = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(quoting.markdown(text))

    kinds = {one.type for one in tree} | {one.type for top in tree for one in top.children or ()}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    words = "".join(one.content for top in tree for one in top.children or ())
    flat = quoting.line(" ".join(text.split()))
    assert "".join(words.split()) == "".join(quoting._defanged(flat).split())


@given(texts)
@composed
def test_a_row_of_a_markdown_table_stays_one_row(text: str):
    cells = f"| {quoting.markdown(text)} | {quoting.code(text)} |"
    page = MarkdownIt("commonmark").enable("table").render(f"| a | b |\n|---|---|\n{cells}\n")

    assert set(read(page).tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert page.count("<tr>") == 2
    assert page.count("<td>") == 2


@given(texts)
@composed
def test_no_reader_finds_a_link_or_a_mention(text: str):
    for medium in ("chat", "slack", "mail", "markdown"):
        said = quoting.MEDIA[medium](text)
        assert "@" not in said
        assert not re.search(r"(?i)(?<!\bs3):\\?//|www\\?\.|javascript:|mailto:", said), medium


@given(texts)
@composed
def test_json_and_addresses_hold_the_text_and_end_where_they_should(text: str):
    assert json.loads(f'{{"a": "{quoting.json(text)}"}}') == {"a": quoting.visible(text)}
    assert unquote(quoting.url(text)) == quoting.line(text)
    assert not set(quoting.url(text)) & set("/?#&\"'<> ")


@given(texts)
@composed
def test_no_cell_is_a_formula_and_each_reads_back(text: str):
    written = io.StringIO(newline="")
    csv.writer(written).writerow([quoting.cell(text), "x"])
    (row,) = csv.reader(io.StringIO(written.getvalue(), newline=""))

    assert row[0] == quoting.cell(text)
    assert not re.match("[=+\\-@\t\r\n]", row[0])
    assert quoting.from_cell(row[0]) == text


@one_of_each
def test_a_whole_table_is_quoted_as_its_cells_are(text: str):
    texts_of = [text, f"'{text}", None, "plain", "''=x"]
    table = for_csv(pa.table({text or "x": texts_of, "n": [-1, 2, 3, 4, 5]}))

    assert table.column_names == [quoting.cell(text), "n"]
    assert table.column(0).to_pylist() == [one and quoting.cell(one) for one in texts_of]
    assert table.column("n").to_pylist() == [-1, 2, 3, 4, 5]


@one_of_each
def test_an_error_quotes_nothing_that_acts(text: str):
    error = DataError(f"{text} is new.", do=f"Repair {text}.")

    assert not set(str(error)) & set(ACTING)
    assert "%s" not in text or "%s" in str(error)


def test_an_error_about_a_hundred_thousand_names_is_cut():
    error = AirlockError(", ".join(f"column_{at}" for at in range(100_000)), do="Look.")

    assert len(str(error)) < 2_100
    assert "more characters" in error.what
    assert str(AirlockError(error.what, do=error.do)) == str(error)


def test_a_list_in_a_sentence_says_how_many_it_leaves_out():
    assert quoting.some(["a", "b"]) == "a, b"
    assert quoting.some(map(str, range(100_000))).endswith("9 and 99,990 more")
    assert len(quoting.some(["x" * 10_000])) < 100
