"""Delta Lake, by deltalake."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import deltalake
import pyarrow as pa
from deltalake.exceptions import DeltaError, TableNotFoundError

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.sources import DeltaSource
from airlock.stages.snapshot.spec import check_nights
from airlock.stages.snapshot.stage.refusals import SourceMissing
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.lake.bounds import check_data_file, within_memory
from airlock.stages.snapshot.stage.source.lake.table import (
    LakeTable,
    Wanted,
    check_place,
    nights_of,
)
from airlock.stages.snapshot.stage.source.listing import places_for
from airlock.stages.snapshot.stage.source.pattern import outside

_LOG = "_delta_log"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@contextmanager
def open_delta(
    source: DeltaSource, contract: Contract, *, night: str, window: int, access: Access
) -> Iterator[LakeTable]:
    """Open one version; see `open_source`. What it holds is never changed any more."""
    check_nights(
        str(source),
        contract,
        window=window,
        by_night=source.night_column is not None,
        how=source.how_by_night,
    )
    wanted = Wanted(
        address=str(source),
        contract=contract,
        nights=nights_of(source.night_column, night=night, window=window),
        night_column=source.night_column,
        scratch=access.scratch / "order",
    )
    version = delta_version(source, access, contract.columns)
    with within_memory(str(source)):
        yield LakeTable(version, wanted)


def delta_version(
    source: DeltaSource, access: Access, columns: Collection[str] | None = None
) -> DeltaVersion:
    """The version that a source means.

    Args:
        columns: that will be read; None for all.

    Raises:
        SourceMissing: there is no such table.
        SpecError: it names files that lie elsewhere.
        DataError: it cannot be read.
    """
    with _said(str(source)):
        folder = _folder(source, access)
        table = deltalake.DeltaTable(
            folder,
            version=source.version,
            storage_options=_options(source, access),
        )
        if columns is None:
            columns = pa.schema(table.schema().to_arrow()).names
        packed = _check_files(table, folder, access, columns, shown=str(source))
        return DeltaVersion(table, str(source), packed=packed)


class DeltaVersion:
    """One version of a table; see `Version`."""

    kind = "delta"

    def __init__(self, table: deltalake.DeltaTable, shown: str, *, packed: int) -> None:
        self.reader = f"deltalake {deltalake.__version__}"
        self.name = str(table.version())
        self.schema = pa.schema(table.schema().to_arrow())
        self.packed = packed
        self._table = table
        self._shown = shown

    def scan(
        self, columns: Sequence[str], *, night: tuple[str, str] | None
    ) -> Iterator[pa.RecordBatch]:
        # The night is an ISO date of ours; a quote in a column's name is doubled.
        where = None
        if night is not None:
            name = night[0].replace('"', '""')
            where = f"\"{name}\" = '{night[1]}'"
        with _said(self._shown):
            reader = pa.RecordBatchReader.from_stream(
                self._table.scan(columns=list(columns), predicate=where)
            )
        while True:
            with _said(self._shown):
                batch = next(reader, None)
            if batch is None:
                return
            yield batch


def _check_files(
    table: deltalake.DeltaTable,
    folder: str,
    access: Access,
    columns: Collection[str],
    *,
    shown: str,
) -> int:
    """Refuse a log that names files anywhere else than below the table, or too large ones.

    `file_uris` shows them as if they lay there; what is read is what stands in the log.

    Returns:
        How many bytes the files have.
    """
    named = pa.table(table.get_add_actions(flatten=True)).select(["path", "size_bytes"])
    packed = 0
    for path, said in zip(*named.to_pydict().values(), strict=True):
        for spelt in (path, unquote(path)):
            if spelt.startswith("/") or _SCHEME.match(spelt) or ".." in spelt.split("/"):
                raise outside(shown, access.places)
        # A link on a disk may still lead out.
        at = f"{folder}/{unquote(path)}"
        check_place(at, access, shown=shown)
        packed += check_data_file(at, columns, shown=shown) or int(said)
    return packed


def _folder(source: DeltaSource, access: Access) -> str:
    """Where the table lies; to be found there it must lie below a place."""
    address = f"{source.table.rstrip('/')}/{_LOG}/*"
    found = places_for(address, access).entries(address)
    if not found:
        raise _missing(str(source))
    at = found[0].at.rpartition(f"/{_LOG}/")[0]
    return f"s3://{at}" if address.startswith("s3://") else at


def _options(source: DeltaSource, access: Access) -> dict[str, str] | None:
    if not source.table.startswith("s3://"):
        return None
    known = access.credentials()
    said = {
        "AWS_ACCESS_KEY_ID": known.access_key,
        "AWS_SECRET_ACCESS_KEY": known.secret_key,
        "AWS_ENDPOINT_URL": known.endpoint,
        "AWS_REGION": known.region or "us-east-1",
        "AWS_ALLOW_HTTP": "true" if (known.endpoint or "").startswith("http://") else None,
    }
    return {name: value for name, value in said.items() if value}


def _missing(shown: str) -> SourceMissing:
    return SourceMissing(
        f"There is no table of Delta Lake at {shown}.",
        do="Name the folder that holds _delta_log, below a place of [airlock] sources.",
    )


@contextmanager
def _said(shown: str) -> Iterator[None]:
    """Say which class was raised: the texts of deltalake and Arrow quote paths and cells."""
    try:
        yield
    except MemoryError:
        raise
    except TableNotFoundError:
        raise _missing(shown) from None
    except (DeltaError, pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"{shown} cannot be read at the wanted version ({type(error).__name__}).",
            do="Is there such a version, are its files still there (VACUUM takes them), and does "
            "deltalake know all that the table uses?",
        ) from None
