"""Reads Arrow IPC files, which Feather files are."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.bounds import Unpacked, check_count
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.flatbuffers import (
    MalformedFlatbufferError,
    MessageBlock,
    batch,
    blocks,
)
from airlock.stages.snapshot.stage.reading.plan import FOOTER_BYTES, PAGES_BYTES, pieces
from airlock.stages.snapshot.stage.reading.types import check_types

_MAGIC, _FIRST_FEATHER = b"ARROW1", b"FEA1"
_TAIL = struct.Struct("<i6s")
_FREE_ROWS = 1 << 16  # that take no byte: columns in which nothing is said
_NOT_PACKED = -1


def rows(file: DeliveredFile, contract: Contract) -> Iterator[pa.Table]:
    """The rows of one file as canonical tables.

    Raises:
        DataError: it is damaged, or breaks the contract.
    """
    if file.path.stat().st_size == 0:
        raise DataError(f"{file.name} is empty: it has no byte.", do="Deliver the export again.")
    unpacked = Unpacked(file, contract)
    with _readable(file):
        _check_sizes(file)
        # Not mapped into memory: a file that somebody cuts off would end this process.
        with pa.OSFile(str(file.path)) as raw:
            schema = pa.ipc.open_file(raw).schema
            check_count(file, len(schema))
            check_types(file, schema, contract)
            wanted = [schema.get_field_index(name) for name in contract.columns]
            options = pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)
            reader = pa.ipc.open_file(raw, options=options)
            for at in range(reader.num_record_batches):
                one = reader.get_batch(at)
                # Arrow takes whatever bytes a file calls text, and whatever it calls an offset.
                one.validate(full=True)
                for piece in pieces(one):
                    table = canonical(file, pa.Table.from_batches([piece]), contract)
                    unpacked.add(table.nbytes)
                    yield table


def _check_sizes(file: DeliveredFile) -> None:
    """Add up what the file says that it takes, and compare it with what is there."""
    size = file.path.stat().st_size
    with file.path.open("rb") as raw:
        if raw.read(len(_FIRST_FEATHER)) == _FIRST_FEATHER:
            raise DataError(
                f"{file.name} is a Feather file of the first version, which is read no more.",
                do="Write it again by to_feather of today's pandas or pyarrow.",
            )
        raw.seek(max(0, size - _TAIL.size))
        length, magic = _TAIL.unpack(raw.read(_TAIL.size))
        if magic != _MAGIC:
            raise MalformedFlatbufferError
        if not 0 < length <= min(FOOTER_BYTES, size):
            raise DataError(
                f"{file.name} has a footer of {length:,} bytes.",
                do="Write it as usual writers do; fewer batches have a smaller footer.",
            )
        raw.seek(size - _TAIL.size - length)
        dictionaries, records = blocks(raw.read(length))
        every = [*dictionaries, *records]
        if sum(one.metadata + one.body for one in every) > size:
            # Several batches point to the same bytes.
            raise MalformedFlatbufferError
        # Dictionaries are all in memory at one time, and batches one after another.
        known = sum(_bytes(raw.fileno(), one, size) for one in dictionaries)
        most = max((_bytes(raw.fileno(), one, size) for one in records), default=0)
    if known + most > PAGES_BYTES:
        raise DataError(
            f"{file.name} has a batch that takes {known + most:,} bytes, with its dictionaries; at "
            f"most {PAGES_BYTES >> 20:,} MiB are read at one time.",
            do="Write fewer rows a batch: 100,000 are plenty.",
        )


def _bytes(raw: int, block: MessageBlock, size: int) -> int:
    """What a batch takes in memory."""
    end = block.offset + block.metadata + block.body
    if min(block.offset, block.metadata, block.body) < 0 or end > size:
        raise MalformedFlatbufferError
    if block.metadata > FOOTER_BYTES:
        raise MalformedFlatbufferError
    said = batch(os.pread(raw, block.metadata, block.offset))
    body = block.offset + block.metadata
    total = 0
    for offset, length in said.buffers:
        if min(offset, length) < 0 or offset + length > block.body:
            raise MalformedFlatbufferError
        total += _unpacked(raw, body + offset, length) if said.packed else length
    if not 0 <= said.rows <= max(_FREE_ROWS, 8 * total):
        raise MalformedFlatbufferError
    return total


def _unpacked(raw: int, at: int, length: int) -> int:
    if length == 0:
        return 0
    if length < 8:
        raise MalformedFlatbufferError
    (said,) = struct.unpack("<q", os.pread(raw, 8, at))
    if said < _NOT_PACKED:
        raise MalformedFlatbufferError
    return length if said == _NOT_PACKED else int(said)


@contextmanager
def _readable(file: DeliveredFile) -> Iterator[None]:
    try:
        yield
    except (
        *(pa.ArrowException, OSError, ValueError, OverflowError),
        *(struct.error, MalformedFlatbufferError),
    ):
        raise DataError(
            f"{file.name} cannot be read as an Arrow file: it is cut off or damaged, a stream and "
            "no file, or holds texts that are not UTF-8.",
            do="Deliver it again, written by new_file of Arrow or to_feather of pandas.",
        ) from None
