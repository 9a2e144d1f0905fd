"""Language models that find names: pre-installed, never downloaded, identified by digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Protocol

from presidio_analyzer import EntityRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import (
    NlpArtifacts,
    NlpEngine,
)

from airlock.stages.redact.spec import Ner
from airlock.stages.redact.stage.analyzer import models
from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.analyzer.context import (
    Surroundings,
    Words,
    of_artifacts,
    refuse_endless,
)
from airlock.stages.redact.stage.analyzer.presidio_engines import pipelines_of, presidio_engine
from airlock.stages.redact.stage.finding import Finding

_DOCUMENTS = 256  # that a model reads at a time
_MOST_NEW_WORDS = 500_000  # some 250 MB


class NerEngine:
    """The language models that a redaction file names.

    Args:
        ner: which engine, and which model for which language; several are asked for all that each
            of them is said to find.

    Attributes:
        models: name and SHA-256 of each language's models, over their files.

    Raises:
        SpecError: a model or its library is not installed.
    """

    def __init__(self, ner: Ner | Sequence[Ner]) -> None:
        self._engines = [_Loaded(one) for one in ([ner] if isinstance(ner, Ner) else ner)]
        told: dict[str, list[tuple[str, str]]] = {}
        for engine in self._engines:
            for language, model in engine.models.items():
                told.setdefault(language, []).append(model)
        self.models: Mapping[str, tuple[tuple[str, str], ...]] = {
            language: tuple(models) for language, models in sorted(told.items())
        }

    def names(self, language: str, entities: Sequence[str]) -> AnyNames | None:
        """What this language's models say; None if there is none.

        Args:
            entities: that count, in Presidio's words.
        """
        known = [
            one for engine in self._engines if (one := engine.names(language, entities)) is not None
        ]
        return None if not known else known[0] if len(known) == 1 else CombinedNames(known)


class _Loaded:
    """One engine with its models."""

    def __init__(self, ner: Ner) -> None:
        self._ner = ner
        folders = models.folders(ner)
        self.models = {
            language: (ner.models[language], models.digest(folder))
            for language, folder in folders.items()
        }
        self._onnx = {}
        self._engine: NlpEngine | None = None
        if ner.engine == "onnx":
            # An extra of its own: who names no such model need not have it.
            onnx = import_module("airlock.stages.redact.stage.analyzer.onnx")
            self._onnx = {one: onnx.OnnxModel(folder) for one, folder in folders.items()}
            self._make = onnx.OnnxNames
            return
        self._engine = presidio_engine(ner, folders)

    def names(self, language: str, entities: Sequence[str]) -> AnyNames | None:
        if language not in self.models:
            return None
        # A person's name is taken for a company's more often than anything else.
        wanted = [*entities]
        if self._ner.organizations and "PERSON" in entities and "ORGANIZATION" not in entities:
            wanted.append("ORGANIZATION")
        if self._engine is None:
            made: AnyNames = self._make(self._onnx[language], self._ner, language, wanted)
            return made
        return Names(self._engine, language, wanted)


class AnyNames(Protocol):
    """What one language's model finds, whatever runs it.

    Attributes:
        entities: that the model can find.
        lemmas: whether it knows the lemma of a word, which may stand nowhere in the text.
    """

    entities: frozenset[str]
    lemmas: bool

    def words(self, texts: Sequence[str]) -> Iterator[Words]:
        """Each text's words, in order."""


class CombinedNames:
    """What several models find in texts of one language; the first that has lemmas gives them."""

    def __init__(self, several: Sequence[AnyNames]) -> None:
        self._several = sorted(several, key=lambda one: not one.lemmas)
        self.entities = frozenset().union(*(one.entities for one in several))
        self.lemmas = self._several[0].lemmas

    def words(self, texts: Sequence[str]) -> Iterator[Words]:
        """Each text's words, in order."""
        for several in zip(*(one.words(texts) for one in self._several), strict=True):
            yield _CombinedWords(several)


class _CombinedWords:
    def __init__(self, several: Sequence[Words]) -> None:
        self._several = several

    def named(self) -> Iterator[Finding]:
        for one in self._several:
            yield from one.named()

    def surroundings(self) -> Surroundings:
        return self._several[0].surroundings()


class Names:
    """What one language's model finds, through Presidio.

    Args:
        engine: loaded.
        entities: that count.

    Attributes:
        entities: that the model can find.
        lemmas: whether it knows the lemma of a word.
    """

    lemmas = True

    def __init__(self, engine: NlpEngine, language: str, entities: Sequence[str]) -> None:
        self._engine = engine
        self._language = language
        self._wanted = list(entities)
        known = len(pipelines_of(engine)[language].vocab.strings)
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
        nlp = pipelines_of(self._engine)[self._language]
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
