"""Checks that a CSV text is well-formed, byte by byte as it is read.

Arrow reads whatever it is given: a quote that never closes swallows the rows behind it, and text
behind a closing quote becomes text. Python's csv in strict mode refuses most of that, fifty times
as slowly. Here whole blocks are compared at once. In well-formed text quotes alternate: every other
one opens a cell and stands at its very beginning, every other one closes a cell and stands at its
very end, and two that touch are one quote inside of a cell.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from airlock.core.errors import DataError

Marks = np.ndarray[tuple[int], np.dtype[np.int64]]
Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]

ROW_BYTES = 16 << 20
"""What the longest row may hold, as UTF-8."""

_LF, _CR = 10, 13


class Strict:
    """Watches the bytes of one file go by.

    Args:
        name: of the file, for messages.
        delimiter: between cells.
        quote: around cells; None where quotes are text.
        header: whether the first row is none.
        single: whether rows have one cell only: then an empty line may be one.
        longest: bytes of the longest row.
    """

    def __init__(
        self,
        name: str,
        *,
        delimiter: str,
        quote: str | None,
        header: bool,
        single: bool,
        longest: int = ROW_BYTES,
    ) -> None:
        self._name = name
        self._quote = None if quote is None else ord(quote)
        marks = [ord(delimiter), _LF, _CR, *([] if quote is None else [ord(quote)])]
        self._border = np.isin(np.arange(256), marks)
        self._header = header
        self._single = single
        self._longest = longest
        # The beginning of a file is one of a row: as if a line had ended before.
        self._last = _LF
        self._inside = False
        self._at = 0
        self._began = 0
        self._ended = 0
        self._alone = self._feeds = False

    @property
    def rows(self) -> int:
        """How many rows have gone by whole, the header not counted."""
        return self._ended - self._header

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes.

        Raises:
            DataError: with the row in which the text is malformed.
        """
        if not chunk:
            return
        found = np.frombuffer(chunk, np.uint8)
        marks = (
            np.zeros(0, np.int64) if self._quote is None else np.flatnonzero(found == self._quote)
        )
        ends = self._row_ends(chunk, found, marks)
        if (at := self._misplaced(found, marks)) is not None:
            raise self._malformed(at, ends, found)
        self._compare(found, ends)
        self._count(found, ends)
        self._inside ^= bool(len(marks) & 1)
        self._at += len(found)
        self._last = int(found[-1])

    def end(self) -> None:
        """The file is over.

        Raises:
            DataError: it ends inside of a quoted cell.
        """
        if self._inside:
            raise DataError(
                f"{self._name}: row {self.rows + 1} has a quote that never closes.",
                do="The file is cut off, or a quote inside of a text is not doubled: export it "
                "again; or, where quotes mean nothing, write csv: {quote: null} into the contract.",
            )
        if self._at > self._began:
            self._ended += 1
            self._began = self._at

    def _row_ends(self, chunk: bytes, found: Bytes, marks: Marks) -> Marks:
        """Where lines end outside of quotes."""
        line_ends = found == _LF
        if b"\r" in chunk:
            line_ends |= found == _CR
        ends = np.flatnonzero(line_ends)
        if not len(marks):
            return ends[:0] if self._inside else ends
        outside: Marks = ends[(np.searchsorted(marks, ends) + self._inside) % 2 == 0]
        return outside

    def _misplaced(self, found: Bytes, marks: Marks) -> int | None:
        """The first quote that neither begins nor ends a cell, nor is doubled."""
        closed_before = self._last == self._quote and not self._inside
        if closed_before and self._at and not self._border[found[0]]:
            return 0
        opening, closing = marks[int(self._inside) :: 2], marks[int(not self._inside) :: 2]
        before = found[opening - 1]
        if len(opening) and opening[0] == 0:
            before[0] = self._last
        # What follows the last byte is looked at with the next chunk.
        closing = closing[: len(closing) - (len(closing) > 0 and closing[-1] == len(found) - 1)]
        behind = found[closing + 1]
        wrong = [
            int(where[bad[0]])
            for where, fine in ((opening, self._border[before]), (closing, self._border[behind]))
            if len(bad := np.flatnonzero(~fine))
        ]
        return min(wrong, default=None)

    def _compare(self, found: Bytes, ends: Marks) -> None:
        """Rows end alike: else some of the ends are text, and nobody can say which."""
        self._feeds |= bool((found[ends] == _LF).any())
        returns = ends[found[ends] == _CR]
        if self._last == _CR and not self._inside and self._at:
            self._alone |= int(found[0]) not in {_LF, _CR}
        # What follows the last byte is looked at with the next chunk.
        followed = found[returns[returns < len(found) - 1] + 1]
        self._alone |= bool(((followed != _LF) & (followed != _CR)).any())
        if self._alone and self._feeds:
            raise DataError(
                f"{self._name}: some lines end with a line feed and some with a carriage return "
                f"alone, by row {self.rows + 1 + len(ends)}; a text with a line break may not be "
                "quoted.",
                do="Export it again with one kind of line ends, and quotes around texts with line "
                "breaks.",
            )

    def _count(self, found: Bytes, ends: Marks) -> None:
        """Count rows, and measure them."""
        begins = np.concatenate(([self._began - self._at], ends + 1))
        lengths = np.diff(begins) - 1
        full = lengths > 0
        last = len(found) - int(begins[-1])
        if (lengths > self._longest).any() or last > self._longest:
            long = np.flatnonzero(lengths > self._longest)
            row = self.rows + 1 + int(full[: long[0]].sum() if len(long) else full.sum())
            raise DataError(
                f"{self._name}: row {row} is longer than {self._longest >> 20} MiB, or has a quote "
                "that never closes.",
                do="Export it again with quotes inside of texts doubled, and leave large texts out "
                "of the table.",
            )
        if self._single and not full.all():
            self._refuse_empty(found, ends, full)
        self._ended += int(full.sum())
        self._began = self._at + int(begins[-1])

    def _refuse_empty(self, found: Bytes, ends: Marks, full: Iterable[bool]) -> None:
        """In a table of one column an empty line may be a row; nobody can say."""
        rows = self.rows + 1
        for end, has_text in zip(ends.tolist(), full, strict=True):
            before = int(found[end - 1]) if end else self._last
            follows = found[end] == _LF and before == _CR and (end or self._at)
            if not has_text and not follows:
                raise DataError(
                    f"{self._name}: there is an empty line before row {rows}, which may be a row "
                    "without a value or none.",
                    do='Export it without empty lines, and a missing value as "".',
                )
            rows += has_text

    def _malformed(self, at: int, ends: Marks, found: Bytes) -> DataError:
        before = ends[ends < at]
        begins = np.concatenate(([self._began - self._at], before + 1))
        row = self.rows + 1 + int((np.diff(begins) > 1).sum())
        where = f"row {row}" if row else "the header"
        return DataError(
            f"{self._name}: {where} has a quote inside of a cell that is not doubled, or text "
            "beside a closing quote; a quote may have been left open in a row before.",
            do="Export it again with quotes around the whole cell and quotes inside of it doubled; "
            "or, where quotes mean nothing, write csv: {quote: null} into the contract.",
        )
