"""MLflow on a file, versions of a bundle in it, and champions in a ledger."""

from __future__ import annotations

import base64
from pathlib import Path

from mlflow import MlflowClient

from airlock import signing
from airlock.bundle import manifest
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.registry import MlflowSettings, open_registry
from airlock.store import open_store
from tests.judged import NOW


def sqlite_below(folder: Path) -> MlflowSettings:
    """MLflow that keeps everything in a folder."""
    return MlflowSettings(
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", artifacts=str(folder / "artifacts")
    )


def client(settings: MlflowSettings) -> MlflowClient:
    """Anybody's own client."""
    return MlflowClient(settings.tracking_uri, settings.tracking_uri)


def ledger_below(folder: Path, model: str) -> Ledger:
    """A ledger that can be written."""
    signer = Signer.from_seed(base64.b64encode(bytes(32)).decode())
    trusted = TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()})
    return Ledger(open_store(str(folder / "store")), model, trusted=trusted, signer=signer)


def crown(ledger: Ledger, version: int, *, bundle: str = "", **facts: int) -> None:
    """Write a promotion; of the champion only its version is real, and a bundle that is given."""
    champion = {
        **dict.fromkeys(("training", "training_sha256", "validation", "validation_sha256"), "x"),
        "version": version,
        "bundle": bundle or f"bundle {version}",
        "split": "s",
        "night": None,
    }
    ledger.append("promoted", {"champion": champion, **facts}, id=f"p{version}", at=NOW)


def version_of(
    settings: MlflowSettings, model: str, bundle: Path, scratch: Path, *, signed: bool = False
) -> int:
    """The number of a bundle's version, registered without being tried."""
    scratch.mkdir()
    key = ledger_below(scratch, model).key()
    envelope = signing.signed_by(key, manifest.files_of(bundle), model=model) if signed else b""
    with open_registry(settings) as registry:
        return registry.register_once(
            model=model,
            bundle=bundle,
            bundle_digest=manifest.name_of(bundle),
            requirements=["torch"],
            run_id="",
            scratch=scratch,
            envelope=envelope,
        ).number
