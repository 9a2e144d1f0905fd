"""From an event of drift to one training run that says why it exists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import task

from airlock.errors import AirlockError
from airlock.settings import Settings
from airlock.stages.base import translated

if TYPE_CHECKING:
    from airflow.sdk import Context


class RetrainOperator(TriggerDagRunOperator):
    """Start the training that drift asked for; a second time for one alarm is skipped.

    The event only says which entry of the store it is about. What is trained, and on which night,
    is read there: no event can make a training of its own.

    Args:
        asked: key of the entry in the store (templated).
    """

    template_fields: Sequence[str] = ("asked",)

    def __init__(self, *, asked: str, **kwargs: Any) -> None:
        super().__init__(
            trigger_dag_id="", logical_date=None, skip_when_already_exists=True, **kwargs
        )
        self.asked = asked

    def execute(self, context: Context) -> None:
        """Read the entry and start its run."""
        from airlock import retrains

        try:
            retrain = retrains.read(Settings.read().store(), self.asked)
        except AirlockError as error:
            raise translated(error) from None
        self.trigger_dag_id = retrain.training
        self.trigger_run_id = retrain.training_run
        # Neither is a departure from the usual run, and nobody triggered it: it is a scheduled one.
        self.conf = {"night": retrain.night, "reason": retrain.reason}
        self.note = retrain.reason
        super().execute(context)


def retraining() -> None:
    """The chain behind the asset: one training run for each event. Call it inside a DAG."""
    RetrainOperator.partial(task_id="retrain").expand(asked=_asked())


@task(task_id="asked")
def _asked(triggering_asset_events: Any = None) -> list[str]:
    """The entries that the events name, each once."""
    events = [event for one in (triggering_asset_events or {}).values() for event in one]
    return sorted({str(event.extra.get("retrain")) for event in events})
