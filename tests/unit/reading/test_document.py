"""What two readers would read differently, and what has no end, is refused."""

from __future__ import annotations

import json
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from airlock.core.content import canonical_json
from airlock.reading import Malformed, check_stored, checked_safetensors, read_json, read_yaml
from airlock.reading.archive import read_archive
from airlock.reading.document import DEPTH

VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 60), 1 << 60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_we_write_is_read_back(value: Any):
    try:
        data = canonical_json(value)
    except UnicodeError:
        return

    assert read_json(data) == json.loads(data)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_anything_is_read_or_malformed(data: Any):
    with suppress(Malformed):
        read_json(data)


JSON = {
    "a key twice": b'{"a": 1, "a": 2}',
    "a key twice, below": b'[{"b": {"a": 1, "a": 1}}]',
    "a key twice by its escape": b'{"a": 1, "\\u0061": 2}',
    "NaN": b"[NaN]",
    "Infinity": b"[-Infinity]",
    "an overflow": b"1e999",
    "many digits": b"1" * 5000,
    "deep": b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep, and not closed": b"[" * 1_000_000,
    "half of a pair": b'"\\ud800"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "not UTF-8": b'"\xff"',
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "two documents": b"{}{}",
    "nothing": b"",
}


@pytest.mark.parametrize("name", sorted(JSON))
def test_json_that_two_readers_read_differently_is_refused(name: str):
    with pytest.raises(Malformed):
        read_json(JSON[name])


def test_json_has_a_largest_size():
    with pytest.raises(Malformed, match="10 are the most"):
        read_json(b'"' + b"x" * 20 + b'"', size=10)


def test_brackets_in_texts_are_no_depth():
    assert read_json(json.dumps(["[" * 1000 + '\\"{'])) == ["[" * 1000 + '\\"{']


def test_depth_is_counted_from_the_outside():
    data = b"[" * DEPTH + b"]" * DEPTH

    assert read_json(data) is not None


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(9)
)

YAML = {
    "a bomb of aliases": BOMB,
    "an alias": "a: &x 1\nb: *x",
    "an alias of itself": "a: &x [*x]",
    "a merge": "a: &x {k: 1}\nb: {<<: *x}",
    "a key twice": "a: 1\na: 2",
    "a key twice, below": "x: [{a: 1, a: 2}]",
    "deep": "[" * 200 + "]" * 200,
    "very deep": "[" * 100_000 + "]" * 100_000,
    "deep in one line": "- " * 100_000 + "a",
    "deep by indentation": "".join(" " * at + "a:\n" for at in range(400)),
    "an object": "!!python/object/apply:os.system [touch was_run]",
    "a module": "!!python/module:os",
    "two documents": "a: 1\n---\nb: 2",
    "a number of parts without end": "a: 1" + ":59" * 100_000,
    "a number without end": "a: " + "9" * 10_000,
    "too large": "a: " + "x" * (1 << 20),
    "not closed": "[",
}


@pytest.mark.parametrize("name", sorted(YAML))
def test_yaml_that_nobody_needs_is_refused_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises((Malformed, yaml.YAMLError)):
        read_yaml(YAML[name])

    assert not Path("was_run").exists()


def test_yaml_of_plain_values_is_read():
    assert read_yaml("a: 1\nb: [x, 2.5, true, null]\nc: {d: 2026-01-05}")["b"] == [
        *("x", 2.5, True, None)
    ]
    assert read_yaml("") is None


# --- safetensors ---


def tensors(folder: Path) -> bytes:
    path = folder / "weights.safetensors"
    save_file({"a": torch.ones(2, 3), "b": torch.zeros(4, dtype=torch.int64)}, path)
    return path.read_bytes()


def with_header(data: bytes, change: Any) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def set_in(name: str, key: str, value: Any) -> Any:
    return lambda data: with_header(data, lambda header: header[name].update({key: value}))


