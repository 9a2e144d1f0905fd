"""Every shared case about what goes out of the redaction gives what its README says."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pytest
from hypothesis import strategies as st

from airlock.core.errors import DataError, SpecError
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.analyzer.readings import readings
from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.generalise import generaliser
from airlock.stages.redact.stage.residual import Residuals
from airlock.stages.redact.stage.scan import Scan
from tests.cases import shared_cases
from tests.searched import searched


def case(name: str, file: str) -> pa.Table:
    quoted = csv.ParseOptions(newlines_in_values=True)
    return csv.read_csv(shared_cases("rows") / name / file, parse_options=quoted)


# 09: what word processors, mail clients and HTML make of identifiers


def scanned(text: str) -> str:
    scan = Scan("note", ColumnRedaction.model_validate({"action": "scan", "patterns": "only"}))
    [clean] = scan.scanned(pa.table({"note": [text]})).texts.to_pylist()
    return str(clean)


TYPESET = [
    *(
        pytest.param(f"4111{dash}1111{dash}1111{dash}1111", "CREDIT_CARD", id=f"U+{ord(dash):04X}")
        for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"
    ),
    pytest.param("219\u00ad09\u00ad9999", "US_SSN", id="soft hyphens"),
    pytest.param("219\u200b\u201309\u20139999", "US_SSN", id="a dash behind what does not show"),
    pytest.param("4111 1111\r\n1111 1111", "CREDIT_CARD", id="a line's end"),
    pytest.param("4111 1111\n> 1111 1111", "CREDIT_CARD", id="a quoted mail"),
    pytest.param("4111-1111-\n1111-1111", "CREDIT_CARD", id="a line's end behind a dash"),
    pytest.param("4111  1111\t1111  1111", "CREDIT_CARD", id="several blanks"),
    pytest.param("4111<br>1111<br/>1111<br />1111", "CREDIT_CARD", id="HTML's line ends"),
    pytest.param("4111&nbsp;1111&#160;1111 1111", "CREDIT_CARD", id="HTML's blanks"),
    pytest.param("GB29 NWBK\n6016 1331 9268 19", "IBAN_CODE", id="an IBAN behind its bank"),
    pytest.param("+49 30\n  23125 123", "PHONE_NUMBER", id="a phone number"),
    pytest.param("x&commat;example.org", "EMAIL_ADDRESS", id="an at sign by name"),
    pytest.param("x&#x40;example.org", "EMAIL_ADDRESS", id="an at sign in hex"),
]


@pytest.mark.parametrize(("text", "entity"), TYPESET)
def test_09_both_looks_find_what_was_typeset(text: str, entity: str):
    assert scanned(f"so {text} it is") == f"so <{entity}> it is"
    assert leaks({"x": [f"so {text} it is"]}, x="keep") == {("x", entity): [True]}


def test_09_no_row_keeps_its_identifier():
    rows = case("09-typographic-and-wrapped-identifiers", "notes.csv")
    notes = rows.column("note").to_pylist()

    assert [scanned(note) for note in notes] == [
        "<CREDIT_CARD>",
        "<US_SSN>",
        "<CREDIT_CARD>",
        "<CREDIT_CARD>",
        "<EMAIL_ADDRESS>",
        "<EMAIL_ADDRESS>",
        "<IBAN_CODE>",
    ]
    assert all(leaks({"x": [note]}, x="keep") for note in notes)


@pytest.mark.parametrize(
    "text",
    [
        "Mon \u2013 Fri, 10\u201312h",
        "two lines\nof text  with blanks",
        "4111\n1111",
        "100% sure &amp; 5%20 off",
    ],
)
def test_09_innocent_text_stays_as_it_is(text: str):
    assert scanned(text) == text
    assert leaks({"x": [text]}, x="keep") == {}


@searched(100, st.text(alphabet="4-\u00ad\u2013\u200b\n\\u0 A&#64;%.>\uff14", max_size=16))
def test_09_a_finding_in_any_reading_lies_in_the_cell(cell: str):
    for reading in readings(cell):
        spans = [
            reading.in_the_cell(Finding(start=at, end=at + 1, entity="X"))
            for at in range(len(reading.text))
        ]
        assert all(0 <= one.start < one.end <= len(cell) for one in spans)
        assert [one.start for one in spans] == sorted(one.start for one in spans)


# 10: numbers, days and the like are searched too


def leaks(columns: dict[str, Any], **actions: str) -> dict[tuple[str, str], list[bool]]:
    rows = pa.table(columns)
    spec = RedactionSpec.model_validate(
        {"columns": {name: {"action": action} for name, action in actions.items()}}
    )
    out = {name: rows.column(name) for name in rows.column_names if actions[name] != "drop"}
    return {
        place: hit.tolist() for place, hit in Residuals(rows.schema, spec).found(rows, out).items()
    }


def test_10_a_card_as_a_number_and_a_dropped_number_in_a_text_are_found():
    rows = case("10-numbers-are-not-searched", "rows.csv")

    found = leaks(
        {name: rows.column(name) for name in rows.column_names},
        id="pseudonym",
        acct="drop",
        card="keep",
        note="keep",
    )

    assert found == {("card", "CREDIT_CARD"): [True, False], ("note", "OWN_VALUE"): [True, False]}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(4111111111111111, id="an integer"),
        pytest.param(4111111111111111.0, id="a float"),
        pytest.param(Decimal("4111111111111111.00"), id="a decimal"),
        pytest.param(-4111111111111111, id="with a sign"),
        pytest.param(378282246310005, id="of 15 digits"),
        pytest.param(2223003122003222, id="that begins with 2"),
        pytest.param(676770000005, id="of 12 digits"),
        pytest.param(6304000000000000000, id="of 19 digits"),
    ],
)
def test_10_a_card_is_found_in_every_type_of_number(value: Any):
    assert leaks({"x": [value, None]}, x="keep") == {("x", "CREDIT_CARD"): [True, False]}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(20260105, id="a day"),
        pytest.param(5, id="a count"),
        pytest.param(4111111111111112, id="a wrong check digit"),
        pytest.param(4111111111111111.5, id="an amount"),
        pytest.param(0.4111111111111111, id="a probability"),
        pytest.param(1767571200000, id="a time in milliseconds"),
        pytest.param(20260105101500, id="a time in digits"),
        pytest.param(491512345678, id="a number as long as a phone's"),
        pytest.param(4000000000007, id="13 digits that do not add up"),
        pytest.param(20260105101501, id="a time in digits that adds up"),
        pytest.param(41111111111111113, id="a length that no issuer has"),
        pytest.param(529118020, id="nine digits"),
        pytest.param(float("nan"), id="no number"),
        pytest.param(1e300, id="a huge number"),
        pytest.param(date(2026, 1, 5), id="a date"),
        pytest.param(datetime(2026, 1, 5, 10, 15, 0, 123456), id="a time"),  # noqa: DTZ001
        pytest.param(True, id="a boolean"),
    ],
)
def test_10_what_is_no_card_stops_no_night(value: Any):
    assert leaks({"x": [value]}, x="keep") == {}


BORN = date(1990, 3, 2)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        pytest.param(700123456, "acct.700123456", id="an integer in a text"),
        pytest.param(700123456.0, "acct 700123456", id="a float in a text"),
        pytest.param(700123456, 700123456.0, id="an integer as a float"),
        pytest.param("700123456", 700123456, id="a text as an integer"),
        pytest.param(Decimal("1234.50"), "paid 1234.5", id="a decimal in a text"),
        pytest.param(BORN, "born 1990-03-02", id="a date in a text"),
        pytest.param(BORN, BORN, id="a date as a date"),
        pytest.param(BORN, datetime(1990, 3, 2, 10), id="a date in a time"),  # noqa: DTZ001
        pytest.param(datetime(1990, 3, 2), "on 1990-03-02", id="a midnight"),  # noqa: DTZ001
        pytest.param("1990-03-02", BORN, id="a text as a date"),
    ],
)
@pytest.mark.parametrize("action", ["drop", "pseudonym", "mask"])
def test_10_a_rows_own_value_is_found_in_every_type(own: Any, other: Any, action: str):
    found = leaks({"own": [own, None], "other": [other, other]}, own=action, other="keep")

    assert found[("other", "OWN_VALUE")] == [True, False]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        pytest.param(700123456, "acct 17001234567", id="a part of a longer number"),
        pytest.param(700123, 0.700123, id="the fraction of a number"),
        pytest.param(5, 5, id="a short number"),
        pytest.param(True, True, id="a boolean"),
    ],
)
def test_10_what_stands_there_by_chance_is_not_it(own: Any, other: Any):
    assert leaks({"own": [own], "other": [other]}, own="drop", other="keep") == {}


@pytest.mark.parametrize(("met", "hits"), [(10, 0), (11, 11), (1000, 1000)])
def test_10_amounts_meet_now_and_then_and_a_copy_meets_everywhere(met: int, hits: int):
    own = list(range(20_260_000, 20_261_000))
    other = [*own[:met], *([1] * (1000 - met))]

    found = leaks({"own": own, "other": other}, own="drop", other="keep")

    assert sum(found.get(("other", "OWN_VALUE"), [])) == hits


def test_10_values_that_nobody_can_read_prove_nothing():
    with pytest.raises(DataError, match=r"x has values of the type binary.*cannot be searched"):
        leaks({"x": pa.array([b"\xff"])}, x="keep")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([{"card": "4111 1111 1111 1111"}]), id="a struct"),
        pytest.param(pa.array([{"card": 4111111111111111}]), id="a struct with a number"),
        pytest.param(pa.array([["x", "4111111111111111"]]), id="a list"),
        pytest.param(pa.array(["4111111111111111"]).dictionary_encode(), id="a dictionary"),
    ],
)
def test_10_what_is_made_of_values_is_searched_as_its_text(column: pa.Array):
    assert leaks({"x": column}, x="keep") == {("x", "CREDIT_CARD"): [True]}


# 11: bands and months


def generalised(values: pa.Array, **how: Any) -> list[str]:
    column = ColumnRedaction.model_validate({"action": "generalise", **how})
    coarser = generaliser("x", column, values.type)
    return [coarser(value) for value in values.to_pylist()]


def test_11_a_number_lies_in_the_band_that_begins_with_it():
    rows = case("11-band-edges", "rows.csv")

    bands = generalised(rows.column("x").combine_chunks(), band=0.1)

    assert bands == ["0.3 to 0.4", "0.7 to 0.8", "0.3 to 0.4"]


@pytest.mark.parametrize(
    ("values", "band", "bands"),
    [
        pytest.param(pa.array([0.3, 0.7], pa.float32()), 0.1, ["0.3 to 0.4", "0.7 to 0.8"]),
        pytest.param(pa.array([-0.3, -0.05]), 0.1, ["-0.3 to -0.2", "-0.1 to 0"]),
        pytest.param(
            pa.array([2**62]), 10, ["4611686018427387900 to 4611686018427387910"], id="an integer"
        ),
        pytest.param(pa.array([1e-12]), 1e-11, ["0 to 0.00000000001"], id="narrow"),
        pytest.param(pa.array([float("nan")]), 10, ["none"]),
    ],
)
def test_11_edges_are_exact(values: pa.Array, band: float, bands: list[str]):
    assert generalised(values, band=band) == bands


@pytest.mark.parametrize(
    ("values", "band"),
    [
        pytest.param(pa.array([2.0**62]), 10, id="numbers are farther apart than the band is wide"),
        pytest.param(pa.array([2.0**53]), 2, id="a band holds one number"),
        pytest.param(pa.array([2.0**24], pa.float32()), 2, id="of single precision"),
        pytest.param(pa.array([3]), 1, id="integers by one"),
        pytest.param(pa.array([3]), 0.1, id="integers by less"),
    ],
)
def test_11_a_band_that_would_be_the_value_is_refused(values: pa.Array, band: float):
    with pytest.raises(SpecError, match="one number only, and so be the value"):
        generalised(values, band=band)


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_11_years_have_four_digits(kind: pa.DataType):
    first = pa.array([date(1, 1, 1)]).cast(kind)

    assert generalised(first, to="month") == ["0001-01"]
    assert generalised(first, to="year") == ["0001"]
