"""Starts one training run for a drift alarm, with the reason in its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from airflow.sdk import BaseOperator, BaseOperatorLink, conf
from airflow.sdk.exceptions import DagRunTriggerException

from airlock.config.settings import Settings
from airlock.core.errors import AirlockError
from airlock.core.quoting import markdown
from airlock.engine.translation import translated

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.catalogs.retrains import Retrain
    from airlock.compat.airflow import TaskInstanceKey


class AskedOperator(BaseOperator):
    """The entries that the run's asset events name, each once."""

    def execute(self, context: Context) -> list[str]:
        """Return their keys in the store."""
        events = [event for one in context["triggering_asset_events"].values() for event in one]
        return sorted({str(event.extra.get("retrain")) for event in events})


class TrainingLink(BaseOperatorLink):
    """From the retrain to the training run that it started."""

    name = "Training"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The run's page; empty while nothing was started."""
        retrain: Retrain | None = getattr(operator, "retrain", None)
        if retrain is None:
            return ""
        base = conf.get("api", "base_url", fallback="/").rstrip("/") + "/"
        return urljoin(base, f"dags/{retrain.training}/runs/{retrain.training_run}")


class RetrainOperator(BaseOperator):
    """Start the training that drift asked for; a second time for one alarm is skipped.

    The event only says which entry of the store it is about. What is trained, and on which night,
    is read there: no event can make a training of its own.

    It is no `TriggerDagRunOperator`, though it asks Airflow in the same way: that one's module
    imports Airflow's database models, which costs a second wherever a DAG file is parsed alone.

    Args:
        asked: key of the entry in the store (templated).
    """

    template_fields: Sequence[str] = ("asked",)
    operator_extra_links = (TrainingLink(),)

    def __init__(self, *, asked: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asked = asked
        self.retrain: Retrain | None = None

    def execute(self, context: Context) -> None:
        """Read the entry and ask Airflow to start its run.

        Raises:
            DagRunTriggerException: always; it is how a task asks Airflow for a run.
        """
        from airlock.catalogs import retrains

        try:
            ledger = Settings.read().ledger(retrains.model_of(self.asked))
            self.retrain = retrain = retrains.read(ledger, self.asked)
        except AirlockError as error:
            raise translated(error) from None
        raise DagRunTriggerException(
            trigger_dag_id=retrain.training,
            dag_run_id=retrain.training_run,
            # No departure from the usual run, and nobody triggered it: it is a scheduled one.
            conf={"night": retrain.night, "reason": retrain.reason},
            # Airflow shows a note as Markdown.
            note=markdown(retrain.reason),
            reset_dag_run=False,
            skip_when_already_exists=True,
            wait_for_completion=False,
            allowed_states=[],
            failed_states=[],
            poke_interval=0,
            deferrable=False,
        )


def retraining() -> None:
    """The chain behind the asset: one training run for each event. Call it inside a DAG."""
    asked = AskedOperator(task_id="asked")
    RetrainOperator.partial(task_id="retrain").expand(asked=asked.output)
