"""Pseudonyms join across runs and tables, and folds stay for a model's life."""

from __future__ import annotations

import hmac
import unicodedata
from collections import Counter
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example
from hypothesis import strategies as st

from airlock.config.settings import SecretKey
from airlock.stages.redact.stage.fold import Split
from airlock.stages.redact.stage.pseudonym import Pseudonyms, blank, keyed, normalised
from tests.searched import searched

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


# What is drawn as nothing, and whole numbers with a fraction, have tests of their own.
SEEN = st.characters(exclude_categories=["Cs", "Cf", "Mn", "Lo", "So"], exclude_characters=".")


@searched(
    100,
    st.lists(st.text(SEEN, max_size=8) | st.text(" \t\x0b\x1cAbİßſé１", max_size=6) | st.none()),
)
@example(values=["\tA\x1f", "a", "\x0ba\x1c \n", None, "b\r\x0c"])
def test_a_column_has_the_pseudonyms_of_its_values(values: list[str | None]):
    pseudonyms = Pseudonyms(KEY, "customer")
    expected = []
    for value in values:
        mac = keyed(KEY, "customer")
        read = unicodedata.normalize("NFKC", value or "").casefold().strip()
        mac.update(read.encode())
        # What is blank names nobody.
        expected.append(mac.hexdigest()[:32] if read else None)

    column = pseudonyms.column(pa.chunked_array([pa.array(values, pa.string())]))

    assert column.to_pylist() == expected
    assert [
        pseudonyms.of(one) if word else None for one, word in zip(values, expected, strict=True)
    ] == expected


@pytest.mark.parametrize(
    "values", [[1, None, 10**12], [1.5, 2.0], [True, None], []], ids=["int", "float", "bool", "no"]
)
def test_a_column_of_another_type_has_the_pseudonyms_of_its_values(values: list[Any]):
    pseudonyms = Pseudonyms(KEY, "customer")

    column = pseudonyms.column(pa.array(values))

    assert column.to_pylist() == [None if one is None else pseudonyms.of(one) for one in values]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(pa.array([12]), pa.array([12.0]), id="a nullable export"),
        pytest.param(pa.array(["12"]), pa.array([12.0]), id="a text and a float"),
        pytest.param(pa.array(["12"]), pa.array(["12.0"]), id="the text of a float"),
        pytest.param(pa.array([12]), pa.array([Decimal("12.00")]), id="a decimal"),
        pytest.param(pa.array([0.0]), pa.array([-0.0]), id="a zero with a sign"),
        pytest.param(pa.array([2**62]), pa.array([2.0**62]), id="a large one"),
        pytest.param(pa.array(["C0001"]), pa.array(["C\u200b0001"]), id="a zero-width blank"),
        pytest.param(pa.array(["C0001"]), pa.array(["\ufeffＣ０００１\u2060"]), id="full width"),
        pytest.param(pa.array(["C0001"]), pa.array(["C0\ufe0f001\u3164"]), id="drawn as nothing"),
    ],
)
def test_an_id_has_one_pseudonym_and_one_fold_whatever_its_export_made_of_it(
    one: pa.Array, other: pa.Array
):
    pseudonyms, split = Pseudonyms(KEY, "customer"), Split(KEY, "churn")

    assert pseudonyms.column(one) == pseudonyms.column(other)
    assert pseudonyms.of(one[0].as_py()) == pseudonyms.of(other[0].as_py())
    assert split.fold(one[0].as_py()) == split.fold(other[0].as_py())


@pytest.mark.parametrize(
    ("one", "other"), [("12", "012"), ("12", "12.5"), ("1.0.0", "1.0"), ("12.0a", "12a")]
)
def test_other_ids_stay_apart(one: str, other: str):
    first, second = Pseudonyms(KEY, "customer").column(pa.array([one, other])).to_pylist()

    assert first != second


def test_what_is_blank_has_no_pseudonym():
    blanks = pa.array(["", " ", "\u200b", "\u3000\u3164", None, "C1"])

    made = Pseudonyms(KEY, "customer").column(blanks).to_pylist()

    assert made[:5] == [None] * 5
    assert made[5] is not None
    assert blank(blanks).to_pylist() == [True] * 5 + [False]


@pytest.mark.parametrize("kind", ["text", "email", "phone"])
def test_pseudonyms_of_the_first_versions_are_still_known(kind: Any):
    old = Pseudonyms(KEY, "customer", kind, as_before=True)

    mac = keyed(KEY, "customer")
    mac.update("c\u200b1".encode())
    assert Pseudonyms(KEY, "customer", as_before=True).of(" C\u200b1") == mac.hexdigest()[:32]
    assert old.of("C1") == Pseudonyms(KEY, "customer", kind).of("C1")


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
