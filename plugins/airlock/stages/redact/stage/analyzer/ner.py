"""Language models that find names: pre-installed, never downloaded, identified by digest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import presidio_analyzer
import spacy
from presidio_analyzer import EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import (
    NlpArtifacts,
    NlpEngine,
    NlpEngineProvider,
    SpacyNlpEngine,
    StanzaNlpEngine,
    TransformersNlpEngine,
)
from spacy.language import Language

from airlock.core.errors import SpecError
from airlock.reading import read_yaml
from airlock.stages.redact.spec import Ner
from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.analyzer.context import (
    Surroundings,
    of_artifacts,
    refuse_endless,
)
from airlock.stages.redact.stage.finding import Finding

_DOCUMENTS = 256  # that a model reads at a time
_MOST_NEW_WORDS = 500_000  # some 250 MB
# Presidio asks a pipeline of these for entities, lemmas and parts of speech; a parser adds nothing.
_USUAL = {
    *("tok2vec", "transformer", "tagger", "morphologizer", "attribute_ruler", "lemmatizer"),
    *("ner", "parser", "senter"),
}
_UNUSED = ("parser", "senter")
# Presidio leaves organisations out by default; here a file asks for them or does not.
_WANTED_LABELS = ("ORG", "ORGANIZATION")


class NerEngine:
    """The language models that a redaction file names.

    Args:
        ner: which engine, and which model for which language.

    Attributes:
        models: name and SHA-256 of each language's model, over its files.

    Raises:
        SpecError: a model or its library is not installed.
    """

    def __init__(self, ner: Ner) -> None:
        folders = {one: _installed(ner.engine, name) for one, name in ner.models.items()}
        self.models: Mapping[str, tuple[str, str]] = {
            language: (ner.models[language], _digest(folder))
            for language, folder in sorted(folders.items())
        }
        self._engine = _engine(ner, folders)
        _without_unused(_pipelines(self._engine))

    def names(self, language: str, entities: Sequence[str]) -> Names | None:
        """What this language's model says; None if there is none.

        Args:
            entities: that count, in Presidio's words.
        """
        return Names(self._engine, language, entities) if language in self.models else None


class Names:
    """What one language's model finds.

    Args:
        engine: loaded.
        entities: that count.

    Attributes:
        entities: that the model can find.
    """

    def __init__(self, engine: NlpEngine, language: str, entities: Sequence[str]) -> None:
        self._engine = engine
        self._language = language
        self._wanted = list(entities)
        known = len(_pipelines(engine)[language].vocab.strings)
        self._most_words = known + _MOST_NEW_WORDS
        registry = RecognizerRegistry(supported_languages=[language])
        registry.add_nlp_recognizer(engine)
        self._recognizers: list[EntityRecognizer] = list(registry.recognizers)
        self.entities = frozenset(
            entity for one in self._recognizers for entity in one.supported_entities
        )

    def words(self, texts: Sequence[str]) -> Iterator[ReadWords]:
        """Each text's words, in order, as the model reads many texts at a time."""
        with self._bounded():
            for start in range(0, len(texts), _DOCUMENTS):
                some = texts[start : start + _DOCUMENTS]
                for text, artifacts in zip(some, self._read(some), strict=True):
                    yield ReadWords(text, artifacts, self._recognizers, self._wanted)

    def _bounded(self) -> AbstractContextManager[object]:
        """When the model has met very many words, what it learns inside is forgotten afterwards.

        Not before: in a memory zone spaCy does not remember how a word is split, and is slower.
        """
        nlp = _pipelines(self._engine)[self._language]
        return nlp.memory_zone() if len(nlp.vocab.strings) > self._most_words else nullcontext()

    def _read(self, texts: Sequence[str]) -> list[NlpArtifacts | None]:
        """What the model makes of some texts; None of what it cannot read."""
        readable = ["" if _is_endless(text) else text for text in texts]
        try:
            read: list[NlpArtifacts | None] = list(self._piped(readable))
        except Exception:  # noqa: BLE001  # one text made it fail: which one?
            read = [self._alone(text) for text in readable]
        triples = zip(read, readable, texts, strict=True)
        return [one if text == was else None for one, text, was in triples]

    def _piped(self, texts: Sequence[str]) -> Iterator[NlpArtifacts]:
        pipe = self._engine.process_batch(texts, self._language, batch_size=_DOCUMENTS)
        yield from (artifacts for _, artifacts in pipe)

    def _alone(self, text: str) -> NlpArtifacts | None:
        try:
            return self._engine.process_text(text, self._language)
        except Exception:  # noqa: BLE001  # whatever went wrong, nobody knows what the text holds
            return None


class ReadWords:
    """One text as a model read it.

    Args:
        artifacts: None if the model could not read it.
    """

    def __init__(
        self,
        text: str,
        artifacts: NlpArtifacts | None,
        recognizers: Sequence[EntityRecognizer],
        wanted: list[str],
    ) -> None:
        self._text = text
        self._artifacts = artifacts
        self._recognizers = recognizers
        self._wanted = wanted

    def named(self) -> Iterator[Finding]:
        """The names that the model found.

        Raises:
            Undecided: it could not read the text.
        """
        artifacts = self._known()
        for recognizer in self._recognizers:
            for one in recognizer.analyze(self._text, self._wanted, artifacts):
                yield Finding(
                    start=one.start, end=one.end, entity=one.entity_type, score=float(one.score)
                )

    def surroundings(self) -> Surroundings:
        """The words, with the model's lemmas."""
        return of_artifacts(self._known())

    def _known(self) -> NlpArtifacts:
        if self._artifacts is None:
            raise Undecided
        return self._artifacts


def _is_endless(text: str) -> bool:
    try:
        refuse_endless(text)
    except Undecided:
        return True
    return False


def _installed(engine: str, name: str) -> Path:
    """The folder of a model.

    Raises:
        SpecError: there is none; nothing is fetched.
    """
    folder = _FOLDERS[engine](name)
    if folder is None or not folder.is_dir():
        raise SpecError(
            f"The {engine} model {name} is not installed.", do=_INSTALL[engine].format(name=name)
        )
    return folder


def _spacy_folder(name: str) -> Path | None:
    return Path(spacy.util.get_package_path(name)) if spacy.util.is_package(name) else Path(name)


def _stanza_folder(name: str) -> Path | None:
    if find_spec("stanza") is None:
        return None
    return Path(import_module("stanza.resources.common").DEFAULT_MODEL_DIR) / name


def _transformers_folder(name: str) -> Path | None:
    return Path(name) if find_spec("transformers") else None


_FOLDERS = {
    "spacy": _spacy_folder,
    "stanza": _stanza_folder,
    "transformers": _transformers_folder,
}
_INSTALL = {
    "spacy": "Install it into the workers' image: python -m spacy download {name}; "
    "or give the folder of a saved pipeline.",
    "stanza": "Put it into the workers' image: pip install stanza, and stanza.download('{name}').",
    "transformers": "pip install transformers, save the model to a folder of the workers' image, "
    "and give that folder.",
}


def _digest(folder: Path) -> str:
    """SHA-256 over the model's files: their paths and what is in them."""
    total = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


class _OfflineStanza(StanzaNlpEngine):
    """Presidio's own fetches what is missing."""

    def __init__(self, models: Any = None, ner_model_configuration: Any = None) -> None:
        super().__init__(models, ner_model_configuration, download_if_missing=False)


def _engine(ner: Ner, folders: Mapping[str, Path]) -> NlpEngine:
    """The engine as Presidio's own configuration makes it."""
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


def _pipelines(engine: NlpEngine) -> Mapping[str, Language]:
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
