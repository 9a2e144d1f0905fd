"""The door proves itself: a second look, planted identifiers, and how well a row hides."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from airlock.config.settings import SecretKey
from airlock.core.errors import SpecError
from airlock.stages.redact.record import Anonymity, Redaction
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage import rows, synthetic
from airlock.stages.redact.stage.anonymity import anonymity
from airlock.stages.redact.stage.pseudonym import Pseudonyms
from airlock.stages.redact.stage.redact import RedactionContext, redact
from airlock.stages.redact.stage.scan import Scan, Scanned
from airlock.stages.redact.stage.suppression import label
from tests.tables import validation_of

KEY = SecretKey(bytes(32))
SCAN = {"action": "scan", "patterns": "only"}

Run = Callable[..., Redaction]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Redact columns; the parts lie in `tmp_path / "out"`."""

    def run(columns: dict[str, list[Any]], actions: dict[str, Any], **more: Any) -> Redaction:
        count = len(next(iter(columns.values())))
        table = pa.table({"id": [f"C{number}" for number in range(count)], **columns})
        given = {"suppressed", "processes", "key"} & set(more)
        options = {name: more.pop(name) for name in given}
        file = {"columns": {"id": {"action": "pseudonym"}, **actions}, **more}
        return redact(
            validation_of(table, tmp_path / "in"),
            RedactionSpec.model_validate(file),
            RedactionContext(
                entity="id",
                model=None,
                pseudonym_key=KEY,
                split_key=KEY,
                **options,
            ),
            table=tmp_path / "in",
            out=tmp_path / "out",
        )

    return run


def published(tmp_path: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pq.read_table(tmp_path / "out").to_pydict()
    return found


# The second look


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("mail ana@example.com", "EMAIL_ADDRESS", id="an e-mail address"),
        pytest.param("+49 (151) 234-56789", "PHONE_NUMBER", id="a phone number"),
        pytest.param("4000 0000 0000 0002", "CREDIT_CARD", id="a card"),
        pytest.param("DE89 3704 0044 0532 0130 00", "IBAN_CODE", id="an IBAN"),
        pytest.param("4000 0000 0000 0002 12/26", "CREDIT_CARD", id="a card with its month"),
        pytest.param("3333 4000 0000 0000 0002", "CREDIT_CARD", id="a card behind a number"),
        pytest.param("カード4000000000000002です", "CREDIT_CARD", id="a card between letters"),
        pytest.param("DE89 3704 0044 0532 0130 00 please", "IBAN_CODE", id="an IBAN and a word"),
        pytest.param("+49 1512 3456782 10115 Berlin", "PHONE_NUMBER", id="a number and a postcode"),
        pytest.param("josé@exámple.com", "EMAIL_ADDRESS", id="an e-mail address with accents"),
        pytest.param("from 192.168.17.4", "IP_ADDRESS", id="an IP address"),
        pytest.param("529-11-8020", "US_SSN", id="a social security number"),
        pytest.param("529-11-80\u200b20", "US_SSN", id="with something that does not show"),
        pytest.param("\uff14000 0000 0000 0002", "CREDIT_CARD", id="with a full-width digit"),
    ],
)
def test_an_identifier_in_a_kept_column_stops_the_stage(
    run: Run, tmp_path: Path, text: str, kind: str
):
    redaction = run({"plan": ["basic", text]}, {"plan": {"action": "keep"}})

    [residue] = redaction.residues
    assert (residue.column, residue.kind, residue.rows, residue.outcome) == (
        "plan",
        kind,
        1,
        "leak",
    )
    assert redaction.verdict.repair
    assert not redaction.proven
    assert text not in " ".join(redaction.facts())
    # What leaks is not published either.
    assert redaction.parts == ()
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("4000 0000 0000 0003", id="a card with a wrong check digit"),
        pytest.param("DE88 3704 0044 0532 0130 00", id="an IBAN with a wrong check digit"),
        pytest.param("ZZ65 1234 5678 9012", id="an IBAN of no country"),
        pytest.param("300.168.17.4", id="no address"),
        pytest.param("000-11-8020", id="no social security number"),
        pytest.param("5 @ 4 EUR", id="an at sign"),
        pytest.param("<EMAIL_ADDRESS>", id="a placeholder"),
    ],
)
def test_what_only_looks_like_an_identifier_goes_out(run: Run, text: str):
    redaction = run({"plan": [text]}, {"plan": {"action": "keep"}})

    assert redaction.residues == ()
    assert redaction.proven


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("please call 555 0132 today", "PHONE_NUMBER", id="behind a word for calling"),
        pytest.param("visa 4012 8888 8888 1880", "CREDIT_CARD", id="a card with a wrong digit"),
        pytest.param("4012 88** **** 1881", "CREDIT_CARD", id="a card on a receipt"),
        pytest.param("Kto 532013000 BLZ 37040044", "IBAN_CODE", id="a German account"),
        pytest.param("ip address: 3232235777", "IP_ADDRESS", id="an address as one number"),
        pytest.param("root@localhost", "EMAIL_ADDRESS", id="a host of one word"),
        pytest.param("her ssn is 536904399", "US_SSN", id="nine digits that are called one"),
    ],
)
def test_what_counts_behind_a_word_that_says_so_is_found_in_a_kept_column(
    run: Run, text: str, kind: str
):
    redaction = run({"plan": ["basic", text]}, {"plan": {"action": "keep"}})

    assert [(one.kind, one.rows) for one in redaction.residues] == [(kind, 1)]


