"""Writes the smallest token classifier there is: a table of labels by word."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

_FLOAT, _INT64 = 1, 7
_ELSEWHERE = 1


def write_classifier(
    folder: Path, labels: Sequence[str], words: Mapping[str, str], *, weights: str | None = None
) -> None:
    """A folder as a model's author would ship it.

    Args:
        labels: of tokens; the first is that of all other words.
        words: that the model knows, in lower case, with their labels.
        weights: where they lie if not in the file itself ("external data"), as it says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: at for at, word in enumerate(["[PAD]", "[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))  # no secret
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(at): label for at, label in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config))
    table = [
        [4.0 if label == words.get(word, labels[0]) else -4.0 for label in labels]
        for word in vocabulary
    ]
    if weights is not None:
        (folder / weights).write_bytes(flat(table))
    (folder / "model.onnx").write_bytes(gather(table, weights=weights))


def flat(table: Sequence[Sequence[float]]) -> bytes:
    """The bytes of a tensor."""
    return b"".join(struct.pack(f"<{len(row)}f", *row) for row in table)


def gather(table: Sequence[Sequence[float]], *, weights: str | None = None) -> bytes:
    """ONNX of one node: logits = table[input_ids].

    Args:
        weights: the path at which the table lies; in the file itself if None.
    """
    rows, columns = len(table), len(table[0])
    data = flat(table)
    place = {"location": weights, "offset": "0", "length": str(len(data))}
    elsewhere = b"".join(_bytes(13, _text(1, key) + _text(2, str(it))) for key, it in place.items())
    tensor = (
        _number(1, rows)
        + _number(1, columns)
        + _number(2, _FLOAT)
        + _text(8, "table")
        + (_bytes(9, data) if weights is None else elsewhere + _number(14, _ELSEWHERE))
    )
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "logits") + _text(4, "Gather")
    graph = (
        _bytes(1, node)
        + _text(2, "labels")
        + _bytes(5, tensor)
        + _bytes(11, _value("input_ids", _INT64, 2))
        + _bytes(12, _value("logits", _FLOAT, 3))
    )
    opset = _text(1, "") + _number(2, 17)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _value(name: str, kind: int, dimensions: int) -> bytes:
    shape = b"".join(_bytes(1, _text(2, f"d{at}")) for at in range(dimensions))
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
