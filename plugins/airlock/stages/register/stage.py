"""Registers a version in MLflow, and proves that it loads with nothing but the bundle."""

from __future__ import annotations

import contextlib
import logging
import sys
from importlib.metadata import version as installed
from pathlib import Path

from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import AirlockError, ModelError, ProcessLost
from airlock.core.quoting import markdown
from airlock.hooks.kinds import NETWORK
from airlock.hooks.registry import model_kinds
from airlock.ledger import Ledger
from airlock.reading import read_json
from airlock.registry import SMOKE, MlflowSettings, RegisteredVersion, Registry, open_registry
from airlock.registry.copies import files_beside, requirements_of
from airlock.registry.restoring import Original, compare, put_back
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.register.fresh import FreshProcess, fresh_process
from airlock.stages.register.record import Registration
from airlock.stages.train.record import Training

log = logging.getLogger(__name__)

_PROVEN = "airlock.proven"
_LONGEST_WORD = 500


def register(
    training: Training,
    evaluation: Evaluation,
    *,
    model: str,
    bundle: Path,
    bundle_digest: str,
    data_digest: str,
    ledger: Ledger,
    mlflow: MlflowSettings,
    scratch: Path,
    smoke_timeout: float = 600.0,
) -> Registration:
    """Find or create the version of a bundle, and load MLflow's copy once in a fresh process.

    Args:
        evaluation: what was measured on the holdout; it is written onto the MLflow run, too.
        bundle: local folder, verified.
        bundle_digest: its name; one bundle has one version, however many attempts.
        data_digest: of the table that it was trained on.
        ledger: of the model, with the platform's key: the bundle is signed before MLflow has it.
        scratch: a local folder of this attempt.
        smoke_timeout: seconds that the fresh process has.

    Raises:
        RegistryUnavailable: MLflow does not answer.
        Unverified: MLflow's copy is not the bundle, or would be loaded by other code.
        ModelError: the fresh process says that it cannot load it, or predicts something else.
        ProcessLost: the fresh process was slow, or killed, and said nothing: a retry can help.
    """
    envelope = signing.sign(ledger.store, ledger.key(), manifest.files_of(bundle), model=model)
    kind = str(read_json((bundle / "model.json").read_bytes()).get("kind", NETWORK))
    # While MLflow answers, the process imports what it needs.
    with fresh_process(kind, smoke_timeout) as process, open_registry(mlflow) as registry:
        version = registry.register_once(
            model=model,
            bundle=bundle,
            bundle_digest=bundle_digest,
            requirements=requirements_of(bundle),
            run_id=training.mlflow_run,
            scratch=scratch,
            envelope=envelope,
            data_digest=data_digest,
            description=_description(training, evaluation, bundle_digest),
        )
        registry.measured(
            training.mlflow_run,
            {f"holdout_{name}": figure.value for name, figure in evaluation.candidate.items()},
        )
        _put_back_what_is_lost(
            registry,
            version,
            Original(
                model=model,
                bundle=bundle,
                envelope=envelope,
                trusted=ledger.valid_keys(),
                run_id=training.mlflow_run,
            ),
            scratch,
        )
        rows = _prove_copy(registry, version, bundle_digest, ledger, scratch, process, kind)
    return Registration(
        model=model,
        version=version.number,
        bundle=bundle_digest,
        source=version.source,
        mlflow_run=training.mlflow_run,
        smoke_rows=rows,
        copy=files_beside(scratch / "copy"),
    )


def _description(training: Training, evaluation: Evaluation, bundle_digest: str) -> str:
    """What people read on the version's page: Markdown."""
    figures = ", ".join(
        f"{name} {one.value:.4f} [{one.low:.4f}, {one.high:.4f}]"
        for name, one in evaluation.candidate.items()
    )
    night = f" of {training.night}" if training.night else ""
    return markdown(
        f"{training.model_class}, trained on the rows{night}; bundle {bundle_digest[:16]}. "
        f"On {evaluation.rows:,} rows that it never saw: {figures}."
    )


def _put_back_what_is_lost(
    registry: Registry, version: RegisteredVersion, original: Original, scratch: Path
) -> None:
    """Files that MLflow lost come back; what somebody altered is left for people to look at."""
    folder = scratch / "lost"
    folder.mkdir()
    found = compare(registry, version, original, folder)
    if found.missing and not (found.altered or found.added):
        log.warning("MLflow lost %d files of version %d.", len(found.missing), version.number)
        put_back(registry, version, original, found, folder)


def _prove_copy(
    registry: Registry,
    version: RegisteredVersion,
    bundle_digest: str,
    ledger: Ledger,
    scratch: Path,
    process: FreshProcess,
    kind: str,
) -> int:
    """The number of example rows that MLflow's copy predicts as before.

    The bytes are compared every time; the process is asked once for a version and a platform,
    because the same bytes under the same torch do the same again.
    """
    copy = registry.download(version, scratch / "copy")
    manifest.verify(copy, bundle_digest)
    trusted = ledger.valid_keys()
    envelope = signing.envelope_path(copy)
    if not envelope.exists():  # registered before bundles were signed
        envelope.write_bytes(
            signing.stored(ledger.store, model=version.model, bundle=bundle_digest, trusted=trusted)
        )
    rows = len(read_json((copy / "output_example.json").read_bytes()))
    libraries = ("torch",) if kind == NETWORK else model_kinds()[kind].requires
    running = ", ".join(f"{name} {installed(name)}" for name in libraries)
    platform = f"python {sys.version.split()[0]}, {running}"
    if version.tags.get(_PROVEN) != platform:
        try:
            process.predict(
                copy,
                bundle_digest,
                trusted,
                which=f"{version.model} version {version.number}",
            )
        except (ModelError, ProcessLost) as error:
            # Whoever finds the version in MLflow reads there why it is not in use.
            with contextlib.suppress(AirlockError):
                registry.tag(version, SMOKE, str(error)[:_LONGEST_WORD])
            raise
        registry.tag(version, _PROVEN, platform)
        registry.tag(version, SMOKE, "passed")
    return rows
