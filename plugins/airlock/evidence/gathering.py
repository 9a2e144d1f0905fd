"""Reads and verifies everything that one version stands on; what does not verify stops it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from airlock import signing
from airlock.bundle.environment import ENVIRONMENT
from airlock.catalogs import kept
from airlock.catalogs.cards import MARKDOWN
from airlock.catalogs.usage import Usage, months, usages_of_run
from airlock.core.content import sha256
from airlock.core.errors import ObjectMissing, Unverified
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, record_of
from airlock.evidence.gathered import Gathered
from airlock.evidence.version import JudgedVersion, judged_version
from airlock.ledger import Entry, Ledger
from airlock.ledger.questions import run_of
from airlock.reading import read_json
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.record import claim_of

_STAGES = ("validate", "redact", "train", "evaluate", "register")
# Behind the word of snapshot stands which of several sources it is.
_OF_SEVERAL = "snapshot_"

# What the bundle says about itself; never its weights, nor what it learnt of columns.
BUNDLED = (
    "manifest.json",
    "model.json",
    "signature.json",
    "requirements.txt",
    "environment.lock",
)


def gather(
    ledger: Ledger,
    version: int,
    *,
    stores: Stores,
    scratch: Path,
    governance: Governance | None = None,
) -> Gathered:
    """Read the ledger, and all that it names about a version.

    Raises:
        SpecError: no such version came to the gate.
        BrokenChain: the ledger does not verify.
        Unverified: something is missing, or not what the ledger names; the message says what.
    """
    entries = ledger.entries()
    of = judged_version(entries, ledger.model, version)
    results = {name: _named(of, name, stores) for name in _names(of)}
    table = "snapshot" if "snapshot" in results else "prepare"
    _refuse_strangers(of, results, table)
    decision = _text(stores, kept.DECISIONS, of.decided.body["decision"])
    policy = _text(stores, kept.POLICIES, of.decided.body["evidence"]["policy"])
    results["gate"] = _page_of_the_gate(of, stores)
    pages = {stage: _pages(stores, one.result.report, scratch) for stage, one in results.items()}
    _refuse_without_card(of, pages["gate"])
    bundle = results["train"].result.data
    left = (
        *_left_out(results),
        *(f"pages/{stage}: its result has no page." for stage, one in pages.items() if not one),
    )
    return Gathered(
        of=of,
        results=results,
        table=table,
        policy=policy,
        decision=decision,
        pages=pages,
        bundled=_bundled(stores, bundle, scratch),
        envelope=signing.stored(
            ledger.store, model=ledger.model, bundle=of.bundle, trusted=ledger.valid_keys()
        ),
        environment=_environment(stores, results["train"].result.report, scratch),
        usage=_usage(of, results, stores),
        governance=governance,
        left_out=left,
    )


def _names(of: JudgedVersion) -> list[str]:
    """What the decision was made on, as its entry calls it."""
    names = list(of.run.body["results"])
    table = "prepare" if any(one.startswith(_OF_SEVERAL) for one in names) else "snapshot"
    for stage in (table, *_STAGES):
        if stage not in names:
            raise _refused(of, f"ledger entry {of.run.sequence} names no result of {stage}")
    return names


def _named(of: JudgedVersion, name: str, stores: Stores) -> Published:
    named = of.run.body["results"][name]
    stage = "snapshot" if name.startswith(_OF_SEVERAL) else name
    found = publication.load(stores["store"], named["address"], expected=named["sha256"])
    if found.result.stage != stage or found.result.content != named["content"]:
        raise _refused(of, f"{named['address']} is not the result of {stage} that was judged")
    # It must read as one: a record of a later version is no evidence that this one can explain.
    record_of(stage).from_json(found.result.record)
    return found


def _refuse_strangers(of: JudgedVersion, results: Mapping[str, Published], table: str) -> None:
    """Each result was made from the one before it, and all are about this model."""
    links = (
        ("validate", "snapshot", table),
        ("redact", "validation", "validate"),
        ("train", "redaction", "redact"),
        ("evaluate", "redaction", "redact"),
        ("evaluate", "training", "train"),
        ("register", "training", "train"),
    )
    for made, name, source in links:
        if results[made].result.inputs.get(name) != results[source].result.content:
            raise _refused(of, f"the result of {made} was not made from this {source}")
    sources = {one.result.content for name, one in results.items() if name.startswith(_OF_SEVERAL)}
    if sources and set(results["prepare"].result.inputs.values()) != sources:
        raise _refused(of, "the table was not made of these sources")
    if results["train"].result.data.digest != of.bundle:
        raise _refused(of, f"the training is of another bundle than entry {of.decided.sequence}")


def _text(stores: Stores, shelf: kept.Shelf, name: str) -> bytes:
    key = kept.address(shelf, name)
    try:
        data = stores["store"].get(key)
    except ObjectMissing:
        raise Unverified(
            f"{key} is gone, or was never kept.",
            do="Bring it back from a backup; without it there is no evidence of what was decided.",
        ) from None
    kept.check(key, data)
    return data


def _page_of_the_gate(of: JudgedVersion, stores: Stores) -> Published:
    for entry in of.entries[of.decided.sequence :]:
        if (found := _gate(of, entry, stores)) is not None:
            return found
    raise _refused(of, "no entry of its ledger names the page of the decision, with the card")


def _gate(of: JudgedVersion, entry: Entry, stores: Stores) -> Published | None:
    if entry.kind != "recorded" or entry.body["stage"] != "gate":
        return None
    at, sha = entry.body["address"], entry.body["sha256"]
    found = publication.load(stores["store"], at, expected=sha)
    fields = found.result.record
    if fields.get("sequence") != of.decided.sequence:
        return None
    if claim_of(fields) != of.decided.body["decision"]:
        raise _refused(of, f"{at} shows another decision than entry {of.decided.sequence}")
    return found


def _pages(stores: Stores, folder: Folder, scratch: Path) -> dict[str, bytes]:
    """The pages of a report. What makes them alone (figures as JSON, plots) is in them."""
    wanted = [one.path for one in folder.files if one.path.endswith((".html", ".md"))]
    if not wanted:
        return {}
    local = publication.fetch(stores, folder, scratch, only=wanted)
    return {path: (local / path).read_bytes() for path in wanted}


def _refuse_without_card(of: JudgedVersion, pages: Mapping[str, bytes]) -> None:
    if MARKDOWN not in pages:
        raise _refused(of, "the page of its decision holds no model card")


def _bundled(stores: Stores, folder: Folder, scratch: Path) -> dict[str, bytes]:
    """The whole bundle is verified, and what it says about itself is kept."""
    local = publication.fetch(stores, folder, scratch)
    there = {one.path for one in folder.files}
    return {path: (local / path).read_bytes() for path in BUNDLED if path in there}


def _environment(stores: Stores, folder: Folder, scratch: Path) -> Mapping[str, Any] | None:
    if ENVIRONMENT not in {one.path for one in folder.files}:
        return None
    local = publication.fetch(stores, folder, scratch, only={ENVIRONMENT})
    return cast("Mapping[str, Any]", read_json((local / ENVIRONMENT).read_bytes()))


def _usage(
    of: JudgedVersion, results: Mapping[str, Published], stores: Stores
) -> tuple[Usage, ...]:
    made = results["train"].result.made_by
    runs = {run_of(of.decided), (made.dag_id, made.run_id)}
    store = stores["store"]
    found = [
        one
        for month in months(store, of.model)
        for run in sorted(runs)
        for one in usages_of_run(store, of.model, month, run)
        # Later attempts say nothing about what was decided on, and the bytes stay the same.
        if one.at <= of.decided.at
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.key)))


def _left_out(results: Mapping[str, Published]) -> list[str]:
    """A record from before the names of delivered files were kept by digest alone."""
    return [
        f"records/{name}.json: it names files as they were delivered, and a name may be a "
        f"person's. Its SHA-256 is {sha256(one.result.stored())}."
        for name, one in results.items()
        if any(file.get("name") for file in one.result.record.get("files") or ())
    ]


def _refused(of: JudgedVersion, why: str) -> Unverified:
    return Unverified(
        f"There is no evidence of version {of.version} of {of.model}: {why}.",
        do=f"`airlock verify {of.model}` says more. What does not verify is not packed.",
    )
