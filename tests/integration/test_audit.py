"""docs/audit/audit.sh: an outsider with a shell, jq and openssl, and without Airlock or Python."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.core.content import canonical_json
from airlock.ledger import KEYS, Entry, Signer, checkpoint
from airlock.ledger.checkpoint import anchor
from airlock.signing.timestamp import Authority
from airlock.signing.witness import sign_checkpoint
from airlock.store import open_store
from tests.audited import (
    ACME,
    KEY,
    LATER,
    MODEL,
    NEXT,
    NIGHT,
    OURS,
    STRANGER,
    Installation,
    installed,
)
from tests.authority import stamping

SCRIPT = Path(__file__).parents[2] / "docs/audit/audit.sh"
TOOLS = ("jq", "openssl", "base64", "cat", "head", "mktemp", "rm", "sha256sum", "tail", "wc")
Attack = Callable[[Installation], None]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly what the script may use."""
    if missing := [name for name in (*TOOLS, "dash") if shutil.which(name) is None]:
        why = f"the audit script cannot be tried: {', '.join(missing)} is missing"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("tools")
    for name in TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return installed(tmp_path_factory.mktemp("original") / "here")


@pytest.fixture
def here(original: Installation, tmp_path: Path) -> Installation:
    """A copy that may be attacked."""
    shutil.copytree(original.folder, tmp_path / "here")
    return Installation(tmp_path / "here")


def audit(
    here: Installation, tools: Path, *options: str, shell: str = "dash"
) -> subprocess.CompletedProcess[bytes]:
    """Run it in a folder of its own, without anything of this process's environment."""
    aside = here.folder.parent / "aside"
    aside.mkdir(exist_ok=True)
    given = (
        *("--store", str(here.folder / "store"), "--keys", str(here.keys), "--model", MODEL),
        *("--raw", str(here.folder / "raw")),
        *("--checkpoints", str(here.folder / "checkpoints.jsonl")),
        *("--witnesses", str(here.folder / "witnesses.json")),
        *(options or ("--night", NIGHT, "--row", KEY)),
    )
    ended = subprocess.run(
        [str(shutil.which(shell)), str(SCRIPT), *given],
        env={"PATH": str(tools), "TMPDIR": str(aside)},
        cwd=aside,
        capture_output=True,
    )
    assert ended.stderr == b""
    assert list(aside.iterdir()) == [], "something was left behind, or was run"
    said = ended.stdout.decode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)
    return ended


def lines(ended: subprocess.CompletedProcess[bytes]) -> list[str]:
    return ended.stdout.decode().splitlines()


# ---- what holds


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_row_is_followed_to_model_data_policy_evaluation_and_approvers(
    original: Installation, tools: Path, shell: str
):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")

    ended = audit(original, tools, shell=shell)

    said = lines(ended)
    assert (ended.returncode, [one for one in said if one.startswith("FAILED")]) == (0, [])
    for found in (
        r"the ledger of churn: 8 entries, .* its end is [0-9a-f]{64}",
        r"checkpoint 2, seen by Acme audit: the ledger of churn had 8 entries",
        r"the row 1: prediction 0, version 1, by entry 6",
        r"the model of version 1: 5 file\(s\)",
        r"the text of policy churn is the file with SHA-256 [0-9a-f]{64}",
        r"the training data, without direct identifiers: 1 file\(s\)",
        r"the evaluation, on 2000 rows that no training saw: auroc 0.8",
        r"entry 4: ada \$\(touch pwned\); `touch pwned` \(account account-1\) said yes",
        r"entry 5: -rf gräce \?\[31m\?red\? \? \(account account-2\) said yes",
        r"all that was looked at holds for version 1 of churn",
    ):
        assert any(re.search(found, line) for line in said), found


def test_without_a_night_it_is_about_the_champion_of_today(original: Installation, tools: Path):
    said = lines(audit(original, tools, "--sequence", "6"))

    assert said[-1] == "OK      all that was looked at holds for version 1 of churn"
    assert audit(original, tools, "--raw", "").returncode == 0


def test_raw_rows_that_are_past_their_time_are_no_harm(here: Installation, tools: Path):
    shutil.rmtree(here.folder / "raw")

    said = lines(audit(here, tools))

    assert sum("is gone: raw rows are kept for a time only" in line for line in said) == 2
    assert said[-1].startswith("OK ")


def test_rows_that_were_erased_are_no_harm_if_the_ledger_says_so(here: Installation, tools: Path):
    [redacted] = here.store.list("attempts/redact/")
    prefix = redacted.key.rpartition("/")[0]
    shutil.rmtree(here.folder / "store" / prefix)

    before = audit(here, tools)
    here.ledger(by=NEXT).append("tombstone", {"tables": [prefix]}, id="erased/1", at=LATER)
    after = audit(here, tools)

    assert "is missing" in lines(before)[-1]
    assert after.returncode == 0
    assert any("says that it was erased" in line for line in lines(after))


