"""Opens files: those that an address means, as they lie there while they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pyarrow as pa

from airlock.core.content import sha256_of_file
from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Delivery, LeftOut
from airlock.stages.snapshot.stage.nights import addresses
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.interface import SourceIdentity
from airlock.stages.snapshot.stage.source.listing import (
    Listing,
    check_others,
    listed,
    places_for,
    steady,
)


@contextmanager
def open_files(
    source: str, contract: Contract, *, night: str, window: int, access: Access
) -> Iterator[Files]:
    """List, fetch and read the files of a source; see `open_source`."""
    wanted = addresses(source, night=night, window=window)
    places = places_for(source, access)
    look = partial(listed, places, wanted)
    listing = look()
    with steady(listing, look):
        check_others(listing, contract)
        fetched = [
            DeliveredFile(name=entry.shown, path=places.fetch(entry)) for entry in listing.tables
        ]
        yield Files(wanted, listing, fetched, contract)


class Files:
    """Files that lie on this machine.

    Args:
        wanted: each night with its address; "" where there are no nights.
        listing: what lies there.
        fetched: its tables, in order.
        contract: what they promise.
    """

    def __init__(
        self,
        wanted: Sequence[tuple[str, str]],
        listing: Listing,
        fetched: Sequence[DeliveredFile],
        contract: Contract,
    ) -> None:
        self._wanted = wanted
        self._listing = listing
        self._fetched = fetched
        self._contract = contract
        self._digests = [sha256_of_file(file.path) for file in fetched]
        self._counts = [0] * len(fetched)

    @property
    def address(self) -> str:
        return self._wanted[-1][1]

    @property
    def nights(self) -> Sequence[str]:
        return [night for night, _ in self._wanted if night]

    def rows(self) -> Iterator[pa.Table]:
        for at, file in enumerate(self._fetched):
            for table in tables([file], self._contract):
                self._counts[at] += table.num_rows
                yield table
        if empty := [address for address, rows in self._of_nights().items() if not rows]:
            raise DataError(
                f"The files of {len(empty)} of {len(self.nights)} nights hold no rows, first those "
                f"of {empty[0]}.",
                do="Find out why the export is empty, or name another night.",
            )

    def identity(self) -> SourceIdentity:
        read = zip(self._listing.tables, self._digests, self._counts, strict=True)
        return SourceIdentity(
            files=tuple(
                Delivery(
                    name_sha256=_digest_of(entry.name), bytes=entry.bytes, sha256=digest, rows=count
                )
                for entry, digest, count in read
            ),
            others=tuple(
                LeftOut(name_sha256=_digest_of(entry.name), bytes=entry.bytes)
                for entry in self._listing.others
            ),
            of_nights=tuple(self._of_nights().values()),
        )

    def _of_nights(self) -> dict[str, int]:
        """The rows of each night's address."""
        found = {address: 0 for night, address in self._wanted if night}
        for entry, count in zip(self._listing.tables, self._counts, strict=True):
            if entry.address in found:
                found[entry.address] += count
        return found


def _digest_of(name: str) -> str:
    # A name on disk may be no text at all.
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
