"""What a model takes for places and people, and what is none."""

from __future__ import annotations

import pytest

from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.plausible import plausible_people, plausible_places


def found(text: str, entity: str, *parts: str) -> list[Finding]:
    return [
        Finding(start=start, end=start + len(part), entity=entity)
        for part in parts
        for start in [text.index(part)]
    ]


def test_a_score_is_no_place_and_a_house_number_beside_its_street_is():
    text = "won 2-1 at 12 Mill Lane, 10115, row 86"
    places = found(text, "LOCATION", "2-1", "12", "Mill Lane", "10115", "86")

    left = [text[one.start : one.end] for one in plausible_places(text, places)]

    assert left == ["Mill Lane", "12", "10115"]


@pytest.mark.parametrize(
    ("text", "place", "left"),
    [
        # Tables, days and measures.
        ("Gijon 15 4 4 7 15 22 16", "Gijon 15 4 4 7 15 22 16", "Gijon"),
        ("Canola 646.6 769.4 60.5", "Canola 646.6 769.4 60.5", "Canola"),
        ("240M 5.25", "240M 5.25", None),
        ("on 1996-12-06", "1996-12-06", None),
        ("won 414 points", "414 points", None),
        ("the 13-under-par 129", "13-under-par 129", None),
        # Words that say something else, and those that are a place here.
        ("on a suburban road", "suburban road", None),
        ("they drink vodka", "vodka", None),
        ("at 12 high street", "12 high street", "12 high street"),
        ("at 12 high street", "high street", "high street"),
        ("He lives in Reading", "Reading", "Reading"),
        ("he lives in reading", "reading", "reading"),
        ("BADMINTON RESULTS", "BADMINTON", None),
        ("a Belgian", "Belgian", None),
        ("in Unterhaching", "Unterhaching", "Unterhaching"),
        # A number alone.
        ("her code is 10115", "10115", "10115"),
        ("from SW1A 1AA, please", "SW1A 1AA", "SW1A 1AA"),
        ("her zip 2250", "2250", "2250"),
        ("row 2250", "2250", None),
    ],
)
def test_tables_and_words_are_no_places(text, place, left):
    told = [
        text[one.start : one.end] for one in plausible_places(text, found(text, "LOCATION", place))
    ]

    assert told == ([left] if left else [])


def test_in_an_address_of_several_lines_every_number_is_the_places():
    text = "188 Marejada\nApt. 20\nPretoria\nCyprus 2250\n"

    left = list(plausible_places(text, found(text, "LOCATION", "188 Marejada", "Pretoria", "2250")))

    assert len(left) == 3


@pytest.mark.parametrize(
    ("text", "person", "stays"),
    [
        ("The crowd jeered, and she whistled.", "whistled", True),  # in no list of words
        ("A cigarette, please.", "cigarette", False),
        ("a cigarette, please", "cigarette", True),
        ("So mark called.", "mark", True),
        ("A Kurdish group", "Kurdish", False),
        ("Two Moslems came", "Moslems", False),
        ("Christian called", "Christian", True),
        ("It was 12", "12", False),
    ],
)
def test_words_written_small_among_others_are_no_people(text, person, stays):
    assert bool(list(plausible_people(text, found(text, "PERSON", person)))) is stays


def test_other_findings_stay_as_they_are():
    text = "ACME 5.25"
    others = found(text, "ORGANIZATION", "ACME 5.25")

    assert list(plausible_places(text, others)) == others
