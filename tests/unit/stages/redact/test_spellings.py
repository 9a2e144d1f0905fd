"""However an identifier is spelt, it is found; what passes all the same is told by name."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.analyzer import LONGEST
from airlock.stages.redact.stage.analyzer.reading import TextReading
from airlock.stages.redact.stage.analyzer.readings import readings, readings_of
from airlock.stages.redact.stage.analyzer.spellings import SPELLINGS
from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.scan import Scan
from tests.cases import shared_cases
from tests.searched import searched

ROOT = Path(__file__).parents[4]
PASSES = ("email local only", "handle @", "URL with user name")


@cache
def scan() -> Scan:
    return Scan("note", ColumnRedaction.model_validate({"action": "scan", "patterns": "only"}))


def after(*texts: str) -> list[str]:
    """The texts as they go out; nothing of one that stays behind."""
    scanned = scan().scanned(pa.table({"note": list(texts)}))
    pairs = zip(scanned.texts.to_pylist(), scanned.decided.to_pylist(), strict=True)
    return [text if decided else "" for text, decided in pairs]


def lines(file: str) -> list[list[str]]:
    text = (shared_cases("privacy") / file).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


def left(text: str) -> str:
    """Everything but the words that took an identifier's place."""
    return re.sub(r"<[A-Z_]+>", "", text)


def test_the_spellings_that_once_passed_are_found_or_told_by_name():
    rows = lines("evasion_pass.tsv")
    texts = [ast.literal_eval(text) for _, text, *_ in rows]

    out = dict(zip([name for name, *_ in rows], after(*texts), strict=True))

    # Half of an identifier is too much: not two of its digits stay, and no word of it.
    telling = re.compile(r"\d\D?\d|krause|anna|example|flowers|YW5u|616e|seven|@", re.I)
    passed = {name for name, text in out.items() if telling.search(left(text))}
    assert passed == set(PASSES)


def test_the_documentation_names_what_passes():
    told = (ROOT / "docs" / "redact.md").read_text(encoding="utf-8").split("What passes", 1)[1]

    assert [name for name in PASSES if name not in told] == []


INNOCENT = (
    "Look at example.com for details",
    "Thinks about cancelling @ end of term for 19.66 EUR.",
    "Invoice 2026-339229 over 12.50 EUR",
    "Ticket FK-16975, price 16.88 EUR",
    "St.-Nr. 21/815/08150",
    "part a<b and c>d, 50l of water, Sol3",
    "Called on 2026-01-05, again 05.01.2026",
    "Delivered at four. One of two boxes was empty.",
    "width=40px, 20%40 off, A & B; C",
    "Order_2026_17 shipped, version 3_11_2",
    "Use react@18.2 and the decorator @property",
    "Internationalisation of misunderstandings",
)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_a_spelling_stays(text: str):
    assert after(text) == [text]


def test_references_and_prices_are_no_phone_numbers():
    rows = {text: expected for text, *expected in lines("phones_false.tsv")}

    # The forms of an IP address and of a social security number are theirs alone, so these go.
    kept = [text for text in rows if not re.match("Firmware|part|price", text)]
    assert after(*kept) == kept
    assert after("price 16.88 EUR, Ticket FK-16975") == ["price 16.88 EUR, Ticket FK-16975"]


def test_a_row_of_a_table_and_scores_are_no_phone_numbers_and_pairs_of_digits_are():
    rows = ("Gijon 15 4 4 7 15 22 16", "9 13 4 61 74 22", "won 15-7 15-12 15-12")
    pairs = ("06 12 34 56 78", "0171 2 34 56 78")

    assert after(*rows) == list(rows)
    assert after(*pairs) == ["<PHONE_NUMBER>"] * len(pairs)


def test_behind_a_word_for_calling_a_number_is_one():
    assert after("call 2026-339229", "call back on 555-2671") == [
        "call <PHONE_NUMBER>",
        "call back on <PHONE_NUMBER>",
    ]


# More spellings of the same kinds

