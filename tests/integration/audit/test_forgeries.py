"""What a thief of the keys could write: signatures hold, and the story does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.ledger import KEYS, Entry
from tests.audited import MODEL, NEXT, OURS, Installation
from tests.integration.audit.conftest import audit, lines
from tests.integration.audit.hands import entry, note, signed, write

Body = dict[str, Any]
Change = Callable[[Body], Body]


def rewrite(here: Installation, kind: str, change: Change) -> None:
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


def champion(**changes: Any) -> Change:
    return lambda body: {**body, "champion": {**body["champion"], **changes}}


FORGERIES: Mapping[str, tuple[str, Change, str]] = {
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
