"""Verifies every result that an entry names: its record, data and report files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.record import File, Folder
from airlock.ledger import Entry, named
from airlock.verify.look import Look

_QUARANTINE = "quarantine/"
# A run may take so long from its first row to the entry that names it.
_SLACK = timedelta(days=2)


def check_results(look: Look) -> None:
    """Hash all of them, each once, on the account of the first entry that names it."""
    erased = _erased(look.entries)
    seen: set[tuple[str, str]] = set()
    for entry in look.entries:
        for one in named(entry):
            if (one.address, one.sha256) in seen:
                continue
            seen.add((one.address, one.sha256))
            with look.holds(entry.sequence):
                _check(look, entry, one.address, one.sha256, erased)


def _erased(entries: Sequence[Entry]) -> dict[str, int]:
    """The prefixes that were erased, and the entries that say so."""
    stones = [entry for entry in entries if entry.kind == "tombstone"]
    return {table: one.sequence for one in stones for table in one.body.get("tables", ())}


def _check(look: Look, entry: Entry, address: str, sha256: str, erased: dict[str, int]) -> None:
    look.cover(address, entry.sequence)
    result = publication.load(look.store, address, expected=sha256).result
    look.counts["results"] += 1
    _folder(look, entry, result.report, erased={})
    _folder(look, entry, result.data, erased=erased)


def _folder(look: Look, entry: Entry, folder: Folder, *, erased: dict[str, int]) -> None:
    present = {stat.key for stat in look.stores[folder.zone].list(f"{folder.prefix}/")}
    named = {f"{folder.prefix}/{file.path}" for file in folder.files}
    for key in sorted(present):
        look.cover(key, entry.sequence, folder.zone)
    if added := sorted(present - named):
        look.bad(
            entry.sequence,
            f"{folder.prefix} has {len(added)} file(s) that nobody published, such as {added[0]}.",
        )
    if (stone := erased.get(folder.prefix)) is not None:
        look.counts["gone"] += 1
        if present & named:
            look.bad(stone, f"{folder.prefix} was erased, and lies there all the same.")
        return
    if look.cut and folder.files and not present & named:
        # The first bad number stays that of the break: a tombstone may lie behind it.
        look.warnings.append(
            f"All files of {folder.prefix} are gone. Whether somebody was erased, an entry behind "
            "the broken one says."
        )
        return
    for some, days in _kept_together(look, folder):
        if folder.zone == "raw" and not any(
            f"{folder.prefix}/{one.path}" in present for one in some
        ):
            look.counts["gone"] += 1
            _allowed(look, entry, folder, days)
            continue
        for file in some:
            with look.holds(entry.sequence):
                _file(look, folder, file)


def _kept_together(look: Look, folder: Folder) -> list[tuple[list[File], float | None]]:
    """The files of a folder that are deleted together, and how long they must be kept."""
    aside = [one for one in folder.files if one.path.startswith(_QUARANTINE)]
    rows = [one for one in folder.files if not one.path.startswith(_QUARANTINE)]
    return [
        (some, days)
        for some, days in ((rows, look.raw_days), (aside, look.quarantine_days))
        if some
    ]


def _allowed(look: Look, entry: Entry, folder: Folder, days: float | None) -> None:
    """Rows before redaction may be gone once their time is over, and not before."""
    if days is None or look.now - entry.at > timedelta(days=days) - _SLACK:
        return
    look.bad(
        entry.sequence,
        f"The rows of {folder.prefix} are gone, though they must be kept for {days:g} days "
        f"and were written for an entry of {entry.at:%Y-%m-%d}; no tombstone says why.",
    )


def _file(look: Look, folder: Folder, file: File) -> None:
    key = f"{folder.prefix}/{file.path}"
    if look.digest(folder.zone, key) != file.sha256:
        raise Unverified(
            f"{key} was altered after it was published.",
            do="Bring the original back from a backup, and find out who changed it.",
        )
