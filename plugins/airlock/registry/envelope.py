"""Keeps the signature beside MLflow's copy of a bundle current when keys change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock import signing
from airlock.bundle.flavor import FOLDER
from airlock.compat.mlflow import get_artifact_repository
from airlock.core.scratch import private_folder
from airlock.ledger import Champion
from airlock.registry.registered import RegisteredVersion
from airlock.registry.versions import Registry, open_registry

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.ledger import Ledger

_ENVELOPE = signing.envelope_path(Path(FOLDER))


def renew_copies(ledger: Ledger, settings: MlflowSettings) -> int:
    """Put the envelope that counts today beside MLflow's copy of every champion's bundle.

    A client of MLflow that trusts only today's key would load none of them after a rotation.

    Returns:
        How many were put there now.

    Raises:
        Unverified: a bundle has no signature that counts.
        RegistryUnavailable: MLflow does not answer.
    """
    made = [one for one in ledger.entries() if one.kind in {"promoted", "rolled_back"}]
    champions = {one.version: one for one in map(Champion.from_entry, made)}
    renewed, trusted = 0, ledger.valid_keys()
    with open_registry(settings) as registry:
        for champion in champions.values():
            envelope = signing.stored(
                ledger.store, model=ledger.model, bundle=champion.bundle, trusted=trusted
            )
            # What MLflow has lost, `airlock verify` tells.
            if (version := registry.version(ledger.model, champion.version)) is not None:
                renewed += _log_envelope(registry, version, envelope)
    return renewed


def _log_envelope(registry: Registry, version: RegisteredVersion, envelope: bytes) -> bool:
    with registry.translated(), private_folder("keys") as scratch:
        files = get_artifact_repository(version.source, registry.settings.tracking_uri)
        listed = files.list_artifacts(_ENVELOPE.parent.as_posix())
        if any(file.path == _ENVELOPE.as_posix() for file in listed):
            there = files.download_artifacts(_ENVELOPE.as_posix(), scratch)  # type: ignore[no-untyped-call]  # MLflow's
            if Path(there).read_bytes() == envelope:
                return False
        new = Path(scratch) / "new" / _ENVELOPE.name
        new.parent.mkdir()
        new.write_bytes(envelope)
        files.log_artifact(str(new), _ENVELOPE.parent.as_posix())  # type: ignore[no-untyped-call]  # MLflow's
    return True
