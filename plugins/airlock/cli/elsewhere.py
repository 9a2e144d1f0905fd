"""Reads what was noted outside of the store: checkpoints, witnesses and time stamps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import WrongCall

if TYPE_CHECKING:
    from airlock.config.settings import Settings
    from airlock.signing.witness import Noted


def read_elsewhere(
    settings: Settings, file: Path | None, witnesses: Path | None
) -> Iterator[Noted]:
    """Every checkpoint in a file, and in the second place if there is one.

    Args:
        file: with lines of `airlock checkpoint` and `airlock witness sign`.
        witnesses: whose envelopes count in it.

    Raises:
        SpecError: a line is none.
        Unverified: no witness signed an envelope, or a time stamp does not verify.
    """
    from airlock.ledger.checkpoint import published, stamp_of
    from airlock.signing.witness import Noted, Witnesses, read_noted

    known = Witnesses.read(witnesses) if witnesses is not None else Witnesses()
    if file is not None:
        yield from read_noted(lines_of(file), source=str(file), witnesses=known)
    if (second := settings.checkpoints()) is None:
        return
    authority = settings.timestamps()
    for one in published(second):
        yield Noted(checkpoint=one)
        stamp = stamp_of(second, one) if authority is not None else None
        if authority is not None and stamp is not None:
            when = authority.verify(stamp, one.line().encode())
            yield Noted(checkpoint=one, by=f"a time stamp of {when:%Y-%m-%d %H:%M} UTC")


def told_by_others(seen: Iterable[Noted], model: str) -> Iterator[str]:
    """How far each witness vouches for one model's chain, a sentence each."""
    longest: dict[str, int] = {}
    for one in seen:
        if one.by and one.checkpoint.model == model:
            longest[one.by] = max(longest.get(one.by, 0), one.checkpoint.size)
    for name, size in sorted(longest.items()):
        yield f"The first {size} entries were seen by {name}."


def lines_of(file: Path) -> list[str]:
    """The lines of a file that a person named."""
    try:
        return file.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise WrongCall(
            f"{file} cannot be read.", do="Name a file with lines of `airlock checkpoint`."
        ) from None
