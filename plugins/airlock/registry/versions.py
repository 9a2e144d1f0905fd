"""Versions of a registered model, and the alias that follows the ledger."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.pyfunc
from mlflow.entities import Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

from airlock.bundle.flavor import FOLDER, LOADER, check_flavor
from airlock.core.errors import RegistryUnavailable, SettingsError, Unverified
from airlock.registry.connection import Connection, bounded, unless_absent, without_password
from airlock.signing import beside

if TYPE_CHECKING:
    from airlock.config.settings import MlflowSettings
    from airlock.ledger import Entry, Ledger

log = logging.getLogger(__name__)

ALIAS = "champion"
_BUNDLE = "airlock.bundle"
_DATA = "airlock.data"
_POLICY, _SEQUENCE, _VERDICT = "airlock.policy", "airlock.sequence", "airlock.verdict"
_DUPLICATE = "airlock.duplicate_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a registered model; `source` is MLflow's address of its files."""

    model: str
    number: int
    source: str
    tags: Mapping[str, str]


class Registry(Connection):
    """The registered models; made by `connected`."""

    def register_once(
        self,
        *,
        model: str,
        bundle: Path,
        bundle_digest: str,
        requirements: Sequence[str],
        run_id: str,
        scratch: Path,
        envelope: bytes = b"",
        data_digest: str = "",
        description: str = "",
    ) -> Version:
        """The canonical version of a bundle: found, or created.

        MLflow cannot create a version only if there is none. So: create it with the bundle's
        digest as a tag, look again, and take the lowest number; the others say whose duplicate
        they are. Versions are never deleted, because their numbers would be used again.

        Args:
            bundle: local folder of the bundle.
            bundle_digest: name of the bundle.
            requirements: what a process needs that loads it; MLflow would guess, for a minute.
            run_id: the run that trained it.
            scratch: a local folder for the model's files.
            envelope: who vouches for the bundle; it lies beside MLflow's copy.
            data_digest: of the table that it was trained on, for people.
            description: for people.
        """
        with self.translated():
            if (found := self._canonical(model, bundle_digest)) is not None:
                return found
            folder = scratch / "mlflow"
            made = self._create(
                model,
                lambda model_id: _saved(
                    bundle, folder, requirements, Model(run_id=run_id, model_id=model_id), envelope
                ),
                folder=folder,
                run_id=run_id,
                tags={_BUNDLE: bundle_digest, **({_DATA: data_digest} if data_digest else {})},
                description=description,
            )
            canonical = self._canonical(model, bundle_digest) or made
        if canonical.number != made.number:
            self.tag(made, _DUPLICATE, str(canonical.number))
        return canonical

    def version(self, model: str, number: int) -> Version | None:
        """A version by its number, or None if MLflow does not know it."""
        with self.translated():
            try:
                return _version(self.client.get_model_version(model, str(number)))
            except MlflowException as error:
                unless_absent(error)
                return None

    def tag(self, version: Version, name: str, value: str) -> None:
        """Write a tag of a version."""
        with self.translated():
            self.client.set_model_version_tag(version.model, str(version.number), name, value)

    def measured(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Write what was measured of a model onto the run that trained it; again is no change."""
        with self.translated():
            at = self.client.get_run(run_id).info.start_time
            points = [Metric(name, value, at, 0) for name, value in metrics.items()]
            self.client.log_batch(run_id, metrics=points)

    def download(self, version: Version, into: Path) -> Path:
        """MLflow's copy of a bundle as a local folder.

        Raises:
            Unverified: the copy is gone, names code of its own, or another loader than Airlock's.
        """
        into.mkdir(parents=True, exist_ok=True)
        with self.translated():
            files = get_artifact_repository(version.source, self.settings.tracking_uri)
            if isinstance(files, LocalArtifactRepository) and not Path(files.artifact_dir).is_dir():
                raise _altered(version, "is gone")
            folder = Path(
                files.download_artifacts("", str(into))  # type: ignore[no-untyped-call]  # MLflow's
            )
        if not (folder / "MLmodel").is_file():
            raise _altered(version, "is not whole")
        try:
            check_flavor(folder)
        except Unverified:
            raise _altered(version, f"would be loaded by other code than {LOADER}") from None
        return folder / FOLDER

    def champion(self, model: str) -> int | None:
        """The version that the alias points at; None without one."""
        with self.translated():
            try:
                aliases = self.client.get_registered_model(model).aliases
            except MlflowException as error:
                unless_absent(error)
                return None
            return int(aliases[ALIAS]) if ALIAS in aliases else None

    def follow(self, ledger: Ledger) -> bool:
        """Point the alias at the champion that the ledger names.

        The last writer of an alias wins, whoever is right: so read the ledger again after writing,
        and write again if it says something else by then.

        Returns:
            Whether the alias pointed elsewhere before.
        """
        moved = False
        while (champion := ledger.state().champion) is not None:
            if self.champion(ledger.model) == champion.version:
                self.mark(ledger)
                return moved
            with self.translated():
                self.client.set_registered_model_alias(ledger.model, ALIAS, str(champion.version))
            moved = True
        return moved

    def mark(self, ledger: Ledger) -> None:
        """Say on the pages of the champion and of the one before what the ledger says of them."""
        for number, tags in marks(ledger.entries()).items():
            if (version := self.version(ledger.model, number)) is not None:
                for name, value in tags.items():
                    if version.tags.get(name) != value:
                        self.tag(version, name, value)

    def _canonical(self, model: str, bundle: str) -> Version | None:
        wanted = f"name = '{model}' and tag.`{_BUNDLE}` = '{bundle}'"
        found = self.client.search_model_versions(wanted)
        return min(map(_version, found), key=lambda version: version.number, default=None)

    def _create(
        self,
        model: str,
        save: Callable[[str], None],
        *,
        folder: Path,
        run_id: str,
        tags: Mapping[str, str],
        description: str,
    ) -> Version:
        experiment = self.experiment(model)
        logged = self.client.create_logged_model(
            experiment, name=model, source_run_id=run_id, tags=dict(tags)
        )
        save(logged.model_id)
        self.client.log_model_artifacts(logged.model_id, str(folder))
        self.client.finalize_logged_model(logged.model_id, "READY")
        with contextlib.suppress(MlflowException):  # it exists, or the next call says what is wrong
            self.client.create_registered_model(model)
        made = self.client.create_model_version(
            model,
            # Not "models:/…": whoever resolves that asks the process's global settings.
            source=logged.artifact_location,
            run_id=run_id,
            tags=dict(tags),
            description=description or None,
            await_creation_for=0,
            model_id=logged.model_id,
        )
        return _version(made)


def marks(entries: Sequence[Entry]) -> dict[int, dict[str, str]]:
    """The tags of the champion's version and of the one before it.

    Args:
        entries: a whole chain, verified.

    Returns:
        Version number to tags: what became of it, by which entry, under which policy.
    """
    made = [one for one in entries if one.kind in {"promoted", "rolled_back"}]
    found: dict[int, dict[str, str]] = {}
    for before, last in zip([None, *made], made, strict=False):
        if before is not None:
            became = "rolled back" if last.kind == "rolled_back" else "replaced"
            number = before.body["champion"]["version"]
            found[number] = {_VERDICT: became, _SEQUENCE: str(last.sequence)}
        decided = last.body.get("decided", 0)
        tags = {_VERDICT: "champion", _SEQUENCE: str(last.sequence)}
        if decided and (evidence := entries[decided - 1].body.get("evidence")):
            tags[_POLICY] = str(evidence["policy"])
        found[last.body["champion"]["version"]] = tags
    latest = {one.body["champion"]["version"] for one in made[-2:]}
    return {number: tags for number, tags in found.items() if number in latest}


@contextlib.contextmanager
def connected(settings: MlflowSettings) -> Iterator[Registry]:
    """The registry for the length of a block; nothing global outlives it.

    Raises:
        RegistryUnavailable: MLflow does not answer within seconds.
        SettingsError: the connection airlock_mlflow is wrong.
    """
    with bounded(settings):
        yield Registry(settings)


def alias_follows(ledger: Ledger, settings: MlflowSettings) -> bool:
    """Let the alias follow after a decision is written down; False if MLflow is away.

    The ledger decides, the alias is a view of it: reconcile repairs what was missed here.
    """
    try:
        with connected(settings) as registry:
            registry.follow(ledger)
    except (RegistryUnavailable, SettingsError) as error:
        log.warning("MLflow's alias does not follow yet. %s", error)
        return False
    return True


def _saved(
    bundle: Path, folder: Path, requirements: Sequence[str], model: Model, envelope: bytes
) -> None:
    # The folder is called as the file it is copied from: a link gives it the name we want.
    link = folder.parent / Path(FOLDER).name
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


def _altered(version: Version, how: str) -> Unverified:
    return Unverified(
        f"MLflow's copy of {version.model} version {version.number} {how}.",
        do="Load nothing of it, and find out who changed its files at "
        f"{without_password(version.source)}.",
    )


def _version(found: ModelVersion) -> Version:
    return Version(
        model=found.name,
        number=int(found.version),
        source=str(found.source),
        tags=dict(found.tags or {}),
    )
