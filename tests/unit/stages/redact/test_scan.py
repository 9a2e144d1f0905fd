"""Free text loses what identifies somebody, however it is spelt, and keeps the rest."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer import language
from airlock.stages.redact.stage.finding import Finding, replaced
from airlock.stages.redact.stage.linked import Needles
from airlock.stages.redact.stage.scan import Scan, Scanned
from tests.searched import searched


def scanned(texts: list[str | None], spec: dict[str, Any] | None = None, **rows: Any) -> Scanned:
    column = ColumnRedaction.model_validate({"action": "scan", **(spec or {})})
    table = pa.table({"note": pa.array(texts, pa.string()), **rows})
    return Scan("note", column).scanned(table)


def clean(text: str, spec: dict[str, Any] | None = None, **rows: Any) -> str | None:
    [found] = scanned([text], spec, **{name: [value] for name, value in rows.items()}).texts
    told: str | None = found.as_py()
    return told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to maria.lindqvist@example.org.", "write to <EMAIL_ADDRESS>."),
        ("at her desk: maria@crm.intern", "at her desk: <EMAIL_ADDRESS>"),
        ("call +49 30 23125 123 or (415) 555-0189", "call <PHONE_NUMBER> or <PHONE_NUMBER>"),
        ("card 4000 0035 9041 0839 declined", "card <CREDIT_CARD> declined"),
        ("IBAN DE89370400440532013000", "IBAN <IBAN_CODE>"),
        ("from 192.168.17.4 and 2001:db8::1", "from <IP_ADDRESS> and <IP_ADDRESS>"),
        ("SSN 536-90-4399", "SSN <US_SSN>"),
        ("mail　ｍａｒｉａ＠example.org", "mail　<EMAIL_ADDRESS>"),
        ("card 4000\u200b0035\u200b9041\u200b0839!", "card <CREDIT_CARD>!"),
        ('{"mail": "maria\\u0040example.org"}', '{"mail": "<EMAIL_ADDRESS>"}'),
        ('{"tel":"call\\n(415) 555-0189"}', '{"tel":"call\\n<PHONE_NUMBER>"}'),
    ],
)
def test_what_has_the_form_of_an_identifier_is_replaced(text: str, expected: str):
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Very happy with the new app, rated us 3/5.",
        "Router replaced under order AK-63820, works now.",
        "Device serial 4000008046472292, see warranty sheet.",
        "Thinks about cancelling @ end of term for 19.66 EUR.",
        "Firmware 3.13.12 installed on 05.01., needs react@18.2",
    ],
)
def test_innocent_text_stays_as_it_is(text: str):
    assert clean(text) == text


PERSON = {"linked": {"name": "PERSON"}, "entities": ["IBAN_CODE"]}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        pytest.param("Spoke with Zoë O'Dowd.", "Zoë O'Dowd", "Spoke with <PERSON>.", id="as it is"),
        pytest.param("ZOE ODOWD called", "Zoë O'Dowd", "<PERSON> called", id="no case, no accents"),
        pytest.param("Zoe\u0308 called", "Zoë O'Dowd", "<PERSON> called", id="accents apart"),
        pytest.param("Ms Lindqvist's bill", "Maria Lindqvist", "Ms <PERSON>'s bill", id="one part"),
        pytest.param("Lindqvist, Maria", "Maria Lindqvist", "<PERSON>", id="turned round"),
        pytest.param("maria_lindqvist", "Maria Lindqvist", "<PERSON>", id="joined"),
        pytest.param("Ann is annoyed", "Ann Li", "<PERSON> is annoyed", id="not within a word"),
        pytest.param("Li asked for Li-ion", "Ann Li", "Li asked for Li-ion", id="no short part"),
        pytest.param("Bo asked", "Bo", "<PERSON> asked", id="a short whole name"),
        pytest.param("Mar\u00adia asked", "Maria Ek", "<PERSON> asked", id="a soft hyphen"),
        pytest.param("who asked?", None, "who asked?", id="no name known"),
        pytest.param("who asked?", "!", "who asked?", id="a name of no letters"),
    ],
)
def test_a_rows_own_name_is_found_however_it_is_spelt(text: str, name: str | None, expected: str):
    assert clean(text, PERSON, name=name) == expected


@pytest.mark.parametrize(
    "text", ["4000003590410838", "4000 0035-9041 0838", "No.4000/0035/9041/0838"]
)
def test_a_rows_own_number_is_found_without_its_separators(text: str):
    # The check digit is wrong, so no pattern knows it for a card.
    spec = {"linked": {"card": "CREDIT_CARD"}, "entities": ["CREDIT_CARD"]}

    told = clean(text, spec, card="4000-0035-9041-0838")

    assert told is not None
    assert told.removeprefix("No.") == "<CREDIT_CARD>"


def test_the_words_of_an_email_address_are_left_alone():
    spec = {"linked": {"mail": "EMAIL_ADDRESS"}}

    assert clean("an example: com", spec, mail="maria@example.com") == "an example: com"


def test_a_neighbours_name_is_not_this_rows():
    found = scanned(["Maria called", "Maria called"], PERSON, name=["Maria Ek", "Bo Holm"])

    assert found.texts.to_pylist() == ["<PERSON> called", "Maria called"]


def test_findings_are_counted_where_rows_go_through():
    found = scanned(["a@example.org b@example.org", None, "c@example.org"])

    assert found.found(pa.array([True, True, False])) == {"EMAIL_ADDRESS": 2}


@searched(
    100,
    st.text(" .,-_'/\t\u200b\u00ad", max_size=3),
    st.lists(st.booleans(), min_size=7, max_size=7),
)
def test_neither_case_nor_what_stands_between_hides_a_whole_name(between: str, upper: list[bool]):
    letters = [c.upper() if up else c for c, up in zip("mariaek", upper, strict=True)]
    spelt = between.join(["".join(letters[:5]), "".join(letters[5:])])

    assert clean(f"({spelt})", PERSON, name="Maria Ek") == "(<PERSON>)"


@searched(
    100,
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=4),
)
def test_replacing_keeps_every_character_outside_of_the_findings(
    text: str, ranges: list[tuple[int, int]]
):
    findings = [
        Finding(start=start, end=min(start + length, len(text)), entity="X")
        for start, length in ranges
        if start < len(text)
    ]
    covered = {at for one in findings for at in range(one.start, one.end)}

    told, entities = replaced(text, findings)

    kept = "".join(character for at, character in enumerate(text) if at not in covered)
    assert len(told) == len(kept) + len("<X>") * len(entities)


def test_findings_that_overlap_are_one_called_after_the_longest():
    findings = [
        Finding(start=0, end=4, entity="PERSON"),
        Finding(start=0, end=17, entity="EMAIL_ADDRESS"),
        Finding(start=17, end=18, entity="X"),
    ]

    assert replaced("mary@example.org ! ok", findings) == (
        "<EMAIL_ADDRESS><X> ok",
        ("EMAIL_ADDRESS", "X"),
    )


@pytest.mark.parametrize("length", [10_000, 10_001])
def test_a_text_too_long_to_be_scanned_is_not_decided(length: int):
    found = scanned(["x" * length, "short", None])

    assert found.decided.to_pylist() == [length == 10_000, True, True]
    assert found.texts.to_pylist()[1:] == ["short", None]


def test_a_recognizer_that_fails_leaves_the_text_undecided(monkeypatch: pytest.MonkeyPatch):
    def fail(self: object, *_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(language.LanguageAnalyzer, "_found", fail)

    assert scanned(["a@example.org", "plain", None]).decided.to_pylist() == [False, True, True]


def test_a_search_for_a_rows_own_values_that_fails_leaves_the_row_undecided(
    monkeypatch: pytest.MonkeyPatch,
):
    def fail(self: object, text: str, values: object) -> None:
        if text == "bad":
            raise RuntimeError

    monkeypatch.setattr(Needles, "found", lambda *given: fail(*given) or [])

    found = scanned(["bad", "good", None], PERSON, name=["Maria Ek"] * 3)

    assert found.decided.to_pylist() == [False, True, True]
    assert found.texts.to_pylist() == [None, "good", None]


def test_a_cell_that_is_no_text_leaves_its_row_undecided():
    broken = pa.array([b"a@example.org", b"\xff\xfe", None, b"ok"], pa.binary())
    texts = broken.view(pa.string())
    names = pa.array([b"ok", b"x", b"x", b"\xff"], pa.binary()).view(pa.string())
    table = pa.table({"note": texts, "name": names})
    column = ColumnRedaction.model_validate({"action": "scan", **PERSON, "entities": ["URL"]})

    found = Scan("note", column).scanned(table)

    assert found.decided.to_pylist() == [True, False, True, False]
    assert found.texts.to_pylist()[1:] == [None, None, None]


def test_rows_with_equal_texts_are_counted_each():
    found = scanned(
        ["a@example.org"] * 3 + ["Maria a@example.org"],
        PERSON | {"entities": ["EMAIL_ADDRESS"]},
        name=["Bo", "Bo", "Bo", "Maria Ek"],
    )

    assert found.found(pa.array([True, False, True, True])) == {"EMAIL_ADDRESS": 3, "PERSON": 1}


def test_what_takes_the_place_of_a_finding_is_for_the_caller_to_say():
    column = ColumnRedaction.model_validate({"action": "scan"})
    scan = Scan("note", column, word=lambda entity, value: f"[{entity[:2]}{len(value)}]")

    [clean] = scan.scanned(pa.table({"note": ["to a@example.org!"]})).texts.to_pylist()

    assert clean == "to [EM13]!"


def test_an_empty_table_is_scanned():
    assert scanned([], PERSON, name=pa.array([], pa.string())).texts.to_pylist() == []


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        pytest.param({"entities": ["US_SSN"]}, "a@example.org", id="not asked for"),
        pytest.param({"threshold": 0.41}, "ring +49 30 23125 123", id="below the threshold"),
        pytest.param(
            {"thresholds": {"PHONE_NUMBER": 0.5}},
            "ring 030 23125 123",
            id="below its own threshold",
        ),
        pytest.param({"allow": ["a@example.org"]}, "to a@example.org", id="allowed"),
        pytest.param({"regions": ["US"]}, "see 030 23125 123", id="of another country"),
    ],
)
def test_a_finding_counts_only_if_the_file_asks_for_it(spec: dict[str, Any], text: str):
    assert clean(text) != text
    assert clean(text, spec) == text


def test_what_is_denied_is_always_found():
    spec = {"deny": {"PROJECT": ["blue fox", "K2"]}, "threshold": 1.0}

    assert clean("the Blue Fox and K2, not K22", spec) == "the <PROJECT> and <PROJECT>, not K22"


def test_a_word_near_a_finding_makes_it_surer():
    spec = {"entities": ["US_SSN"]}

    assert clean("my ssn is 536904399", spec) == "my ssn is <US_SSN>"
    assert clean("my number is 536904399", spec) == "my number is 536904399"
    far = "ssn, red, green, blue, black, white, brown, pink, grey 536904399"
    assert clean(far, spec) == far