def test_a_rollback_stands_on_the_promotion_that_it_goes_back_to(here: Installation, tools: Path):
    ledger = here.ledger(by=NEXT)
    body = {
        "champion": ledger.entries()[5].body["champion"],
        "from_bundle": "b" * 64,
        "from_version": 2,
        "by": "grace",
        "reason": "complaints\x1b[2J",
    }
    ledger.append("rolled_back", body, id="rolled_back/1", at=LATER)

    said = lines(audit(here, tools, "--sequence", "9"))

    assert said[-1].startswith("OK ")
    assert any("grace said why: complaints?[2J" in line for line in said)


def test_a_copy_of_the_second_place_is_compared_and_its_time_stamps_read(
    here: Installation, tools: Path, tmp_path: Path
):
    pytest.importorskip("rfc3161_client", reason="the extra [timestamp] is not installed")
    second = open_store(str(tmp_path / "second"))
    with stamping(tmp_path / "tsa") as authority:
        stamp = Authority(url=authority.url, roots=authority.roots).stamp
        for ledger in (here.ledger(), here.ledger(KEYS)):
            anchor(second, ledger, stamp=stamp)
    options = ("--second", str(tmp_path / "second"), "--roots", str(authority.roots))

    good = audit(here, tools, *options)
    key = "checkpoints/churn/00000008.tsr"
    second.put(key, second.get("checkpoints/_keys/00000001.tsr"))
    bad = audit(here, tools, *options)

    assert good.returncode == 0
    assert sum("second place: Time stamp: " in line for line in lines(good)) == 2
    assert bad.returncode == 1
    assert "the time stamp of 8 entries of churn" in lines(bad)[-1]


# ---- what does not: one edit somewhere


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


def claim(here: Installation, sequence: int) -> bytes:
    return Entry.from_stored(here.store.get(entry(sequence))).claim()


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


