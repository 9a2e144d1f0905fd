"""Makes Presidio's engines for spaCy, Stanza and transformers: offline, with what is asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import presidio_analyzer
import spacy
from presidio_analyzer.nlp_engine import (
    NlpEngine,
    NlpEngineProvider,
    SpacyNlpEngine,
    StanzaNlpEngine,
    TransformersNlpEngine,
)
from spacy.language import Language

from airlock.reading import read_yaml
from airlock.stages.redact.spec import Ner

# Presidio asks a pipeline of these for entities, lemmas and parts of speech; a parser adds nothing.
_USUAL = {
    *("tok2vec", "transformer", "tagger", "morphologizer", "attribute_ruler", "lemmatizer"),
    *("ner", "parser", "senter"),
}
_UNUSED = ("parser", "senter")
# Presidio leaves organisations out by default; here a file asks for them or does not.
_WANTED_LABELS = ("ORG", "ORGANIZATION")


class _OfflineStanza(StanzaNlpEngine):
    """Presidio's own fetches what is missing."""

    def __init__(self, models: Any = None, ner_model_configuration: Any = None) -> None:
        super().__init__(models, ner_model_configuration, download_if_missing=False)


def presidio_engine(ner: Ner, folders: Mapping[str, Path]) -> NlpEngine:
    """The engine as Presidio's own configuration makes it, of what a file names and no more.

    Args:
        folders: of the models, by language.
    """
    engine = _engine(ner, folders)
    _without_unused(pipelines_of(engine))
    _with_labels(engine, ner.labels)
    return engine


def _engine(ner: Ner, folders: Mapping[str, Path]) -> NlpEngine:
    conf = Path(presidio_analyzer.__file__).parent / "conf" / f"{ner.engine}.yaml"
    configuration = read_yaml(conf.read_text(encoding="utf-8"))
    labels = configuration["ner_model_configuration"]
    labels["labels_to_ignore"] = [
        one for one in labels.get("labels_to_ignore") or [] if one not in _WANTED_LABELS
    ]
    # Read into memory when the engine is made.
    with tempfile.TemporaryDirectory() as scratch:
        configuration["models"] = [
            {"lang_code": language, "model_name": _model_name(ner, language, folder, scratch)}
            for language, folder in folders.items()
        ]
        provider = NlpEngineProvider(
            nlp_engines=(SpacyNlpEngine, _OfflineStanza, TransformersNlpEngine),
            nlp_configuration=configuration,
        )
        return provider.create_engine()


def _with_labels(engine: NlpEngine, wanted: Sequence[str]) -> None:
    """Leave out what the file does not name of the model's labels."""
    if not wanted:
        return
    configuration = getattr(engine, "ner_model_configuration")  # noqa: B009  # engines of Presidio
    known = {
        label
        for nlp in pipelines_of(engine).values()
        for some in nlp.pipe_labels.values()
        for label in some
    }
    ignored = {*(configuration.labels_to_ignore or ()), *known} - set(wanted)
    configuration.labels_to_ignore = sorted(ignored)


def pipelines_of(engine: NlpEngine) -> Mapping[str, Language]:
    """The spaCy pipeline of each language: every engine that we know wraps one."""
    pipelines: Mapping[str, Language] = getattr(engine, "nlp", {})
    return pipelines


def _model_name(ner: Ner, language: str, folder: Path, scratch: str) -> str | dict[str, str]:
    if ner.engine != "transformers":
        return ner.models[language]
    # It splits words with a spaCy pipeline, which need not know anything.
    words = Path(scratch) / language
    spacy.blank(language).to_disk(words)
    return {"spacy": str(words), "transformers": str(folder)}


def _without_unused(pipelines: Mapping[str, Language]) -> None:
    for nlp in pipelines.values():
        # A rule that somebody added may need the parser.
        if set(nlp.pipe_names) <= _USUAL:
            nlp.select_pipes(disable=[name for name in _UNUSED if name in nlp.pipe_names])
