"""Creates versions of a registered model, and points the champion's alias at one."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from airlock.bundle.flavor import FOLDER, LOADER
from airlock.compat.mlflow import LocalArtifactRepository, get_artifact_repository
from airlock.core.errors import RegistryUnavailable, SettingsError
from airlock.registry.connection import Connection, unless_absent, unless_there, with_time_limits
from airlock.registry.copies import altered, is_ours, write_model
from airlock.registry.marks import marks
from airlock.registry.registered import RegisteredVersion, registered_version

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.ledger import Ledger

log = logging.getLogger(__name__)

ALIAS = "champion"
BUNDLE, DATA = "airlock.bundle", "airlock.data"
"""The tags that name a version's bundle, and the table that it was trained on."""
DUPLICATE = "airlock.duplicate_of"
_ABANDONED = "airlock.abandoned"
SMOKE = "airlock.smoke"
"""The tag that says what the fresh process said of a version."""


class Registry(Connection):
    """The registered models; made by `open_registry`."""

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
    ) -> RegisteredVersion:
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
            made = self.create(
                model,
                lambda folder, mlmodel: write_model(
                    bundle, folder, requirements, mlmodel, envelope
                ),
                folder=scratch / "mlflow",
                run_id=run_id,
                tags={BUNDLE: bundle_digest, **({DATA: data_digest} if data_digest else {})},
                description=description,
            )
            canonical = self._canonical(model, bundle_digest) or made
            self._abandon(model, bundle_digest, canonical)
        return canonical

    def version(self, model: str, number: int) -> RegisteredVersion | None:
        """A version by its number, or None if MLflow does not know it."""
        with self.translated():
            try:
                return registered_version(self.client.get_model_version(model, str(number)))
            except MlflowException as error:
                unless_absent(error)
                return None

    def versions(self, model: str) -> dict[int, RegisteredVersion]:
        """Every version that MLflow has of a model, by its number."""
        with self.translated():
            found = map(registered_version, self.client.search_model_versions(f"name = '{model}'"))
            return {one.number: one for one in found}

    def tag(self, version: RegisteredVersion, name: str, value: str) -> None:
        """Write a tag of a version."""
        with self.translated():
            self.client.set_model_version_tag(version.model, str(version.number), name, value)

    def measured(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Write what was measured of a model onto the run that trained it; again is no change.

        A run that MLflow has lost is not missed: the figures are in the evaluation's record.
        """
        with self.translated():
            try:
                at = self.client.get_run(run_id).info.start_time
            except MlflowException as error:
                unless_absent(error)
                log.warning("MLflow has lost run %s: the figures are not written there.", run_id)
                return
            points = [Metric(name, value, at, 0) for name, value in metrics.items()]
            self.client.log_batch(run_id, metrics=points)

    def download(self, version: RegisteredVersion, into: Path) -> Path:
        """MLflow's copy of a bundle as a local folder.

        Raises:
            Unverified: the copy is gone, names code of its own, or another loader than Airlock's.
        """
        into.mkdir(parents=True, exist_ok=True)
        with self.translated():
            files = get_artifact_repository(version.source, self.settings.tracking_uri)
            if isinstance(files, LocalArtifactRepository) and not Path(files.artifact_dir).is_dir():
                raise altered(version, "is gone")
            folder = Path(
                files.download_artifacts("", str(into))  # type: ignore[no-untyped-call]  # MLflow's
            )
        if not (folder / "MLmodel").is_file():
            raise altered(version, "is not whole")
        if not is_ours(folder):
            raise altered(version, f"would be loaded by other code than {LOADER}")
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
        """Point the alias at the champion that the ledger names, or at nothing without one.

        The last writer of an alias wins, whoever is right: so read the ledger again after writing,
        and write again if it says something else by then.

        Returns:
            Whether the alias pointed elsewhere before.
        """
        moved = False
        if ledger.state().champion is None and self.champion(ledger.model) is not None:
            with self.translated():
                self.client.delete_registered_model_alias(ledger.model, ALIAS)
            moved = True
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

    def _canonical(self, model: str, bundle: str) -> RegisteredVersion | None:
        """The lowest version of a bundle; whoever is not it says so, though it be much later."""
        wanted = f"name = '{model}' and tag.`{BUNDLE}` = '{bundle}'"
        found = sorted(
            map(registered_version, self.client.search_model_versions(wanted)),
            key=lambda one: one.number,
        )
        for other in found[1:]:
            if DUPLICATE not in other.tags:
                self.tag(other, DUPLICATE, str(found[0].number))
        return found[0] if found else None

    def _abandon(self, model: str, bundle: str, canonical: RegisteredVersion) -> None:
        """Let the models that attempts left behind which were killed say what they are."""
        versions = {str(one.source) for one in self.client.search_model_versions(f"name='{model}'")}
        found = self.client.search_logged_models(
            [self.experiment(model)], f"tags.`{BUNDLE}` = '{bundle}'"
        )
        for one in found:
            if one.artifact_location not in versions and _ABANDONED not in one.tags:
                why = f"An attempt that was ended early. The bundle is version {canonical.number}."
                self.client.set_logged_model_tags(one.model_id, {_ABANDONED: why})

    def create(
        self,
        model: str,
        save: Callable[[Path, Model], None],
        *,
        folder: Path,
        run_id: str | None,
        tags: Mapping[str, str],
        description: str,
    ) -> RegisteredVersion:
        """Make the next version of a model; MLflow counts them.

        Args:
            save: writes the model's files into a folder.
            folder: local; does not exist yet.
            run_id: the run that trained it; one that MLflow has lost is left out.
        """
        experiment, run_id = self.experiment(model), self._known(run_id)
        logged = self.client.create_logged_model(
            experiment, name=model, source_run_id=run_id, tags=dict(tags)
        )
        save(folder, Model(run_id=run_id, model_id=logged.model_id))
        self.uploading()(self.client.log_model_artifacts)(logged.model_id, str(folder))
        self.client.finalize_logged_model(logged.model_id, "READY")
        self.ensure(model)
        made = self.client.create_model_version(
            model,
            # Not "models:/…": whoever resolves that asks the process's global settings.
            source=logged.artifact_location,
            run_id=run_id,
            # With the version, in one step: whatever is killed, it never stands there without.
            tags={**tags, SMOKE: "not yet"},
            description=description or None,
            await_creation_for=0,
            model_id=logged.model_id,
        )
        return registered_version(made)

    def ensure(self, model: str) -> None:
        """Create the registered model unless it is there."""
        try:
            self.client.create_registered_model(model)
        except MlflowException as error:
            unless_there(error)

    def _known(self, run_id: str | None) -> str | None:
        if not run_id:
            return None
        try:
            return str(self.client.get_run(run_id).info.run_id)
        except MlflowException as error:
            unless_absent(error)
            return None


@contextlib.contextmanager
def open_registry(settings: MlflowSettings) -> Iterator[Registry]:
    """The registry for the length of a block; nothing global outlives it.

    Raises:
        RegistryUnavailable: MLflow does not answer within seconds.
        SettingsError: the connection airlock_mlflow is wrong.
    """
    with with_time_limits(settings):
        yield Registry(settings)


def point_alias(ledger: Ledger, settings: MlflowSettings) -> bool:
    """Let the alias follow after a decision is written down; False if MLflow is away.

    The ledger decides, the alias is a view of it: reconcile repairs what was missed here.
    """
    try:
        with open_registry(settings) as registry:
            registry.follow(ledger)
    except (RegistryUnavailable, SettingsError) as error:
        log.warning("MLflow's alias does not follow yet. %s", error)
        return False
    return True
