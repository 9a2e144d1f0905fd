"""The formats of docs/audit.md, version 1: their bytes never change, and what was kept is readable.

Where one of these fails, the change needs a version of its own: an auditor has copies of old
stores, old signatures and the old script.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airlock.core.content import canonical_json, digest, sha256
from airlock.engine.publication import load
from airlock.engine.record import File, Folder, Origin, Receipt, Result
from airlock.ledger import KEYS, Checkpoint, Entry, Ledger, TrustedKeys
from airlock.signing import signed_by, stored
from airlock.signing.witness import sign_checkpoint
from airlock.store import Store, open_store
from tests.audited import ACME, NEXT, OURS

GOLDEN = Path(__file__).parents[1] / "golden"
KEPT: dict[str, str] = json.loads((GOLDEN / "formats-v1.json").read_text())
AT = datetime(2026, 1, 5, 2, 30, 0, 250000, tzinfo=UTC)
FILES = (
    File(path="b/x.bin", sha256="b" * 64, bytes=0),
    File(path="a \u00fc\U0001f600.json", sha256="a" * 64, bytes=7),
)
ENTRY = Entry(
    model="churn",
    sequence=12,
    previous="0" * 64,
    kind="incident",
    id="an id",
    at=AT,
    body={
        "what": 'a "quote", a \\, \x00 \x1b \x7f \u2028 \U0001f600',
        "z": [0.1, 1.0, 1e-05, -0.0],
    },
    key_id=OURS.key_id,
)
RESULT = Result(
    stage="train",
    version=3,
    inputs={"redaction": "c" * 64},
    record={"auroc": 0.8123456789012345, "epochs": 3, "loss": 1e-07, "name": "n", "none": None},
    data=Folder(zone="store", prefix="attempts/train/1/data", files=FILES),
    report=Folder(zone="store", prefix="attempts/train/1/report"),
    made_by=Origin(dag_id="d", run_id="r", task_id="train", try_number=1),
)
RECEIPT = Receipt(
    stage="train",
    dag_id="d",
    run_id="r",
    task_id="train",
    try_number=1,
    night="2026-01-05",
    address="stages/train/x/0000.json",
    sha256="d" * 64,
    reused=False,
    seconds=1.5,
    at=AT,
)
NOTED = Checkpoint(model="churn", size=14, head="e" * 64)

BYTES: dict[str, str] = {
    "canonical JSON": canonical_json(
        {
            "b": [True, None, 0, -1, 1e16, 1e22, 123456789012345680.0, 0.1, 1.0, 5e-324],
            "\U0001f600": "",
            "\uffff": "\b\t\n\f\r\x1f\x7f/<>&",
            "a": {"2": 1, "10": 2},
        }
    ).decode(),
    "key id": OURS.key_id,
    "claim of an entry": ENTRY.claim().decode(),
    "entry": replace(ENTRY, signature=OURS.sign(ENTRY.claim())).stored().decode(),
    "list of files": RESULT.data.digest,
    "empty list of files": RESULT.report.digest,
    "result": RESULT.stored().decode(),
    "content of a result": RESULT.content,
    "receipt": RECEIPT.stored().decode(),
    "checkpoint": NOTED.line(),
    "envelope of a bundle": signed_by(OURS, {f.path: f.sha256 for f in FILES}, model="m").decode(),
    "envelope of a witness": sign_checkpoint(NOTED, ACME),
}


@pytest.mark.parametrize("name", BYTES)
def test_the_bytes_of_a_format_never_change(name: str):
    assert BYTES[name] == KEPT[name]


def test_every_kept_format_is_still_written():
    assert BYTES.keys() == KEPT.keys()


# ---- as docs/audit.md describes them, with nothing of ours


def test_an_entry_ends_with_its_signature_in_104_bytes():
    entry = KEPT["entry"].encode()

    assert entry[:-104] + b"}" == KEPT["claim of an entry"].encode()
    assert entry[-104:-90] == b',"signature":"'


def test_a_content_can_be_cut_out_of_a_result():
    text = KEPT["result"]
    record = text[text.index(',"record":') + 10 : text.index(',"report":')]
    named = f'["train",3,{record},"{KEPT["list of files"]}"]'

    assert sha256(named.encode()) == KEPT["content of a result"]


def test_a_list_of_files_is_named_in_its_own_order():
    listed = '[["b/x.bin","{}"],["a \u00fc\U0001f600.json","{}"]]'.format("b" * 64, "a" * 64)

    assert sha256(listed.encode()) == KEPT["list of files"]
    assert sha256(b"[]") == KEPT["empty list of files"]


# ---- a store as it was written when the formats were frozen


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Unpack it."""
    objects: dict[str, str] = json.loads((GOLDEN / "store-v1.json").read_text())
    for key, text in objects.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path


def test_a_kept_store_still_verifies(kept: Path):
    store: Store = open_store(str(kept / "store"))
    trusted = TrustedKeys.read(kept / "trusted.json")
    ledger = Ledger(store, "churn", trusted=trusted)

    entries, keys = ledger.entries(), Ledger(store, KEYS, trusted=trusted).entries()

    champion = ledger.state().champion
    assert champion is not None
    made = load(store, champion.training, expected=champion.training_sha256).result
    assert (len(entries), len(keys)) == (8, 1)
    assert made.data.digest == champion.bundle
    assert stored(store, model="churn", bundle=champion.bundle, trusted=ledger.valid_keys())
    assert ledger.valid_keys().keys.keys() == {NEXT.key_id}
    body: Any = entries[1].body
    assert digest(json.loads(store.get(f"decisions/{body['decision']}.json"))) == body["decision"]
    assert base64.b64decode(trusted.keys[OURS.key_id]) == OURS.public
