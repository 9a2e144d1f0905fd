"""Removes identifiers from free text: by pattern, and by the row's own values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airlock.core.parallel import map_in_processes
from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine
from airlock.stages.redact.stage.analyzer.readings import TextReading, readings
from airlock.stages.redact.stage.finding import Finding, added, bracketed, merged, replaced
from airlock.stages.redact.stage.linked import Needles


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A scanned column.

    Args:
        texts: with every finding replaced.
        decided: False where a text could not be proven clean.
        kinds: of each row, into `entities`; rows with equal texts mostly share one.
        entities: of the findings in a text of each kind.
        lengths: characters of a text of each kind, before.
        removed: of these that were replaced.
        shapes: of what was replaced in a text of each kind, beside its entity.
    """

    texts: pa.Array
    decided: pa.Array
    kinds: npt.NDArray[np.int64]
    entities: Sequence[Sequence[str]]
    lengths: npt.NDArray[np.int64]
    removed: npt.NDArray[np.int64]
    shapes: Sequence[Sequence[tuple[str, str]]]

    def characters(self, clean: pa.Array) -> tuple[int, int]:
        """How many characters the texts have that go through, and how many were replaced."""
        kinds = self.kinds[clean.to_numpy(zero_copy_only=False)]
        return int(self.lengths[kinds].sum()), int(self.removed[kinds].sum())

    def shaped(self, clean: pa.Array) -> Counter[tuple[str, str]]:
        """How often something of an entity and a shape was replaced."""
        goes = clean.to_numpy(zero_copy_only=False)
        rows = np.bincount(self.kinds[goes], minlength=len(self.shapes)).tolist()
        found: Counter[tuple[str, str]] = Counter()
        for shapes, count in zip(self.shapes, rows, strict=True):
            for one in shapes if count else ():
                found[one] += count
        return found

    def found(self, clean: pa.Array) -> Counter[str]:
        """How many findings of each entity the rows have that go through."""
        goes = clean.to_numpy(zero_copy_only=False)
        rows = np.bincount(self.kinds[goes], minlength=len(self.entities)).tolist()
        found: Counter[str] = Counter()
        for entities, count in zip(self.entities, rows, strict=True):
            for entity in entities if count else ():
                found[entity] += count
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clean:
    """What became of one text; None where it could not be proven clean."""

    text: str | None
    entities: tuple[str, ...] = ()
    decided: bool = True
    length: int = 0
    removed: int = 0
    shapes: tuple[tuple[str, str], ...] = ()


_UNDECIDED = _Clean(text=None, decided=False)
# That are looked through at a time, by one of several processes.
_ROWS = 2_500


