"""Token classifiers that onnxruntime runs: no framework, no network, and no code of the model's.

Texts are cut into windows; windows of like length are one batch, and batches share the cores.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from airlock.core.cores import cores
from airlock.core.errors import SpecError
from airlock.reading import read_json
from airlock.stages.redact.spec import Ner
from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.analyzer.context import LazyWords, Tokens
from airlock.stages.redact.stage.analyzer.models import weights
from airlock.stages.redact.stage.finding import Finding

Scores = npt.NDArray[np.float32]

_ENTITIES: Mapping[str, str] = {
    **dict.fromkeys(("PER", "PERSON", "NAME", "GIVENNAME", "SURNAME", "FIRSTNAME"), "PERSON"),
    **dict.fromkeys(("LASTNAME", "MIDDLENAME", "NAMESTUDENT", "PATIENT"), "PERSON"),
    **dict.fromkeys(("LOC", "LOCATION", "GPE", "FAC", "CITY", "STATE", "COUNTY"), "LOCATION"),
    **dict.fromkeys(("STREETNAME", "STREET", "STREETADDRESS", "BUILDINGNUMBER"), "LOCATION"),
    **dict.fromkeys(("SECONDARYADDRESS", "ZIPCODE", "ZIP", "BUILDINGNUM", "ADDRESS"), "LOCATION"),
    **dict.fromkeys(("ORG", "ORGANIZATION", "ORGANISATION", "COMPANY"), "ORGANIZATION"),
    **dict.fromkeys(("NORP", "NRP"), "NRP"),
    "AGE": "AGE",
    **dict.fromkeys(("ID", "TAXID", "GOVERNMENTID", "PASSPORT", "DRIVERSLICENSE"), "ID"),
}
"""What a model's labels mean, in Presidio's words; others have patterns, or count for nothing."""

# Characters of a window, and of what two neighbours share. Small models read short texts best.
_WINDOW, _SHARED = 480, 96
_MOST_TOKENS = 512
# Tokens of a batch, with what is filled up: a small model fits into the cache with them.
_BATCH_TOKENS = 384
# A word is of the kind that its tokens together find likeliest; below this it is none.
_LEAST = 0.25


class OnnxModel:
    """One model on disk.

    Args:
        folder: with `tokenizer.json`, `config.json` (its labels) and one ONNX file.

    Raises:
        SpecError: the folder does not hold a token classifier.
    """

    def __init__(self, folder: Path) -> None:
        self._weights = _only(folder)
        config = read_json((folder / "config.json").read_bytes())
        try:
            labels = {int(at): str(label) for at, label in config["id2label"].items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise SpecError(
                f"{folder}/config.json has no labels.", do="It needs id2label: number to label."
            ) from None
        self.labels = tuple(labels.get(at, "O") for at in range(max(labels) + 1))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._made_in = os.getpid()
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """The tokens of some texts."""
        encoded: list[Encoding] = self._tokenizer.encode_batch(list(texts))
        return encoded

    def scores(self, batches: Sequence[Sequence[Sequence[int]]]) -> list[Scores]:
        """Probabilities of shape (texts, tokens, labels), for each batch."""
        # A fork of a task shares the cores with its like, and has no threads of its parent's.
        threads = cores() if os.getpid() == self._made_in else 1
        session = self._session
        if threads == 1 or len(batches) == 1:
            return [_run(session, one) for one in batches]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda one: _run(session, one), batches))

    @property
    def _session(self) -> onnxruntime.InferenceSession:
        if (session := self._sessions.get(os.getpid())) is None:
            options = onnxruntime.SessionOptions()
            # Batches run side by side; one alone would wait for its own threads.
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 4
            session = onnxruntime.InferenceSession(
                str(self._weights), options, providers=["CPUExecutionProvider"]
            )
            self._sessions = {os.getpid(): session}
        return session


def _only(folder: Path) -> Path:
    found = weights(folder)
    if len(found) != 1:
        raise SpecError(
            f"{folder} holds {len(found)} ONNX files.", do="Keep the one that is to be used."
        )
    return found[0]


def _run(session: onnxruntime.InferenceSession, ids: Sequence[Sequence[int]]) -> Scores:
    longest = max(map(len, ids))
    tokens = np.zeros((len(ids), longest), np.int64)
    mask = np.zeros_like(tokens)
    for at, one in enumerate(ids):
        tokens[at, : len(one)], mask[at, : len(one)] = one, 1
    known = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    wanted = {one.name: known[one.name] for one in session.get_inputs()}
    logits: Scores = np.asarray(session.run(None, wanted)[0], np.float32)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Scores = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of a text that the model reads at once."""

    text: int
    start: int
    encoding: Encoding


