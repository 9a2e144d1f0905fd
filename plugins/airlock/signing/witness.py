"""Witnesses: another installation signs the length and head hash of a chain that it saw.

A witness's line is a checkpoint in a DSSE envelope (docs/audit.md). It says nothing about what the
entries say; it makes it impossible to show two people different histories without being found.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airlock.core.errors import SettingsError, SpecError, Unverified
from airlock.ledger import Checkpoint, Signer, TrustedKeys
from airlock.ledger.checkpoint import read_checkpoint, refuse_fork
from airlock.ledger.keys import key_id
from airlock.reading import read_json
from airlock.signing.envelope import opened_by, seal

# A list of keys, or one line of somebody's file.
_SIZE = 1 << 20
PAYLOAD_TYPE = "application/vnd.airlock.checkpoint+json"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Whose word counts beside the platform's: key id to a name, and the keys."""

    names: Mapping[str, str] = field(default_factory=dict)
    keys: TrustedKeys = field(default_factory=lambda: TrustedKeys({}))

    @classmethod
    def read(cls, path: Path) -> Witnesses:
        """Read the file that lists them: {"name": "public key in base64"}.

        Raises:
            SettingsError: it lists nobody, or something else than keys.
        """
        try:
            listed = dict(read_json(path.read_bytes(), size=_SIZE))
            raw = {name: base64.b64decode(key, validate=True) for name, key in listed.items()}
        except (OSError, ValueError, TypeError, AttributeError, binascii.Error):
            raw = {}
        if not raw or any(len(key) != 32 for key in raw.values()):
            raise SettingsError(
                f"The witnesses cannot be read from {path}.",
                do='Name a JSON file {"name": "public key in base64"}; docs/audit.md shows one.',
            )
        ids = {name: key_id(key) for name, key in raw.items()}
        if len(set(ids.values())) < len(ids):
            raise SettingsError(
                f"Two witnesses in {path} have the same key.", do="One key is one witness."
            )
        return cls(
            {ids[name]: name for name in listed},
            TrustedKeys({ids[name]: key for name, key in listed.items()}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A checkpoint, and the name of the witness who signed it; "" for a bare line."""

    checkpoint: Checkpoint
    by: str = ""


def sign_checkpoint(noted: Checkpoint, signer: Signer) -> str:
    """A witness's line about a checkpoint, without its end."""
    return seal(noted.line().encode(), signer, kind=PAYLOAD_TYPE).decode()


def witness(lines: Iterable[str], signer: Signer, *, seen: Iterable[str] = ()) -> list[str]:
    """Sign checkpoints, unless they contradict one another or what was signed before.

    Args:
        lines: as `airlock checkpoint` prints them.
        seen: the lines that this witness signed before.

    Returns:
        A line for each.

    Raises:
        BrokenChain: two of them name different ends of one length; nothing is signed.
        Unverified: a line in `seen` was not signed by this key.
        SpecError: a line is no checkpoint.
    """
    mine = Witnesses(
        {signer.key_id: "this witness"},
        TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()}),
    )
    asked = [one.checkpoint for one in read_noted(lines, source="standard input", bare_only=True)]
    before = [one.checkpoint for one in read_noted(seen, source="what was seen", witnesses=mine)]
    refuse_fork([*before, *asked])
    return [sign_checkpoint(one, signer) for one in asked]


def read_noted(
    lines: Iterable[str],
    *,
    source: str,
    witnesses: Witnesses = Witnesses(),
    bare_only: bool = False,
) -> Iterator[Noted]:
    """Read checkpoints, bare or in a witness's envelope, one a line.

    Args:
        source: where the lines come from, for errors.
        witnesses: whose envelopes count.
        bare_only: whether an envelope is an error.

    Raises:
        SpecError: a line is no checkpoint.
        Unverified: a line is in an envelope that no witness signed.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"Line {number} of {source}"
        if bare_only or not _is_envelope(line):
            yield Noted(checkpoint=read_checkpoint(line, source=place))
            continue
        opened = opened_by(line.encode(), witnesses.keys, kind=PAYLOAD_TYPE)
        if opened is None:
            raise Unverified(
                f"{place} is signed by no witness that is known here.",
                do="Add the witness to the file that --witnesses names, or leave the line out if "
                "nobody knows who signed it.",
            )
        payload, by = opened
        found = read_checkpoint(payload.decode(errors="replace"), source=place)
        if found.line().encode() != payload:
            raise SpecError(f"{place} is not written as checkpoints are.", do="Ask the witness.")
        yield Noted(checkpoint=found, by=witnesses.names[by])


def _is_envelope(line: str) -> bool:
    try:
        return "payload" in read_json(line, size=_SIZE)
    except (ValueError, TypeError):
        return False
