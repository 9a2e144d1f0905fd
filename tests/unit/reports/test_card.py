"""The model card: the owner's words and the records' figures, in HTML and in Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs.cards import HTML, MARKDOWN
from airlock.reports import INDEX, write_report
from airlock.reports.card import Described, card_page, write_card
from airlock.reports.markdown import to_markdown
from tests.unit.reports.examples import (
    REDACTION,
    SNAPSHOT,
    SPEED,
    TRAINING,
    WHOLE_DECISION,
    WHOLE_EVALUATION,
)

WORDS = {
    "owner": "Retention team",
    "intended_use": "Choose whom to call before they leave.",
    "not_for": "Prices or credit.",
    "limits": None,
}


def described(**changes: Any) -> Described:
    fields = {
        "words": WORDS,
        "snapshot": SNAPSHOT,
        "redaction": REDACTION,
        "training": TRAINING,
        "evaluation": WHOLE_EVALUATION,
        "speed": SPEED,
        "decision": WHOLE_DECISION,
    }
    return Described(**fields | changes)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Retention team", id="owner"),
        pytest.param("Choose whom to call before they leave.", id="intended use"),
        pytest.param("write card.limits in the policy", id="what nobody said"),
        pytest.param("0.8280 to 0.8535", id="a metric's interval"),
        pytest.param("below 12", id="a slice"),
        pytest.param("Disparate impact ratio", id="fairness"),
        pytest.param("10 % of the cells missing", id="stress"),
        pytest.param("1,000 rows in 3.2 ms", id="speed"),
        pytest.param("rejected", id="the verdict"),
        pytest.param("brier was not measured.", id="a rule"),
        pytest.param(WHOLE_DECISION.bundle, id="the bundle"),
    ],
)
def test_both_forms_say_all_of_it(said: str, tmp_path: Path):
    text = write_card(described(), tmp_path)

    assert said in text
    assert said in (tmp_path / HTML).read_text()
    assert (tmp_path / MARKDOWN).read_text() == text


def test_the_decision_page_leads_to_the_card(tmp_path: Path):
    write_card(described(), tmp_path)

    write_report(WHOLE_DECISION, tmp_path)

    assert f'<a href="{HTML}">' in (tmp_path / INDEX).read_text()


def test_equal_records_give_equal_cards(tmp_path: Path):
    (tmp_path / "again").mkdir()

    write_card(described(), tmp_path)
    write_card(described(), tmp_path / "again")

    assert (tmp_path / HTML).read_bytes() == (tmp_path / "again" / HTML).read_bytes()


def test_what_a_person_wrote_becomes_no_markup(tmp_path: Path):
    hostile = "<img src=x> [click](http://evil) | **bold**\n# not a headline"

    text = write_card(described(words={**WORDS, "intended_use": hostile}), tmp_path)

    assert "<img" not in text
    assert "<img" not in (tmp_path / HTML).read_text()
    assert r"\[click\](http\[:\]//evil) \| \*\*bold\*\* \# not a headline" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    text = to_markdown(card_page(described()))

    for table in re.split(r"\n## ", text)[1:]:
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1, table


def test_what_costs_nothing_comes_first():
    assert card_page(described()).tables[0].title == "Against what costs nothing"


def test_a_card_without_words_or_speed_says_so():
    bare = described(words={}, speed=None, evaluation=replace(WHOLE_EVALUATION, slices=()))

    text = to_markdown(card_page(bare))

    assert "nobody named" in text
    assert text.count("Nobody has said it yet") == 4
    assert "Speed" not in text
