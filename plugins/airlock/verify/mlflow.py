"""Compares MLflow's copies with the ledger."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import RegistryUnavailable, Unverified
from airlock.engine import publication
from airlock.ledger import State, TrustedKeys, named
from airlock.verify.bundles import champions
from airlock.verify.look import Look
from airlock.verify.shown import check_shown, handed_out

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.registry import Registry


def check_copies(look: Look, settings: MlflowSettings, *, deep: bool) -> str:
    """Hold them against the ledger.

    Args:
        deep: also every version that was judged, every file beside the bundle, aliases and tags.

    Returns:
        Why nothing was looked at; "" usually.
    """
    from airlock.registry import open_registry

    wanted = {one.version: (one.sequence, one.bundle) for one in champions(look)}
    beside: Mapping[int, Mapping[str, str]] = {}
    if deep:
        told = _registered(look)
        beside = {number: record.get("copy") or {} for number, (_, record) in told.items()}
        for number, (sequence, record) in told.items():
            wanted.setdefault(number, (sequence, record["bundle"]))
    if not wanted:
        return ""
    trusted = look.ledger.still_valid(State.of(look.ledger.model, look.entries))
    try:
        with open_registry(settings) as registry:
            for number, (sequence, bundle) in sorted(wanted.items()):
                with look.holds(sequence):
                    _copy(look, registry, number, bundle)
                    if deep:
                        _beside(look, number, beside.get(number, {}), bundle, trusted)
                    look.counts["copies"] += 1
                shutil.rmtree(look.scratch / f"mlflow-{number}", ignore_errors=True)
            if deep:
                check_shown(look, registry)
    except RegistryUnavailable as error:
        return str(error)
    return ""


def _registered(look: Look) -> dict[int, tuple[int, dict[str, Any]]]:
    """What `register` left of each version: the first entry that names it, and the record."""
    found: dict[int, tuple[int, dict[str, Any]]] = {}
    for entry in look.entries:
        for one in named(entry):
            if not one.address.startswith("stages/register/"):
                continue
            try:
                made = publication.load(look.store, one.address, expected=one.sha256).result
            except Exception:  # noqa: BLE001 -- said where the results are looked at
                continue
            record = dict(made.record)
            if record.get("model") == look.ledger.model:
                found.setdefault(record["version"], (entry.sequence, record))
    return found


def _copy(look: Look, registry: Registry, number: int, bundle: str) -> None:
    version = registry.version(look.ledger.model, number)
    if version is None:
        raise Unverified(
            f"MLflow has no version {number} of {look.ledger.model}.",
            do="Find out who deleted it; the store still has its bundle.",
        )
    if handed_out(registry, look.ledger.model, number) != version.source:
        raise Unverified(
            f"MLflow hands out version {number} from another place than the one that it names.",
            do="Load nothing of it, and find out who changed it.",
        )
    manifest.verify(registry.download(version, look.scratch / f"mlflow-{number}"), bundle)


def _beside(
    look: Look, number: int, recorded: Mapping[str, str], bundle: str, trusted: TrustedKeys
) -> None:
    """Everything that MLflow keeps beside the bundle: what is loaded, and with which libraries."""
    from airlock.registry.copies import ESSENCE, files_beside

    folder = look.scratch / f"mlflow-{number}"
    envelope = signing.envelope_path(folder / "data" / "bundle")
    if not envelope.exists():
        raise Unverified(
            f"The envelope of version {number} is gone from MLflow.",
            do=f"`airlock keys sign {look.ledger.model}` puts it back.",
        )
    signing.check(envelope.read_bytes(), bundle=bundle, trusted=trusted, model=look.ledger.model)
    if not recorded:
        look.warnings.append(
            f"Version {number} was registered by an earlier version of Airlock, which did not note "
            "what lies beside the bundle in MLflow (MLmodel, requirements): not looked at."
        )
        return
    found = files_beside(folder)
    if found[ESSENCE] == recorded.get(ESSENCE) and found["MLmodel"] != recorded.get("MLmodel"):
        look.warnings.append(
            f"MLflow's MLmodel of version {number} has other times and ids than at first, and is "
            "else the same, as `airlock repair` leaves it."
        )
        found["MLmodel"] = recorded["MLmodel"]
    for name in sorted(found.keys() | recorded.keys()):
        if found.get(name) != recorded.get(name):
            how = "was added" if name not in recorded else "is missing or was altered"
            raise Unverified(
                f"{name} {how} in MLflow's copy of version {number}.",
                do="Load nothing of it, and find out who changed it.",
            )
