"""Where the rows are: a source's address becomes local files, and nothing outside gets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from airlock.core.errors import DataError, SpecError, StoreError
from airlock.stages.snapshot.stage.refusals import SourceChanged, SourceMissing
from airlock.stages.snapshot.stage.source.bucket import BucketPlaces
from airlock.stages.snapshot.stage.source.entry import FORMATS, Entry, Places, format_of
from airlock.stages.snapshot.stage.source.folder import FolderPlaces
from airlock.store import Store

__all__ = ["Entry", "Places", "listed", "places_for", "steady"]


def places_for(
    source: str,
    *,
    places: Sequence[str],
    root: Path,
    remote: Callable[[str], Store],
    scratch: Path,
) -> Places:
    """Who finds and fetches what lies at an address of this kind.

    Raises:
        SpecError: the address is of no known kind.
    """
    if source.startswith("s3://"):
        return BucketPlaces(places, remote=remote, scratch=scratch)
    if source.startswith("file://") or "://" not in source:
        return FolderPlaces(places, root=root)
    raise SpecError(
        f"{source} is of a kind that snapshot cannot read.",
        do="Name a file, folder or glob, as a path, file:// or s3://.",
    )


def listed(found_by: Places, addresses: Sequence[tuple[str, str]]) -> tuple[Entry, ...]:
    """Every file of the source, night after night, each night's in the order of their names.

    Args:
        found_by: who looks.
        addresses: night ("" if there is none) and address, in order.

    Raises:
        SpecError: an address lies outside of the places, or a file is of no known format.
        SourceMissing: there is nothing at an address.
    """
    entries: list[Entry] = []
    for night, address in addresses:
        found = found_by.entries(address)
        if not found:
            missing = SourceMissing(
                f"There is nothing at {address}.",
                do="Deliver the night's export, or name another night or source; relative to "
                f"{', '.join(found_by.places)}.",
            )
            missing.night = night
            raise missing
        entries += found
    if unknown := [entry.name for entry in entries if format_of(entry.name) is None]:
        raise SpecError(
            f"{unknown[0]} is neither CSV nor Parquet by its name.",
            do=f"Name files that end in {', '.join(sorted(FORMATS))}.",
        )
    return tuple(entries)


@contextmanager
def steady(before: tuple[Entry, ...], look: Callable[[], tuple[Entry, ...]]) -> Iterator[None]:
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


def _difference(
    before: tuple[Entry, ...], look: Callable[[], tuple[Entry, ...]]
) -> SourceChanged | None:
    after: tuple[Entry, ...] = ()
    with suppress(SourceMissing):
        after = look()
    if after == before:
        return None
    name = next(entry.name for entry in (*before, *after) if (entry in before) != (entry in after))
    return SourceChanged(
        f"{name} came, went or changed while the source was read.",
        do="Let whoever writes it finish first; writers should rename into place when done.",
    )
