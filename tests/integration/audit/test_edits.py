"""One edit somewhere is found, and named, by docs/audit/audit.sh."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from airlock.core.content import canonical_json
from airlock.ledger import KEYS, Entry, checkpoint
from airlock.signing.witness import sign_checkpoint
from tests.audited import ACME, NEXT, OURS, STRANGER, Installation
from tests.integration.audit.conftest import audit, lines
from tests.integration.audit.hands import (
    Attack,
    bundle,
    edit,
    entry,
    fields,
    flip,
    note,
    sign_text,
    signed,
    write,
)


def spoilt(old: bytes, new: bytes) -> Attack:
    """Write the last entry otherwise than entries are written, under a true signature."""

    def attack(here: Installation) -> None:
        claim = Entry.from_stored(here.store.get(entry(8))).claim()
        assert old in claim
        write(here, 8, sign_text(claim.replace(old, new, 1), NEXT))

    return attack


def swap_entries(here: Installation) -> None:
    fourth, fifth = here.store.get(entry(4)), here.store.get(entry(5))
    write(here, 4, fifth)
    write(here, 5, fourth)


def swap_signatures(here: Installation) -> None:
    fourth, fifth = fields(here, 4), fields(here, 5)
    both = fourth["signature"], fifth["signature"]
    write(here, 4, canonical_json({**fourth, "signature": both[1]}))
    write(here, 5, canonical_json({**fifth, "signature": both[0]}))


def begin_anew_with_a_retired_key(here: Installation) -> None:
    kept = here.ledger().entries()
    for one in kept:
        here.store.delete(entry(one.sequence))
    for one in kept[:6]:
        write(here, one.sequence, one.stored())
    last = replace(kept[6], previous=kept[5].sha256, kind="incident", body={"what": "nothing"})
    write(here, 7, signed(last, OURS))


def sign_with_a_retired_key(here: Installation) -> None:
    last = here.ledger().entries()[-1]
    one = replace(last, sequence=9, previous=last.sha256, kind="incident", body={"what": "no"})
    write(here, 9, signed(one, OURS))


def lend_a_name(here: Installation) -> None:
    listed = json.loads(here.keys.read_text())
    listed[NEXT.key_id] = base64.b64encode(STRANGER.public).decode()
    here.keys.write_text(json.dumps(listed))


def fork(here: Installation) -> None:
    told = (here.folder / "checkpoints.jsonl").read_text().splitlines()
    noted = checkpoint(here.ledger())
    assert noted is not None
    note(*told, sign_checkpoint(replace(noted, head="a" * 64), ACME))(here)


def unknown_witness(here: Installation) -> None:
    noted = checkpoint(here.ledger())
    assert noted is not None
    note(sign_checkpoint(noted, STRANGER))(here)


def cut(here: Installation) -> None:
    here.store.delete(entry(8))


def link(here: Installation) -> None:
    weights = bundle(here) / "weights.safetensors"
    weights.rename(here.folder / "elsewhere")
    weights.symlink_to(here.folder / "elsewhere")


def pipe(here: Installation) -> None:
    (here.folder / "store" / entry(3)).unlink()
    os.mkfifo(here.folder / "store" / entry(3))


def re_signed_by_a_stranger(here: Installation) -> None:
    write(here, 5, signed(here.ledger().entries()[4], STRANGER))


def another_history(here: Installation) -> None:
    """An entry that the platform itself could have signed, in place of the one that it wrote."""
    write(here, 3, signed(replace(here.ledger().entries()[2], body={"what": "else"}), OURS))


def envelope_of_a_stranger(here: Installation) -> None:
    for stat in list(here.store.list("signatures/")):
        told = json.loads(here.store.get(stat.key))
        told["signatures"][0] = {"keyid": NEXT.key_id, "sig": STRANGER.sign(b"x")}
        here.store.put(stat.key, canonical_json(told))


def only_the_retired_key_vouches(here: Installation) -> None:
    for stat in list(here.store.list("signatures/")):
        if NEXT.key_id in stat.key:
            here.store.delete(stat.key)


def copied(sequence: int) -> Attack:
    return lambda here: write(here, sequence, here.store.get(entry(8)))


ATTACKS: Mapping[str, tuple[Attack, str]] = {
    "a byte of the model": (
        lambda here: _flip(bundle(here) / "graph.pt2"),
        r"the model of version 1: the file graph.pt2 was altered",
    ),
    "a file of the model is gone": (
        lambda here: (bundle(here) / "graph.pt2").unlink(),
        r"the model of version 1: the file graph.pt2 is missing",
    ),
    "a file more beside the model": (
        lambda here: (bundle(here) / ".$(touch pwned)\x1b[31m\n;").write_bytes(b""),
        r"the model of version 1: 1 file\(s\) lie there that nobody published",
    ),
    "a file more in a folder of its own": (
        lambda here: _more(bundle(here) / "-rf *" / "x"),
        r"the model of version 1: 1 file\(s\) lie there that nobody published",
    ),
    "a file of the model is a link": (link, r"the file weights.safetensors is missing"),
    "the list of the model's files": (
        lambda here: edit(here, "stages/train/", lambda d: d.replace(b"graph.pt2", b"graph.pt3")),
        r"the result of train is not the one that the ledger names",
    ),
    "who vouches for the model": (
        envelope_of_a_stranger,
        r"the model of version 1 has no signature of a key that counts",
    ),
    "a retired key alone vouches": (
        only_the_retired_key_vouches,
        r"the model of version 1 has no signature of a key that counts",
    ),
    "the policy": (
        lambda here: edit(here, "policies/", lambda d: d.replace(b"0.6", b"0.9")),
        r"the text of policy churn is not the one that was signed",
    ),
    "the policy is gone": (
        lambda here: here.store.delete(next(here.store.list("policies/")).key),
        r"the text of policy churn is missing",
    ),
    "the decision": (
        lambda here: edit(here, "decisions/", lambda d: d.replace(b"passed", b"passeb")),
        r"the text of the decision is not the one that was signed",
    ),
    "the page of the decision": (
        lambda here: edit(here, "attempts/gate/page/report/report.html", flip),
        r"the page of the decision, with the model card: the file report.html was altered",
    ),
    "the result that the page belongs to": (
        lambda here: edit(here, "stages/gate/", lambda d: d.replace(b"0.8", b"0.9")),
        r"the result of gate is not the one that the ledger names",
    ),
    "an approver's name": (
        lambda here: write(here, 4, here.store.get(entry(4)).replace(b"ada ", b"eve ")),
        r"entry 4 of the ledger of churn is not signed by a trusted key",
    ),
    "two entries change places": (swap_entries, r"entry 4 .* is written for another place"),
    "two signatures change places": (swap_signatures, r"entry 4 .* is not signed by a trusted key"),
    "an entry of another history, truly signed": (
        another_history,
        r"entry 4 .* does not follow the entry before it",
    ),
    "an entry signed by a stranger": (
        re_signed_by_a_stranger,
        rf"entry 5 .* is not signed by a trusted key \({STRANGER.key_id}\)",
    ),
    "an entry signed by a retired key": (
        sign_with_a_retired_key,
        rf"entry 9 .* is signed by {OURS.key_id}, which was retired before it",
    ),
    "the ledger goes on with a retired key": (
        begin_anew_with_a_retired_key,
        r"entry 7 .* is not the one that the ledger of keys knows: it was rewritten",
    ),
    "the ledger is cut before the rotation": (
        lambda here: [here.store.delete(entry(n)) for n in (6, 7, 8)],
        r"entry 6 .* is missing: the ledger of keys knows it",
    ),
    "the ledger of keys": (
        lambda here: here.store.put(entry(1, KEYS), flip(here.store.get(entry(1, KEYS)))),
        r"entry 1 of the ledger of _keys",
    ),
    "a key under another key's name": (lend_a_name, r"is listed under a name that is not its own"),
    "an entry is gone": (lambda here: here.store.delete(entry(3)), r"entry 3 .* is missing"),
    "the end is gone": (cut, r"the ledger of churn once had 8 entries, and now has 7"),
    "an entry more": (copied(9), r"entry 9 .* is written for another place"),
    "an entry more behind a gap": (copied(12), r"entry 9 .* is missing"),
    "an entry is a pipe": (pipe, r"entry 3 .* is missing"),
    "an entry is empty": (lambda here: write(here, 2, b""), r"entry 2 .* is not canonical JSON"),
    "a key that stands there twice": (
        lambda here: write(here, 5, b'{"kind":"approved",' + here.store.get(entry(5))[1:]),
        r"entry 5 .* is not canonical JSON",
    ),
    "a key twice, truly signed": (
        spoilt(b'"number":1', b'"number":1,"number":1'),
        r"entry 8 .* is not canonical JSON",
    ),
    "two objects under one key, truly signed": (
        spoilt(b'{"at"', b'{"at":{"a":1},"at"'),
        r"entry 8 .* is not canonical JSON",
    ),
    "white space, truly signed": (
        spoilt(b'"rows":2', b'"rows": 2'),
        r"entry 8 .* is not canonical JSON",
    ),
    "another order of keys, truly signed": (
        spoilt(b'"role":"served","rows":2', b'"rows":2,"role":"served"'),
        r"entry 8 .* is not canonical JSON",
    ),
    "an escape that is none of ours, truly signed": (
        spoilt(b'"churn"', b'"chur\\u006e"'),
        r"entry 8 .* is not canonical JSON",
    ),
    "a raw escape character, truly signed": (
        spoilt(b'"because":""', b'"because":"\x1b[31m\n"'),
        r"entry 8 .* is not canonical JSON",
    ),
    "a file of predictions": (
        lambda here: _flip(_csv(here)),
        r"the predictions of 2026-01-06: the file csv/part-00000.csv was altered",
    ),
    "the result of the scoring": (
        lambda here: edit(here, "stages/score/", lambda d: d.replace(b"0.125", b"0.5")),
        r"the result of score is not the one that the ledger names",
    ),
    "the training data": (
        lambda here: edit(here, "attempts/redact/", flip),
        r"what redact left of 2026-01-06: the file part-00000.parquet was altered",
    ),
    "the raw rows": (
        lambda here: edit(here, "attempts/snapshot/", flip, zone="raw"),
        r"the raw rows: the file part-00000.parquet was altered",
    ),
    "the evaluation": (
        lambda here: edit(here, "stages/evaluate/", lambda d: d.replace(b"0.8", b"0.9")),
        r"the result of evaluate is not the one that the ledger names",
    ),
    "another end was noted": (
        note('{"head":"' + "a" * 64 + '","model":"churn","size":8}'),
        r"checkpoint 1: entry 8 of the ledger of churn was another one: it was rewritten",
    ),
    "a note that is none": (note("nothing"), r"checkpoint 1: this is no checkpoint"),
    "two ends were shown to two people": (fork, r"checkpoint 3, seen by Acme audit: a fork"),
    "a witness whom nobody knows": (unknown_witness, r"checkpoint 1 is signed by no witness"),
}


def _flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def _more(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"")


def _csv(here: Installation) -> Path:
    [found] = (here.folder / "store/attempts/score").glob("*/data/csv/*.csv")
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_one_edit_is_found_by_its_name(here: Installation, tools: Path, attack: str):
    change, why = ATTACKS[attack]
    change(here)

    ended = audit(here, tools)

    said = lines(ended)
    assert ended.returncode == 1, said
    assert said[-1].startswith("FAILED")
    assert re.search(why, said[-1]), said[-1]
    # It ends at the first break.
    assert [line for line in said if line.startswith("FAILED")] == said[-1:]
