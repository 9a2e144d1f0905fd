"""Pseudonyms join across runs and tables, and folds stay for a model's life."""

from __future__ import annotations

import hmac
import unicodedata
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airlock.config.settings import SecretKey
from airlock.stages.redact.stage.fold import Split
from airlock.stages.redact.stage.pseudonym import Pseudonyms, keyed, normalised

KEY, OTHER_KEY = SecretKey(bytes(32)), SecretKey(bytes(range(32)))


def test_the_same_value_has_the_same_pseudonym_for_ever():
    # Written out: another way to make it would break every join with tables redacted before.
    made = hmac.new(KEY.secret, b"customer\0c0000001", "sha256").hexdigest()[:32]

    assert Pseudonyms(KEY, "customer").of("C0000001") == made


@pytest.mark.parametrize(
    "spelling",
    ["maria@example.org", " Maria@Example.ORG\n", "ｍａｒｉａ@example.org"],
    ids=["as it is", "case and blanks", "full width"],
)
def test_spellings_of_one_value_share_a_pseudonym(spelling: str):
    pseudonyms = Pseudonyms(KEY, "mail")

    assert pseudonyms.of(spelling) == pseudonyms.of("maria@example.org")


def test_key_domain_and_value_each_make_another_pseudonym():
    made = {
        Pseudonyms(KEY, "customer").of("1"),
        Pseudonyms(KEY, "customer").of("2"),
        Pseudonyms(KEY, "employee").of("1"),
        Pseudonyms(OTHER_KEY, "customer").of("1"),
        # A border between domain and value that could be moved would join what is apart.
        Pseudonyms(KEY, "custome").of("r1"),
    }

    assert len(made) == 5
    assert {len(one) for one in made} == {32}


def test_numbers_and_their_texts_are_one_value():
    assert Pseudonyms(KEY, "customer").of(17) == Pseudonyms(KEY, "customer").of("17")


@given(st.lists(st.text(max_size=8) | st.text(" \t\x0b\x1cAbİßſé１", max_size=6) | st.none()))
@example(values=["\tA\x1f", "a", "\x0ba\x1c \n", None, "b\r\x0c"])
def test_a_column_has_the_pseudonyms_of_its_values(values: list[str | None]):
    pseudonyms = Pseudonyms(KEY, "customer")
    expected = []
    for value in values:
        mac = keyed(KEY, "customer")
        mac.update(unicodedata.normalize("NFKC", value or "").casefold().strip().encode())
        expected.append(None if value is None else mac.hexdigest()[:32])

    column = pseudonyms.column(pa.chunked_array([pa.array(values, pa.string())]))

    assert column.to_pylist() == expected
    assert [None if value is None else pseudonyms.of(value) for value in values] == expected


@pytest.mark.parametrize(
    "values", [[1, None, 10**12], [1.5, 2.0], [True, None], []], ids=["int", "float", "bool", "no"]
)
def test_a_column_of_another_type_has_the_pseudonyms_of_its_values(values: list[Any]):
    pseudonyms = Pseudonyms(KEY, "customer")

    column = pseudonyms.column(pa.array(values))

    assert column.to_pylist() == [None if one is None else pseudonyms.of(one) for one in values]


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("phone", "+49 (0)30 23125-123", "0049 30 23125123", True),
        ("phone", "tel:+4930 23125123", "＋49/30/23125123", True),
        ("phone", "030 23125-123", "(030) 23125 123", True),
        ("phone", "030 23125123", "031 23125123", False),
        ("phone", "+49 30 23125123", "+33 30 23125123", False),
        ("phone", "+12", "12", False),
        ("phone", "unknown", "", False),
        ("email", "Maria <Maria@Example.org>", "maria@example.org", False),
        ("email", " <MAILTO:Maria @ example.org>", "maria@example.org", True),
        ("email", "maria@example.org", "mary@example.org", False),
        ("text", "maria ek", "mariaek", False),
        ("text", "STRASSE", "straße", True),
    ],
)
def test_each_kind_of_value_is_made_equal_in_its_own_way(
    kind: Any, one: str, other: str, same: bool
):
    assert (normalised(one, kind) == normalised(other, kind)) is same
    pseudonyms = Pseudonyms(KEY, "customer", kind)
    assert (pseudonyms.of(one) == pseudonyms.of(other)) is same
    first, second = pseudonyms.column(pa.array([one, other])).to_pylist()
    assert (first == second) is same


def test_folds_have_their_shares():
    split = Split(KEY, "churn")

    folds = Counter(split.fold(f"C{n:07d}") for n in range(10_000))

    assert folds["holdout"] == pytest.approx(2000, abs=150)
    assert folds["validation"] == pytest.approx(1000, abs=120)
    assert set(folds) == set(Split.folds)


def test_a_fold_hangs_on_entity_model_and_split_key_alone():
    entities = [f"C{n}" for n in range(200)]

    def folds(key: SecretKey, model: str) -> list[str]:
        split = Split(key, model)
        return [split.fold(entity) for entity in entities]

    assert folds(KEY, "churn") == folds(KEY, "churn")
    assert folds(KEY, "churn") != folds(KEY, "upsell")
    assert folds(KEY, "churn") != folds(OTHER_KEY, "churn")
    assert Split(KEY, "churn").fold(" c17 ") == Split(KEY, "churn").fold("C17")


def test_the_split_has_a_name_that_changes_with_key_and_model():
    ids = {Split(key, model).split_id for key in (KEY, OTHER_KEY) for model in ("churn", "upsell")}

    assert len(ids) == 4
    assert {len(one) for one in ids} == {16}
