"""Fetches a source's files, from allowed places only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from airlock.core.contract import Contract
from airlock.core.errors import AirlockError, DataError, SpecError, StoreError
from airlock.core.names import checked_address
from airlock.core.quoting import line, seen
from airlock.hooks import registry
from airlock.stages.snapshot.stage.refusals import SourceChanged, SourceMissing
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.bucket import BucketPlaces
from airlock.stages.snapshot.stage.source.entry import FORMATS, Places, SourceFile
from airlock.stages.snapshot.stage.source.folder import FolderPlaces

__all__ = [
    "Access",
    "Listing",
    "Places",
    "SourceFile",
    "check_others",
    "listed",
    "places_for",
    "steady",
]

_ENDS = ", ".join(sorted(FORMATS))


def places_for(source: str, access: Access) -> Places:
    """Who finds and fetches what lies at an address of this kind.

    Raises:
        SpecError: the address is of no known kind, or none that a file can have.
    """
    checked_address(source)
    scheme = source.partition("://")[0] if "://" in source else "file"
    if (known := registry.sources().get(scheme)) is None:
        schemes = ", ".join(f"{one}://" for one in registry.sources())
        raise SpecError(
            f"{source} is of a kind that snapshot cannot read.",
            do=f"Name a file, folder or glob, as a path or by one of {schemes}.",
        )
    found: Places = registry.load(known.places)(access)
    return found


def folder_places(access: Access) -> Places:
    """Folders of this machine."""
    return FolderPlaces(access.places, root=access.root)


def bucket_places(access: Access) -> Places:
    """Buckets of S3."""
    return BucketPlaces(access.places, remote=access.remote, scratch=access.scratch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies at the source's addresses.

    Args:
        tables: files to read, in order.
        others: visible files that are no table by their names.
    """

    tables: tuple[SourceFile, ...]
    others: tuple[SourceFile, ...] = ()


def listed(found_by: Places, addresses: Sequence[tuple[str, str]]) -> Listing:
    """Every file of the source, night after night, each night's in the order of their names.

    Args:
        found_by: who looks.
        addresses: night ("" if there is none) and address, in order.

    Raises:
        SpecError: an address lies outside of the places, or names a file of no known format,
            or the name of a file holds what is not seen.
        SourceMissing: there is nothing to read at an address.
    """
    tables: list[SourceFile] = []
    others: list[SourceFile] = []
    for night, address in addresses:
        found = [replace(entry, address=address) for entry in found_by.entries(address)]
        if unseen := [entry.shown for entry in found if not seen(entry.name)]:
            raise SpecError(
                f"The name of {line(unseen[0], 120)} holds a character that is not seen.",
                do="Give the file another name; whoever wrote it may have meant to hide something.",
            )
        there = [entry for entry in found if entry.is_table]
        if not there:
            raise _nothing(found_by, night, address, found)
        tables += there
        others += [entry for entry in found if not entry.is_table]
    return Listing(tables=tuple(tables), others=tuple(others))


def check_others(listing: Listing, contract: Contract) -> None:
    """Refuse files that nobody would read, unless the contract passes over them.

    Raises:
        DataError: there are some.
    """
    if listing.others and contract.others == "refuse":
        raise DataError(
            f"{len(listing.others):,} file(s) of the source are of no kind that is read, by name; "
            f"the first is {listing.others[0].shown}.",
            do=f"Name tables {_ENDS}, and leave other files out of the source; or write others: "
            "ignore into the contract.",
        )


def _nothing(
    found_by: Places, night: str, address: str, found: Sequence[SourceFile]
) -> AirlockError:
    if len(found) == 1 and address.endswith(found[0].name.rpartition("/")[2]):
        return SpecError(
            f"{found[0].shown} is of no kind that is read, by its name.",
            do=f"Name files that end in {_ENDS}.",
        )
    kinds = f" {len(found):,} file(s) there are of no kind that is read, by name." if found else ""
    missing = SourceMissing(
        f"There is nothing at {address}.{kinds}",
        do="Deliver the night's export, or name another night or source; relative to "
        f"{', '.join(found_by.places)}.",
    )
    missing.night = night
    return missing


@contextmanager
def steady(before: Listing, look: Callable[[], Listing]) -> Iterator[None]:
    """What was read is what was listed, or nothing was read.

    Whatever else went wrong meanwhile, a source that changed is the better explanation.

    Args:
        before: what was listed before the block reads it.
        look: lists it again.

    Raises:
        SourceChanged: a file came, went or changed.
    """
    try:
        yield
    except (DataError, StoreError, OSError):
        if (changed := _difference(before, look)) is not None:
            raise changed from None
        raise
    if (changed := _difference(before, look)) is not None:
        raise changed


def _difference(before: Listing, look: Callable[[], Listing]) -> SourceChanged | None:
    after = Listing(tables=())
    with suppress(SourceMissing):
        after = look()
    if after == before:
        return None
    old, new = ((*one.tables, *one.others) for one in (before, after))
    entry = next(entry for entry in (*old, *new) if (entry in old) != (entry in new))
    return SourceChanged(
        f"{entry.shown} came, went or changed while the source was read.",
        do="Let whoever writes it finish first; writers should rename into place when done.",
    )