@pytest.mark.parametrize(
    "text",
    ["call 2026-01-05 10:00", "555 0132", "536904399", "visa 12 months", "ssn 000123456", "BLZ 1"],
)
def test_without_the_word_or_the_form_it_goes_out(run: Run, text: str):
    assert run({"plan": ["basic", text]}, {"plan": {"action": "keep"}}).residues == ()


def test_what_is_less_sure_than_a_column_asks_for_goes_out(run: Run, tmp_path: Path):
    note = {**SCAN, "entities": ["EMAIL_ADDRESS"]}

    for threshold, left in ((0.4, 1), (0.5, 0)):
        file = {"note": {**note, "threshold": threshold}}
        redaction = run({"note": ["all is well", "call 555 0132"]}, file)
        assert redaction.quarantined == left
        for part in (tmp_path / "out").iterdir():
            part.unlink()


def test_a_person_may_accept_what_identifies_nobody(run: Run):
    plan = {"action": "keep", "accept": ["IP_ADDRESS"]}

    redaction = run({"server": ["10.0.0.1", "10.0.0.2"]}, {"server": plan})

    assert [(one.rows, one.outcome) for one in redaction.residues] == [(2, "accepted")]
    assert redaction.proven


def test_a_row_whose_text_still_holds_something_stays_behind(run: Run, tmp_path: Path):
    # The file forgets to look for cards.
    note = {**SCAN, "entities": ["EMAIL_ADDRESS"]}

    redaction = run({"note": ["card 4000 0000 0000 0002", "fine"]}, {"note": note})

    assert (redaction.rows, redaction.quarantined) == (1, 1)
    assert [(one.kind, one.outcome) for one in redaction.residues] == [("CREDIT_CARD", "left out")]
    assert published(tmp_path)["note"] == ["fine"]


def test_a_dropped_value_that_stands_in_another_column_of_the_row_is_found(
    run: Run, tmp_path: Path
):
    rows = {"name": ["Maria Ekström", "Bo Holmgren"], "note": ["MARIA EKSTRÖM called", "Maria"]}

    redaction = run(rows, {"name": {"action": "drop"}, "note": SCAN})

    assert [(one.column, one.kind) for one in redaction.residues] == [("note", "OWN_VALUE")]
    assert published(tmp_path)["note"] == ["Maria"]