def note(*lines: str) -> Attack:
    def attack(here: Installation) -> None:
        (here.folder / "checkpoints.jsonl").write_text("\n".join(lines) + "\n")

    return attack


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
        lambda here: write(
            here,
            8,
            sign_text(claim(here, 8).replace(b'"number":1', b'"number":1,"number":1'), NEXT),
        ),
        r"entry 8 .* is not canonical JSON",
    ),
    "two objects under one key, truly signed": (
        lambda here: write(here, 8, sign_text(b'{"body":{"a":1},' + claim(here, 8)[1:], NEXT)),
        r"entry 8 .* is not canonical JSON",
    ),
    "white space, truly signed": (
        lambda here: write(
            here, 8, sign_text(claim(here, 8).replace(b'"rows":2', b'"rows": 2'), NEXT)
        ),
        r"entry 8 .* is not canonical JSON",
    ),
    "another order of keys, truly signed": (
        lambda here: write(
            here,
            8,
            sign_text(
                claim(here, 8).replace(
                    b'"number":1,"role":"served"', b'"role":"served","number":1'
                ),
                NEXT,
            ),
        ),
        r"entry 8 .* is not canonical JSON",
    ),
    "an escape that is none of ours, truly signed": (
        lambda here: write(
            here, 8, sign_text(claim(here, 8).replace(b'"churn"', b'"chur\\u006e"', 1), NEXT)
        ),
        r"entry 8 .* is not canonical JSON",
    ),
    "a raw escape character, truly signed": (
        lambda here: write(
            here,
            8,
            sign_text(claim(here, 8).replace(b'"because":""', b'"because":"\x1b[31m\n"'), NEXT),
        ),
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


# ---- what a thief of the keys could write: signatures hold, and the story does not


def rewrite(
    here: Installation, kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Write the whole ledger anew, truly signed, with another body of one kind of entry."""
    by = {one.key_id: one for one in (OURS, NEXT)}
    previous, made = "0" * 64, []
    for one in here.ledger().entries():
        body = change(json.loads(json.dumps(dict(one.body)))) if one.kind == kind else one.body
        write(
            here, one.sequence, signed(replace(one, previous=previous, body=body), by[one.key_id])
        )
        made.append(Entry.from_stored(here.store.get(entry(one.sequence))))
        previous = made[-1].sha256
    [keys] = here.ledger(KEYS).entries()
    noted = {MODEL: {"sequence": 7, "sha256": made[6].sha256}}
    here.store.put(
        entry(1, KEYS), signed(replace(keys, body={**keys.body, "ledgers": noted}), NEXT)
    )
    note("")(here)


def champion(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {**body, "champion": {**body["champion"], **changes}}


FORGERIES: Mapping[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "somebody said no": (
        "approved",
        lambda body: {**body, "approved": False},
        r"somebody said no to the decision of entry 2",
    ),
    "one person twice": (
        "approved",
        lambda body: {**body, "by": "ada", "by_id": "ada"},
        r"the policy asks for the yes of 2 people, and entry 6 stands on 1",
    ),
    "one account under two names": (
        "approved",
        lambda body: {**body, "by_id": "ada"},
        r"the policy asks for the yes of 2 people",
    ),
    "whoever triggered it": (
        "approved",
        lambda body: {**body, "by": "linus"},
        r"whoever triggered the run said yes",
    ),
    "a yes to another model": (
        "approved",
        lambda body: {**body, "bundle": "b" * 64},
        r"an approval of entry 2 is of another decision or another model",
    ),
    "a yes to another decision": (
        "approved",
        lambda body: {**body, "decision": "d" * 64},
        r"an approval of entry 2 is of another decision or another model",
    ),
    "the gate said no": (
        "decided",
        lambda body: {**body, "outcome": "rejected"},
        r"entry 2 did not let version 1 pass: rejected",
    ),
    "the gate decided about another model": (
        "decided",
        lambda body: {**body, "bundle": "b" * 64},
        r"entry 2 decided about another model",
    ),
    "another policy is named": (
        "decided",
        lambda body: {**body, "evidence": {**body["evidence"], "policy": "c" * 64}},
        r"the text of the decision says something else than its entry",
    ),
    "another evaluation is named": (
        "decided",
        lambda body: {**body, "evidence": {**body["evidence"], "evaluation": "c" * 64}},
        r"no entry names what entry 2 was decided on",
    ),
    "the champion's data is another": (
        "promoted",
        champion(validation_sha256="c" * 64),
        r"the validation that was judged is not the one that was promoted",
    ),
    "the champion is another bundle": (
        "promoted",
        champion(bundle="c" * 64),
        r"the bundle of version 1 is another list of files than entry 6 names",
    ),
    "an address that leaves the store": (
        "promoted",
        champion(training="../../../etc/passwd"),
        r"entry 6 made nobody champion",
    ),
    "an address that is a command": (
        "promoted",
        champion(training="$(touch pwned)\n;touch pwned"),
        r"entry 6 made nobody champion",
    ),
    "an absolute address": (
        "promoted",
        champion(training="/etc/passwd"),
        r"entry 6 made nobody champion",
    ),
    "a decision that comes later": (
        "promoted",
        lambda body: {**body, "decided": 8},
        r"entry 8 is no decision before entry 6",
    ),
    "a partition of other files": (
        "scored",
        lambda body: {**body, "files": "c" * 64},
        r"the predictions of 2026-01-06 are another list of files than entry 8 names",
    ),
    "a partition of other data": (
        "scored",
        lambda body: {**body, "data": "c" * 64},
        r"were not made from the data that entry 8 names",
    ),
    "a shadow's predictions": (
        "scored",
        lambda body: {**body, "role": "shadow"},
        r"no entry of the ledger says that predictions of 2026-01-06 were served",
    ),
    "another page of the decision": (
        "recorded",
        lambda body: {**body, "sha256": "c" * 64},
        r"the result of gate is not the one that the ledger names",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_story_that_does_not_hang_together_is_found(
    here: Installation, tools: Path, forgery: str
):
    kind, change, why = FORGERIES[forgery]
    rewrite(here, kind, change)

    ended = audit(here, tools)

    assert ended.returncode == 1
    assert re.search(why, lines(ended)[-1]), lines(ended)[-1]


def test_a_thief_of_the_keys_is_found_by_a_checkpoint_alone(here: Installation, tools: Path):
    told = (here.folder / "checkpoints.jsonl").read_text()
    rewrite(here, "recorded", lambda body: {**body, "note": "nothing that matters"})

    silent = audit(here, tools)
    note(*told.splitlines())(here)
    found = audit(here, tools)

    assert silent.returncode == 0
    assert found.returncode == 1
    assert "checkpoint 1: entry 8 of the ledger of churn was another one" in lines(found)[-1]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--model", "../churn"), id="a model that leaves its folder"),
        pytest.param(("--model", "$(touch pwned)"), id="a model that is a command"),
        pytest.param(("--night", "../x"), id="a night that leaves its folder"),
        pytest.param(("--sequence", "6 -o 1"), id="a number that is none"),
        pytest.param(("--unknown", "x"), id="an option that there is not"),
        pytest.param(("--night",), id="an option without its value"),
    ],
)
def test_a_wrong_call_is_answered_by_the_usage(
    original: Installation, tools: Path, options: tuple[str, ...]
):
    ended = audit(original, tools, *options)

    assert ended.returncode == 2
    assert lines(ended)[0].startswith("usage: audit.sh")


def test_a_tool_that_is_missing_is_named(original: Installation, tools: Path, tmp_path: Path):
    fewer = tmp_path / "fewer"
    shutil.copytree(tools, fewer, symlinks=True)
    (fewer / "openssl").unlink()

    ended = audit(original, fewer)

    assert (ended.returncode, lines(ended)[-1]) == (1, "FAILED  openssl is not on this machine")
