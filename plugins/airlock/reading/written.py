"""Reads YAML that people write.

Refused: more than a megabyte, deeper nesting than stated, anchors that are used again (nine lines
of them make a thousand million values), a second document, a key that stands twice, tags that make
anything but plain values, numbers of more digits than anybody writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from airlock.reading.document import Malformed

SIZE = 1 << 20
DEPTH = 32
_SHALLOW = 128
_INDENT = re.compile(r"^[ \t?-]*", re.MULTILINE)
_DIGITS = 64  # of a number: 1:59:59:… makes its reader multiply ever larger ones
# libyaml reads ten times as fast as Python; every DAG file is parsed again and again.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


class Twice(Malformed):
    """A key stands twice in one mapping: the key, line and column of the second, from 1."""

    def __init__(self, key: str, line: int, column: int = 0) -> None:
        super().__init__(f"line {line}: `{key}` stands there a second time")
        self.key = key
        self.line = line
        self.column = column


def read_yaml(text: str, *, size: int = SIZE, depth: int = DEPTH) -> Any:
    """Parse one document into plain values.

    Raises:
        Malformed: what stands at the top of this file, with its line.
        Twice: a key stands twice in one mapping.
        yaml.YAMLError: it is not YAML, or has a tag that makes more than a plain value.
    """
    if len(text) > size:
        raise Malformed(f"it has {len(text):,} characters, and {size:,} are the most")
    _check_depth(text, depth)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, depth)
        return loader.construct_document(node)
    except RecursionError:
        raise Malformed(f"it is nested deeper than {depth}") from None
    finally:
        loader.dispose()


def places(text: str) -> dict[tuple[str | int, ...], tuple[int, int]]:
    """Line and column, from 1, of everything in a document that `read_yaml` has read.

    A key's place is where the key stands; an item's, where the item does.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        found: dict[tuple[str | int, ...], tuple[int, int]] = {}
        waiting: list[tuple[tuple[str | int, ...], Any, Any]] = [((), root, root)] if root else []
        while waiting:
            at, marked, node = waiting.pop()
            found[at] = (marked.start_mark.line + 1, marked.start_mark.column + 1)
            if isinstance(node, yaml.MappingNode):
                waiting += [((*at, _key(key, loader)), key, value) for key, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                waiting += [((*at, n), one, one) for n, one in enumerate(node.value)]
        return found
    finally:
        loader.dispose()


def _key(node: yaml.Node, loader: Any) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else str(loader.construct_object(node))


def _check_depth(text: str, most: int) -> None:
    """Refuse what is nested so deep that libyaml's composer, which calls itself, ends the process.

    Looking at every event takes as long as all the rest, so only at those of a text that could be.
    """
    brackets = text.count("[") + text.count("{")
    if brackets <= _SHALLOW and max(map(len, _INDENT.findall(text))) <= _SHALLOW:
        return
    deep = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            deep += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            deep -= 1
        if deep > most:
            raise Malformed(f"it is nested deeper than {most}")


def _check(root: yaml.Node, most: int) -> None:
    seen: set[int] = set()
    waiting = [(root, 1)]
    while waiting:
        node, deep = waiting.pop()
        line = node.start_mark.line + 1
        if id(node) in seen:
            raise _malformed(line, "what is anchored there (&) is used again (*)")
        seen.add(id(node))
        if deep > most:
            raise _malformed(line, f"it is nested deeper than {most}")
        if isinstance(node, yaml.ScalarNode):
            if node.tag in _NUMBERS and len(node.value) > _DIGITS:
                raise _malformed(line, f"a number has more than {_DIGITS} digits")
        else:
            waiting += [(one, deep + 1) for one in _below(node)]


def _malformed(line: int, what: str) -> Malformed:
    error = Malformed(f"line {line}: {what}")
    error.line = line
    return error


def _below(node: yaml.Node) -> Iterator[yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        yield from node.value
        return
    known: set[str] = set()
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in known:
                mark = key.start_mark
                raise Twice(key.value, mark.line + 1, mark.column + 1)
            known.add(key.value)
        yield key
        yield value
