"""Whatever a record holds comes out as text: of every field of every kind, on pages and cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from airlock.catalogs.cards import HTML
from airlock.core import quoting
from airlock.core.errors import Unverified
from airlock.engine.record import Record
from airlock.reports import INDEX, describe, write_report
from airlock.reports.card import Described, write_card
from airlock.reports.charts import Chart, ChartLine, Grid, alone
from tests.payloads import ACTING, PAYLOADS
from tests.unit.reports import examples

RECORDS = {name: one for name, one in vars(examples).items() if isinstance(one, Record)}
EVERYTHING = " ".join(PAYLOADS.values())
# What our own pages are made of; nothing in it runs, loads or leads anywhere.
TAGS = frozenset(
    "html head meta title style body main header section p h1 h2 dl div dt dd ul li span small "
    "code table thead tbody tr th td figure figcaption svg rect line path circle g text tspan"
    "".split()
)


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts of a JSON value are."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*path, key))


def poisoned(record: Record, text: str, into: Path) -> Iterator[tuple[str, str]]:
    """The page of a record in each of whose texts, one after the other, stands another."""
    for number, path in enumerate(leaves(record.to_json())):
        fields = json.loads(json.dumps(record.to_json()))
        at = fields
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = text
        try:
            bad = type(record).from_json(fields)
            describe(bad)
        except (KeyError, ValueError, TypeError, Unverified):
            continue  # one of few words, or a number's: no text of others comes here
        folder = into / str(number)
        folder.mkdir(parents=True)
        write_report(bad, folder)
        yield ".".join(map(str, path)), (folder / INDEX).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECORDS)
def test_every_text_of_a_record_is_text_on_its_page(name: str, tmp_path: Path):
    shown = []
    for where, page in poisoned(RECORDS[name], EVERYTHING, tmp_path):
        found = Elements(page)
        assert found.tags <= TAGS, where
        assert not [one for one in found.attributes if one.startswith("on")], where
        assert not found.attributes & {"href", "src"}, where
        assert not set(page) & set(ACTING), where
        assert "1337" not in page.replace("{# 1337 #}", ""), where
        if "".join(quoting.visible(EVERYTHING).split()) in "".join(found.text.split()):
            shown.append(where)

    assert shown, "none of its texts stands on the page: the test looks at nothing"


def test_the_card_holds_the_owners_words_and_no_markup_of_theirs(tmp_path: Path):
    words = dict.fromkeys(("owner", "intended_use", "not_for", "limits"), EVERYTHING)
    decision = replace(
        examples.WHOLE_DECISION, policy=EVERYTHING, night=EVERYTHING, bundle=EVERYTHING
    )

    text = write_card(
        Described(
            words=words,
            snapshot=replace(examples.SNAPSHOT, source=EVERYTHING),
            redaction=examples.REDACTION,
            training=replace(examples.TRAINING, classes=(EVERYTHING, "no"), target=EVERYTHING),
            evaluation=examples.WHOLE_EVALUATION,
            speed=examples.SPEED,
            decision=decision,
        ),
        tmp_path,
    )

    rendered = Elements(MarkdownIt("commonmark").enable("table").render(text))
    plain = "h1 h2 p ul li strong code table thead tbody tr th td"
    assert rendered.tags <= set(plain.split())
    assert not set(text) & set(ACTING)
    assert "@" not in text
    assert "://" not in text.replace("s3://", "")
    assert Elements((tmp_path / HTML).read_text(encoding="utf-8")).tags <= TAGS


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_a_chart_that_stands_alone_is_well_formed_and_runs_nothing(text: str):
    line = Chart(title=text, x=text, y=text, lines=(ChartLine(text, ((0.0, 1.0), (1.0, 2.0))),))
    grid = Grid(title=text, classes=(text, "no"), counts=((1, 2), (3, 4)))

    for chart in (line, grid):
        tree = ElementTree.fromstring(alone(chart))
        tags = {one.tag.rpartition("}")[2] for one in tree.iter()}
        assert tags <= {"svg", "title", "style", "rect", "path", "text", "tspan"}
        assert not [name for one in tree.iter() for name in one.keys() if name.startswith("on")]  # noqa: SIM118 -- an element is no dict