class Scan:
    """Scans one column.

    Args:
        name: the column.
        column: what to look for in it.
        ner: a language model for what has no form; None: patterns alone.
        word: what takes a finding's place, by entity and by what stood there.
        processes: how many work at once; it makes no difference to what comes out.
    """

    def __init__(
        self,
        name: str,
        column: ColumnRedaction,
        *,
        ner: NerEngine | None = None,
        word: Callable[[str, str], str] = bracketed,
        processes: int = 1,
    ) -> None:
        self._name = name
        self._processes = processes
        self._analyzer = Analyzer(column, ner, processes)
        self._linked = dict(column.linked)
        self._word = word

    def scanned(self, table: pa.Table) -> Scanned:
        """Scan a table's rows; distinct texts once."""
        encoded = table.column(self._name).combine_chunks().dictionary_encode()
        cells = _decoded(encoded.dictionary)
        findings = self._findings(cells)
        cleaned = [self._cleaned(*one) for one in zip(cells, findings, strict=True)]
        # A null is the kind behind the last text.
        kinds = encoded.indices.fill_null(len(cells)).to_numpy().astype(np.int64)
        cleaned.append(_Clean(text=None))
        if self._linked:
            self._link(table, [*cells, None], [*findings, ()], kinds, cleaned)
        by_kind = pa.array([one.text for one in cleaned], pa.string())
        decided = pa.array([one.decided for one in cleaned], pa.bool_())
        return Scanned(
            texts=by_kind.take(pa.array(kinds)),
            decided=decided.take(pa.array(kinds)),
            kinds=kinds,
            entities=[one.entities for one in cleaned],
            lengths=np.array([one.length for one in cleaned], np.int64),
            removed=np.array([one.removed for one in cleaned], np.int64),
            shapes=[one.shapes for one in cleaned],
        )

    def spans(self, table: pa.Table) -> list[list[Finding] | None]:
        """What is replaced in each row's text; None where the row would stay behind."""
        cells = _decoded(table.column(self._name).combine_chunks())
        needles = Needles(self._linked)
        columns = [_values(table.column(one)) for one in self._linked]
        found: list[list[Finding] | None] = []
        for at, (text, findings) in enumerate(zip(cells, self._findings(cells), strict=True)):
            if text is None or findings is None:
                found.append(None)
                continue
            values = [column[at] for column in columns]
            own = _own(needles, list(readings(text)), values) if values else []
            found.append(None if own is None else merged([*findings, *own]))
        return found

    def _findings(self, cells: Sequence[str | None]) -> list[tuple[Finding, ...] | None]:
        """None for what could not be decided, or not even decoded."""
        known = iter(self._analyzer.findings([text for text in cells if text is not None]))
        return [None if text is None else next(known) for text in cells]

    def _cleaned(
        self, text: str | None, findings: Sequence[Finding] | None, own: Sequence[Finding] = ()
    ) -> _Clean:
        if text is None or findings is None:
            return _UNDECIDED
        if not findings and not own:
            return _Clean(text=text, length=len(text))
        removed: list[tuple[str, str]] = []

        def word(entity: str, value: str) -> str:
            removed.append((entity, value))
            return self._word(entity, value)

        clean, entities = replaced(text, [*findings, *own], word)
        return _Clean(
            text=clean,
            entities=entities,
            length=len(text),
            removed=sum(len(value) for _, value in removed),
            shapes=tuple((entity, shape(value)) for entity, value in removed),
        )

    def _link(
        self,
        table: pa.Table,
        cells: Sequence[str | None],
        findings: Sequence[tuple[Finding, ...] | None],
        kinds: npt.NDArray[np.int64],
        cleaned: list[_Clean],
    ) -> None:
        """Give a row whose text holds values of its own a kind of its own."""
        values = [_values(table.column(one)) for one in self._linked]
        rows = range(0, table.num_rows, _ROWS)
        # A text that many rows share is read once, in each process.
        meant: dict[int, list[TextReading]] = {}
        needles = Needles(self._linked)

        def linked(start: int) -> list[tuple[int, _Clean]]:
            changed: list[tuple[int, _Clean]] = []
            for row in range(start, min(start + _ROWS, table.num_rows)):
                kind = int(kinds[row])
                text, found = cells[kind], findings[kind]
                if text is None or found is None:
                    continue
                if kind not in meant:
                    meant[kind] = list(readings(text))
                own = _own(needles, meant[kind], [column[row] for column in values])
                if own is None:
                    changed.append((row, _UNDECIDED))
                elif own:
                    changed.append((row, self._cleaned(text, found, own)))
            return changed

        at_once = max(min(self._processes, len(rows)), 1)
        for changed in map_in_processes(linked, rows, processes=at_once):
            for row, clean in changed:
                kinds[row] = len(cleaned)
                cleaned.append(clean)


def _own(
    needles: Needles, readings: Sequence[TextReading], values: Sequence[Any]
) -> list[Finding] | None:
    """The row's own values in a text, however it is read; None where nobody can tell."""
    if any(value is _UNREADABLE for value in values):
        return None
    found: list[Finding] = []
    try:
        for reading in readings:
            some = needles.found(reading.text, values)
            found = (
                added(found, map(reading.in_the_cell, some))
                if found
                else [reading.in_the_cell(one) for one in some]
            )
    except Exception:  # noqa: BLE001  # whatever went wrong, the text is not proven clean
        return None
    return found


_UNREADABLE = object()


def _values(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_string(column.type):
        return list(column.to_pylist())
    encoded = column.combine_chunks().dictionary_encode()
    decoded = [_UNREADABLE if one is None else one for one in _decoded(encoded.dictionary)]
    return [None if at is None else decoded[at] for at in encoded.indices.to_pylist()]


def _decoded(texts: pa.Array) -> list[str | None]:
    """The texts; None where one is not the UTF-8 that Arrow takes it for."""
    try:
        read: list[str | None] = texts.to_pylist()
    except UnicodeDecodeError:
        return [_one(one) for one in texts.cast(pa.binary()).to_pylist()]
    return read


def _one(encoded: bytes) -> str | None:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return None


# Digits keep their places, for a phone number is told from a day by them; words do not.
_SHAPE = str.maketrans("0123456789", "9999999999")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_SHAPE = 40


def shape(value: str) -> str:
    """What a value looks like, without what it says: "Ann Ek, 12" is "a a, 99"."""
    return _WORD.sub("a", value[:_LONGEST_SHAPE].translate(_SHAPE))


# A shape that fewer have could be somebody's, and more of them nobody reads.
_FEW, _SHOWN_SHAPES = 10, 5


def common_shapes(
    name: str, counted: Mapping[tuple[str, str, str], int]
) -> dict[str, dict[str, int]]:
    """The shapes of what was replaced that are common, by entity.

    Args:
        counted: by column, entity and shape.
    """
    shapes: dict[str, dict[str, int]] = {}
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    for (at, entity, shape), count in ranked:
        known = shapes.setdefault(entity, {}) if at == name and count >= _FEW else None
        if known is not None and len(known) < _SHOWN_SHAPES:
            known[shape] = count
    return dict(sorted(shapes.items()))
