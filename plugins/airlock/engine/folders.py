"""Copies folders of an attempt to the store, and back with every digest verified."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path

from airlock.core.content import sha256_of_file
from airlock.core.errors import ObjectMissing, Unverified
from airlock.core.quoting import line
from airlock.engine.record import File, Folder
from airlock.store import Store, Zone

Stores = Mapping[Zone, Store]


def upload(source: Path, *, stage: str, part: str, zone: Zone, stores: Stores) -> Folder:
    """Copy a local folder into an attempt folder of the store.

    Args:
        source: every file below it is taken.
        part: "data" or "report".
    """
    folder = described(source, stage=stage, part=part, zone=zone)
    upload_described(source, folder, stores)
    return folder


def described(source: Path, *, stage: str, part: str, zone: Zone) -> Folder:
    """What `upload` would make of a local folder; nothing is copied yet."""
    files = tuple(
        File(
            path=path.relative_to(source).as_posix(),
            sha256=sha256_of_file(path),
            bytes=path.stat().st_size,
        )
        for path in sorted(path for path in source.rglob("*") if path.is_file())
    )
    prefix = f"attempts/{stage}/{uuid.uuid4()}/{part}"
    return Folder(zone=zone, prefix=prefix, files=files)


def upload_described(source: Path, folder: Folder, stores: Stores) -> None:
    """Copy a local folder to where it was described to lie."""
    for file in folder.files:
        stores[folder.zone].upload(source / file.path, f"{folder.prefix}/{file.path}")


def fetch(
    stores: Stores,
    folder: Folder,
    scratch: Path,
    *,
    only: Collection[str] | None = None,
    own: bool = False,
) -> Path:
    """A local folder with exactly the files of a stored one, every digest verified.

    Args:
        only: the paths that are needed; nothing is said of the others. All if None.
        own: whether it must be a copy, also of a store that is a folder: nobody can then put other
            bytes there between the verification and the use.

    Raises:
        Unverified: a file is missing, altered, or was added.
    """
    local = there = scratch / folder.prefix
    for file in folder.files:
        if only is not None and file.path not in only:
            continue
        path = _fetch_part(stores[folder.zone], f"{folder.prefix}/{file.path}", scratch)
        there = path.parents[file.path.count("/")]
        if own:
            path = _copied(path, scratch / "own" / folder.prefix / file.path)
        if path.stat().st_size != file.bytes or sha256_of_file(path) != file.sha256:
            raise Unverified(
                f"{folder.prefix}/{file.path} was altered after it was published.",
                do="Recompute the run that made it, and find out by whom.",
            )
        local = path.parents[file.path.count("/")]
    named = {file.path for file in folder.files}
    present = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    if added := sorted(present - named):
        raise Unverified(
            f"{folder.prefix} has {len(added)} file(s) that nobody published, such as "
            f"{line(added[0], 120)}.",
            do="Remove what was added, and find out by whom.",
        )
    return local


def _copied(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)
    return to


def _fetch_part(store: Store, key: str, scratch: Path) -> Path:
    try:
        return store.local(key, scratch)
    except ObjectMissing:
        raise Unverified(
            f"{key} is gone.",
            do="It was deleted past its retention (airlock gc), erased, or lost: recompute the "
            "run that made it.",
        ) from None
