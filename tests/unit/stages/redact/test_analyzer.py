"""Looking only where something can be found loses nothing, and giving up is never a pass."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import regex
from hypothesis import strategies as st

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer import recognizers
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer
from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget, Undecided
from airlock.stages.redact.stage.analyzer.context import refuse_endless
from airlock.stages.redact.stage.analyzer.prefilter import (
    Condition,
    holds,
    necessary,
    possible,
)
from airlock.stages.redact.stage.analyzer.readings import readings
from airlock.stages.redact.stage.analyzer.stock import stock_recognizers
from airlock.stages.redact.stage.finding import Finding, added, distinct
from tests.searched import searched

EXPRESSIONS = [
    (pattern.regex, int(one.global_regex_flags))
    for language in ("en", "es", "it", "pl", "de")
    for one in stock_recognizers(language)
    for pattern in getattr(one, "patterns", ())
]


def meets(condition: Condition, text: str) -> bool:
    return bool(possible([text], [(condition,)])[0, 0])


def test_every_expression_of_presidio_has_a_condition():
    conditions = {expression: necessary(expression) for expression, _ in EXPRESSIONS}

    assert len(conditions) > 100
    assert [
        expression
        for expression, one in conditions.items()
        if one.ascii is None and expression.isascii()
    ] == []


_LIKE_ASCII = str.maketrans({"s": "ſ", "k": "\u212a", "i": "İ", "I": "ı", "3": "３", "7": "٧"})


_CHANGES: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.lower,
    lambda text: text.translate(_LIKE_ASCII),
)


@searched(240, change=st.sampled_from(_CHANGES), data=st.data())
def test_a_text_that_an_expression_matches_meets_its_condition(
    change: Callable[[str], str], data: st.DataObject
):
    expression, flags = data.draw(st.sampled_from(EXPRESSIONS).filter(_is_known_to_python))
    example = data.draw(st.from_regex(expression.replace("(?i)", ""), alphabet=_ALPHABET))
    around = data.draw(st.sampled_from(["", " ", "é", "٣", "x", "\n", "\u200b", "-", "\x0b"]))
    text = f"{around}{change(example)}{around}"

    if regex.search(expression, text, flags):
        assert meets(necessary(expression, ignore_case=bool(flags & regex.IGNORECASE)), text)


def _is_known_to_python(given: tuple[str, int]) -> bool:
    """Not one that looks behind at something of any length, which no example can be made of."""
    try:
        re.compile(given[0].replace("(?i)", ""))
    except re.error:
        return False
    return True


# Letters enough for every expression, and some that only Unicode takes for a letter or a digit.
_ALPHABET = st.sampled_from([*map(chr, range(9, 127)), *"éß٣３ſ\u212a\xa0\u2003"])


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        pytest.param(r"\d{3}", "٣٤٥", id="digits of another script"),
        pytest.param(r"\bé?9\b", "ü9", id="no border beside a letter beyond ASCII"),
        pytest.param(r"(?<!a)b(?!c)", "bc", id="what looks around is left out"),
        pytest.param(r"([:-])a\1", ":a:", id="what was matched before"),
        pytest.param(r"a{2,50}b", "aab", id="a long repetition"),
        pytest.param(r"a\sb", "a\x0bb", id="a blank that RE2 does not know"),
        pytest.param(r"[^\s]x", "\x0bx", id="a class of everything else"),
        pytest.param(r"[]a]{2}", "]a", id="a bracket in a class"),
        pytest.param("k", "\u212a", id="a letter like an ASCII one"),
        pytest.param(r"\p{Lu}", "a", id="something nobody taught it"),
        pytest.param("é", "E\u0301", id="an expression beyond ASCII"),
    ],
)
def test_a_condition_is_never_narrower_than_its_expression(expression: str, text: str):
    assert meets(necessary(expression), text)


@pytest.mark.parametrize(
    ("expression", "text"),
    [(r"\b\d{4}\b", "no 123 here"), (r"[a-z]+@[a-z]+", "at @ night"), ("a{2,50}b", "ab")],
)
def test_a_condition_is_worth_asking(expression: str, text: str):
    assert not meets(necessary(expression), text)


def test_context_words_are_found_in_any_case():
    condition = holds(["ssn", "account#"])

    assert [meets(condition, text) for text in ("my SSN", "Account#1", "account", "ſſn")] == [
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("cell", "others"),
    [
        ("plain", []),
        ("größer", []),
        ("a\\q", []),
        ("４\u200b２", ["42"]),
        ("x\\u0040y\\n1", ["x@y\n1"]),
        ("＠\\/", ["@\\/", "@/"]),
        ("\\ud83d", ["\ufffd"]),
    ],
)
def test_a_cell_is_read_in_other_ways_where_it_hides_something(cell: str, others: list[str]):
    first, *more = readings(cell)

    assert first.text == cell
    assert [one.text for one in more] == others


@searched(100, st.text(alphabet="a４ﬁ\u200b\\\\un0041@", max_size=12))
def test_a_finding_in_another_reading_lies_in_the_cell(cell: str):
    for reading in readings(cell):
        size = len(reading.text)
        places = [
            reading.in_the_cell(Finding(start=at, end=at + 1, entity="X")) for at in range(size)
        ]
        assert all(0 <= one.start < one.end <= len(cell) for one in places)
        assert [one.start for one in places] == sorted(one.start for one in places)


ADDRESS = "maria@example.org"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{ADDRESS} \ud800", id="half a character"),
        pytest.param(ADDRESS + " " * 10_000, id="over-long"),
    ],
)
def test_a_text_that_cannot_be_looked_at_is_not_decided(text: str):
    analyzer = Analyzer(ColumnRedaction(action="scan"))

    assert [one is None for one in analyzer.findings([text, ADDRESS, ""])] == [True, False, False]


def test_an_expression_that_runs_out_of_time_is_not_skipped():
    hopeless = regex.compile(r"(?:\d|\d\d)+$")

    def judge(match: str, score: float) -> float:
        return score

    with TextTimeBudget(0.05).spent() as left, pytest.raises(TimeoutError):
        recognizers._matches(hopeless, "X", 1.0, judge, "1" * 5000 + "!", left)


def test_all_recognizers_and_readings_share_one_budget():
    one = TextTimeBudget(0.02)

    with one.spent():
        _burn(0.03)

    with one.spent(), pytest.raises(Undecided):
        one.left()


def _burn(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


def test_a_text_that_spent_its_time_is_not_decided(monkeypatch: pytest.MonkeyPatch):
    analyzer = Analyzer(ColumnRedaction(action="scan"))
    [before] = analyzer.findings([ADDRESS])
    monkeypatch.setattr("airlock.stages.redact.stage.analyzer.analyzer.SECONDS", 0.0)

    assert before
    assert analyzer.findings([ADDRESS, "plain"]) == [None, ()]


def test_words_that_take_seconds_to_tell_apart_are_refused():
    refuse_endless("!" * 1_000 + " word " * 1_500)

    with pytest.raises(Undecided):
        refuse_endless("!" * 9_000)


def test_a_finding_within_another_of_its_kind_goes_only_if_it_is_less_sure():
    def one(start: int, end: int, score: float, entity: str = "X") -> Finding:
        return Finding(start=start, end=end, entity=entity, score=score)

    found = [one(0, 9, 0.4), one(2, 5, 0.9), one(3, 4, 0.4), one(3, 4, 0.1, "Y"), one(0, 9, 0.4)]

    assert distinct(found) == [one(2, 5, 0.9), one(0, 9, 0.4), one(3, 4, 0.1, "Y")]
    assert added([one(0, 9, 0.4)], [one(2, 5, 0.9), one(8, 12, 0.1)]) == [
        one(0, 9, 0.4),
        one(8, 12, 0.1),
    ]


_NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")


def test_equal_texts_among_many_have_equal_findings():
    analyzer = Analyzer(ColumnRedaction(action="scan"))
    many = [
        ADDRESS if at % 7 == 0 else f"text {at:x}".translate(_NO_DIGITS) for at in range(25_000)
    ]

    found = analyzer.findings(many)

    assert {found[at] for at in range(0, 25_000, 7)} == {found[0]}
    assert sum(map(bool, found)) == len(range(0, 25_000, 7))
