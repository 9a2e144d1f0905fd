"""Every entity that a file may name is planted, in every form, with and without words about it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any, get_args

import pyarrow as pa
import pytest

from airlock.config.settings import SecretKey
from airlock.stages.redact.entities import NamedEntity, PatternEntity
from airlock.stages.redact.record import PlantedIdentifier
from airlock.stages.redact.spec import USUAL, ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.analyzer import recognizers
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer
from airlock.stages.redact.stage.cards import NETWORKS, is_issued
from airlock.stages.redact.stage.forms import everywhere
from airlock.stages.redact.stage.planted import plant_identifiers
from airlock.stages.redact.stage.residual import Residuals
from airlock.stages.redact.stage.rows import Redactor
from airlock.stages.redact.stage.synthetic import forms, is_left, messy, squeezed

KEY = SecretKey(bytes(32))
ENTITIES = sorted(get_args(PatternEntity))
LANGUAGES = {
    "DE": "de",
    "ES": "es",
    "FI": "fi",
    "IT": "it",
    "KR": "ko",
    "PL": "pl",
    "SE": "sv",
    "TH": "th",
    "TR": "tr",
}
# Presidio gives them less than 0.4 where no word says what they are, and says so by its scores.
NEED_WORDS = {
    *("CA_POSTAL_CODE", "CA_SIN", "DE_BSNR", "DE_FUEHRERSCHEIN", "DE_KFZ", "DE_PLZ"),
    *("DE_TAX_NUMBER", "ES_PASSPORT", "IN_PASSPORT", "IT_DRIVER_LICENSE", "IT_IDENTITY_CARD"),
    *("IT_PASSPORT", "KR_PASSPORT", "PH_PASSPORT", "PH_TIN", "UK_PASSPORT", "UK_POSTCODE"),
    *("US_BANK_NUMBER", "US_CLAIM_NUMBER", "US_DRIVER_LICENSE", "US_HEALTH_INSURANCE_MEMBER_ID"),
    *("US_MBI", "US_PASSPORT", "US_PRESCRIPTION_NUMBER", "US_PRIOR_AUTHORIZATION_NUMBER"),
    *("US_PROVIDER_TAX_ID", "US_REFERRAL_NUMBER"),
}


def language(entity: str) -> str:
    return LANGUAGES.get(entity.split("_")[0], "en")


def planted(seed: str = "1", texts: Any = ("fine", "She called 3 times."), **note: Any) -> Any:
    column = {"action": "scan", "patterns": "only", **note}
    spec = RedactionSpec.model_validate(
        {"columns": {"id": {"action": "pseudonym"}, "note": column}}
    )
    rows = pa.table({"id": [f"C{at}" for at in range(len(texts))], "note": list(texts)})
    redactor = Redactor(rows.schema, spec, entity="id", key=KEY, split=None, suppressed={})
    return plant_identifiers(rows, spec, redactor, seed=seed)


def one(**note: Any) -> PlantedIdentifier:
    [told], _ = planted(**note)
    assert isinstance(told, PlantedIdentifier)
    return told


def test_nobody_can_name_an_entity_that_is_not_planted():
    assert all(forms(entity, random.Random(1)) for entity in (*ENTITIES, *get_args(NamedEntity)))


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_entity_is_planted_at_the_threshold_of_its_file(entity: str):
    told = one(entities=[entity], languages=[language(entity)])

    assert told.planted > told.alone > 0
    # Where it is named it is found; where nothing says what it is, the record tells.
    assert told.proven is (entity not in NEED_WORDS), told
    assert told.caught - told.alone_caught == told.planted - told.alone, told


@pytest.mark.parametrize("entity", sorted(NEED_WORDS))
def test_a_lower_threshold_proves_the_others(entity: str):
    assert one(entities=[entity], languages=[language(entity)], threshold=0).proven


def test_what_a_scan_looks_for_by_default_is_caught_whatever_is_planted():
    for seed in range(6):
        told, _ = planted(seed=str(seed))
        assert {one.entity for one in told} == set(USUAL)
        assert all(one.proven for one in told), told


@pytest.mark.soak
def test_what_a_scan_looks_for_by_default_is_caught_in_a_thousand_nights():
    for seed in range(1_000):
        told, _ = planted(seed=str(seed), regions=["DE", "FR", "GB", "US"])
        assert all(one.proven for one in told), (seed, told)


def test_names_are_told_apart_by_what_should_find_them():
    told, _ = planted(deny={"PROJECT": ["Bluebird"]}, entities=["EMAIL_ADDRESS"])

    assert {(one.entity, one.by) for one in told} == {
        ("EMAIL_ADDRESS", "pattern"),
        ("PROJECT", "deny"),
    }


def test_half_of_an_identifier_is_not_hidden():
    card = squeezed("4000 0067 7979 0491")

    assert is_left(card, "4000/<PHONE_NUMBER>", "so {} it is")
    assert is_left(card, "so 4000\u200b006779790491", "")
    assert not is_left(card, "so <CREDIT_CARD> it is", "so {} it is")
    # A piece that stood there before, and the digits of a pseudonym, say nothing.
    assert not is_left(card, "in 4000 <CREDIT_CARD 4000006779790491>", "in 4000 {}")


def test_a_disguise_leaves_the_identifier():
    chance = random.Random(1)

    disguised = {messy("400-123 456", chance) for _ in range(100)}

    assert len(disguised) == 5
    assert {squeezed(text) for text in disguised} == {"400123456"}


def test_a_scan_that_knows_some_networks_alone_is_found_out(monkeypatch: pytest.MonkeyPatch):
    # As it was when Presidio was the only one who was asked.
    monkeypatch.setattr(recognizers, "_OWN", ())

    told = one(entities=["CREDIT_CARD"])

    assert told.planted > told.caught > 0
    assert not told.proven


# The generators are not the recognizers, and agree with them


def test_every_network_of_cards_is_planted():
    cards = [_digits(text) for text in everywhere.cards(random.Random(1))]

    assert {len(one) for one in cards} >= {12, 13, 14, 15, 16, 19}
    assert all(map(is_issued, cards))
    for network in NETWORKS:
        assert any(_is_of(network, one) for one in cards), network


def _is_of(network: Any, digits: str) -> bool:
    return len(digits) in network.lengths and bool(re.match("|".join(network.beginnings), digits))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@pytest.mark.parametrize("entity", USUAL)
def test_the_second_look_is_no_narrower_than_the_scan(entity: str):
    column = {"columns": {"plan": {"action": "keep"}}}
    texts = [
        f"so {messy(text, random.Random(at))} it is"
        for at, text in enumerate(_every(entity))
        # Digits alone say nothing about phones.
        if entity != "PHONE_NUMBER" or text.startswith("+")
    ]
    rows = pa.table({"plan": texts})

    found = Residuals(rows.schema, RedactionSpec.model_validate(column)).found(
        rows, {"plan": rows.column("plan")}
    )

    missed = [one for one, hit in zip(texts, found["plan", entity], strict=True) if not hit]  # type: ignore[index]  # one of the kinds
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "see anna.k&commat;example.org now",
        "see anna dot k at example dot com now",
        "YW5uYS5rcmF1c2U3N0BleGFtcGxlLmNvbQ==",
        "card 4000.0067.7979.0491",
        "card " + "".join(chr(0x660 + int(digit)) for digit in "4000006779790491"),
    ],
)
def test_the_second_look_reads_a_text_as_the_scan_does(text: str):
    rows = pa.table({"plan": [text]})
    spec = RedactionSpec.model_validate({"columns": {"plan": {"action": "keep"}}})

    assert Residuals(rows.schema, spec).found(rows, {"plan": rows.column("plan")})


def _every(entity: str) -> Iterator[str]:
    for seed in range(3):
        yield from (one.text for one in forms(entity, random.Random(seed), ("DE", "GB", "US")))


@pytest.mark.parametrize("entity", ENTITIES)
def test_presidio_knows_what_is_planted(entity: str):
    column = ColumnRedaction.model_validate(
        {
            "action": "scan",
            "entities": [entity],
            "languages": [language(entity)],
            "threshold": 0,
            "regions": ["DE", "GB", "US"],
        }
    )
    texts = list(_every(entity))

    found = Analyzer(column).findings([f"so {text} it is" for text in texts])

    for text, findings in zip(texts, found, strict=True):
        assert any(one.start <= 3 and one.end >= 3 + len(text) for one in findings or ()), text
