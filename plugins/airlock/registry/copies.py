"""MLflow's copy of a bundle: what is written there, and how it may be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.pyfunc
from mlflow.models import Model

import airlock
from airlock.core.errors import Unverified
from airlock.registry.connection import without_password
from airlock.signing import beside

if TYPE_CHECKING:
    from airlock.registry.versions import Version

LOADER = "airlock.serve"
FOLDER = "data/bundle"


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
        beside(folder / FOLDER).write_bytes(envelope)


def requirements_of(bundle: Path) -> list[str]:
    """What a process needs that loads a bundle; the loader's own requirements come with it."""
    written = (bundle / "requirements.txt").read_text().splitlines()
    return [*written, f"airflow-airlock[serve]=={airlock.__version__}"]


def is_ours(folder: Path) -> bool:
    """Whether MLflow would load what lies in a folder by our own code, and by no other."""
    flavors = Model.load(str(folder)).flavors
    flavor = flavors.get("python_function", {})
    loaded = (flavor.get("loader_module"), flavor.get("data"), flavor.get("code"))
    return set(flavors) == {"python_function"} and loaded == (LOADER, FOLDER, None)


def altered(version: Version, how: str) -> Unverified:
    """An error about a copy that is not the bundle."""
    return Unverified(
        f"MLflow's copy of {version.model} version {version.number} {how}.",
        do="Load nothing of it, and find out who changed its files at "
        f"{without_password(version.source)}. The store has the bundle: `airlock repair "
        f"{version.model}` says what it would put back.",
    )
