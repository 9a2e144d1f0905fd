"""What MLflow keeps of a version beside the bundle itself."""

from __future__ import annotations

from pathlib import Path

from airlock import signing
from airlock.bundle import manifest
from airlock.registry.versions import FOLDER


def files_beside(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of MLflow's copy that is no file of the bundle, by its path.

    Not the envelope, which follows a change of keys; it is verified by its signature.

    Args:
        folder: the copy, as `Registry.download` was told to put it.
    """
    envelope = signing.beside(Path(FOLDER)).as_posix()
    return {
        name: digest
        for name, digest in manifest.files_of(folder).items()
        if not name.startswith(f"{FOLDER}/") and name != envelope
    }
