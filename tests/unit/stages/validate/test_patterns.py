"""A regular expression means one thing, whoever evaluates it: Python's `re`, `$` being the end."""

from __future__ import annotations

import csv
import re

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.patterns import Pattern
from airlock.stages.validate.stage.suite import Judge
from tests.cases import shared_cases
from tests.searched import searched


def broken(regex: str, texts: list[str | None], *, match: bool = True) -> list[bool]:
    """Which rows the expectation sets aside; it must be judged at all."""
    name = f"expect_column_values_to{'' if match else '_not'}_match_regex"
    judge = Judge(
        {0: Expectation.model_validate({"type": name, "kwargs": {"column": "s", "regex": regex}})}
    )
    rows = judge.watch(pa.table({"s": pa.array(texts, pa.string())}))[0].tolist()
    outcome = judge.outcomes()[0]
    assert outcome.told
    assert outcome.unexpected == sum(rows)
    return rows


@pytest.mark.parametrize(
    ("regex", "text", "holds"),
    [
        (r"^[A-Z]{2}$", "AB", True),
        (r"^[A-Z]{2}$", "AB\n", False),
        (r"^\w{2}$", "AB\n", False),
        (r"^\w{2}\Z", "AB\n", False),
        (r"^a[$]$", "a$", True),
        (r"^a\$$", "a$\n", False),
        (r"(?m)^AB$", "AB\nCD", True),
        (r"^a++b$", "aab", True),
        (r"^(?>a+)b$", "aab\n", False),
        (r"^(a)\1$", "aa", True),
        (r"(?<=a)b", "ab", True),
        (r"^\d$", "٣", True),
        (r"^[0-9]$", "٣", False),
        (r"^a{,2}$", "aa", True),
        (r"^\s$", "\x1c", True),
    ],
)
def test_a_pattern_means_what_pythons_re_means(regex: str, text: str, holds: bool):
    assert broken(regex, [text, None]) == [not holds, False]
    assert broken(regex, [text, None], match=False) == [holds, False]


def test_the_shared_case_of_a_line_break_at_the_end_is_set_aside():
    with (shared_cases("rows") / "21-dollar-and-newline" / "rows.csv").open(newline="") as file:
        texts = [row["s"] for row in csv.DictReader(file)]

    assert broken("^[A-Z]{2}$", texts) == [False, True]


REGEXES = st.lists(
    st.sampled_from(["a", "b", ".", "^", "$", "[ab]", "[^a]", "(a|b)", "*", "+", "?", "{2}", "\\.",
                     "é", "\\d", "\\n"]),
    max_size=6,
).map("".join)  # fmt: skip
TEXTS = st.lists(st.none() | st.text(alphabet="ab.\n1é", max_size=5), min_size=1, max_size=6)


@searched(300, regex=REGEXES, texts=TEXTS)
def test_both_engines_say_the_same(regex: str, texts: list[str | None]):
    try:
        compiled = re.compile(regex.replace("$", r"\Z"))
    except re.error:
        return

    found = Pattern(regex).found_in(pa.chunked_array([pa.array(texts, pa.string())]))

    assert found.tolist() == [
        text is not None and compiled.search(text) is not None for text in texts
    ]
