"""A key is the same key in every type that a table may give it, wherever two tables meet."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.config.keys import SecretKey
from airlock.core.table import key_texts, value_texts
from airlock.erasure.reach import Subject
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.fold import Split
from airlock.stages.redact.stage.pseudonym import Pseudonyms
from airlock.stages.redact.stage.suppression import Suppression, label

KEY = SecretKey(bytes(32))
PEOPLE = Pseudonyms(KEY, "customer")
SPEC = RedactionSpec.model_validate(
    {"columns": {"customer": {"action": "pseudonym"}, "note": {"action": "drop"}}}
)

SPELLINGS = st.integers(-(2**53), 2**53).map(
    lambda number: [
        pa.array([number], pa.int64()),
        pa.array([float(number)], pa.float64()),
        pa.array([f"{number}"]),
        pa.array([f" {number}\t"]),
        pa.array([f"{number}.0"]),
    ]
)


@given(SPELLINGS)
@settings(max_examples=50, deadline=None)
def test_a_whole_number_is_one_key_in_every_type(columns: list[pa.Array]):
    split = Split(KEY, "churn")

    assert len({key_texts(one)[0].as_py() for one in columns}) == 1
    assert len({PEOPLE.column(one)[0].as_py() for one in columns}) == 1
    assert len({split.fold(one[0].as_py()) for one in columns}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(pa.array(["1.0a"]), pa.array(["1"]), id="a text is no number"),
        pytest.param(pa.array([1.5]), pa.array([1]), id="a fraction is another number"),
        pytest.param(pa.array(["01"]), pa.array([1]), id="a zero in front is part of a text"),
    ],
)
def test_other_values_are_other_keys(one: pa.Array, other: pa.Array):
    assert key_texts(one) != key_texts(other)
    assert PEOPLE.column(one) != PEOPLE.column(other)


def test_a_key_of_a_boolean_or_a_day_is_text_and_nothing_is_none():
    assert key_texts(pa.array([True, None])).to_pylist() == ["true", None]
    assert value_texts(pa.array([2.0, 1e17, None])).to_pylist() == ["2", f"{10**17}", None]


@pytest.mark.parametrize("typed", ["17", "17.0", " 17 "])
@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([17, 18], pa.int64()), id="integers"),
        pytest.param(pa.array([17.0, 18.0], pa.float64()), id="numbers"),
        pytest.param(pa.array(["17", "18"]), id="texts"),
    ],
)
def test_who_is_erased_is_found_and_left_out_whatever_the_column_holds(
    column: pa.Array, typed: str
):
    somebody = Subject(typed, "customer", key=KEY, columns={"customer": "text"})
    suppression = Suppression(SPEC, key=KEY, suppressed={"customer": frozenset(somebody.digests)})

    left = suppression.without(pa.table({"customer": column}))

    assert PEOPLE.column(column)[0].as_py() in somebody.pseudonyms
    assert PEOPLE.column(column)[1].as_py() not in somebody.pseudonyms
    assert left.column("customer").to_pylist() == column[1:].to_pylist()


def test_who_was_erased_from_a_column_of_numbers_stays_erased():
    # As an earlier version spelled 17.0, and as somebody had to type it.
    before = Pseudonyms(KEY, label("customer"), as_before=True).of("17.0")
    suppression = Suppression(SPEC, key=KEY, suppressed={"customer": frozenset({before})})

    assert suppression.without(pa.table({"customer": [17.0, 18.0]})).num_rows == 1
