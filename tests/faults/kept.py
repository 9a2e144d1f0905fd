"""The rules about what lies in a store: results, receipts, versions, nights."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Json = dict[str, Any]


def canonical(value: Any) -> bytes:
    """Keys sorted, no white space, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def named(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def erased(folder: Path) -> set[str]:
    """What tombstones name: results, and folders of rows."""
    names: set[str] = set()
    for path in (folder / "store/ledger").glob("*/[0-9]*.json"):
        try:
            entry: Json = json.loads(path.read_bytes())
        except ValueError:
            continue  # said where the chain is looked at
        if entry.get("kind") == "tombstone":
            names |= {*entry["body"].get("results", ()), *entry["body"].get("tables", ())}
    return names


def slots(folder: Path, erased: set[str]) -> Iterator[str]:
    """One canonical result a key: generations without a gap, the newest of them whole."""
    # A killed writer leaves files that nobody takes for a slot.
    for slot in sorted(path for path in (folder / "store/stages").glob("*/*") if path.is_dir()):
        paths = sorted(slot.glob("*.json"))
        where = slot.relative_to(folder / "store").as_posix()
        if [path.name for path in paths] != [f"{n:04d}.json" for n in range(len(paths))]:
            yield f"{where}: generations with a gap"
        result = result_of(paths[-1])
        if result is None:
            yield f"{where}: the newest generation is no result"
        elif not erased & {f"{where}/{paths[-1].name}", result["data"]["prefix"]}:
            yield from (f"{where}: {file} is gone or altered" for file in unsound(folder, result))


def result_of(path: Path) -> Json | None:
    try:
        result: Json = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return result if canonical(result) == path.read_bytes() and "record" in result else None


def unsound(folder: Path, result: Json) -> Iterator[str]:
    """Files of a result that are not as it says; rows before redaction may be gone as a whole."""
    for part in (result["data"], result["report"]):
        base = folder / part["zone"] / part["prefix"]
        if part["zone"] == "raw" and not any(base.rglob("*")):
            continue
        for file in part["files"]:
            path = base / file["path"]
            if not path.exists() or named(path.read_bytes()) != file["sha256"]:
                yield f"{part['prefix']}/{file['path']}"


def receipts(folder: Path) -> Iterator[str]:
    """What a run was told of its stages is still what lies there."""
    for path in sorted((folder / "store/runs").rglob("*.json")):
        try:
            receipt = json.loads(path.read_bytes())
            slot = folder / "store" / receipt["address"]
            data = slot.read_bytes()
        except (OSError, ValueError, KeyError):
            yield f"runs/{path.name}: no receipt, or of nothing"
            continue
        # What was damaged stays as it is, for whoever looks into it; a later generation counts.
        newest = max(one.name for one in slot.parent.glob("*.json"))
        if named(data) != receipt["sha256"] and slot.name == newest:
            yield f"runs/{path.name}: {receipt['address']} is another one"


def versions(folder: Path) -> Iterator[str]:
    """One canonical version in MLflow for a bundle."""
    database = database_of(folder)
    if not database.exists():
        return
    tags: dict[tuple[str, int], dict[str, str]] = {}
    for name, number, key, value in asked(
        database, "SELECT name, version, key, value FROM model_version_tags"
    ):
        tags.setdefault((name, number), {})[key] = value
    canonical_ones: dict[str, int] = {}
    for one in tags.values():
        bundle = one.get("airlock.bundle")
        if bundle and not any(key.endswith("duplicate_of") for key in one):
            canonical_ones[bundle] = canonical_ones.get(bundle, 0) + 1
    for bundle, count in canonical_ones.items():
        if count != 1:
            yield f"MLflow: bundle {bundle[:12]} has {count} canonical versions"


def database_of(folder: Path) -> Path:
    """MLflow's; below `var/` of a checkout it has a folder of its own."""
    own = folder / "mlflow/mlflow.db"
    return own if own.exists() else folder / "mlflow.db"


def asked(database: Path, question: str, *about: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(database, timeout=60)
    try:
        return connection.execute(question, about).fetchall()
    finally:
        connection.close()


# Nights


def nights(folder: Path, model: str, entries: list[Json]) -> Iterator[str]:
    """A night is served whole, and once, and as the ledger says."""
    gone = erased(folder)
    entered: dict[str, list[Json]] = {}
    for entry in entries:
        if entry["kind"] in {"scored", "rescored"}:
            entered.setdefault(entry["body"]["night"], []).append(entry["body"])
    for path in sorted((folder / f"store/predictions/{model}").glob("*/*.json")):
        yield from (
            f"{path.parent.name}/{path.name} of {model}: {what}"
            for what in (unentered(path, entered))
        )
    for night, bodies in entered.items():
        where = f"night {night} of {model}"
        if sorted(one["number"] for one in bodies) != list(range(1, len(bodies) + 1)):
            yield f"{where}: a number twice, or none"
        if len({(one["role"], one["sha256"]) for one in bodies}) < len(bodies):
            yield f"{where}: the same result twice"
        served = [one for one in bodies if one["role"] == "served"]
        if served and served[-1]["scoring"] not in gone:
            yield from (f"{where}: {what}" for what in unserved(folder, served[-1], entries))


def unentered(path: Path, entered: dict[str, list[Json]]) -> Iterator[str]:
    """A view says what its entry says, word by word."""
    try:
        view: Json = json.loads(path.read_bytes())
        where = (view["night"], f"{view['number']:06d}.json")
    except (ValueError, KeyError, TypeError):
        yield "no view"
        return
    told = [{name: one.get(name) for name in view} for one in entered.get(view["night"], ())]
    if where != (path.parent.name, path.name) or view not in told:
        yield "no entry of the ledger names it"


def unserved(folder: Path, served: Json, entries: list[Json]) -> Iterator[str]:
    path = folder / "store" / served["scoring"]
    if not path.exists() or named(path.read_bytes()) != served["sha256"]:
        yield "the result is not the one that was entered"
        return
    result = json.loads(path.read_bytes())
    if broken := list(unsound(folder, result)):
        yield f"{len(broken)} of its files are gone or altered, such as {broken[0]}"
        return
    base = folder / result["data"]["zone"] / result["data"]["prefix"]
    rows: list[int] = []
    for file in result["data"]["files"]:
        if file["path"].endswith(".parquet") and "/" not in file["path"]:
            rows += pq.read_table(base / file["path"], columns=["row"])["row"].to_pylist()
    if sorted(rows) != list(range(served["rows"])):
        yield f"{len(rows)} rows ({len(set(rows))} different) instead of {served['rows']}"
    redacted = result_of(folder / "store" / served["results"]["redact"]["address"])
    if redacted is None or redacted["record"]["rows"] != served["rows"]:
        yield "it has other rows than were redacted for it"
    made = [one for one in entries if one["kind"] in {"promoted", "rolled_back"}]
    numbers = {one["body"]["champion"]["version"] for one in made}
    numbers |= {one["body"]["version"] for one in entries if one["kind"] == "canary"}
    if not set(served["versions"]) <= numbers:
        yield "a version that was never champion"
