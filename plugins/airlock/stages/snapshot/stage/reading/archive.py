"""Opens the one member of a zip archive, and nothing that an archive may be besides.

What its directory says of itself is not believed: a second member may lie where it does not say,
and a directory of millions of entries takes memory. The member is never written to a disk, so its
name leads nowhere.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path

from airlock.core.errors import DataError

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END_64 = struct.Struct("<4sQ2H2L4Q")
_POINTER_64 = struct.Struct("<4sLQL")
_POINTER_64_MARK = b"PK\x06\x07"
_LOCAL = struct.Struct("<4s5H3L2H")
_DIRECTORY_BYTES = 1 << 16
_DESCRIPTORS = frozenset({0, 12, 16, 20, 24})  # bytes behind a member that was written as a stream
_ENCRYPTED = 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class Member:
    """The bytes of a member, whose damage is an `OSError` as it is of every other file."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        self._archive = archive
        self._member = archive.open(entry)

    def read(self, size: int) -> bytes:
        """The next bytes; the last ones only if the sum of all is as it should be."""
        try:
            return self._member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError(type(error).__name__) from None

    def close(self) -> None:
        """Let go of the file."""
        self._member.close()
        self._archive.close()


def open_member(path: Path, *, shown: str) -> Member:
    """The one member of an archive.

    Args:
        shown: what messages call the file.

    Raises:
        DataError: it holds several, or is encrypted, damaged or made by hand.
    """
    entries, directory = _said(path, shown)
    if entries != 1:
        raise DataError(
            f"{shown} holds {entries:,} members; exactly one is read.",
            do="Pack one table alone.",
        )
    if directory > _DIRECTORY_BYTES:
        raise _made_by_hand(shown)
    with ExitStack() as closed_else:
        try:
            archive = closed_else.enter_context(zipfile.ZipFile(path))
            member = Member(archive, _checked(archive, path, shown))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, struct.error):
            raise _damaged(shown) from None
        closed_else.pop_all()
        return member


def _said(path: Path, shown: str) -> tuple[int, int]:
    """How many members there are, and how long the directory is, by the archive's last bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_64.size - _POINTER_64.size - _END.size))
        tail = file.read()
    before, tail = tail[: -_END.size], tail[-_END.size :]
    if len(tail) < _END.size or not tail.startswith(_END_MARK):
        # A comment behind it could hold a second end, and readers differ in which one counts.
        raise _damaged(shown)
    _, disk, start, here, entries, directory, _, comment = _END.unpack(tail)
    if disk or start or here != entries or comment:
        raise _made_by_hand(shown)
    if before[-_POINTER_64.size :].startswith(_POINTER_64_MARK):
        return _said_64(before, shown)
    return entries, directory


def _said_64(before: bytes, shown: str) -> tuple[int, int]:
    """The same by the end for large archives, which readers believe in place of the short one."""
    if len(before) < _END_64.size + _POINTER_64.size:
        raise _damaged(shown)
    _, _, _, _, disk, start, here, entries, directory, _ = _END_64.unpack_from(before)
    if disk or start or here != entries:
        raise _made_by_hand(shown)
    return entries, directory


def _checked(archive: zipfile.ZipFile, path: Path, shown: str) -> zipfile.ZipInfo:
    (entry,) = archive.infolist()
    if entry.is_dir():
        raise DataError(f"{shown} holds a folder.", do="Pack one table alone.")
    if entry.flag_bits & _ENCRYPTED:
        raise DataError(
            f"{shown} is encrypted.", do="Pack it without a password; a place can be protected."
        )
    if entry.compress_type not in _METHODS:
        raise DataError(
            f"{shown} is packed by another method than deflate.",
            do="Pack it as usual zip tools do.",
        )
    with path.open("rb") as file:
        local = file.read(_LOCAL.size)
    _, _, _, _, _, _, _, _, _, name, extra = _LOCAL.unpack(local)
    end = _LOCAL.size + name + extra + entry.compress_size
    # Whatever lies before, behind or between is read by one program and not by the next.
    if entry.header_offset or archive.start_dir - end not in _DESCRIPTORS:
        raise _made_by_hand(shown)
    return entry


def _damaged(shown: str) -> DataError:
    return DataError(
        f"{shown} cannot be unpacked: it is cut off or damaged.", do="Deliver it again."
    )


def _made_by_hand(shown: str) -> DataError:
    return DataError(
        f"{shown} holds more than its directory says.", do="Pack it as usual zip tools do."
    )
