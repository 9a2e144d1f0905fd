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
    for model in sorted(path.name for path in (folder / "store/ledger").glob("*") if path.is_dir()):
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
    for entry in entries:
        body = entry["body"]
        if entry["kind"] == "canary":
            body = body.get("promotion") or {}
        if entry["kind"] not in {"promoted", "canary"} or not body:
            continue
        where = f"{entry['model']} entry {entry['sequence']}"
        decided = at(entries, body["decided"], "decided", before=entry["sequence"])
        if decided is None:
            yield f"{where}: no decision"
            continue
        if entry["body"].get("break_glass"):
            if not entry["body"]["break_glass"].get("by"):
                yield f"{where}: nobody broke the glass"
            continue
        if decided["outcome"] != "passed" or decided["bundle"] != body["champion"]["bundle"]:
            yield f"{where}: decided otherwise"
        yield from approvals(entries, entry, body, decided, where)
        if not training_as_named(folder, body["champion"]):
            yield f"{where}: the training is not the one that it names"


def approvals(
    entries: list[Json], entry: Json, body: Json, decided: Json, where: str
) -> Iterator[str]:
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
            yield f"{where}: an approval that is none ({number})"
        else:
            people.add(said["by"])
    if len(people) < decided["approval"]["count"]:
        yield f"{where}: fewer people than asked for said yes"


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


def alias(folder: Path, model: str, entries: list[Json]) -> Iterator[str]:
    """MLflow's alias is who the ledger says."""
    champion, database = champion_of(entries), database_of(folder)
    if champion is None or not database.exists():
        return
    found = asked(
        database,
        "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = 'champion'",
        model,
    )
    if found != [(champion["version"],)]:
        yield f"{model}: the alias is at {found}, the champion is version {champion['version']}"


if __name__ == "__main__":
    broken = violations(Path(sys.argv[1]))
    print("\n".join(broken) or "Everything holds.")
    sys.exit(min(len(broken), 99))