HEADERS: dict[str, Any] = {
    "a header longer than the file": lambda data: struct.pack("<Q", 1 << 62) + data[8:],
    "overlapping": set_in("a", "data_offsets", [8, 32]),
    "oversized": set_in("a", "data_offsets", [0, 1 << 40]),
    "negative": set_in("a", "data_offsets", [-24, 0]),
    "a shape that is not its bytes": set_in("a", "shape", [1 << 40, 3]),
    "a negative shape": set_in("a", "shape", [-2, -3]),
    "a rank of many": set_in("a", "shape", [1] * 99),
    "a type that is not known": set_in("a", "dtype", "PICKLE"),
    "a flag for a number": set_in("a", "shape", [True, 6]),
    "bytes behind": lambda data: data + b"x",
    "cut short": lambda data: data[:-1],
    "no JSON": lambda data: data[:8] + b"x" * 8 + data[16:],
    "a key twice": lambda data: struct.pack("<Q", 15) + b'{"a":{},"a":{}}',
    "a list": lambda data: struct.pack("<Q", 2) + b"[]",
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_tensors_are_where_their_header_says(name: str, tmp_path: Path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(HEADERS[name](tensors(tmp_path)))

    with pytest.raises(Malformed):
        checked_safetensors(path)


def test_a_file_of_tensors_passes(tmp_path: Path):
    tensors(tmp_path)

    assert checked_safetensors(tmp_path / "weights.safetensors")


# --- zip ---


def archive(path: Path, **how: Any) -> bytes:
    with zipfile.ZipFile(path, "w", **how) as one:
        for name in ("graph/a", "graph/b/c"):
            one.writestr(zipfile.ZipInfo(name), b"12345", **how)
    return path.read_bytes()


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    return archive(tmp_path / "plain.zip")


def test_a_plain_archive_is_read(plain: bytes):
    found = {name: bytes(data) for name, data in read_archive(plain).items()}

    assert found == {"graph/a": b"12345", "graph/b/c": b"12345"}


def directory(data: bytes) -> int:
    return data.index(b"PK\x01\x02")


def at(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


ARCHIVES: dict[str, Any] = {
    "another name in the member's own header": lambda data: data.replace(b"graph/a", b"graph/x", 1),
    "another size in the directory": lambda data: at(data, directory(data) + 24, b"\xff" * 4),
    "another size in both of the directory's fields": lambda data: at(
        data, directory(data) + 20, b"\xff" * 8
    ),
    "deflated by the directory": lambda data: at(data, directory(data) + 10, b"\x08"),
    "encrypted": lambda data: at(data, directory(data) + 8, b"\x01"),
    "a data descriptor": lambda data: at(data, directory(data) + 8, b"\x08"),
    "overlapping": lambda data: at(data, directory(data) + 42, b"\x01"),
    "a name that leads out": lambda data: data.replace(b"graph/a", b"../../x"),
    "an absolute name": lambda data: data.replace(b"graph/a", b"/etc/ab"),
    "a name of control characters": lambda data: data.replace(b"graph/a", b"graph\x00a"),
    "a comment": lambda data: data[:-2] + b"\x01\x00x",
    "something before": lambda data: b"x" + data,
    "something behind": lambda data: data + b"x",
    "one of zip64": lambda data: data[:-42] + b"PK\x06\x07" + data[-38:],
    "more members than listed": lambda data: at(data, len(data) - 12, b"\x09\x00\x09\x00"),
    "damaged": lambda data: data.replace(b"12345", b"12346", 1),
    "cut short": lambda data: data[: len(data) // 2],
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("name", sorted(ARCHIVES))
def test_an_archive_that_two_readers_read_differently_is_refused(name: str, plain: bytes):
    changed = ARCHIVES[name](plain)
    assert changed != plain

    with pytest.raises(Malformed):
        read_archive(changed)


def test_a_member_that_inflates_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as one:
        one.writestr("graph/a", bytes(50_000_000))

    with pytest.raises(Malformed):
        read_archive(path.read_bytes())
    with pytest.raises(Malformed):
        check_stored(path)


def test_more_members_than_stated_are_refused(plain: bytes):
    with pytest.raises(Malformed, match="1 are the most"):
        read_archive(plain, members=1)
    with pytest.raises(Malformed, match="are the most"):
        read_archive(plain, size=10)


def test_what_torch_saves_is_stored(tmp_path: Path):
    torch.save({"a": torch.ones(3)}, tmp_path / "a.pt")

    check_stored(tmp_path / "a.pt")
