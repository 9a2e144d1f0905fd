"""docs/audit/audit.sh: an outsider with a shell, jq and openssl, and without Airlock or Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from airlock.core.content import canonical_json, sha256
from airlock.ledger import KEYS
from airlock.ledger.checkpoint import verify_and_publish
from airlock.signing.timestamp import Authority
from airlock.store import open_store
from tests.audited import LATER, NEXT, Installation
from tests.authority import stamping
from tests.integration.audit.conftest import SCRIPT, audit, lines

GOLDEN = SCRIPT.parents[2] / "tests/golden"


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


def test_a_row_of_a_canary_stands_on_the_promotion_that_it_may_become(
    here: Installation, tools: Path
):
    ledger = here.ledger(by=NEXT)
    promotion = dict(ledger.entries()[5].body)
    body = {
        "promotion": promotion,
        "rule": {},
        "share": 0.1,
        "step": 1,
        "because": "",
        "version": 1,
    }
    ledger.append("canary", body, id="canary/1", at=LATER)

    said = lines(audit(here, tools, "--sequence", "9"))

    assert any(line.startswith("OK      entry 9 (canary, ") for line in said)
    assert said[-1].startswith("OK ")


@pytest.mark.parametrize("altered", [False, True])
def test_a_night_from_before_nights_were_signed_counts_once_somebody_adopted_it(
    here: Installation, tools: Path, altered: bool
):
    ledger, key = here.ledger(by=NEXT), "predictions/churn/2026-01-04/000001.json"
    partition = {**ledger.entries()[7].body, "night": "2026-01-04"}
    del partition["results"], partition["files"], partition["data"], partition["bundles"]
    here.store.put(key, canonical_json(partition))

    before = audit(here, tools, "--night", "2026-01-04")
    views = {key: sha256(here.store.get(key))}
    ledger.append("adopted", {"by": "ada", "views": views}, id="adopted/1", at=LATER)
    if altered:
        here.store.put(key, canonical_json({**partition, "sequence": 9}))
    after = audit(here, tools, "--night", "2026-01-04")

    assert "no entry of the ledger says" in lines(before)[-1]
    assert lines(after)[-1].startswith("FAILED  what ada adopted" if altered else "OK ")


def test_a_copy_of_the_second_place_is_compared_and_its_time_stamps_read(
    here: Installation, tools: Path, tmp_path: Path
):
    pytest.importorskip("rfc3161_client", reason="the extra [timestamp] is not installed")
    second = open_store(str(tmp_path / "second"))
    with stamping(tmp_path / "tsa") as authority:
        stamp = Authority(url=authority.url, roots=authority.roots).stamp
        for ledger in (here.ledger(), here.ledger(KEYS)):
            verify_and_publish(second, ledger, stamp=stamp)
    options = ("--second", str(tmp_path / "second"), "--roots", str(authority.roots))

    good = audit(here, tools, *options)
    key = "checkpoints/churn/00000008.tsr"
    second.put(key, second.get("checkpoints/_keys/00000001.tsr"))
    bad = audit(here, tools, *options)

    assert good.returncode == 0
    assert sum("second place: Time stamp: " in line for line in lines(good)) == 2
    assert bad.returncode == 1
    assert "the time stamp of 8 entries of churn" in lines(bad)[-1]


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_store_of_the_day_when_the_formats_were_frozen_holds(
    tools: Path, tmp_path: Path, shell: str
):
    kept: dict[str, str] = json.loads((GOLDEN / "store-v1.json").read_text())
    for key, text in kept.items():
        path = tmp_path / "here" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    said = lines(audit(Installation(tmp_path / "here"), tools, shell=shell))

    assert said[-1] == "OK      all that was looked at holds for version 1 of churn"


@pytest.mark.parametrize(
    "name", ["canonical JSON", "entry", "result", "receipt", "checkpoint", "envelope of a bundle"]
)
def test_what_airlock_writes_is_canonical_to_jq(tools: Path, name: str):
    text = json.loads((GOLDEN / "formats-v1.json").read_text())[name]
    ask = ["-L", str(SCRIPT.parent), "-Rs", 'include "audit"; canonical']

    said = [
        subprocess.run([tools / "jq", *ask], input=one.encode(), capture_output=True).stdout
        for one in (text, f"{text}\n", text.replace(":", ": ", 1), text[:-1] + ',"a":1}')
    ]

    assert said == [b"true\n", b"false\n", b"false\n", b"false\n"]


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
