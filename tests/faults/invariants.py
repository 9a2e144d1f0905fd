"""What must hold after whatever happened, from files and the public key alone.

    python -m tests.faults.invariants FOLDER

FOLDER holds `store/`, `raw/`, `keys/trusted.json` and `mlflow.db`. Nothing of Airlock is imported:
canonical JSON, digests and signatures are computed here a second time, by the words of
docs/ledger.md. Prints each rule that does not hold; the exit status is their number.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.faults.kept import (
    Json,
    asked,
    canonical,
    database_of,
    erased,
    named,
    nights,
    receipts,
    slots,
    versions,
)


def violations(folder: Path) -> list[str]:
    """Every rule that does not hold, in words; empty if all is as it should be."""
    found: list[str] = []
    for model in sorted(ledgers(folder)):
        entries, problems = chain(folder, model)
        found += problems
        if model != "_keys":
            found += promotions(folder, entries)
            found += alias(folder, model, entries)
            found += nights(folder, model, entries)
    found += slots(folder, erased(folder))
    found += receipts(folder)
    found += versions(folder)
    return found


def ledgers(folder: Path) -> set[str]:
    """Models that have one, and those that must: whoever has predictions or a champion."""
    found = {
        path.name
        for place in ("ledger", "predictions")
        for path in (folder / "store" / place).glob("*")
        if path.is_dir()
    }
    return found | aliases(folder).keys()


# The chain


def chain(folder: Path, model: str) -> tuple[list[Json], list[str]]:
    """The entries of a ledger, and what is wrong with its links and signatures."""
    keys = json.loads((folder / "keys/trusted.json").read_bytes())
    paths = sorted((folder / f"store/ledger/{model}").glob("[0-9]*.json"))
    entries: list[Json] = []
    problems: list[str] = []
    previous, retired, ids = "0" * 64, set[str](), set[str]()
    for number, path in enumerate(paths, start=1):
        data = path.read_bytes()
        where = f"ledger/{model}/{path.name}"
        try:
            entry: Json = json.loads(data)
        except ValueError:
            return entries, [*problems, f"{where}: not JSON"]
        claim = {name: value for name, value in entry.items() if name != "signature"}
        checks = {
            "not canonical": canonical(entry) == data,
            "a number is missing before it": path.name == f"{number:08d}.json",
            "another sequence or model": (entry["sequence"], entry["model"]) == (number, model),
            "does not follow the entry before": entry["previous"] == previous,
            "signature": signed(claim, entry, keys),
            "signed by a retired key": entry["key_id"] not in retired,
            "an id twice": entry["id"] not in ids,
        }
        problems += [f"{where}: {what}" for what, holds in checks.items() if not holds]
        previous = named(data)
        ids.add(entry["id"])
        if entry["kind"] == "key":
            retired |= set(entry["body"]["retired"])
        entries.append(entry)
    return entries, problems


def signed(claim: Json, entry: Json, keys: dict[str, str]) -> bool:
    public = base64.b64decode(keys.get(entry["key_id"], ""))
    if named(public)[:16] != entry["key_id"]:
        return False
    try:
        signature = base64.b64decode(entry["signature"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(claim))
    except InvalidSignature:
        return False
    return True


# Promotions


def promotions(folder: Path, entries: list[Json]) -> Iterator[str]:
    """No champion without a decision to promote it and, where it was asked for, a yes."""
    standing: Json | None = None
    for entry in entries:
        body = entry["body"]
        where = f"{entry['model']} entry {entry['sequence']}"
        if entry["kind"] == "rolled_back":
            yield from (f"{where}: {what}" for what in withdrawal(entries, entry, standing))
        if entry["kind"] == "canary":
            body = body["promotion"]
        if entry["kind"] in {"promoted", "canary"}:
            yield from (f"{where}: {what}" for what in promotion(folder, entries, entry, body))
            if body["replaces"] != (standing["sequence"] if standing else 0):
                yield f"{where}: it replaces another champion than there was"
        if entry["kind"] in {"promoted", "rolled_back"}:
            standing = entry


def promotion(folder: Path, entries: list[Json], entry: Json, body: Json) -> Iterator[str]:
    if not training_as_named(folder, body["champion"]):
        yield "the training is not the one that it names"
    decided = at(entries, body["decided"], "decided", before=entry["sequence"])
    if decided is None:
        yield "no decision"
    elif "break_glass" in body:
        if not (body["break_glass"] or {}).get("by"):
            yield "nobody broke the glass"
    else:
        if decided["outcome"] != "passed" or decided["bundle"] != body["champion"]["bundle"]:
            yield "decided otherwise"
        if decided["champion_sequence"] != body["replaces"]:
            yield "decided against another champion"
        yield from approvals(entries, entry, body, decided)


def withdrawal(entries: list[Json], entry: Json, standing: Json | None) -> Iterator[str]:
    """Going back needs no decision: it leads to somebody who was champion by one."""
    body = entry["body"]
    before = [
        one["body"]["champion"]
        for one in entries[: entry["sequence"] - 1]
        if one["kind"] in {"promoted", "rolled_back"}
    ]
    if body["champion"] not in before:
        yield "it leads to somebody who never was champion"
    if standing is None or standing["body"]["champion"]["bundle"] != body["from_bundle"]:
        yield "it withdraws somebody who was not champion"
    if not body["by"]:
        yield "nobody rolled back"


def approvals(entries: list[Json], entry: Json, body: Json, decided: Json) -> Iterator[str]:
    if not decided["approval_required"]:
        return
    people = set()
    for number in body["approvals"]:
        said = at(entries, number, "approved", before=entry["sequence"])
        about = said and (said["decided_sequence"], said["bundle"]) == (
            body["decided"],
            decided["bundle"],
        )
        if not said or not about or said["approved"] is not True or not said["by"]:
            yield f"an approval that is none ({number})"
        else:
            people.add(said["by"])
    if len(people) < decided["approval"]["count"]:
        yield "fewer people than asked for said yes"
    named_ones = decided["approval"]["approvers"]
    # Who has a role stands in the settings, and not here.
    if named_ones and not decided["approval"]["roles"] and not people <= set(named_ones):
        yield "somebody said yes whom the policy does not name"


def at(entries: list[Json], number: int, kind: str, *, before: int) -> Json | None:
    if not 0 < number < before or entries[number - 1]["kind"] != kind:
        return None
    body: Json = entries[number - 1]["body"]
    return body


def training_as_named(folder: Path, champion: Json) -> bool:
    path = folder / "store" / champion["training"]
    return path.exists() and named(path.read_bytes()) == champion["training_sha256"]


def champion_of(entries: list[Json]) -> Json | None:
    made = [one for one in entries if one["kind"] in {"promoted", "rolled_back"}]
    champion: Json | None = made[-1]["body"]["champion"] if made else None
    return champion


def aliases(folder: Path) -> dict[str, str]:
    """Whom MLflow calls champion, by model."""
    database = database_of(folder)
    if not database.exists():
        return {}
    found = asked(
        database, "SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'"
    )
    return {name: str(version) for name, version in found}


def alias(folder: Path, model: str, entries: list[Json]) -> Iterator[str]:
    """MLflow's alias is who the ledger says, and that version has this very bundle."""
    if not database_of(folder).exists():
        return
    champion, found = champion_of(entries), aliases(folder).get(model)
    if found != (str(champion["version"]) if champion else None):
        whom = f"version {champion['version']}" if champion else "nobody"
        yield f"{model}: the alias is at {found}, the champion is {whom}"
    if champion and bundle_of(folder, model, champion["version"]) != champion["bundle"]:
        yield f"{model}: MLflow's version {champion['version']} is not the champion's bundle"


def bundle_of(folder: Path, model: str, version: int) -> str | None:
    found = asked(
        database_of(folder),
        "SELECT value FROM model_version_tags "
        "WHERE name = ? AND version = ? AND key = 'airlock.bundle'",
        model,
        version,
    )
    return found[0][0] if found else None


if __name__ == "__main__":
    broken = violations(Path(sys.argv[1]))
    print("\n".join(broken) or "Everything holds.")
    sys.exit(min(len(broken), 99))
