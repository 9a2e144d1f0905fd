"""Reads a SQL file: one query, and the nights that it asks for.

Nothing is ever written into its text but the marks of the driver, where `:night` stood. A text that
servers understand differently (a backslash before a quote, a comment that some of them run) is
refused: what is looked at here must be what they run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from airlock.core.errors import SpecError
from airlock.core.nights import night_named
from airlock.core.spelling import nearest

NIGHT, FIRST_NIGHT = "night", "first_night"
"""What a query may ask for: the run's night, and the first one of its window."""

_LARGEST = 1 << 20
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "INTO"})
_CHOOSES = frozenset({"FROM", "WHERE", "ON", "HAVING", "QUALIFY", "USING"})
_SHOWS = frozenset({"SELECT", "GROUP", "ORDER", "LIMIT", "WINDOW"})
_PIECES = re.compile(
    r"""(?P<comment>--(?=[\s]|$)[^\n]*|/\*(?![!M])(?:(?!\*/|/\*).)*\*/)
    |(?P<ambiguous>--|/\*|\$\w*\$|\\)
    |(?P<quoted>'[^']*'|"[^"]*"|`[^`]*`)
    |(?P<open>['"`])
    |(?P<colons>::+|:=)
    |(?<![\w)\]'"`:]):(?P<name>[A-Za-z_]\w*)
    |(?P<word>[A-Za-z_][\w$]*)
    |(?P<end>;)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_MARKS: Mapping[str, tuple[Callable[[str, int], str], bool]] = {
    # How a driver marks a value, and whether it finds it by name; PEP 249.
    "pyformat": (lambda name, _: f"%({name})s", True),
    "named": (lambda name, _: f":{name}", True),
    "format": (lambda *_: "%s", False),
    "qmark": (lambda *_: "?", False),
    "numeric": (lambda _, at: f":{at}", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuery:
    """One query.

    Args:
        pieces: its text; every other piece is the name of a value that is bound there.
        sha256: of the file.
        names: of the values that it asks for.
    """

    pieces: tuple[str, ...]
    sha256: str
    names: frozenset[str]

    @property
    def by_night(self) -> bool:
        """Whether it asks for nights at all."""
        return bool(self.names)

    @property
    def by_window(self) -> bool:
        """Whether one query gives all nights of a window."""
        return FIRST_NIGHT in self.names

    def written(self, paramstyle: str, given: Mapping[str, Any]) -> tuple[str, Any]:
        """Text and values as a driver takes them.

        Args:
            paramstyle: of the driver, as PEP 249 calls it.
            given: the values by name.
        """
        mark, by_name = _MARKS[paramstyle]
        doubled = paramstyle in {"pyformat", "format"} and bool(self.names)
        texts = [one.replace("%", "%%") if doubled else one for one in self.pieces[::2]]
        names = self.pieces[1::2]
        text = texts[0] + "".join(
            mark(name, at) + after
            for at, (name, after) in enumerate(zip(names, texts[1:], strict=True), start=1)
        )
        if by_name:
            return text, {name: given[name] for name in sorted(self.names)}
        return text, tuple(given[name] for name in names)


def read_statement(path: Path, *, shown: str) -> SourceQuery:
    """Read a file with one query.

    Args:
        shown: what messages call the file.

    Raises:
        SpecError: it cannot be read, or is no single query.
    """
    try:
        written = path.read_bytes()
    except OSError as error:
        raise SpecError(
            f"{shown} cannot be read ({error.strerror}).",
            do="Check the path; it is relative to the project.",
        ) from None
    if len(written) > _LARGEST:
        raise SpecError(f"{shown} is larger than 1 MiB.", do="Name a file with one query.")
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(f"{shown} is not UTF-8.", do="Save it as UTF-8 in your editor.") from None
    return statement(text, sha256=sha256(written).hexdigest(), shown=shown)


def statement(text: str, *, sha256: str, shown: str) -> SourceQuery:
    """Take a query apart.

    Raises:
        SpecError: it is none, or more than one, or changes something.
    """
    pieces, words = [""], []
    ended, restricts = False, False
    clauses = _Clauses()
    for kind, piece, line in _tokens(text):
        if kind == "comment" or not piece.strip():
            pieces[-1] += "\n" * piece.count("\n") or " "
            continue
        _check(kind, piece, f"{shown}, line {line}")
        if ended:
            raise SpecError(
                f"{shown}, line {line}: something stands behind the first statement.",
                do="Leave one SELECT or WITH in the file; write joins and steps as WITH.",
            )
        if kind == "end":
            ended = True
        elif kind == "name":
            pieces += [_known(piece, f"{shown}, line {line}"), ""]
            restricts = restricts or clauses.restrict
        else:
            pieces[-1] += piece
            words += [piece.upper()] if kind in {"word", "other"} else []
            clauses.read(piece.upper())
    first = next((word for word in words if word != "("), "")
    if first not in {"SELECT", "WITH"}:
        raise SpecError(
            f"{shown} is no query: it begins with neither SELECT nor WITH.",
            do="Write one SELECT, or WITH … SELECT.",
        )
    names = frozenset(pieces[1::2])
    if names == {FIRST_NIGHT}:
        raise SpecError(
            f"{shown} asks for :{FIRST_NIGHT} and not for :{NIGHT}, the last one of a window.",
            do=f"Write … BETWEEN :{FIRST_NIGHT} AND :{NIGHT}.",
        )
    if names and not restricts:
        raise SpecError(
            f"{shown} gives :{NIGHT} back and chooses no rows by it: every night would have all.",
            do="Choose them, as in WHERE day = :night; of a table without nights leave it out.",
        )
    return SourceQuery(pieces=tuple(pieces), sha256=sha256, names=names)


class _Clauses:
    """In which clause a query is read, also inside of parentheses."""

    def __init__(self) -> None:
        self._open = [""]

    def read(self, word: str) -> None:
        """Take in a word or a sign."""
        if word == "(":
            self._open.append(self._open[-1])
        elif word == ")":
            self._open[1:] = self._open[1:-1]
        elif word in _CHOOSES or word in _SHOWS:
            self._open[-1] = word

    @property
    def restrict(self) -> bool:
        """Whether what stands here decides which rows are read."""
        return self._open[-1] in _CHOOSES


def nights_bound(first: str, last: str) -> dict[str, date | datetime]:
    """The values that a query may ask for: a day, or the begin of what is no day.

    Args:
        first: of the window's first night.
        last: of the run's own.
    """
    return {FIRST_NIGHT: _bound(first), NIGHT: _bound(last)}


def _bound(night: str) -> date | datetime:
    one = night_named(night)
    return one.begin.replace(tzinfo=None) if one.every == "hour" else one.begin.date()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of everything in a query."""
    line = 1
    for found in _PIECES.finditer(text):
        kind = found.lastgroup or "other"
        piece = found.group(kind)
        yield kind, piece, line
        line += found.group().count("\n")


def _check(kind: str, piece: str, where: str) -> None:
    if kind == "ambiguous" or (kind == "quoted" and piece[:-1].endswith("\\")):
        raise SpecError(
            f"{where}: servers differ in what {_WORDS.get(piece[:2], 'a backslash')} means.",
            do="Write -- with a blank behind it for a comment, comments that do not nest, '' for a "
            "quote inside of a text, and no dollar quotes.",
        )
    if kind == "open" or piece == "\0":
        raise SpecError(f"{where}: a quote never closes.", do="Close it.")
    if kind == "word" and piece.upper() in _WRITES:
        raise SpecError(
            f"{where}: {piece.upper()} changes something, and a source is only read.",
            do='Write a SELECT alone; a column of that name stands in quotes: "update".',
        )


_WORDS = {"--": "-- without a blank", "/*": "/*! or a comment in a comment", "$$": "$$"}


def _known(name: str, where: str) -> str:
    if name in {NIGHT, FIRST_NIGHT}:
        return name
    meant = nearest(name, [NIGHT, FIRST_NIGHT]) or NIGHT
    raise SpecError(
        f"{where}: :{name} stands for nothing.",
        do=f"Did you mean :{meant}? A query may ask for :{NIGHT} and :{FIRST_NIGHT} alone.",
    )
