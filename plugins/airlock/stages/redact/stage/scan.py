"""Removes identifiers from free text: by pattern, and by the row's own values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine
from airlock.stages.redact.stage.analyzer.readings import Reading, readings
from airlock.stages.redact.stage.finding import Finding, added, bracketed, replaced
from airlock.stages.redact.stage.linked import Needles


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A scanned column.

    Args:
        texts: with every finding replaced.
        decided: False where a text could not be proven clean.
        kinds: of each row, into `entities`; rows with equal texts mostly share one.
        entities: of the findings in a text of each kind.
    """

    texts: pa.Array
    decided: pa.Array
    kinds: npt.NDArray[np.int64]
    entities: Sequence[Sequence[str]]

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


_UNDECIDED = _Clean(text=None, decided=False)


class Scan:
    """Scans one column.

    Args:
        name: the column.
        column: what to look for in it.
        ner: a language model for what has no form; None: patterns alone.
        word: what takes a finding's place, by entity and by what stood there.
    """

    def __init__(
        self,
        name: str,
        column: ColumnRedaction,
        *,
        ner: NerEngine | None = None,
        word: Callable[[str, str], str] = bracketed,
    ) -> None:
        self._name = name
        self._analyzer = Analyzer(column, ner)
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
        )

    def _findings(self, cells: Sequence[str | None]) -> list[tuple[Finding, ...] | None]:
        """None for what could not be decided, or not even decoded."""
        known = iter(self._analyzer.findings([text for text in cells if text is not None]))
        return [None if text is None else next(known) for text in cells]

    def _cleaned(
        self, text: str | None, findings: Sequence[Finding] | None, own: Sequence[Finding] = ()
    ) -> _Clean:
        if text is None or findings is None:
            return _UNDECIDED
        clean, entities = replaced(text, [*findings, *own], self._word)
        return _Clean(text=clean, entities=entities)

    def _link(
        self,
        table: pa.Table,
        cells: Sequence[str | None],
        findings: Sequence[tuple[Finding, ...] | None],
        kinds: npt.NDArray[np.int64],
        cleaned: list[_Clean],
    ) -> None:
        """Give a row whose text holds values of its own a kind of its own."""
        needles = Needles(self._linked)
        meant: dict[int, list[Reading]] = {}
        rows = zip(
            kinds.tolist(), *(_values(table.column(one)) for one in self._linked), strict=True
        )
        for row, (kind, *values) in enumerate(rows):
            text, found = cells[kind], findings[kind]
            if text is None or found is None:
                continue
            if kind not in meant:
                meant[kind] = list(readings(text))
            if own := _own(needles, meant[kind], values):
                cleaned.append(self._cleaned(text, found, own))
            elif own is None:
                cleaned.append(_UNDECIDED)
            else:
                continue
            kinds[row] = len(cleaned) - 1


def _own(
    needles: Needles, readings: Sequence[Reading], values: Sequence[Any]
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
