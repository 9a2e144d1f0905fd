"""airlock replay: train again from the record, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK
from airlock.core.errors import ObjectMissing, SpecError, Unverified
from airlock.core.scratch import private_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from airlock.config.settings import Settings
    from airlock.engine.publication import Published, Stores
    from airlock.stages.train.record import Training
    from airlock.stages.train.spec import TrainSpec

_SLOTS = "stages/train/"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `replay`."""
    one = commands.add_parser(
        "replay", help="train again from the record of a training, and compare the weights"
    )
    one.add_argument("named", metavar="RUN", help="id of an MLflow run, or stages/train/….json")
    one.add_argument(
        "--tolerance",
        type=float,
        default=0.001,
        metavar="X",
        help="by how much a metric may differ where the weights do (default: 0.001)",
    )
    one.set_defaults(run=replay)


def replay(parsed: argparse.Namespace, console: Console) -> int:
    """Train again. Nothing is published, and no MLflow run is made but in a temporary folder."""
    from airlock.config.settings import Settings
    from airlock.stages.train.record import Training

    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    published = _training(stores, parsed.named)
    record = Training.from_json(published.result.record)
    for line in _same_ground(record, settings):
        console.print(line, markup=False)
    with private_folder("replay") as folder:
        again, weights = _train_again(record, stores, Path(folder))
    files = {file.path: file.sha256 for file in published.result.data.files}
    recorded = files[_weights(record)]
    if weights == recorded:
        console.print(f"The same weights, bit by bit: {weights}.", markup=False)
        return OK
    console.print(f"Other weights: {weights}, recorded are {recorded}.", markup=False)
    return _print_comparison(record, again, parsed.tolerance, console)


def _training(stores: Stores, named: str) -> Published:
    from airlock.engine import publication

    store = stores["store"]
    if named.startswith(_SLOTS):
        return publication.load(store, named)
    for found in _published(stores, _SLOTS):
        if found.result.record.get("mlflow_run") == named:
            return found
    raise ObjectMissing(
        f"No training of this store has the MLflow run {named}.",
        do="Name the id of a run as MLflow shows it, or the address that its task logged.",
    )


def _published(stores: Stores, prefix: str) -> Iterator[Published]:
    from airlock.engine import publication

    for stat in stores["store"].list(prefix):
        try:
            yield publication.load(stores["store"], stat.key)
        except Unverified:
            continue


def _same_ground(record: Training, settings: Settings) -> Iterator[str]:
    """Refuse another source; say what else differs."""
    from airlock.hooks.kinds import NETWORK
    from airlock.stages.train.identity import code_digest, libraries

    if not record.training:
        raise SpecError(
            "This training was recorded before replays were possible.",
            do="Its run can be cleared from train on with recompute.",
        )
    data = record.training.get("data")
    kind = _kind(record)
    named = record.model_class if kind == NETWORK else None
    if code_digest(named, root=settings.root, data=data) != record.code:
        raise SpecError(
            f"The source of {record.model_class} is not the one that was trained.",
            do="Check out the commit that the slot names in made_by, and replay there.",
        )
    for name, version in libraries(kind).items():
        if version != record.libraries.get(name):
            yield f"{name} is {version} here, and was {record.libraries.get(name)}."


def _kind(record: Training) -> str:
    from airlock.hooks.kinds import NETWORK

    return str(record.training.get("kind", NETWORK))


def _weights(record: Training) -> str:
    """The file of the bundle that a training of this kind is told by."""
    from airlock.hooks import registry

    return registry.model_kinds()[_kind(record)].artefacts[0]


def _train_again(record: Training, stores: Stores, folder: Path) -> tuple[Training, str]:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.core.content import sha256_of_file
    from airlock.engine import publication
    from airlock.engine.record import Origin
    from airlock.stages.redact.record import Redaction
    from airlock.stages.train.stage.run_context import Folders, TrainingIdentity
    from airlock.stages.train.stage.train import train

    for found in _published(stores, "stages/redact/"):
        if found.result.content == record.data:
            break
    else:
        raise ObjectMissing(
            "The redacted table that was trained on is gone.", do="It was erased, or lost."
        )
    for name in ("out", "report", "scratch"):
        (folder / name).mkdir()
    again = train(
        Redaction.from_json(found.result.record),
        _spec(record),
        identity=TrainingIdentity(
            model="replay",
            key=record.spec,
            origin=Origin(dag_id="airlock", run_id="replay", task_id="replay", try_number=1),
            code=record.code,
            data=record.data,
        ),
        folders=Folders(
            table=publication.fetch(stores, found.result.data, folder / "in"),
            scratch=folder / "scratch",
            out=folder / "out",
            report=folder / "report",
        ),
        mlflow=MlflowSettings(
            tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", artifacts=str(folder / "mlflow")
        ),
    )
    return again, sha256_of_file(folder / "out" / _weights(record))


def _spec(record: Training) -> TrainSpec:
    from pydantic import ValidationError

    from airlock.stages.train.spec import TrainSpec

    try:
        return TrainSpec.model_validate(dict(record.training))
    except ValidationError:
        raise Unverified(
            "The TrainSpec in the record does not read as one.",
            do="It was written by another version of Airlock: replay with that one.",
        ) from None


def _print_comparison(record: Training, again: Training, tolerance: float, console: Console) -> int:
    """Say by how much every metric differs."""
    within = True
    for name, value in sorted(record.metrics.items()):
        found = again.metrics.get(name)
        apart = abs(found - value) if found is not None else float("inf")
        within = within and apart <= tolerance
        mark = "within" if apart <= tolerance else "beyond"
        console.print(f"{name}: {value:.6f}, now {found}: {mark} {tolerance:g}", markup=False)
    return OK if within else NO
