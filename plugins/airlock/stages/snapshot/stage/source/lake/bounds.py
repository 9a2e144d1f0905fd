"""Bounds what a table of a lake may take: its libraries believe what a file says of itself."""

from __future__ import annotations

import resource
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.pages import MalformedThrift
from airlock.stages.snapshot.stage.reading.plan import checked_footer, planned

MEMORY_BYTES = 4 << 30
"""What this process may take besides while it reads a table."""

_KIB = 1 << 10


@contextmanager
def within_memory(shown: str) -> Iterator[None]:
    """Read a table in bounded memory: a batch of a library may hold whatever a file asks for.

    Args:
        shown: what messages call the table.

    Raises:
        DataError: it takes more. A library that does not ask whether it was given memory ends the
            process instead.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = _taken() + MEMORY_BYTES
    bound = min([most, *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
    try:
        yield
    except MemoryError:
        raise DataError(
            f"{shown} takes more than {MEMORY_BYTES >> 30} GiB of memory at a time.",
            do="Rewrite its files with texts and row groups of the usual size; a small file may "
            "hold a long text very often.",
        ) from None
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def check_data_file(uri: str, columns: Collection[str], *, shown: str) -> int:
    """Refuse a data file on a disk whose pages would take too much memory, before it is read.

    Args:
        uri: of the file; of one that is on no disk only its size is known.
        columns: that will be read.
        shown: what messages call the table.

    Returns:
        Its bytes; 0 where they cannot be seen.

    Raises:
        DataError: it is damaged, or its pages or its footer are too large.
    """
    at = uri.removeprefix("file://")
    if "://" in at or not (path := Path(at)).is_file():
        return 0
    file = DeliveredFile(name=f"A file of {shown}", path=path)
    try:
        said = checked_footer(file)
        with pq.ParquetFile(path) as opened:
            rows = opened.metadata.num_rows
            paths = [opened.schema.column(at).path for at in range(len(opened.schema))]
        # A table may call its columns otherwise than its files do: then all flat ones count.
        known = set(columns) if set(columns) <= set(paths) else {p for p in paths if "." not in p}
        planned(file, said, {at: p for at, p in enumerate(paths) if p in known}, rows=rows)
    except (pa.ArrowException, MalformedThrift, OSError, ValueError, OverflowError):
        raise DataError(
            f"A file of {shown} cannot be read as Parquet: it is cut off or damaged.",
            do="Write the table again.",
        ) from None
    return path.stat().st_size


def _taken() -> int:
    """Bytes that count by now, as the kernel adds them up."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * _KIB
    return 0
