"""Creates, resumes and ends the MLflow run of a training."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run

from airlock.compat.mlflow import SystemMetricsMonitor
from airlock.core.errors import Preempted
from airlock.registry.connection import Connection, with_time_limits

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings

_KEY = "airlock.key"
_DUPLICATE = "airlock.duplicate_of"
# What MLflow's own pages go by.
_ABOVE, _NAME = "mlflow.parentRunId", "mlflow.runName"

# MLflow's own limits: metrics of one call, characters of a dataset's digest.
_AT_ONCE, _DIGEST = 1000, 36
_SAMPLED = 5  # seconds between two looks at the machine


class OpenRun:
    """An MLflow run that is being written. Logging the same again changes nothing."""

    def __init__(self, mlflow: Connection, run_id: str, started: int) -> None:
        self.id = run_id
        self._mlflow = mlflow
        # The time of every point: an attempt that resumes the run then writes equal points again.
        self._started = started

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Write parameters; MLflow refuses another value for a name that it has already."""
        entries = [Param(name, str(value)) for name, value in params.items()]
        with self._mlflow.translated():
            self._mlflow.client.log_batch(self.id, params=entries)

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Write metrics at a step."""
        entries = [Metric(name, float(x), self._started, step) for name, x in metrics.items()]
        with self._mlflow.translated():
            self._mlflow.client.log_batch(self.id, metrics=entries)

    def log_steps(self, name: str, points: Sequence[tuple[int, float]]) -> None:
        """Write one metric at many steps.

        Args:
            points: step and value.
        """
        entries = [Metric(name, float(x), self._started, step) for step, x in points]
        with self._mlflow.translated():
            for start in range(0, len(entries), _AT_ONCE):
                self._mlflow.client.log_batch(self.id, metrics=entries[start : start + _AT_ONCE])

    def log_dataset(
        self, name: str, digest: str, *, columns: Sequence[tuple[str, str]], rows: int, context: str
    ) -> None:
        """Say what the run has read; no row goes to MLflow.

        Args:
            name: of the table, such as "churn, redacted".
            digest: of its content, by which the store knows it.
            columns: names and contract types.
            rows: how many.
            context: what it was read for, such as "train".
        """
        said = Dataset(
            name=name,
            # MLflow keeps 36 characters; the whole digest is in the source.
            digest=digest[:_DIGEST],
            source_type="airlock",
            source=json.dumps({"sha256": digest}),
            schema=json.dumps({"columns": [{"name": one, "type": kind} for one, kind in columns]}),
            profile=json.dumps({"num_rows": rows}),
        )
        used = DatasetInput(said, [InputTag("mlflow.data.context", context)])
        with self._mlflow.translated():
            self._mlflow.client.log_inputs(self.id, [used])

    def log_cost(self, seconds: float, *, devices: int, price: float | None) -> None:
        """Write how long the devices were held, and what that cost.

        Args:
            seconds: spent fitting.
            devices: at the same time.
            price: of an hour of one device; None if nobody said, and there is no cost then.
        """
        held = seconds * devices
        cost = {} if price is None else {"cost": held / 3600 * price}
        self.log_metrics({"device_seconds": held, **cost})

    def log_folder(self, path: Path, name: str) -> None:
        """Copy a local folder below the run's artifacts as `name`."""
        with self._mlflow.translated():
            self._mlflow.uploading()(self._mlflow.client.log_artifacts)(self.id, str(path), name)


def family_tags(key: str) -> Mapping[str, str]:
    """Those of a run that stands above others.

    Args:
        key: of that run.
    """
    return {"airlock.search": key, _NAME: "search"}


@contextlib.contextmanager
def open_run(
    settings: MlflowSettings,
    *,
    model: str,
    key: str,
    tags: Mapping[str, str],
    below: str | None = None,
) -> Iterator[OpenRun]:
    """Create the MLflow run of a stage key, or resume it; it ends with the block.

    Its status is then FINISHED, KILLED if its machine was taken away, or FAILED.

    Args:
        model: the experiment has the same name.
        key: of the stage; one key has one run, however many attempts.
        tags: for people.
        below: key of the run that MLflow shows this one below; made if there is none yet.

    Raises:
        RegistryUnavailable: MLflow does not answer within seconds.
    """
    with with_time_limits(settings):
        mlflow = Connection(settings)
        with mlflow.translated():
            if below is not None:
                above = _resume_or_create(mlflow, model, below, family_tags(below))
                tags = {**tags, _ABOVE: above.info.run_id}
            info = _resume_or_create(mlflow, model, key, tags).info
            mlflow.client.update_run(info.run_id, status="RUNNING")
        status = "FAILED"
        try:
            with _record_system_metrics(mlflow, info.run_id):
                yield OpenRun(mlflow, info.run_id, info.start_time)
            status = "FINISHED"
        except Preempted:
            # Nothing is wrong with it; the next attempt sets it to RUNNING again.
            status = "KILLED"
            raise
        finally:
            with mlflow.translated():
                mlflow.client.set_terminated(info.run_id, status)


@contextlib.contextmanager
def _record_system_metrics(mlflow: Connection, run_id: str) -> Iterator[None]:
    """What the machine does meanwhile, as MLflow's own system metrics; without psutil, nothing."""
    if find_spec("psutil") is None:
        yield
        return
    with mlflow.translated():
        monitor: Any = SystemMetricsMonitor(  # type: ignore[no-untyped-call]  # MLflow's
            run_id,
            sampling_interval=_SAMPLED,
            resume_logging=True,
            tracking_uri=mlflow.settings.tracking_uri,
        )
        monitor.start()
    try:
        yield
    finally:
        monitor.finish()


def _resume_or_create(mlflow: Connection, model: str, key: str, tags: Mapping[str, str]) -> Run:
    experiment = mlflow.experiment(model)
    if (found := _first_run(mlflow, experiment, key)) is not None:
        return found
    made = mlflow.client.create_run(experiment, tags={**tags, _KEY: key})
    first = _first_run(mlflow, experiment, key) or made
    # Two attempts of one task can be alive at once; both write into the run that was first.
    if first.info.run_id != made.info.run_id:
        mlflow.client.set_tag(made.info.run_id, _DUPLICATE, first.info.run_id)
        mlflow.client.set_terminated(made.info.run_id, "KILLED")
    return first


def _first_run(mlflow: Connection, experiment: str, key: str) -> Run | None:
    found = mlflow.client.search_runs(
        [experiment],
        f"tags.`{_KEY}` = '{key}'",
        order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
        max_results=1,
    )
    return found[0] if found else None
