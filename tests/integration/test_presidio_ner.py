"""A language model that is installed finds names as Presidio has it; one that is not is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spacy
import yaml
from presidio_analyzer.nlp_engine import NlpEngine, NlpEngineProvider
from spacy.language import Language
from spacy.tokens import Doc

from airlock.core.errors import SpecError
from airlock.stages.redact.spec import ColumnRedaction, Ner
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine
from tests.integration.presidio_stock import (
    but_for_references,
    found_by,
    offline,
    stock,
    told,
)
from tests.integration.presidio_texts import texts

COLUMN = ColumnRedaction(
    action="scan",
    entities=("PERSON", "LOCATION", "ORGANIZATION", "US_SSN", "PHONE_NUMBER", "EMAIL_ADDRESS"),
    threshold=0.3,
)


@Language.component("ssn_by_its_lemma")
def ssn_by_its_lemma(doc: Doc) -> Doc:
    """A lemma that stands nowhere in the text, as a real model has them."""
    for token in doc:
        token.lemma_ = "ssn" if token.lower_ == "insured" else token.lower_
    return doc


@Language.component("trips_over")
def trips_over(doc: Doc) -> Doc:
    if "tripwire" in doc.text:
        raise ValueError(doc.text)
    return doc


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small pipeline on disk that knows a few names."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]  # spaCy says only that a pipe is callable
        [
            {"label": "PERSON", "pattern": [{"LOWER": "maria"}, {"LOWER": "ek"}]},
            {"label": "GPE", "pattern": "Berlin"},
            {"label": "ORG", "pattern": "Acme"},
            {"label": "CARDINAL", "pattern": "twelve"},
        ]
    )
    nlp.add_pipe("ssn_by_its_lemma")
    nlp.add_pipe("trips_over")
    folder = tmp_path_factory.mktemp("models") / "names"
    nlp.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def engine(model: Path) -> NerEngine:
    return NerEngine(Ner(models={"en": str(model)}))


@pytest.fixture
def presidios_own(model: Path) -> NlpEngine:
    """The same model in Presidio's own configuration, but for the labels that it leaves out."""
    import presidio_analyzer

    conf = Path(presidio_analyzer.__file__).parent / "conf" / "spacy.yaml"
    configuration: dict[str, Any] = yaml.safe_load(conf.read_text())
    configuration["models"] = [{"lang_code": "en", "model_name": str(model)}]
    ignored = configuration["ner_model_configuration"]["labels_to_ignore"]
    configuration["ner_model_configuration"]["labels_to_ignore"] = [
        label for label in ignored if label not in {"ORG", "ORGANIZATION"}
    ]
    return NlpEngineProvider(nlp_configuration=configuration).create_engine()


@pytest.fixture
def _offline() -> Iterator[None]:
    with offline():
        yield


SENTENCES = [
    "Spoke with Maria Ek in Berlin",
    "maria ek of Acme, insured 536-90-4399",
    "twelve calls, no name",
    "",
    "Ｍａｒｉａ Ek",
]


@pytest.mark.usefixtures("_offline")
def test_a_model_finds_what_it_finds_in_presidio(engine: NerEngine, presidios_own: NlpEngine):
    some = [f"{text} {SENTENCES[at % 3]}" for at, text in enumerate(texts(500, seed=3))]
    own = stock(COLUMN, presidios_own)

    ours = Analyzer(COLUMN, engine).findings(some)

    different = [
        text
        for text, found in zip(some, ours, strict=True)
        if not all(
            any(_covers(mine, one) for mine in told(found) or ())
            for one in but_for_references(text, found_by(own, text, COLUMN))
        )
    ]
    assert different == []


def _covers(mine: tuple[str, int, int, float], stock: tuple[str, int, int, float]) -> bool:
    """Whether ours is the same, or the same name with the words that belong to it."""
    longer = mine[0] == "PERSON" and mine[1] <= stock[1] and stock[2] <= mine[2]
    return mine == stock or (longer and mine[0] == stock[0] and mine[3] >= stock[3])


def test_names_are_found_by_a_model_alone(engine: NerEngine):
    found = [told(one) for one in Analyzer(COLUMN, engine).findings(SENTENCES)]

    assert found == [
        [("PERSON", 11, 19, 0.85), ("LOCATION", 23, 29, 0.85)],
        # The lemma is the context word.
        [("PERSON", 0, 8, 0.85), ("ORGANIZATION", 12, 16, 0.85), ("US_SSN", 26, 37, 0.85)],
        [],
        [],
        [("PERSON", 0, 8, 0.85)],
    ]


def test_a_text_that_the_model_fails_on_is_left_out_alone(engine: NerEngine):
    found = Analyzer(COLUMN, engine).findings(["Maria Ek", "tripwire", "Berlin", "!" * 9_999])

    assert [None if one is None else len(one) for one in found] == [1, None, 1, None]


def test_the_digest_of_a_model_is_over_its_files(engine: NerEngine, model: Path):
    [((name, digest),)] = engine.models.values()
    (model / "meta.json").write_text((model / "meta.json").read_text() + " ")

    [((_, changed),)] = NerEngine(Ner(models={"en": str(model)})).models.values()

    assert (name, len(digest)) == (str(model), 64)
    assert digest != changed


@pytest.mark.parametrize(
    ("ner", "advice"),
    [
        pytest.param(Ner(models={"en": "en_core_web_lg"}), "spacy download", id="spaCy"),
        pytest.param(Ner(engine="stanza", models={"en": "en"}), "pip install stanza", id="Stanza"),
        pytest.param(
            Ner(engine="transformers", models={"en": "dslim/bert-base-NER"}),
            "save the model to a folder",
            id="transformers",
        ),
    ],
)
def test_a_model_that_is_not_installed_is_refused_and_never_fetched(
    ner: Ner, advice: str, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*args: object) -> None:
        raise AssertionError("connects")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)

    with pytest.raises(SpecError, match="is not installed") as refused:
        NerEngine(ner)

    assert advice in refused.value.do


def test_an_entity_that_nothing_finds_is_refused():
    with pytest.raises(SpecError, match="Nothing finds PERSON in texts of en"):
        Analyzer(COLUMN.model_copy(update={"entities": ("PERSON", "US_SSN")}))
