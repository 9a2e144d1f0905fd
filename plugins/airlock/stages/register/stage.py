"""One version in the registry, proven to load where there is nothing but the bundle."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path

import airlock
from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import ModelError
from airlock.ledger import Ledger, TrustedKeys
from airlock.registry import MlflowSettings, Registry, Version, connected
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.register.record import Registration
from airlock.stages.train.record import Training

_SECONDS = 120
_PROVEN = "airlock.proven"


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
) -> Registration:
    """Find or create the version of a bundle, and load MLflow's copy once in a fresh process.

    Args:
        evaluation: what was measured on the holdout; it is written onto the MLflow run, too.
        bundle: local folder, verified.
        bundle_digest: its name; one bundle has one version, however many attempts.
        data_digest: of the table that it was trained on.
        ledger: of the model, with the platform's key: the bundle is signed before MLflow has it.
        scratch: a local folder of this attempt.

    Raises:
        RegistryUnavailable: MLflow does not answer.
        Unverified: MLflow's copy is not the bundle, or would be loaded by other code.
        ModelError: the fresh process cannot load it, or it predicts something else.
    """
    requirements = (bundle / "requirements.txt").read_text().splitlines()
    # The module that loads it: its own requirements come with it.
    requirements.append(f"airflow-airlock[serve]=={airlock.__version__}")
    envelope = signing.sign(ledger.store, ledger.key(), manifest.files_of(bundle), model=model)
    with connected(mlflow) as registry:
        version = registry.register_once(
            model=model,
            bundle=bundle,
            bundle_digest=bundle_digest,
            requirements=requirements,
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
        rows = _proven(registry, version, bundle_digest, ledger, scratch)
    return Registration(
        model=model,
        version=version.number,
        bundle=bundle_digest,
        source=version.source,
        mlflow_run=training.mlflow_run,
        smoke_rows=rows,
    )


def _description(training: Training, evaluation: Evaluation, bundle_digest: str) -> str:
    """What people read on the version's page."""
    figures = ", ".join(
        f"{name} {one.value:.4f} [{one.low:.4f}, {one.high:.4f}]"
        for name, one in evaluation.candidate.items()
    )
    night = f" of {training.night}" if training.night else ""
    return (
        f"{training.model_class}, trained on the rows{night}; bundle {bundle_digest[:16]}. "
        f"On {evaluation.rows:,} rows that it never saw: {figures}."
    )


def _proven(
    registry: Registry, version: Version, bundle_digest: str, ledger: Ledger, scratch: Path
) -> int:
    """The number of example rows that MLflow's copy predicts as before.

    The bytes are compared every time; the process is started once for a version and a platform,
    because the same bytes under the same torch do the same again.
    """
    copy = registry.download(version, scratch / "copy")
    manifest.verify(copy, bundle_digest)
    trusted = ledger.valid_keys()
    if not (envelope := signing.beside(copy)).exists():  # registered before bundles were signed
        envelope.write_bytes(
            signing.stored(ledger.store, model=version.model, bundle=bundle_digest, trusted=trusted)
        )
    rows = len(json.loads((copy / "output_example.json").read_bytes()))
    platform = f"python {sys.version.split()[0]}, torch {installed('torch')}"
    if version.tags.get(_PROVEN) != platform:
        _try(copy, bundle_digest, version, trusted)
        registry.tag(version, _PROVEN, platform)
    return rows


def _try(copy: Path, bundle_digest: str, version: Version, trusted: TrustedKeys) -> None:
    home, keys = Path(airlock.__file__).parents[1], json.dumps(dict(trusted.keys))
    smoke = [sys.executable, "-P", "-m", "airlock.stages.register.smoke"]
    try:
        done = subprocess.run(
            [*smoke, str(copy), bundle_digest, keys],
            # No secret of ours is in reach of what is loaded there.
            env={"PYTHONPATH": str(home)},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        answer = json.loads(done.stdout or "{}")
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    if "rows" in answer:
        return
    problem = answer.get("problem", f"It ended without an answer, or not within {_SECONDS} s.")
    raise ModelError(
        f"{version.model} version {version.number} does not work in a fresh process. {problem}",
        do="It is registered but not promoted. Load the bundle with airlock.serve.load_bundle.",
    )