def test_a_value_that_many_rows_share_names_nobody(run: Run):
    rows = {"state": ["cancelled"] * 50, "note": ["it was cancelled"] * 50}

    redaction = run(rows, {"state": {"action": "drop"}, "note": SCAN})

    assert redaction.residues == ()


# Planted identifiers


def test_canaries_are_planted_for_every_entity_and_every_linked_column(run: Run):
    note = {**SCAN, "linked": {"name": "PERSON"}, "deny": {"PROJECT": ["Bluebird"]}}

    redaction = run(
        {"name": ["Maria Ek"] * 9, "note": ["Maria called", None, "x"] * 3},
        {"name": {"action": "drop"}, "note": note},
    )

    entities = {one.entity for one in redaction.canaries}
    assert entities == {
        *("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "US_SSN"),
        *("PERSON", "PROJECT"),
    }
    assert redaction.planted_recall == 1.0
    assert all("Maria" not in one.before + one.after for one in redaction.examples)
    assert {one.after for one in redaction.examples} >= {
        "Please write to <EMAIL_ADDRESS> before Friday.",
        "Please write to <PERSON> before Friday.",
    }


def test_one_canary_that_comes_out_stops_the_stage(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Blind(Scan):
        def scanned(self, table: pa.Table) -> Scanned:
            texts = table.column("note").combine_chunks()
            return replace(super().scanned(table), texts=texts)

    monkeypatch.setattr(rows, "Scan", Blind)

    redaction = run({"note": ["fine", "good"]}, {"note": SCAN})

    # The second look would keep these rows back, and hides nothing here.
    assert redaction.planted_recall == 0.0
    assert not redaction.proven
    assert redaction.verdict.repair
    assert redaction.parts == ()


def test_a_threshold_that_loses_what_the_file_asks_for_is_found_out(run: Run):
    note = {**SCAN, "threshold": 0.9, "entities": ["PHONE_NUMBER", "EMAIL_ADDRESS"]}

    redaction = run({"note": ["fine"]}, {"note": {**note, "accept": ["PHONE_NUMBER"]}})

    assert [one for one in redaction.reasons if "planted PHONE_NUMBER came out of note" in one]


def test_what_a_scan_does_not_find_where_nothing_says_what_it_is_stops_the_stage(
    run: Run, tmp_path: Path
):
    note = {**SCAN, "entities": ["UK_POSTCODE", "UK_NHS"]}

    redaction = run({"note": ["fine"]}, {"note": note})

    [reason] = redaction.reasons
    assert "planted UK_POSTCODE came out of note, all where no word says what they are" in reason
    assert "unproven: [UK_POSTCODE]" in reason
    assert not redaction.proven
    assert redaction.parts == ()


def test_a_column_may_say_that_an_entity_is_unproven(run: Run, tmp_path: Path):
    note = {**SCAN, "entities": ["UK_POSTCODE", "UK_NHS"], "unproven": ["UK_POSTCODE"]}

    redaction = run({"note": ["fine"]}, {"note": note})

    assert redaction.proven
    # It is counted by itself: what nobody proved is no part of the recall.
    assert redaction.planted_recall == 1.0
    assert "Unproven, as the file says: UK_POSTCODE in note." in redaction.facts()
    assert published(tmp_path)["note"] == ["fine"]


def test_nothing_planted_is_no_recall_and_no_proof(run: Run):
    note = {**SCAN, "entities": ["UK_POSTCODE"], "unproven": ["UK_POSTCODE"]}
    accepted = run({"note": ["fine"]}, {"note": note})
    [told] = accepted.canaries
    none = replace(told, planted=0, caught=0, alone=0, alone_caught=0, accepted=False)

    assert accepted.planted_recall is None
    assert accepted.proven
    assert replace(accepted, canaries=(none,)).planted_recall is None
    assert not replace(accepted, canaries=(none,)).proven


def test_what_nobody_can_make_up_stops_the_stage(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(synthetic, "_FORMS", {})

    redaction = run({"note": ["fine"]}, {"note": {**SCAN, "entities": ["UK_NHS"]}})

    [reason] = redaction.reasons
    assert reason.startswith("UK_NHS in note is unproven, for nobody can make one up")
    assert not redaction.proven


def test_only_what_a_column_looks_for_can_be_unproven():
    with pytest.raises(ValidationError, match="unproven names what this column does not look for"):
        ColumnRedaction.model_validate({**SCAN, "unproven": ["ES_NIF"]})


def test_a_record_without_canaries_for_a_scanned_column_proves_nothing(run: Run):
    redaction = run({"note": ["fine"]}, {"note": SCAN})

    assert redaction.proven
    assert not replace(redaction, canaries=()).proven


# Precision beside recall


def test_precision_stands_beside_recall_where_the_truth_is_known(run: Run):
    # "before Friday" is in every made-up text, and nobody planted it.
    note = {**SCAN, "entities": ["EMAIL_ADDRESS"], "deny": {"DAY": ["Friday"]}}

    precise = run({"note": ["fine"]}, {"note": SCAN})
    loose = run({"note": ["fine"]}, {"note": note})

    assert precise.planted_precision == 1.0
    assert loose.planted_recall == 1.0
    assert loose.planted_precision is not None
    assert 0.4 < loose.planted_precision < 0.7


def test_the_record_says_how_much_went_and_what_it_looked_like(run: Run):
    notes = [f"call +49 1512 345678{number}" for number in range(10)]

    redaction = run({"note": [*notes, "mail a@example.org", "fine"]}, {"note": SCAN})

    [_, note] = redaction.columns
    # Of one e-mail address nobody is told what it looked like.
    assert note.shapes == {"PHONE_NUMBER": {"+99 9999 9999999": 10}}
    assert note.characters == 10 * 21 + 18 + 4
    assert note.removed == 10 * 16 + 13
    assert "74.6% of the characters of note were removed." in redaction.facts()


# Free text without a model


def test_text_that_no_model_reads_is_dropped_unless_the_file_says_patterns_only(
    run: Run, tmp_path: Path
):
    redaction = run(
        {"note": ["Maria called"], "fee": [1]},
        {
            "note": {"action": "scan"},
            "fee": {"action": "keep"},
        },
    )

    assert list(published(tmp_path)) == ["id", "fee"]
    assert (redaction.columns[1].action, redaction.columns[1].unread) == ("drop", True)
    assert any("Patterns alone miss names" in fact for fact in redaction.facts())


def test_what_takes_a_findings_place_is_for_the_file_to_say(run: Run, tmp_path: Path):
    mail = "to ana@example.com"
    person = Pseudonyms(KEY, "EMAIL_ADDRESS", "email").of("ana@example.com")[:16]

    run(
        {"a": [mail], "b": [mail], "c": [mail.upper()]},
        {
            "a": {**SCAN, "replace": "mask"},
            "b": {**SCAN, "replace": "pseudonym"},
            "c": {**SCAN, "replace": "pseudonym"},
        },
    )

    found = published(tmp_path)
    assert found["a"] == ["to ***************"]
    assert found["b"] == [f"to <EMAIL_ADDRESS {person}>"]
    assert found["c"] == [f"TO <EMAIL_ADDRESS {person}>"]


# Generalise


@pytest.mark.parametrize(
    ("values", "how", "coarser"),
    [
        pytest.param([date(1990, 3, 2), None], {"to": "month"}, ["1990-03", None], id="a month"),
        pytest.param([date(1990, 3, 2)], {"to": "year"}, ["1990"], id="a year"),
        pytest.param(["10115", "7"], {"prefix": 2}, ["10", "*"], id="a prefix"),
        pytest.param([34, -1], {"band": 10}, ["30 to 40", "-10 to 0"], id="a band of integers"),
        pytest.param([0.25, 7.0], {"band": 0.5}, ["0 to 0.5", "7 to 7.5"], id="a band of numbers"),
    ],
)
def test_a_generalised_value_is_coarser(
    run: Run, tmp_path: Path, values: list[Any], how: dict[str, Any], coarser: list[str]
):
    run({"value": values}, {"value": {"action": "generalise", **how}})

    assert published(tmp_path)["value"] == coarser


def test_a_value_that_cannot_be_made_coarser_so_is_refused(run: Run):
    with pytest.raises(SpecError, match="value cannot be generalised so"):
        run({"value": ["text"]}, {"value": {"action": "generalise", "band": 5}})


# How well a row hides


def test_the_record_says_how_small_the_smallest_group_is(run: Run):
    keep = {"action": "keep"}
    people = {
        "region": ["north"] * 6 + ["south"] * 4 + [None] * 6,
        "age": [30] * 6 + [30, 30, 30, 40] + [30] * 6,
    }

    redaction = run(people, {"region": keep, "age": keep}, quasi_identifiers=["region", "age"])

    assert redaction.anonymity == Anonymity(columns=("region", "age"), groups=4, smallest=1, rare=4)


def test_groups_are_counted_in_as_many_passes_as_memory_asks_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    keep = {"action": "keep"}
    values = {"value": [str(number % 7) for number in range(100)]}
    whole = run(values, {"value": keep}, quasi_identifiers=["value"])
    monkeypatch.setattr(sys.modules[anonymity.__module__], "_AT_ONCE", 9)

    assert run(values, {"value": keep}, quasi_identifiers=["value"]) == whole


# Who was erased


def test_a_row_about_somebody_who_was_erased_is_left_out(run: Run, tmp_path: Path):
    erased = frozenset({Pseudonyms(KEY, label("id")).of(" c1 ")})

    redaction = run({"fee": [0, 1, 2]}, {"fee": {"action": "keep"}}, suppressed={"id": erased})

    assert (redaction.rows, redaction.suppressed, redaction.quarantined) == (2, 1, 0)
    assert published(tmp_path)["fee"] == [0, 2]


def test_a_suppression_is_not_the_pseudonym_that_is_published():
    assert Pseudonyms(KEY, label("id")).of("C1") != Pseudonyms(KEY, "id").of("C1")


# Many at once


def test_two_processes_that_share_a_group_find_what_one_does(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from airlock.stages.redact.stage import scan
    from airlock.stages.redact.stage.analyzer import analyzer

    monkeypatch.setattr(analyzer, "_BATCH", 2)
    monkeypatch.setattr(scan, "_ROWS", 2)
    names = ["Ilse Brandner", "Jan Odenthal", "Zofia Kern"] * 3
    notes = {
        "name": names,
        "note": [f"{name} or +49 1512 345678{at}" for at, name in enumerate(names)],
    }
    how = {"name": {"action": "drop"}, "note": SCAN | {"linked": {"name": "NAME"}}}

    one = run(notes, how)
    alone = published(tmp_path)["note"]
    two = run(notes, how, processes=2)

    assert one == two
    assert published(tmp_path)["note"] == alone == ["<NAME> or <PHONE_NUMBER>"] * 9


def test_two_processes_leave_behind_what_one_does(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from airlock.core import table

    monkeypatch.setattr(table, "GROUP_ROWS", 2)
    notes = {"note": [f"call +49 1512 345678{number}" for number in range(9)]}

    one = run(notes, {"note": SCAN})
    alone = (tmp_path / "out" / "part-00000.parquet").read_bytes()
    two = run(notes, {"note": SCAN}, processes=2)

    assert one == two
    assert (tmp_path / "out" / "part-00000.parquet").read_bytes() == alone
