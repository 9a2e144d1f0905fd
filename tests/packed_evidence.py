"""An evidence pack of a small installation, and a folder that it was unpacked into."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from airlock.evidence import Pack, make_pack
from airlock.stages.evidence.spec import Governance
from tests.audited import MODEL, NEXT, Installation

# Whoever reads a document may not be led anywhere by what a person wrote into it.
HOSTILE = (
    "</td><script>alert(1)</script> [x](https://evil.example) | # not a headline\n\n# nor this"
)
SAID = Governance.model_validate(
    {
        "model": MODEL,
        "provider": {"name": "Acme Retention"},
        "system": {"intended_purpose": HOSTILE, "hardware": "Two cores, no GPU."},
        "risks": [{"risk": "A group is called less often.", "rules": ["holdout", "fairness"]}],
    }
)


def pack(here: Installation, version: int = 1, **options: Any) -> Pack:
    """As `airlock evidence` makes it."""
    stores: Any = {"store": here.store, "raw": here.raw}
    return make_pack(here.ledger(by=NEXT), version, stores=stores, **options)


def files(made: Pack) -> dict[str, bytes]:
    """Everything in it by its path."""
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpack(made: Pack, into: Path) -> Path:
    """Written into a folder, as whoever gets it does."""
    for name, data in files(made).items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return into
