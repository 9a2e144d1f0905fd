"""A row's own name is found in all its spellings, and a word that only looks like it stays."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.finding import replaced
from airlock.stages.redact.stage.linked import Needles
from airlock.stages.redact.stage.names.folding import printed, skeleton, squeeze
from airlock.stages.redact.stage.names.lists import common_words, is_common
from airlock.stages.redact.stage.names.matching import PersonName, found_names
from airlock.stages.redact.stage.scan import Scan
from tests.cases import shared_cases
from tests.searched import searched

PERSON = Needles({"name": "PERSON"})
PASSES = ("Li Na called",)
"""Pinyin of Chinese characters: that needs a dictionary of them."""


def without(text: str, name: object, entity: str = "PERSON") -> str:
    return replaced(text, Needles({"name": entity}).found(text, [name]))[0]


def test_the_names_that_once_passed_are_found_and_the_words_that_were_lost_stay():
    lines = (shared_cases("privacy") / "linked_fail.tsv").read_text(encoding="utf-8").splitlines()
    wrong = []
    for kind, own, quoted, _ in (line.split("\t") for line in lines):
        text, name = ast.literal_eval(quoted), own.split("=", 1)[1]
        if (without(text, name) == text) is not kind.startswith("FALSE POSITIVE"):
            wrong.append(text)

    assert wrong == list(PASSES)


def test_the_documentation_names_what_passes():
    told = (Path(__file__).parents[4] / "docs" / "redact.md").read_text(encoding="utf-8")

    assert "李娜" in told.split("What passes", 1)[1]


@pytest.mark.parametrize(
    ("text", "name", "clean"),
    [
        pytest.param("Mark asked.", "Mark Bill", "<PERSON> asked.", id="what people do"),
        pytest.param("spoke to Price again", "Will Price", "spoke to <PERSON> again", id="capital"),
        pytest.param("Mr Price rose", "Will Price", "Mr <PERSON> rose", id="a title"),
        pytest.param("Price is high", "Will Price", "Price is high", id="a sentence begins"),
        pytest.param("will price rang", "Will Price", "<PERSON> rang", id="both, all small"),
        pytest.param("A PRICE RISE", "Will Price", "A PRICE RISE", id="everything in capitals"),
        pytest.param("WILL PRICE RANG", "Will Price", "<PERSON> RANG", id="both in capitals"),
        pytest.param("met rossi", "Maria Rossi", "met <PERSON>", id="small, and no other word"),
        pytest.param("M&uuml;ller", "Eva Müller", "<PERSON>", id="an entity"),
        pytest.param("e.g. and P.S. too", "Eva Graf", "e.g. and P.S. too", id="abbreviations"),
    ],
)
def test_a_word_is_a_name_where_something_says_so(text: str, name: str, clean: str):
    column = ColumnRedaction.model_validate({"action": "scan", "linked": {"name": "PERSON"}})
    scanned = Scan("note", column).scanned(pa.table({"note": [text], "name": [name]}))

    assert scanned.texts.to_pylist() == [clean]


@pytest.mark.parametrize(
    ("text", "value", "clean"),
    [
        pytest.param("user ana.ek77 says", "ana.ek77@example.org", "user <X> says", id="local"),
        pytest.param("card ending 0839", "4000 0035 9041 0839", "card ending <X>", id="digits"),
        pytest.param("he is at no. 12", "12 Oakfield Lane", "he is at no. <X>", id="house number"),
        pytest.param("12 boxes", "12 Oakfield Lane", "12 boxes", id="a number of anything"),
        pytest.param("born March 12, 1987", "1987-03-12", "born <X>", id="a day in words"),
        pytest.param("born 12.03.1987", date(1987, 3, 12), "born <X>", id="a day"),
        pytest.param("in March", date(1987, 3, 12), "in March", id="a month"),
        pytest.param("the lane is shut", "12 Oakfield Lane", "the lane is shut", id="a lane"),
    ],
)
def test_what_people_say_of_a_value_is_found(text: str, value: object, clean: str):
    assert without(text, value, "X") == clean


_SYLLABLES = st.sampled_from("bra dorn fel gam hol jas kem lor mav nip pel rus tov ulm vek".split())
_NAMES = (
    st.lists(_SYLLABLES, min_size=2, max_size=3).map("".join).filter(lambda one: not is_common(one))
)
_SPELT = {
    "leet": lambda one: one.translate(str.maketrans("aeo", "430")),
    "print": lambda one: one.replace("m", "rn"),
    "Cyrillic": lambda one: one.translate(str.maketrans("aeo", "аео")),
    "small": str.lower,
    "capitals": str.upper,
    "genitive": lambda one: f"{one}s",
    "soft hyphen": lambda one: f"{one[:3]}\u00ad{one[3:]}",
    "accent": lambda one: f"{one}\u0301",
    "swapped": lambda one: f"{one[:3]}{one[4]}{one[3]}{one[5:]}",
}


@searched(100, _NAMES, st.sampled_from(sorted(_SPELT)))
def test_a_name_is_found_in_more_spellings_of_the_same_kinds(name: str, how: str):
    spelt = _SPELT[how](name.capitalize())

    assert without(f"Spoke with {spelt} today", f"Eva {name.capitalize()}") != (
        f"Spoke with {spelt} today"
    ), (name, spelt)


@searched(
    100, st.lists(st.sampled_from(sorted(common_words())), min_size=4, max_size=12), st.data()
)
def test_no_sentence_of_ordinary_words_loses_one(words: list[str], data: st.DataObject):
    name = f"Eva {data.draw(st.sampled_from(words)).capitalize()}"
    text = " ".join([words[0].capitalize(), *words[1:]])

    # It may be that the first word is followed by one for what people do.
    assert without(text, name) in {text, "<PERSON>" + text[len(words[0]) :]}


@pytest.mark.parametrize(
    ("one", "other"), [("Søren", "Soeren"), ("Åsa", "Aasa"), ("Đorđe", "Djordje"), ("Höß", "Hoess")]
)
def test_letters_that_are_written_out_are_the_same(one: str, other: str):
    assert skeleton(squeeze(one)) == skeleton(squeeze(other))
    assert printed(squeeze(one)) == printed(squeeze(other))


_LETTERS = "bcdfghjklmnpqrstvwxz"


def surname(number: int) -> str:
    """Another one for each number, none of them a word."""
    return "".join(_LETTERS[number // 20**at % 20] for at in range(5)).capitalize()


@pytest.fixture
def _no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("compared all the same")

    monkeypatch.setattr(PersonName, "match", refused)


@pytest.mark.usefixtures("_no_comparison")
@pytest.mark.parametrize(
    ("words", "name"),
    [
        pytest.param(1_600, 15_000, id="a linked cell of fifteen thousand words"),
        pytest.param(1_600, 700, id="seven hundred"),
    ],
)
def test_what_would_take_seconds_is_undecided_without_a_comparison(words: int, name: int):
    text = " ".join(surname(7 * at) for at in range(words))

    with pytest.raises(Undecided):
        list(PERSON.found(text, [" ".join(surname(11 * at + 3) for at in range(name))]))


def test_a_row_whose_own_values_take_too_long_stays_behind():
    table = pa.table({"name": [" ".join(map(surname, range(9_000)))], "note": ["Xyz paid. " * 900]})
    column = ColumnRedaction(action="scan", patterns="only", linked={"name": "PERSON"})

    assert Scan("note", column).scanned(table).decided.to_pylist() == [False]


@pytest.mark.usefixtures("_no_comparison")
def test_a_thousand_people_in_one_text_are_undecided():
    people = [("PERSON", PersonName([surname(at).lower()])) for at in range(1_000)]

    with pytest.raises(Undecided):
        list(found_names("Mr Price paid " * 700, people))


def test_a_text_of_ten_thousand_characters_with_its_own_name_is_decided():
    text = "Maria R0ssi, M. R. and Mr Rosi " * 320

    assert list(PERSON.found(text, ["Maria Anna Rossi-Zellweger"]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Sean O'Connor", "OCONNOR rang"),
        ("Sean O’Connor", "spoke with Oconnor"),
        ("Anna-Lena Kraus", "annalena came"),
        ("Дмитрий Соколов", "с Соколовым"),
    ],
)
def test_a_name_is_found_that_somebody_wrote_in_one_or_in_another_case(name: str, text: str):
    assert "<PERSON>" in without(text, name)
