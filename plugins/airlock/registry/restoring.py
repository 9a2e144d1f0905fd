"""Restores from the store the files of a version that MLflow lost or changed."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import Model

from airlock import signing
from airlock.bundle import manifest
from airlock.bundle.flavor import FOLDER
from airlock.compat.mlflow import get_artifact_repository
from airlock.core.content import sha256_of_file
from airlock.core.errors import Unverified
from airlock.registry.copies import is_ours, requirements_of, write_model
from airlock.registry.registered import RegisteredVersion
from airlock.registry.versions import Registry

if TYPE_CHECKING:
    from airlock.ledger import TrustedKeys

log = logging.getLogger(__name__)

_MLMODEL = "MLmodel"
# What MLflow writes besides, and needs to make an environment.
_WRITTEN = ("requirements.txt", "conda.yaml", "python_env.yaml")
_ENVELOPE = signing.envelope_path(Path(FOLDER)).as_posix()
_MODEL_ID = re.compile(r"/(m-[0-9a-f]+)/")
_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """How MLflow's files of a version differ from the bundle in the store.

    Args:
        missing: paths that must be there and are not.
        altered: paths whose content is another.
        added: paths within the bundle's folder that do not belong there.
    """

    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing has to be done."""
        return not (self.missing or self.altered or self.added)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A bundle as the store has it.

    Args:
        bundle: local folder, verified.
        envelope: who vouches for it.
        trusted: the keys that count.
        run_id: the run that trained it.
    """

    model: str
    bundle: Path
    envelope: bytes
    trusted: TrustedKeys
    run_id: str

    def write(self, folder: Path, version: RegisteredVersion | None = None) -> None:
        """Write a model of MLflow's that holds it."""
        known = _MODEL_ID.search(version.source) if version else None
        mlmodel = Model(run_id=self.run_id or None, model_id=known[1] if known else None)
        write_model(self.bundle, folder, requirements_of(self.bundle), mlmodel, self.envelope)


def compare(
    registry: Registry, version: RegisteredVersion, original: Original, scratch: Path
) -> Copy:
    """Look at every file that MLflow has of a version.

    Args:
        scratch: a local folder; the files are copied there.
    """
    with registry.translated():
        files = _files(registry, version.source)
        there = set(_listed(files))
        folder = scratch / "there"
        folder.mkdir()
        if there:
            folder = Path(files.download_artifacts("", str(folder)))
    digests = {f"{FOLDER}/{path}": sha for path, sha in manifest.files_of(original.bundle).items()}
    wanted = {*digests, _ENVELOPE, _MLMODEL, *_WRITTEN}
    present = wanted & there
    return Copy(
        missing=tuple(sorted(wanted - there)),
        altered=tuple(sorted(one for one in present if _differs(one, folder, digests, original))),
        added=tuple(sorted(one for one in there - wanted if one.startswith(f"{FOLDER}/"))),
    )


def put_back(
    registry: Registry, version: RegisteredVersion, original: Original, found: Copy, scratch: Path
) -> None:
    """Upload what is missing, and what is altered or added only after it was set aside.

    Nothing is deleted: what does not belong there is kept under `set_aside/` of the model's
    experiment, verified, before anything takes its place.

    Args:
        found: what `compare` found, as far as it is to be put right.
        scratch: where `compare` copied the files.

    Raises:
        Unverified: MLflow's copy is still not the bundle afterwards.
    """
    new = scratch / "new"
    with registry.translated():
        original.write(new, version)
        files = _files(registry, version.source)
        for path in (*found.altered, *found.added):
            _set_aside(registry, version, scratch / "there" / path, path)
        for path in found.added:
            files.delete_artifacts(path)
        for path in (*found.missing, *found.altered):
            files.log_artifact(str(new / path), Path(path).parent.as_posix().strip("."))
    with tempfile.TemporaryDirectory(dir=scratch) as again:
        left = compare(registry, version, original, Path(again))
    if left.missing or set(left.altered) & set(found.altered) or set(left.added) & set(found.added):
        raise Unverified(
            f"MLflow's copy of {version.model} version {version.number} is still not the bundle.",
            do="Find out what else writes there, and repair it again.",
        )


def _differs(path: str, folder: Path, digests: dict[str, str], original: Original) -> bool:
    if path in digests:
        return sha256_of_file(folder / path) != digests[path]
    if path == _MLMODEL:
        return not is_ours(folder)
    if path == _ENVELOPE:
        name = manifest.name_of(original.bundle)
        envelope = (folder / path).read_bytes()
        try:
            signing.check(envelope, bundle=name, trusted=original.trusted, model=original.model)
        except Unverified:
            return True
    return False


def _set_aside(registry: Registry, version: RegisteredVersion, copy: Path, path: str) -> None:
    experiment = registry.client.get_experiment(registry.experiment(version.model))
    below = f"{_ASIDE}/{version.model}-{version.number}/{sha256_of_file(copy)[:16]}"
    place = _files(registry, f"{experiment.artifact_location}/{below}")
    parent = Path(path).parent.as_posix().strip(".")
    place.log_artifact(str(copy), parent)
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(place.download_artifacts(path, scratch))
        if sha256_of_file(kept) != sha256_of_file(copy):
            raise Unverified(
                f"{path} of {version.model} version {version.number} could not be set aside.",
                do="Nothing of it was changed. Look at MLflow's disk, and repair it again.",
            )
    log.warning("%s of %s version %d is kept in %s.", path, version.model, version.number, below)


def _files(registry: Registry, address: str) -> Any:
    return get_artifact_repository(address, registry.settings.tracking_uri)


def _listed(files: Any, below: str = "") -> Iterator[str]:
    for one in files.list_artifacts(below):
        if one.is_dir:
            yield from _listed(files, one.path)
        else:
            yield one.path
