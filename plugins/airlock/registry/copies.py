"""MLflow's copy of a bundle: what is written there, and how it may be loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.pyfunc
from mlflow.models import Model

import airlock
from airlock.bundle import manifest
from airlock.bundle.flavor import FOLDER, LOADER, check_flavor
from airlock.core.content import digest
from airlock.core.errors import Unverified
from airlock.registry.connection import without_password
from airlock.signing import envelope_path

if TYPE_CHECKING:
    from airlock.registry.registered import RegisteredVersion

ESSENCE = "MLmodel without times and ids"
_VOLATILE = frozenset(
    {"artifact_path", "model_id", "model_size_bytes", "model_uuid", "run_id", "utc_time_created"}
)


def write_model(
    bundle: Path, folder: Path, requirements: Sequence[str], model: Model, envelope: bytes
) -> None:
    """Write a model of MLflow's that holds a bundle.

    Args:
        bundle: local, verified.
        folder: local; does not exist yet.
        requirements: what a process needs that loads it.
        envelope: who vouches for the bundle.
    """
    # The folder is called as the file it is copied from: a link gives it the name we want.
    link = folder.parent / Path(FOLDER).name
    link.unlink(missing_ok=True)
    link.symlink_to(bundle, target_is_directory=True)
    mlflow.pyfunc.save_model(
        folder,
        loader_module=LOADER,
        data_path=link,
        mlflow_model=model,
        pip_requirements=list(requirements),
    )
    if envelope:
        envelope_path(folder / FOLDER).write_bytes(envelope)


def requirements_of(bundle: Path) -> list[str]:
    """What a process needs that loads a bundle; the loader's own requirements come with it."""
    written = (bundle / "requirements.txt").read_text().splitlines()
    return [*written, f"airflow-airlock[serve]=={airlock.__version__}"]


def is_ours(folder: Path) -> bool:
    """Whether MLflow would load what lies in a folder by our own code, and by no other."""
    try:
        check_flavor(folder)
    except Unverified:
        return False
    return True


def files_beside(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of MLflow's copy that is no file of the bundle, by its path.

    Not the envelope, which follows a change of keys; it is verified by its signature. `ESSENCE` is
    what `airlock repair` writes as it was: MLmodel without its times and ids.

    Args:
        folder: the copy, as `Registry.download` was told to put it.
    """
    envelope = envelope_path(Path(FOLDER)).as_posix()
    found = {
        name: sha
        for name, sha in manifest.files_of(folder).items()
        if not name.startswith(f"{FOLDER}/") and name != envelope
    }
    # A folder with nothing in it is loaded by nobody, and was put there by somebody.
    found |= {
        f"{path.relative_to(folder).as_posix()}/": ""
        for path in folder.rglob("*")
        if path.is_dir() and not any(path.iterdir())
    }
    told = Model.load(str(folder)).to_dict()
    essence = {name: told[name] for name in sorted(told.keys() - _VOLATILE)}
    return found | {ESSENCE: digest(json.loads(json.dumps(essence, default=str)))}


def altered(version: RegisteredVersion, how: str) -> Unverified:
    """An error about a copy that is not the bundle."""
    return Unverified(
        f"MLflow's copy of {version.model} version {version.number} {how}.",
        do="Load nothing of it, and find out who changed its files at "
        f"{without_password(version.source)}. The store has the bundle: `airlock repair "
        f"{version.model}` says what it would put back.",
    )
