"""Entries and files that say something else than happened, for the rules to find."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.faults.kept import Json, canonical, named
from tests.faults.site import MODEL, SEED

ENTRIES = f"store/ledger/{MODEL}"


def entry(site: Path, kind: str) -> Path:
    return next(
        path
        for path in sorted((site / ENTRIES).glob("*.json"))
        if json.loads(path.read_bytes())["kind"] == kind
    )


def body_of(site: Path, kind: str) -> Json:
    found: Json = json.loads(entry(site, kind).read_bytes())["body"]
    return found


def rewrite(path: Path, **changes: object) -> None:
    path.write_bytes(canonical(json.loads(path.read_bytes()) | changes))


def body(path: Path, **changes: object) -> None:
    rewrite(path, body=json.loads(path.read_bytes())["body"] | changes)


def bits(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def newest(site: Path, pattern: str) -> Path:
    return sorted(site.glob(pattern))[-1]


def predicted(site: Path) -> Path:
    address = json.loads(newest(site, "store/stages/score/*/*.json").read_bytes())
    return next((site / "store" / address["data"]["prefix"]).glob("*.parquet"))


def sql(site: Path, statement: str) -> None:
    with sqlite3.connect(site / "mlflow.db") as database:
        database.execute(statement)


# With the installation's own key: nothing is wrong with such an entry but what it says.


def append(site: Path, kind: str, said: Json, **fields: Any) -> int:
    """One more entry, well signed; its number."""
    paths = sorted((site / ENTRIES).glob("*.json"))
    last = json.loads(paths[-1].read_bytes())
    claim = {
        "model": MODEL,
        "sequence": len(paths) + 1,
        "previous": named(paths[-1].read_bytes()),
        "kind": kind,
        "id": f"{kind}/{len(paths)}",
        "at": last["at"],
        "body": said,
        "key_id": last["key_id"],
        **fields,
    }
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(SEED))
    signature = base64.b64encode(key.sign(canonical(claim))).decode()
    path = paths[-1].with_name(f"{len(paths) + 1:08d}.json")
    path.write_bytes(canonical({**claim, "signature": signature}))
    return len(paths) + 1


def champion(site: Path) -> int:
    """The entry that made the champion."""
    number: int = json.loads(entry(site, "promoted").read_bytes())["sequence"]
    return number


def decide(site: Path, **changes: Any) -> int:
    """Another decision about the champion's own bundle."""
    said = body_of(site, "decided") | {"champion_sequence": champion(site)} | changes
    return append(site, "decided", said)


def approve(site: Path, decided: int, **changes: Any) -> int:
    """A yes to it by Ada."""
    said = {
        "decided_sequence": decided,
        "bundle": body_of(site, "decided")["bundle"],
        "approved": True,
        "by": "ada",
    }
    return append(site, "approved", said | changes)


def promote(site: Path, decided: int, **changes: Any) -> int:
    """The promotion that follows from it."""
    said = body_of(site, "promoted") | {"decided": decided, "replaces": champion(site)}
    return append(site, "promoted", said | changes)


def asked_of(count: int, *approvers: str) -> Json:
    """What a decision says that asks people."""
    how = {"count": count, "approvers": list(approvers), "roles": []}
    return {"approval_required": True, "approval": how}


def roll_back(site: Path, **changes: Any) -> int:
    """The champion withdrawn in favour of itself."""
    made = body_of(site, "promoted")["champion"]
    said = {"champion": made, "from_bundle": made["bundle"], "from_version": 1, "by": "ada"}
    return append(site, "rolled_back", said | changes)


def score(site: Path, **changes: Any) -> int:
    """The night entered once more, and its view."""
    said = body_of(site, "scored") | {"number": 2} | changes
    return append(site, "scored", said)
