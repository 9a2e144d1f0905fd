"""Does all that the ledger says still hold? The chain, the bundles, and MLflow's copies of them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import (
    AirlockError,
    BrokenChain,
    RegistryUnavailable,
    StoreUnavailable,
    Unverified,
)
from airlock.engine import publication
from airlock.ledger import Champion, Checkpoint, Entry, Ledger, State

if TYPE_CHECKING:
    from airlock.config.settings import MlflowSettings
    from airlock.engine.publication import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came out for one model.

    Args:
        entries: of the ledger that hold.
        bundles: of those who were ever champion, whose files are as they were.
        copies: MLflow's, of the same.
        results: of the runs that were judged, whose every file is as it was; looked at if asked.
        gone: those whose rows were deleted past their retention, or erased.
        checkpoints: that the chain was compared with.
        bad: the first sequence number that does not hold; 0 if all do.
        problem: what is wrong with it.
        note: what could not be looked at.
    """

    model: str
    entries: int = 0
    bundles: int = 0
    copies: int = 0
    results: int = 0
    gone: int = 0
    checkpoints: int = 0
    bad: int = 0
    problem: str = ""
    note: str = ""


def verify(
    ledger: Ledger,
    *,
    stores: Stores,
    mlflow: MlflowSettings,
    checkpoints: Sequence[Checkpoint] = (),
    deep: bool = False,
) -> Finding:
    """Verify one model: every entry, and every file and signature of whoever was champion.

    Args:
        deep: also every file of every result that a `run` entry names: snapshots, reports, bundles
            of candidates that were turned down.
        checkpoints: notes about this model's chain from outside of the store.

    Raises:
        StoreUnavailable: whether it holds cannot be said now.
    """
    broken: BrokenChain | None = None
    try:
        entries = ledger.entries()
        for noted in checkpoints:
            noted.check(entries)
    except BrokenChain as error:
        broken = error
    entries = ledger.verified()
    finding = Finding(model=ledger.model, entries=len(entries), checkpoints=len(checkpoints))
    made = [Champion.from_entry(one) for one in entries if one.kind in {"promoted", "rolled_back"}]
    # The entry that named a bundle first answers for its files.
    champions = list({one.bundle: one for one in reversed(made)}.values())[::-1]
    with tempfile.TemporaryDirectory(prefix="airlock-verify-") as scratch:
        finding = _bundles(finding, champions, ledger, stores, Path(scratch))
        if deep and not finding.bad:
            finding = _results(finding, entries, stores, Path(scratch))
        if not finding.bad and champions:
            finding = _copies(finding, champions, mlflow, Path(scratch))
    if broken is not None and not finding.bad:
        return replace(finding, bad=broken.sequence, problem=str(broken))
    return finding


def _bundles(
    finding: Finding, champions: list[Champion], ledger: Ledger, stores: Stores, scratch: Path
) -> Finding:
    # What the verified entries retired; the chain may be broken behind them.
    trusted = ledger.still_valid(State.of(ledger.model, ledger.verified()))
    for champion in champions:
        try:
            _check(champion, stores, scratch)
            signing.stored(
                stores["store"], model=ledger.model, bundle=champion.bundle, trusted=trusted
            )
        except StoreUnavailable:
            raise
        except AirlockError as error:
            return replace(finding, bad=champion.sequence, problem=str(error))
        finding = replace(finding, bundles=finding.bundles + 1)
    return finding


def _check(champion: Champion, stores: Stores, scratch: Path) -> None:
    recorded = {
        champion.training: champion.training_sha256,
        champion.validation: champion.validation_sha256,
    }
    for address, expected in recorded.items():
        publication.load(stores["store"], address, expected=expected)
    training = publication.load(stores["store"], champion.training).result
    folder = publication.fetch(stores, training.data, scratch)
    if training.data.digest != champion.bundle:
        raise Unverified(
            f"The bundle at {folder.name} is not the one that was promoted.",
            do="Find out who replaced it.",
        )


def _results(finding: Finding, entries: Sequence[Entry], stores: Stores, scratch: Path) -> Finding:
    erased = {
        table for entry in entries if entry.kind == "tombstone" for table in entry.body["tables"]
    }
    seen: set[str] = set()
    for entry in (one for one in entries if one.kind == "run"):
        for named in entry.body["results"].values():
            if named["address"] in seen:
                continue
            seen.add(named["address"])
            try:
                gone = _is_gone(named["address"], named["sha256"], erased, stores, scratch)
            except StoreUnavailable:
                raise
            except AirlockError as error:
                return replace(finding, bad=entry.sequence, problem=str(error))
            finding = replace(finding, results=finding.results + 1, gone=finding.gone + gone)
    return finding


def _is_gone(address: str, sha256: str, erased: Set[str], stores: Stores, scratch: Path) -> bool:
    """Check every file of a result; whether its rows were deleted, which is no harm."""
    result = publication.load(stores["store"], address, expected=sha256).result
    publication.fetch(stores, result.report, scratch)
    data = result.data
    expires = data.zone == "raw" or data.prefix in erased
    if data.files and expires and not any(stores[data.zone].list(f"{data.prefix}/")):
        return True
    publication.fetch(stores, data, scratch)
    return False


def _copies(
    finding: Finding, champions: list[Champion], mlflow: MlflowSettings, scratch: Path
) -> Finding:
    from airlock.registry import connected

    try:
        with connected(mlflow) as registry:
            for champion in champions:
                try:
                    version = registry.version(finding.model, champion.version)
                    if version is None:
                        raise Unverified(
                            f"MLflow has no version {champion.version} of {finding.model}.",
                            do="Find out who deleted it; the store still has its bundle.",
                        )
                    copy = registry.download(version, scratch / f"mlflow-{champion.version}")
                    manifest.verify(copy, champion.bundle)
                except Unverified as error:
                    return replace(finding, bad=champion.sequence, problem=str(error))
                finding = replace(finding, copies=finding.copies + 1)
    except RegistryUnavailable as error:
        return replace(finding, note=str(error))
    return finding
