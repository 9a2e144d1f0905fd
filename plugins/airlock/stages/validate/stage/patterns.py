r"""Matches texts with regular expressions by Python's `re`, with faster paths where equal.

pandas asks RE2 or Python, whichever takes a pattern, and the two differ: in RE2 `\d` is an ASCII
digit, and `a++` no pattern; in Python `$` matches before a last line break too. Here the dialect is
always Python's, and `$` is always the end of the text; RE2 is asked only where both say the same.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.stages.validate.stage.keys import BoolArray

# Letters, digits and marks, sets and repetitions of them; no classes, groups or flags of a dialect.
_ALIKE = re.compile(
    r"(?:[A-Za-z0-9 ^$|.()\[\]{}*+?,_@#:;=!<>/~'\"&%-]|\\[.+*?()\[\]{}|^$/@_-])*", re.ASCII
)
_APART = re.compile(r"\(\?|\[:|\{,|[*+?}]\+")
# What begins with a backslash, a set of characters, or the dollar that is looked for.
_DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
_LINES = re.compile(r"\(\?[a-zA-Z]*m")


class Pattern:
    """One regular expression.

    Args:
        regex: that `re` compiles.
    """

    def __init__(self, regex: str) -> None:
        self._regex = regex
        self._compiled = re.compile(_to_the_end(regex))
        self._is_alike = bool(_ALIKE.fullmatch(regex)) and not _APART.search(regex)

    def found_in(self, texts: pa.Array | pa.ChunkedArray) -> BoolArray:
        """In which texts it is found; in none that is missing."""
        if self._is_alike:
            try:
                found = pc.match_substring_regex(texts, self._regex)
                return self._flags(found)
            except pa.ArrowException:
                # Too large for RE2; Python takes it.
                pass
        # Every text is looked at once, however often it stands there.
        whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        coded = whole.dictionary_encode()
        each = [self._compiled.search(text) is not None for text in coded.dictionary.to_pylist()]
        return self._flags(pc.take(pa.array(each, pa.bool_()), coded.indices))

    @staticmethod
    def _flags(found: pa.Array) -> BoolArray:
        flags: BoolArray = np.asarray(pc.fill_null(found, False), np.bool_)
        return flags


def _to_the_end(regex: str) -> str:
    """The same pattern, in which `$` is the end of the text, or of each line with `(?m)`."""
    if _LINES.search(regex):
        return regex
    return _DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], regex)