class OnnxNames:
    """What a model finds in texts of one language.

    Args:
        model: loaded.
        ner: which of its labels count.
        entities: that count, in Presidio's words.

    Attributes:
        entities: that the model can find.
        lemmas: whether it knows the lemma of a word; it does not.
    """

    lemmas = False

    def __init__(self, model: OnnxModel, ner: Ner, language: str, entities: Sequence[str]) -> None:
        self._model = model
        self._tokens = Tokens(language)
        meanings = [_meaning(one, ner.labels) for one in model.labels]
        self.entities = frozenset(one for one in meanings if one)
        self._kinds = [one for one in sorted(self.entities) if one in entities]
        # Probabilities of labels that mean the same add up.
        self._sums = np.array(
            [[meaning == kind for kind in self._kinds] for meaning in meanings], np.float32
        )

    def words(self, texts: Sequence[str]) -> Iterator[OnnxWords]:
        """Each text's words, in order; equal texts are read once."""
        distinct = list(dict.fromkeys(texts))
        found = dict(zip(distinct, self._named(distinct), strict=True))
        for text in texts:
            yield OnnxWords(self._tokens, text, found[text])
        self._tokens.bound()

    def _named(self, texts: Sequence[str]) -> list[list[Finding] | None]:
        if not self._kinds:
            return [[] for _ in texts]
        found: list[list[Finding] | None] = [[] for _ in texts]
        windows, unread = self._windows(texts)
        for at in unread:
            found[at] = None
        batches = _batches(windows)
        scored = self._model.scores([[one.encoding.ids for one in batch] for batch in batches])
        for batch, scores in zip(batches, scored, strict=True):
            for window, one in zip(batch, scores @ self._sums, strict=True):
                mine = found[window.text]
                if mine is not None:
                    mine += self._spans(texts[window.text], window, one)
        return found

    def _windows(self, texts: Sequence[str]) -> tuple[list[_Window], set[int]]:
        """The windows of all texts, and the texts of which one has too many tokens."""
        cut = [(at, *place) for at, text in enumerate(texts) for place in _cut(text)]
        encoded = self._model.encode([texts[at][start:end] for at, start, end in cut])
        windows = [
            _Window(at, start, one) for (at, start, _), one in zip(cut, encoded, strict=True)
        ]
        unread = {one.text for one in windows if len(one.encoding.ids) > _MOST_TOKENS}
        return [one for one in windows if one.text not in unread], unread

    def _spans(self, text: str, window: _Window, scores: Scores) -> Iterator[Finding]:
        """Neighbouring words of one kind as one finding."""
        start = end = -1
        kind, sure = "", 0.0
        for word_start, word_end, score in _words(window.encoding, scores):
            best = int(score.argmax())
            if score[best] < _LEAST:
                continue
            entity = self._kinds[best]
            first, last = window.start + word_start, window.start + word_end
            if entity == kind and _joins(text[end:first]):
                end, sure = last, max(sure, float(score[best]))
                continue
            if kind:
                yield Finding(start=start, end=end, entity=kind, score=sure)
            start, end, kind, sure = first, last, entity, float(score[best])
        if kind:
            yield Finding(start=start, end=end, entity=kind, score=sure)


def _words(encoding: Encoding, scores: Scores) -> Iterator[tuple[int, int, Scores]]:
    """Place and scores of every word: those of its surest token."""
    at = 0
    ids, places = encoding.word_ids, encoding.offsets
    while at < len(ids):
        end = at + 1
        while end < len(ids) and ids[end] is not None and ids[end] == ids[at]:
            end += 1
        if ids[at] is not None and places[end - 1][1] > places[at][0]:
            yield places[at][0], places[end - 1][1], scores[at:end].max(axis=0)
        at = end


def _joins(gap: str) -> bool:
    """Whether what stands between two words may stand inside of one name."""
    return len(gap) <= 2 and not gap.strip(" '’.-,") and "\n" not in gap


def _batches(windows: Sequence[_Window]) -> list[list[_Window]]:
    batches: list[list[_Window]] = []
    for window in sorted(windows, key=lambda one: len(one.encoding.ids)):
        size = len(window.encoding.ids)
        if batches and (len(batches[-1]) + 1) * size <= _BATCH_TOKENS:
            batches[-1].append(window)
        else:
            batches.append([window])
    return batches


def _cut(text: str) -> Iterator[tuple[int, int]]:
    """Windows that end between two words, where there are words."""
    start = 0
    while len(text) - start > _WINDOW:
        end = text.rfind(" ", start + _WINDOW // 2, start + _WINDOW) + 1 or start + _WINDOW
        yield start, end
        start = text.rfind(" ", end - 2 * _SHARED, end - _SHARED) + 1 or end - _SHARED
    if text[start:].strip():
        yield start, len(text)


def _meaning(label: str, wanted: Sequence[str]) -> str | None:
    bare = (
        label.split("-", 1)[-1]
        if label[:2].upper() in {"B-", "I-", "E-", "S-", "L-", "U-"}
        else label
    )
    if wanted and bare not in wanted:
        return None
    return _ENTITIES.get(bare.upper().replace("_", ""))


class OnnxWords(LazyWords):
    """One text as a model read it.

    Args:
        named: None if the model could not read it.
    """

    def __init__(self, tokens: Tokens, text: str, named: Sequence[Finding] | None) -> None:
        super().__init__(tokens, text)
        self._named = named

    def named(self) -> Sequence[Finding]:
        """The names that the model found.

        Raises:
            Undecided: it could not read the text.
        """
        if self._named is None:
            raise Undecided
        return self._named
