"""Decodes texts (escapes, look-alike letters, …) in which an identifier may be hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airlock.stages.redact.stage.analyzer.reading import TextReading
from airlock.stages.redact.stage.analyzer.spellings import PLAIN, SPELLINGS

__all__ = ["TextReading", "readings", "readings_of"]

_TRIGGERS = [re.compile(one.trigger, re.ASCII) for one in SPELLINGS]


def readings_of(texts: Sequence[str]) -> Iterator[list[TextReading]]:
    """The readings of each text; which spellings each may have is asked of all at once.

    Args:
        texts: that can be encoded.
    """
    column = pa.array(texts, pa.string())
    triggered: npt.NDArray[np.bool_] = np.array(
        [
            pc.match_substring_regex(column, one.trigger).to_numpy(zero_copy_only=False)
            for one in SPELLINGS
        ],
        np.bool_,
    )
    hides = np.atleast_1d(triggered.any(axis=0))
    for at, text in enumerate(texts):
        if hides[at]:
            yield list(_readings(text, triggered[:, at].tolist()))
        else:
            yield [TextReading(text)]


def readings(cell: str) -> Iterator[TextReading]:
    """The cell as it is; without width and what does not show; and as it was meant.

    What would say the same again does not come.
    """
    return _readings(cell, [one.search(cell) is not None for one in _TRIGGERS])


def _readings(cell: str, triggered: Sequence[bool]) -> Iterator[TextReading]:
    yield TextReading(cell)
    said = {cell}
    if not cell.isascii():
        plain = cell.translate(PLAIN)
        if plain != cell:
            origins = PLAIN.origins(cell)
            yield TextReading(plain, origins, [at + 1 for at in origins])
            said.add(plain)
    meant = TextReading(cell)
    for spelling, applies in zip(SPELLINGS, triggered, strict=True):
        # Behind a change nobody has asked.
        if applies or meant.text is not cell:
            meant = spelling.step(meant)
    if meant.text not in said:
        yield meant
