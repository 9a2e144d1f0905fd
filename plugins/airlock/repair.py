"""Restores what MLflow lost of a model (versions, files, tags, alias) from store and ledger.

The store has every bundle that was ever judged, and the ledger says under which number. MLflow is a
view of both, and so it can be made again; nothing here changes store or ledger.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import AirlockError
from airlock.core.scratch import private_folder
from airlock.engine import publication
from airlock.ledger import Ledger
from airlock.registry import ALIAS, RegisteredVersion, Registry, open_registry
from airlock.registry.known import KnownVersion, known_versions
from airlock.registry.marks import marks
from airlock.registry.relocation import follow_folder
from airlock.registry.restoring import Copy, Original, compare, put_back
from airlock.registry.versions import BUNDLE, DATA

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.engine.publication import Stores

_LOST = "airlock:/lost"
_PLACE_HOLDER = "airlock.lost"


@dataclass(kw_only=True)
class Repair:
    """What is to be done for one model, or was.

    Args:
        steps: what is to be put back, or was, a sentence each.
        problems: what is not put back, and why.
        whole: versions whose files are the bundle, as far as they were looked at.
    """

    model: str
    steps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    whole: int = 0


def repair(
    ledger: Ledger,
    *,
    stores: Stores,
    mlflow: MlflowSettings,
    apply: bool = False,
    replacing: bool = False,
) -> Repair:
    """Compare MLflow with store and ledger, and put back what it lost.

    Args:
        apply: do it; else only say what would be done.
        replacing: also put bundles in the place of files that are not theirs, which are set aside.

    Raises:
        RegistryUnavailable: MLflow does not answer.
        StoreUnavailable: the store does not.
        BrokenChain: the ledger does not verify; nothing is put back from such a one.
    """
    said = Repair(model=ledger.model)
    known = known_versions(ledger)
    if apply and (moved := follow_folder(mlflow, lost=True)):
        said.steps.append(f"Let the addresses of {moved} experiments follow their folder.")
    with open_registry(mlflow) as registry, private_folder("repair") as scratch:
        work = _Work(said, ledger, stores, registry, scratch, apply, replacing)
        work.make_missing(known)
        for number, version in sorted(registry.versions(ledger.model).items()):
            if number in known:
                work.mend(known[number], version)
        work.follow()
    return said


@dataclass(frozen=True)
class _Work:
    """One look at one model."""

    said: Repair
    ledger: Ledger
    stores: Stores
    registry: Registry
    scratch: Path
    apply: bool
    replacing: bool
    planned: set[int] = field(default_factory=set)

    def make_missing(self, known: Mapping[int, KnownVersion]) -> None:
        """Make the versions behind MLflow's last one again, in the order of their numbers."""
        there = self.registry.versions(self.ledger.model)
        last = max(there, default=0)
        for number in sorted(known.keys() - there.keys()):
            if number < last:
                self.said.problems.append(
                    f"MLflow lost version {number}, and gives no number twice. Nothing needs its "
                    "copy but MLflow's own users: scoring reads the store."
                )
        for number in range(last + 1, max(known, default=0) + 1):
            self.planned.add(number)
            self._step(f"Make version {number} again.", self._making(number, known.get(number)))

    def mend(self, known: KnownVersion, version: RegisteredVersion) -> None:
        """Put back tags and files of a version that MLflow has."""
        about = f"version {known.number}"
        if version.tags.get(BUNDLE, known.bundle) != known.bundle:
            self.said.problems.append(
                f"MLflow's {about} is another bundle than the ledger's ({known.bundle[:16]}): the "
                "number was given again. Whoever loads it by number loads the wrong one."
            )
            return
        if BUNDLE not in version.tags:
            self._step(
                f"Tag {about} with its bundle.",
                lambda: self.registry.tag(version, BUNDLE, known.bundle),
            )
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            try:
                original = self._original(known)
                found = compare(self.registry, version, original, Path(folder))
                self._mend_files(version, original, found, Path(folder))
            except AirlockError as error:
                if error.outage:
                    raise
                self.said.problems.append(f"{about.capitalize()}: {error}")

    def follow(self) -> None:
        """Let alias and marks say what the ledger says."""
        champion = self.ledger.state().champion
        if champion is None:
            return
        planned = champion.version in self.planned and not self.apply
        if not planned and champion.version not in self.registry.versions(self.ledger.model):
            return
        if self.registry.champion(self.ledger.model) != champion.version or self._unmarked():
            self._step(
                f"Point the alias {ALIAS} at version {champion.version}, and mark it.",
                lambda: self.registry.follow(self.ledger),
            )

    def _mend_files(
        self, version: RegisteredVersion, original: Original, found: Copy, at: Path
    ) -> None:
        foreign = (*found.altered, *found.added)
        if found.whole:
            self.said.whole += 1
            return
        if foreign and not self.replacing:
            self.said.problems.append(
                f"Version {version.number}: {_files(foreign)} of MLflow's copy is not the "
                "bundle's. --replace sets it aside and puts the bundle's there."
            )
            found = replace(found, altered=(), added=())
        if not found.whole:
            aside = f", set aside {_files(foreign)}" if foreign and self.replacing else ""
            back = _files(found.missing + found.altered) if found.missing or found.altered else ""
            self._step(
                f"Version {version.number}: put back {back or 'nothing'}{aside}.",
                lambda: put_back(self.registry, version, original, found, at),
            )
            self.said.whole += self.apply and not (foreign and not self.replacing)

    def _making(self, number: int, known: KnownVersion | None) -> Callable[[], None]:
        def make() -> None:
            made = self._place_holder() if known is None else self._version(known)
            if made.number != number:
                self.said.problems.append(
                    f"MLflow gave the number {made.number} instead of {number}: version {number} "
                    "was deleted there, and stays so."
                )
                self.registry.tag(made, _PLACE_HOLDER, "made by airlock repair, for nobody")

        return make

    def _version(self, known: KnownVersion) -> RegisteredVersion:
        original = self._original(known)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder, self.registry.translated():
            return self.registry.create(
                self.ledger.model,
                lambda into, _: original.write(into),
                folder=Path(folder) / "model",
                run_id=original.run_id,
                tags={BUNDLE: known.bundle, **({DATA: known.data} if known.data else {})},
                description=f"Put back by airlock repair: bundle {known.bundle[:16]}.",
            )

    def _place_holder(self) -> RegisteredVersion:
        """A version that keeps a number that somebody had whom no ledger entry names."""
        with self.registry.translated():
            self.registry.ensure(self.ledger.model)
            made = self.registry.client.create_model_version(
                self.ledger.model,
                source=_LOST,
                tags={_PLACE_HOLDER: "it was never judged, and the store does not know it"},
                description="A version that MLflow lost and that was never judged.",
                await_creation_for=0,
            )
        found = self.registry.version(self.ledger.model, int(made.version))
        assert found is not None  # it was made just now
        return found

    def _original(self, known: KnownVersion) -> Original:
        """The bundle of a version, from the store, verified."""
        ledger, store = self.ledger, self.stores["store"]
        result = publication.load(store, known.training, expected=known.sha256).result
        bundle = publication.fetch(self.stores, result.data, self.scratch)
        manifest.verify(bundle, known.bundle)
        trusted = ledger.valid_keys()
        return Original(
            model=ledger.model,
            bundle=bundle,
            envelope=signing.stored(
                store, model=ledger.model, bundle=known.bundle, trusted=trusted
            ),
            trusted=trusted,
            run_id=str(result.record.get("mlflow_run") or ""),
        )

    def _unmarked(self) -> bool:
        there = self.registry.versions(self.ledger.model)
        return any(
            there[number].tags.get(name) != value
            for number, tags in marks(self.ledger.entries()).items()
            if number in there
            for name, value in tags.items()
        )

    def _step(self, what: str, do: Callable[[], Any]) -> None:
        if self.apply:
            try:
                do()
            except AirlockError as error:
                if error.outage:
                    raise
                self.said.problems.append(f"{what} It failed: {error}")
                return
        self.said.steps.append(what)


def _files(paths: tuple[str, ...]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} files ({paths[0]}, …)"
