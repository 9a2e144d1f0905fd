"""The list of a bundle's files; the bundle is verified by it before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airlock.core.content import canonical_json, digest, sha256_of_file
from airlock.core.errors import Unverified
from airlock.reading import Malformed, read_json

MANIFEST = "manifest.json"
_MOST = 1 << 20
_DO = "Load nothing from it: find out who changed it, and register the model again from the store."


def seal(bundle: Path) -> str:
    """Write the manifest of a finished bundle, and return the bundle's name."""
    write_json(bundle / MANIFEST, {"sha256": _digests(bundle)})
    return name_of(bundle)


def name_of(bundle: Path) -> str:
    """The bundle's name, as `Folder.digest` gives it: paths and digests of all files."""
    return digest(sorted([name, sha] for name, sha in files_of(bundle).items()))


def verify(bundle: Path, expected: str | None = None) -> str:
    """Hash every file and compare.

    Args:
        bundle: local folder; nothing else may write into it while it is loaded.
        expected: the bundle's name, from the ledger or a record, if the caller knows it.

    Returns:
        The bundle's name.

    Raises:
        Unverified: a file is missing, altered, added or a link, or it is another bundle.
    """
    try:
        listed = _listed(bundle / MANIFEST)
    except (OSError, ValueError, KeyError, TypeError):
        raise Unverified(f"{bundle.name}/{MANIFEST} is missing or unreadable.", do=_DO) from None
    found = _digests(bundle)
    for name in sorted(found.keys() | listed.keys()):
        if name not in listed:
            raise Unverified(f"{bundle.name}/{name} is not in its manifest.", do=_DO)
        if found.get(name) != listed[name]:
            raise Unverified(f"{bundle.name}/{name} is missing or was altered.", do=_DO)
    name = name_of(bundle)
    if expected is not None and name != expected:
        raise Unverified(f"The bundle is {name[:16]}, but {expected[:16]} was expected.", do=_DO)
    return name


def files_of(bundle: Path) -> dict[str, str]:
    """SHA-256 of every file, the manifest too, by its path.

    Raises:
        Unverified: a file is a link.
    """
    digests = {}
    for path in bundle.rglob("*"):
        if path.is_symlink():
            raise Unverified(f"{bundle.name}/{path.name} is a link.", do=_DO)
        if path.is_file():
            digests[path.relative_to(bundle).as_posix()] = sha256_of_file(path)
        elif not path.is_dir():
            # Reading a pipe or a device would wait for whoever made it.
            raise Unverified(f"{bundle.name}/{path.name} is no plain file.", do=_DO)
    return digests


def write_json(path: Path, value: Any) -> None:
    """Write canonical JSON, so that equal content is an equal file."""
    path.write_bytes(canonical_json(value))


def _listed(path: Path) -> dict[str, str]:
    if path.is_symlink() or path.stat().st_size > _MOST:
        raise Malformed("it is larger than any manifest")
    listed = read_json(path.read_bytes(), size=_MOST, depth=4)["sha256"]
    if not isinstance(listed, dict):
        raise Malformed("it lists no files")
    return listed


def _digests(bundle: Path) -> dict[str, str]:
    return {name: sha for name, sha in files_of(bundle).items() if name != MANIFEST}