_ENCODINGS: tuple[Callable[[str], str], ...] = (
    lambda one: f"&#{ord(one)};",
    lambda one: f"&#x{ord(one):x};",
    lambda one: f"%{ord(one):02X}",
    lambda one: f"={ord(one):02X}",
    lambda one: f"\\u{ord(one):04x}",
    lambda one: f"\\\\u{ord(one):04x}",
    lambda one: f"\\x{ord(one):02x}",
    lambda one: f"&amp;#{ord(one)};",
    lambda one: f"%25{ord(one):02x}",
    lambda one: f"{one}\u200b",
    lambda one: f"<b>{one}</b>",
    lambda one: chr(ord(one) + 0xFEE0),
)
_DIGITS: tuple[Callable[[str], str], ...] = (
    *(lambda one, zero=zero: chr(zero + int(one)) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)),
    lambda one: f"{one}\u0301",
    lambda one: f"{one}\ufe0f\u20e3",
)
_GAPS = (
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n> ",
    "_",
    "\u2011",
    "\u2013",
    "\u2212",
    "&nbsp;",
    "<br>",
    "\\n",
)
_ATS = ("[at]", " (at) ", "{at}", "(ät)", " [ AT ]", " @ ", "@\n", "<wbr>@", "&commat;", "%40")

EMAILS = ("anna.krause77@example.com", "j_doe@mail.example.org")
GROUPS = ("4000 0067 7979 0491", "+49 170 1234567", "DE89 3704 0044 0532 0130 00")


def squeezed(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


@searched(120, data=st.data())
def test_an_identifier_is_found_in_more_spellings_of_the_same_kinds(data: st.DataObject):
    plain = data.draw(st.sampled_from((*EMAILS, *GROUPS)))
    spelt = plain
    if "@" in plain:
        if data.draw(st.booleans()):
            spelt = spelt.replace("@", data.draw(st.sampled_from(_ATS)))
        else:
            places = data.draw(st.sets(st.integers(0, len(plain) - 1), min_size=1))
            how = data.draw(st.sampled_from(_ENCODINGS))
            spelt = "".join(how(one) if at in places else one for at, one in enumerate(plain))
    elif data.draw(st.booleans()):
        spelt = plain.replace(" ", data.draw(st.sampled_from(_GAPS)))
    else:
        how = data.draw(st.sampled_from(_DIGITS if plain[0] == "4" else _ENCODINGS[:9]))
        places = data.draw(st.sets(st.integers(0, len(plain) - 1), min_size=1))
        spelt = "".join(
            how(one) if at in places and one.isdigit() else one for at, one in enumerate(plain)
        )

    [out] = after(f"Please note: {spelt} thank you.")

    assert squeezed(re.sub("</?b>", "", left(out))) == "pleasenotethankyou", (spelt, out)


# Bounds

_LETTERS = st.sampled_from(
    [*"a4O l@.<>&%=\\_+-,[(\n9", "at", " dot ", "one ", "&#64;", "٣", "ﷺ", "\u0301", "é", "DE89"]
)


@searched(100, st.lists(_LETTERS, max_size=14).map("".join))
def test_all_texts_at_once_are_read_as_each_alone(cell: str):
    [together] = readings_of([cell])

    assert [one.text for one in together] == [one.text for one in readings(cell)]
    for reading in together:
        places = [
            reading.in_the_cell(Finding(start=at, end=at + 1, entity="X"))
            for at in range(len(reading.text))
        ]
        assert all(0 <= one.start < one.end <= len(cell) for one in places)
        assert [one.start for one in places] == sorted(one.start for one in places)


@searched(100, st.lists(_LETTERS, max_size=14).map("".join))
def test_a_step_changes_no_text_without_its_trigger(cell: str):
    meant = TextReading(cell)
    for spelling in SPELLINGS:
        meant = spelling.step(meant)

    assert meant.text in {one.text for one in readings(cell)}


@pytest.mark.parametrize(
    "piece",
    [
        *("\ufdfa", "&#64;", "\\", "\\\\u0040", "<a ", "<b>", "[at]", " dot ", "a at ", "@ ", "1_"),
        *("O1", "one ", "DE89.", "+1,1", "4000.", "1\n", "> \n", "A" * 21, "8 800-A", " ", "%25"),
        *("call 1", "card 4", "kto 1", '"a', "a@", "1\u0301", "😀1", "\u00ad1"),
    ],
)
def test_no_text_takes_more_than_its_time(piece: str):
    text = (piece * LONGEST)[: LONGEST - 10]
    began = time.thread_time()

    after(text)

    # Two seconds are promised, on a machine that is not ten others' at the same time.
    assert time.thread_time() - began < 6


def test_a_cell_that_grows_beyond_the_bound_stays_behind():
    assert after("\ufdfa" * (LONGEST - 10)) == [""]
