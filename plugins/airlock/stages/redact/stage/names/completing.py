"""Makes whole what a language model found of people's names, and finds names by their form.

A model marks "Nielsen" in "Soren B. Nielsen", and overlooks who is well known ("President ..."):
what it learnt from were customers. Capitals decide here. In a text of one case alone a word behind
a title or initials is a name if it says nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.folding import squeeze
from airlock.stages.redact.stage.names.lists import (
    ABBREVIATIONS,
    is_calendar,
    is_common,
    is_given_name,
)
from airlock.stages.redact.stage.names.plausible import has_both_cases

# How sure a name is that nothing but its form gives away.
_BY_FORM = 0.85
_MOST_WORDS = 3
_SHORTEST = 3

_CAPITALISED = r"(?=[^\W\d_]['’-]?[^\W\d_])[^\W\d_a-z][^\W\d_]*(?:['’-](?!s(?!\w))[^\W\d_]+)*"
_WORD = re.compile(r"(?=[^\W\d_]['’-]?[^\W\d_])[^\W\d_]+(?:['’-](?!s(?!\w))[^\W\d_]+)*")
_WORD_BEHIND = re.compile(rf"[ \t]((?:[^\W\d_a-z]\.[ \t]?)*)({_CAPITALISED})(?![\w@])")
_WORD_BEFORE = re.compile(rf"(?<![\w@.])({_CAPITALISED}|(?:[^\W\d_a-z]\.[ \t]?)+)[ \t]?$")
_INITIALS = re.compile(
    r"(?<![\w.])(?<![a-z]\. )(?P<initials>(?:[^\W\d_a-z]\.[ \t-]?){1,3})"
    rf"(?P<name>{_CAPITALISED})(?![\w@])"
)
# Behind a form of address any word with a capital names somebody; behind an office one that says
# nothing else (President Of, King Size).
_ADDRESSES = (
    "Mr Mrs Ms Miss Mx Dr Prof Professor Doctor Sir Lady Dame Herr Herrn Frau Doktor Monsieur "
    "Madame Mme Mlle Señor Señora Signor Signora Mevrouw Meneer"
).split()
_OFFICES = (
    "Lord President Minister Chancellor Premier Secretary Senator Governor Mayor Ambassador "
    "Commissioner Congressman Congresswoman Judge Justice Prosecutor Inspector Sergeant Lieutenant "
    "Captain Colonel Pope Bishop Cardinal Rabbi Imam Sheikh Prince Princess King Queen Kanzler "
    "Kanzlerin Präsident Präsidentin Ministerin"
).split()
_TITLE = rf"(?<!\w)(?:(?P<title>{'|'.join((*_ADDRESSES, *_OFFICES))})(?![\w'’-])\.?[ \t])+"


def _behind_a_title(word: str, initial: str, others: int) -> str:
    """Up to so many words, each with initials before it."""
    one = rf"(?:{initial}\.[ \t]?)*{word}"
    return rf"{_TITLE}(?P<name>{one}(?:[ \t]{one}){{0,{others}}})(?![\w@])"


_CAPITAL, _LETTER = r"[^\W\d_a-z]", r"[^\W\d_]"
_TITLED = re.compile(_behind_a_title(_CAPITALISED, _CAPITAL, others=2))
# Where all letters are of one case.
_TITLED_WORD = re.compile("(?i)" + _behind_a_title(_LETTER + "{3,}", _LETTER, others=1))
_INITIALS_WORD = re.compile(
    rf"(?<![\w.])(?P<initials>(?:{_LETTER}\.[ \t-]?){{1,3}})(?P<name>{_LETTER}{{3,}})(?![\w@])"
)


def completed(text: str, people: Sequence[Finding]) -> Iterator[Finding]:
    """The same findings, over the words of a name beside them."""
    if not has_both_cases(text):
        yield from people
        return
    for one in people:
        yield replace(one, start=_first(text, one.start), end=_last(text, one.end))


def named_by_form(text: str) -> Iterator[Finding]:
    """Names behind a title or an office, and behind initials."""
    cased = has_both_cases(text)
    for match in (_TITLED if cased else _TITLED_WORD).finditer(text):
        start, end = _without_the_rest(match, cased=cased)
        [first, *_] = _WORD.findall(match["name"])
        if (cased and match["title"] in _ADDRESSES) or _is_of_a_name(first):
            yield Finding(start=start, end=end, entity="PERSON", score=_BY_FORM)
    for match in (_INITIALS if cased else _INITIALS_WORD).finditer(text):
        if _is_of_a_name(match["name"]) and squeeze(match["initials"]) not in ABBREVIATIONS:
            yield Finding(start=match.start(), end=match.end(), entity="PERSON", score=_BY_FORM)


def _without_the_rest(match: re.Match[str], *, cased: bool) -> tuple[int, int]:
    """Where a name behind a title begins and ends: its first word, and others that are a name's."""
    start, words = match.start("name"), [*_WORD.finditer(match["name"])]
    end = words[0].end()
    for before, word in pairwise(words):
        if not (_goes_on(before[0], word[0]) if cased else _is_of_a_name(word[0])):
            break
        end = word.end()
    return start, start + end


def _first(text: str, start: int) -> int:
    for _ in range(_MOST_WORDS):
        before = _WORD_BEFORE.search(text, max(0, start - 40), start)
        if before is None:
            break
        word = before[1]
        if not word.rstrip().endswith(".") and not _is_of_a_name(word):
            break
        start = before.start(1)
    return start


def _last(text: str, end: int) -> int:
    word = re.split(r"[\s.]", text[:end].rstrip())[-1]
    for _ in range(_MOST_WORDS):
        behind = _WORD_BEHIND.match(text, end)
        if behind is None or not _goes_on(word, behind[2]):
            break
        end, word = behind.end(), behind[2]
    return end


def _goes_on(before: str, word: str) -> bool:
    """Whether a name goes on: a surname may be a word, too (Major, Price), behind a given name."""
    given = is_given_name(squeeze(before)) and not is_calendar(squeeze(word))
    return given or _is_of_a_name(word)


def _is_of_a_name(word: str) -> bool:
    """Whether a word with a capital says nothing but who somebody is."""
    squeezed = squeeze(word)
    if len(squeezed) < _SHORTEST or is_calendar(squeezed):
        return False
    return is_given_name(squeezed) or not is_common(squeezed)
