"""The redaction file: what cannot work is refused when the DAG is parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from airlock.core.errors import SpecError
from airlock.stages.redact.regions import REGIONS
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.validate.spec import Expectations

INCLUDE = Path(__file__).parents[4] / "include"


@pytest.mark.parametrize("name", ["customer_churn", "telco_churn"])
def test_the_projects_own_files_decide_on_every_column_of_their_contract(name: str):
    redaction = RedactionSpec.load(INCLUDE / "redaction" / f"{name}.yaml")
    contract = Expectations.load(INCLUDE / "expectations" / f"{name}.yaml").contract

    assert list(redaction.columns) == list(contract.columns)


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        pytest.param("{action: erase}", "action: must be one of", id="an unknown action"),
        pytest.param("{action: drop, shwo: 4}", "shwo: there is no `shwo`", id="a typo"),
        pytest.param("{action: keep, show: 4}", "show is for the action mask alone", id="of mask"),
        pytest.param(
            "{action: mask, domain: a}",
            "domain is for the action pseudonym alone",
            id="of pseudonym",
        ),
        pytest.param("{action: mask, show: -1}", "must be at least 0", id="a negative show"),
        pytest.param(
            "{action: scan, entities: [EMAIL]}",
            "entities.0: .*perhaps EMAIL_ADDRESS",
            id="an unknown entity",
        ),
        pytest.param(
            "{action: scan, regions: [UK]}",
            r"regions\.0: .*no such country",
            id="an unknown region",
        ),
        pytest.param("{action: scan, regions: []}", "at least one country", id="no region"),
        pytest.param(
            "{action: scan, linked: {name: PERSON}}",
            "unknown columns",
            id="an unknown linked column",
        ),
        pytest.param(
            "{action: scan, linked: {note: '<b>'}}", "should match pattern", id="markup for a word"
        ),
        pytest.param("{action: drop, normalise: phone}", "action pseudonym alone", id="normalise"),
        pytest.param("{action: generalise}", "needs one of to, prefix, band", id="not coarser"),
        pytest.param(
            "{action: generalise, to: month, band: 5}", "needs one of", id="coarser in two ways"
        ),
        pytest.param("{action: generalise, band: 0}", "be more than 0", id="a band without width"),
        pytest.param("{action: keep, patterns: only}", "action scan alone", id="of scan"),
        pytest.param("{action: drop, accept: [US_SSN]}", "alone", id="nothing to accept"),
        pytest.param("{action: scan, thresholds: {X: 2}}", "must be at most 1", id="score"),
        pytest.param("{action: scan, languages: []}", "must not be empty", id="no language"),
        pytest.param("{action: scan, deny: {WORD: ['']}}", "must not be empty", id="no word"),
        pytest.param(
            "{action: scan, patterns: only, entities: [PERSON]}",
            "no pattern finds PERSON: name a model",
            id="a name without a model",
        ),
        pytest.param(
            "{action: scan, patterns: only, ner: {models: {en: x}}}",
            "means that there is no ner",
            id="a model that is not to be used",
        ),
        pytest.param(
            "{action: scan, ner: {models: {en: x}}}", "add PERSON", id="a model for nothing"
        ),
        pytest.param("{action: scan, ner: {models: {}}}", "must not be empty", id="no model"),
    ],
)
def test_a_column_that_cannot_be_redacted_so_is_refused(tmp_path: Path, column: str, problem: str):
    path = tmp_path / "churn.yaml"
    path.write_text(f"columns: {{note: {column}}}")

    with pytest.raises(SpecError, match=rf"churn\.yaml:\d+:\d+: .*{problem}"):
        RedactionSpec.load(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "columns: {a: {action: drop}}\nquasi_identifiers: [a]",
            "do not go out",
            id="a quasi-identifier that is dropped",
        ),
        pytest.param(
            "columns: {a: {action: pseudonym, domain: d},"
            " b: {action: pseudonym, domain: d, normalise: phone}}",
            "domain d must normalise alike",
            id="two normal forms of one domain",
        ),
        pytest.param(
            "columns: {a: {action: scan}}\nner: {models: {en: x}}",
            "a: entities asks for nothing that ner finds",
            id="a model of the file for nothing",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, text: str, problem: str):
    path = tmp_path / "churn.yaml"
    path.write_text(text)

    with pytest.raises(SpecError, match=problem):
        RedactionSpec.load(path)


def test_text_is_dropped_unless_something_reads_it_for_names():
    note = {"action": "scan", "entities": ["PERSON"]}
    model = {"models": {"en": "en_core_web_lg"}}

    def does(column: dict[str, Any], **file: Any) -> str:
        return RedactionSpec.model_validate({"columns": {"note": column}, **file}).does("note")

    assert does({"action": "scan"}) == "drop"
    assert does({"action": "scan", "patterns": "only"}) == "scan"
    assert does({**note, "ner": model}) == "scan"
    assert does(note, ner=model) == "scan"


def test_every_country_that_libphonenumber_knows_can_be_a_region():
    assert frozenset(phonenumbers.SUPPORTED_REGIONS) == REGIONS
    assert ColumnRedaction(action="scan", regions=("ES", "PL")).regions == ("ES", "PL")
    with pytest.raises(SpecError, match="no such country"):
        ColumnRedaction(action="scan", regions=("de",))
