"""Reads a zip archive in the one dialect that `bundle.graph.pack` writes.

Members are stored as they are, one after the other, without gaps; the directory follows and
repeats every header; nothing follows that. So no member can inflate, overlap another one, stand
twice, or be another one for another reader. Refused: everything else, among it compression,
encryption, zip64, comments, extra fields, names that lead elsewhere, and more bytes or members
than stated.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT has the names of the fields.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from airlock.reading.document import Malformed

SIZE = 2 << 30
MEMBERS = 20_000

_END = struct.Struct("<4s4H2LH")  # end of central directory record
_LISTED = struct.Struct("<4s6H3L5H2L")  # central directory file header
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header
_LOCATOR = b"PK\x06\x07"  # of zip64, for which some readers look before the end record
_NAME = re.compile(r"[A-Za-z0-9_.]+(/[A-Za-z0-9_.]+)*")


class _Listed(NamedTuple):
    """One line of the directory."""

    name: str
    crc: int
    size: int
    at: int


def read_archive(data: bytes, *, size: int = SIZE, members: int = MEMBERS) -> dict[str, memoryview]:
    """The members of an archive by their names, as views of its bytes.

    Args:
        data: the whole archive.
        size: the most bytes of it.
        members: the most members.

    Raises:
        Malformed: what stands at the top of this file.
    """
    if len(data) > size:
        raise Malformed(f"it has {len(data):,} bytes, and {size:,} are the most")
    directory, count = _directory(data)
    if count > members:
        raise Malformed(f"it has {count:,} members, and {members:,} are the most")
    found: dict[str, memoryview] = {}
    end = 0
    for listed in sorted(_listed(data[directory : len(data) - _END.size], count), key=_place):
        if listed.name in found:
            raise Malformed(f"it has two members {listed.name}")
        start = _after_header(data, listed, end)
        end = start + listed.size
        if end > directory:
            raise Malformed("a member reaches into the directory")
        found[listed.name] = memoryview(data)[start:end]
        if zlib.crc32(found[listed.name]) != listed.crc:
            raise Malformed(f"{listed.name} is damaged")
    if end != directory:
        raise Malformed("there is something between its members and its directory")
    return found


def check_stored(path: Path, *, members: int = 100_000) -> None:
    """Refuse a zip archive of another writer (torch's) whose members would inflate.

    Raises:
        Malformed: it is compressed, lists more members than stated or more bytes than it has.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise Malformed(f"{path.name} is no zip archive") from None
    if len(listed) > members or any(one.compress_type != zipfile.ZIP_STORED for one in listed):
        raise Malformed(f"{path.name} has members that are compressed, or too many")
    if sum(one.file_size for one in listed) > path.stat().st_size:
        raise Malformed(f"{path.name} lists more bytes than it has")


def _place(listed: _Listed) -> int:
    return listed.at


def _directory(data: bytes) -> tuple[int, int]:
    """Where the directory begins, and how many members it lists."""
    if len(data) < _END.size:
        raise Malformed("it is no zip archive")
    end = len(data) - _END.size
    mark, disk, first, here, count, size, at, comment = _END.unpack_from(data, end)
    if mark != b"PK\x05\x06" or (disk, first, comment) != (0, 0, 0) or here != count:
        raise Malformed("it is no zip archive that ends with its directory")
    if at + size != end or data[max(0, end - 20) : end].startswith(_LOCATOR):
        raise Malformed("its directory is not where it is said to be")
    return at, count


def _listed(directory: bytes, count: int) -> Iterator[_Listed]:
    at = 0
    for _ in range(count):
        if len(directory) - at < _LISTED.size:
            raise Malformed("its directory is cut short")
        mark, _, _, flags, method, _, _, crc, packed, size, *rest = _LISTED.unpack_from(
            directory, at
        )
        length, extra, comment, disk, _, _, offset = rest
        plain = (flags, method, extra, comment, disk) == (0, 0, 0, 0, 0) and packed == size
        if mark != b"PK\x01\x02" or not plain:
            raise Malformed("a member is compressed, encrypted or has more than a name and bytes")
        at += _LISTED.size
        name = directory[at : at + length].decode("ascii", "replace")
        if not _NAME.fullmatch(name) or ".." in name.split("/") or "." in name.split("/"):
            raise Malformed("a member's name leads elsewhere, or is no plain name")
        at += length
        yield _Listed(name, crc, size, offset)
    if at != len(directory):
        raise Malformed("its directory is longer than its members")


def _after_header(data: bytes, listed: _Listed, at: int) -> int:
    """Where a member's bytes begin, if its own header says what the directory says."""
    if listed.at != at or len(data) - at < _LOCAL.size:
        raise Malformed("its members overlap, or leave a gap")
    mark, _, flags, method, _, _, crc, packed, size, length, extra = _LOCAL.unpack_from(data, at)
    start: int = at + _LOCAL.size + length
    name = data[start - length : start]
    said = (mark, flags, method, crc, packed, size, extra, name)
    meant = (b"PK\x03\x04", 0, 0, listed.crc, listed.size, listed.size, 0, listed.name.encode())
    if said != meant:
        raise Malformed(f"{listed.name} is another member by its own header")
    return start
