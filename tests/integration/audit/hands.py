"""What an attacker does to a copy of the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from airlock.ledger import Entry, Signer
from airlock.store import open_store
from tests.audited import MODEL, Installation

Attack = Callable[[Installation], object]


def edit(
    here: Installation, start: str, change: Callable[[bytes], bytes], zone: str = "store"
) -> None:
    """Change the one object whose key starts so."""
    place = open_store(str(here.folder / zone))
    [stat] = [
        one for one in place.list(start.rpartition("/")[0] + "/") if one.key.startswith(start)
    ]
    place.put(stat.key, change(place.get(stat.key)))


def flip(data: bytes) -> bytes:
    return data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]


def entry(sequence: int, model: str = MODEL) -> str:
    return f"ledger/{model}/{sequence:08d}.json"


def fields(here: Installation, sequence: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(here.store.get(entry(sequence)))
    return found


def write(here: Installation, sequence: int, data: bytes) -> None:
    here.store.put(entry(sequence), data)


def bundle(here: Installation) -> Path:
    [weights] = (here.folder / "store/attempts/train").glob("*/data/weights.safetensors")
    return weights.parent


def signed(one: Entry, by: Signer) -> bytes:
    one = replace(one, key_id=by.key_id, signature="")
    return replace(one, signature=by.sign(one.claim())).stored()


def sign_text(text: bytes, by: Signer) -> bytes:
    """Put a true signature under any bytes, as whoever stole the key could."""
    return text[:-1] + b',"signature":"' + by.sign(text).encode() + b'"}'


def note(*lines: str) -> Attack:
    def attack(here: Installation) -> None:
        (here.folder / "checkpoints.jsonl").write_text("\n".join(lines) + "\n")

    return attack
