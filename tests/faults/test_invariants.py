"""What must hold is not merely said: each rule sees what it is there for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import doctored
from tests.faults.doctored import (
    ENTRIES,
    append,
    approve,
    asked_of,
    bits,
    body,
    decide,
    entry,
    newest,
    predicted,
    promote,
    rewrite,
    roll_back,
    score,
    sql,
)
from tests.faults.invariants import violations


@pytest.fixture
def site(first: Path, tmp_path: Path) -> Path:
    """A copy of a site whose first night was trained, promoted and scored."""
    shutil.copytree(first, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def test_nothing_is_said_of_a_site_where_nothing_happened(site: Path):
    assert violations(site) == []


def test_nothing_is_said_of_a_promotion_that_is_in_order(site: Path):
    decided = decide(site, **asked_of(2, "ada", "grace"))
    yes = [approve(site, decided), approve(site, decided, by="grace")]
    promote(site, decided, approvals=yes)

    assert violations(site) == []


def test_nothing_is_said_of_a_rollback_that_is_in_order(site: Path):
    roll_back(site)

    assert violations(site) == []


EDITS = {
    "a bit of an entry": (lambda site: bits(entry(site, "decided")), ""),
    "an entry's time": (
        lambda site: rewrite(entry(site, "promoted"), at="2026-01-01T00:00:00+00:00"),
        "signature",
    ),
    "an entry that is no JSON": (
        lambda site: entry(site, "decided").write_text("{"),
        "not JSON",
    ),
    "an entry written with spaces": (
        lambda site: entry(site, "decided").write_text(
            json.dumps(json.loads(entry(site, "decided").read_bytes()))
        ),
        "not canonical",
    ),
    "a promotion without a decision": (
        lambda site: body(entry(site, "promoted"), decided=1),
        "no decision",
    ),
    "a promotion without a yes": (
        lambda site: body(entry(site, "decided"), approval_required=True),
        "fewer people",
    ),
    "a rejected candidate promoted": (
        lambda site: body(entry(site, "decided"), outcome="rejected"),
        "decided otherwise",
    ),
    "an entry lost": (lambda site: entry(site, "decided").unlink(), "missing"),
    "no key": (lambda site: (site / "keys/trusted.json").write_text("{}"), "signature"),
    "the ledger lost": (lambda site: shutil.rmtree(site / ENTRIES), "the champion is nobody"),
    "the alias lost": (
        lambda site: sql(site, "DELETE FROM registered_model_aliases"),
        "the alias is at None",
    ),
    "the alias of a model without a ledger": (
        lambda site: sql(
            site,
            "INSERT INTO registered_model_aliases (name, alias, version, workspace) "
            "SELECT 'strangers', alias, version, workspace FROM registered_model_aliases",
        ),
        "strangers: the alias is at 1, the champion is nobody",
    ),
    "another bundle behind the champion's version": (
        lambda site: sql(
            site, "UPDATE model_version_tags SET value = 'b' WHERE key = 'airlock.bundle'"
        ),
        "is not the champion's bundle",
    ),
    "two versions of one bundle": (
        lambda site: sql(
            site,
            "INSERT INTO model_version_tags (name, version, key, value, workspace) SELECT "
            "name, 7, key, value, workspace FROM model_version_tags WHERE key = 'airlock.bundle'",
        ),
        "2 canonical versions",
    ),
    "a bit of a slot": (lambda site: bits(newest(site, "store/stages/train/*/*.json")), ""),
    "a slot that is no result": (
        lambda site: newest(site, "store/stages/train/*/*.json").write_text("{}"),
        "the newest generation is no result",
    ),
    "a generation lost": (
        lambda site: newest(site, "store/stages/train/*/*.json").rename(
            newest(site, "store/stages/train/*/*.json").with_name("0003.json")
        ),
        "with a gap",
    ),
    "another training in the champion's slot": (
        lambda site: rewrite(newest(site, "store/stages/train/*/*.json"), version=99),
        "the training is not the one that it names",
    ),
    "a receipt of another result": (
        lambda site: rewrite(newest(site, "store/stages/redact/*/*.json"), version=99),
        "is another one",
    ),
    "a bit of a bundle": (
        lambda site: bits(newest(site, "store/attempts/train/*/data/graph.pt2")),
        "gone or altered",
    ),
    "a bit of scores": (lambda site: bits(predicted(site)), "gone or altered"),
    "scores lost": (
        lambda site: predicted(site).unlink(),
        "1 of its files are gone or altered",
    ),
    "another result serves the night": (
        lambda site: rewrite(newest(site, "store/predictions/*/*/*.json"), sha256="0" * 64),
        "no entry of the ledger names it",
    ),
    "a view that says another version": (
        lambda site: rewrite(newest(site, "store/predictions/*/*/*.json"), versions=[2]),
        "no entry of the ledger names it",
    ),
    "a view under another number": (
        lambda site: newest(site, "store/predictions/*/*/*.json").rename(
            newest(site, "store/predictions/*/*/*.json").with_name("000009.json")
        ),
        "no entry of the ledger names it",
    ),
    "a view that is none": (
        lambda site: newest(site, "store/predictions/*/*/*.json").write_text("{"),
        "no view",
    ),
    "a row more than was entered": (
        lambda site: body(entry(site, "scored"), rows=1499),
        "instead of 1499",
    ),
    "a receipt altered": (
        lambda site: newest(site, "store/runs/*/*/redact-*.json").write_text("{}"),
        "no receipt",
    ),
}


def fewer_rows(site: Path) -> None:
    """The night as it would be with a row left out of all that scoring left."""
    kept = json.loads(entry(site, "scored").read_bytes())["body"]["results"]["redact"]["address"]
    slot = json.loads((site / "store" / kept).read_bytes())
    record = slot["record"] | {"rows": slot["record"]["rows"] + 1}
    rewrite(site / "store" / kept, record=record)


def retired(site: Path) -> None:
    key = json.loads(entry(site, "promoted").read_bytes())["key_id"]
    append(site, "key", {"retired": [key]})
    append(site, "incident", {})


def other(site: Path, **changes: object) -> dict[str, object]:
    """Somebody who never was champion."""
    return doctored.body_of(site, "promoted")["champion"] | {"version": 7} | changes


SIGNED = {
    "an entry of another model": (
        lambda site: append(site, "incident", {}, model="strangers"),
        "another sequence or model",
    ),
    "an entry that follows no other": (
        lambda site: append(site, "incident", {}, previous="0" * 64),
        "does not follow the entry before",
    ),
    "a key that was retired": (retired, "signed by a retired key"),
    "an id twice": (
        lambda site: append(
            site, "incident", {}, id=json.loads(entry(site, "run").read_bytes())["id"]
        ),
        "an id twice",
    ),
    "a promotion past a rejection": (
        lambda site: promote(site, decide(site, outcome="rejected")),
        "decided otherwise",
    ),
    "a promotion of another bundle than was judged": (
        lambda site: promote(site, decide(site, bundle="b" * 64)),
        "decided otherwise",
    ),
    "a decision that comes later": (
        lambda site: promote(site, len(list((site / ENTRIES).glob("*.json"))) + 2),
        "no decision",
    ),
    "a candidate that was judged against another champion": (
        lambda site: promote(site, decide(site, champion_sequence=0)),
        "decided against another champion",
    ),
    "a promotion over another champion": (
        lambda site: promote(site, decide(site, champion_sequence=0), replaces=0),
        "replaces another champion than there was",
    ),
    "no yes at all": (
        lambda site: promote(site, decide(site, **asked_of(1))),
        "fewer people than asked for",
    ),
    "one person who said yes twice": (
        lambda site: promote(
            site,
            (asked := decide(site, **asked_of(2))),
            approvals=[approve(site, asked), approve(site, asked)],
        ),
        "fewer people than asked for",
    ),
    "a no": (
        lambda site: promote(
            site,
            (asked := decide(site, **asked_of(1))),
            approvals=[approve(site, asked, approved=False)],
        ),
        "an approval that is none",
    ),
    "a yes to another decision": (
        lambda site: promote(
            site,
            (asked := decide(site, **asked_of(1))),
            approvals=[approve(site, asked - 1)],
        ),
        "an approval that is none",
    ),
    "a yes by nobody": (
        lambda site: promote(
            site, (asked := decide(site, **asked_of(1))), approvals=[approve(site, asked, by="")]
        ),
        "an approval that is none",
    ),
    "a yes by a stranger": (
        lambda site: promote(
            site,
            (asked := decide(site, **asked_of(1, "grace"))),
            approvals=[approve(site, asked)],
        ),
        "whom the policy does not name",
    ),
    "a glass that nobody broke": (
        lambda site: promote(site, decide(site), break_glass={"by": ""}),
        "nobody broke the glass",
    ),
    "a canary without a decision": (
        lambda site: append(
            site,
            "canary",
            {
                "promotion": doctored.body_of(site, "promoted") | {"decided": 1, "replaces": 5},
                "version": 1,
            },
        ),
        "no decision",
    ),
    "a rollback to somebody who never was champion": (
        lambda site: roll_back(site, champion=other(site)),
        "never was champion",
    ),
    "a rollback of somebody who was not champion": (
        lambda site: roll_back(site, from_bundle="b" * 64),
        "who was not champion",
    ),
    "a rollback by nobody": (lambda site: roll_back(site, by=""), "nobody rolled back"),
    "a night's number twice": (
        lambda site: score(site, number=1, role="shadow"),
        "a number twice",
    ),
    "a night's number left out": (
        lambda site: score(site, number=3, role="shadow"),
        "a number twice, or none",
    ),
    "a night entered twice": (lambda site: score(site), "the same result twice"),
    "a night that is another result": (
        lambda site: score(site, sha256="0" * 64),
        "the result is not the one that was entered",
    ),
    "a night by a version that was never champion": (
        lambda site: score(site, role="served", because="again", versions=[7]),
        "a version that was never champion",
    ),
    "a night with fewer rows than were redacted": (fewer_rows, "other rows than were redacted"),
}


@pytest.mark.parametrize(
    ("tamper", "said"), [pytest.param(*case, id=name) for name, case in EDITS.items()]
)
def test_what_was_tampered_with_is_seen(site: Path, tamper: Callable[[Path], None], said: str):
    tamper(site)

    found = violations(site)

    assert found
    assert said in "; ".join(found)


@pytest.mark.parametrize(
    ("tamper", "said"), [pytest.param(*case, id=name) for name, case in SIGNED.items()]
)
def test_a_wrong_entry_is_seen_though_it_is_well_signed(
    site: Path, tamper: Callable[[Path], object], said: str
):
    tamper(site)

    found = violations(site)

    assert "signature" not in "; ".join(found)
    assert said in "; ".join(found)
