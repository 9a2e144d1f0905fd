"""Names that a model found by half, and names that their form gives away."""

from __future__ import annotations

import pytest

from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.completing import completed, named_by_form


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("beaten by Soren B. Nielsen today", "Nielsen", "Soren B. Nielsen"),
        ("spoke with Kusunose Shiho (Japan)", "Kusunose", "Kusunose Shiho"),
        ("spoke with John Major again", "John", "John Major"),
        ("Yesterday Ilse Brandner rang", "Ilse", "Ilse Brandner"),
        ("Monday Ilse came", "Ilse", "Ilse"),
        ("Router Brandner", "Brandner", "Brandner"),
        ("Ilse, Tomasz", "Ilse", "Ilse"),
        ("she is ilse brandner", "ilse", "ilse"),
        ("ILSE RINGS", "ILSE", "ILSE"),
    ],
)
def test_a_name_is_whole_with_the_words_beside_it_that_say_nothing_else(text, found, whole):
    start = text.index(found)

    [one] = completed(text, [Finding(start=start, end=start + len(found), entity="PERSON")])

    assert text[one.start : one.end] == whole


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("said President Bill Clinton today", ["Bill Clinton"]),
        ("Prime Minister John Major's office", ["John Major"]),
        ("Mr Price asked Dr May.", ["Price", "May"]),
        ("Mr. O'Brien-Smith rang", ["O'Brien-Smith"]),
        ("mr smith paid", ["smith"]),
        ("I. Healy, P. Reiffel", ["I. Healy", "P. Reiffel"]),
        ("U.S. Treasury Secretary", []),
        ("King Size Bed for the President Of Fun", []),
        ("z. B. Rechnung 12, Mr X, Dr. 7", []),
        ("a judge ruled, the captain slept", []),
        ("", []),
    ],
)
def test_behind_a_title_or_initials_stands_a_name(text, names):
    assert [text[one.start : one.end] for one in named_by_form(text)] == names
