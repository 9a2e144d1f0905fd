"""Reads the night's rows from the source, and freezes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred

from airlock.core.nights import nights_back
from airlock.core.quoting import line
from airlock.engine.child_process import Later
from airlock.engine.operator import StageOperator
from airlock.stages.snapshot.spec import check_source

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.core.sources import AnySource
    from airlock.engine.attempt import Attempt
    from airlock.stages.snapshot.record import Snapshot
    from airlock.stages.snapshot.spec import Contract
    from airlock.stages.snapshot.stage.snapshot import SourceMissing
    from airlock.store import Zone


_EARLIER = 29  # runs that the page tells of besides tonight
_LATE = timedelta(hours=1)


class SnapshotOperator(StageOperator):
    """Freeze the night's rows under the data contract.

    Where the contract says how late the data may come, the task waits for it as `deferred` and
    holds no process; no code of Airlock runs in the triggerer.

    Args:
        source: address of a file, folder or glob (templated), where `{night}` stands for the run's
            partition date; or a table, as `sql(…)` and the like name one.
        param: the run's parameter in which a person may name another source. It is read as it is:
            nothing that somebody typed is ever part of a template.
        contract: the columns that the source promises.
        window: how many nights are read, the run's own being the last of them.
        behind: how many nights before the run's own the last one is.
        by_night: whether the record says how many rows are of each of them.

    Returns:
        The address of a `Snapshot`.
    """

    stage: ClassVar[str] = "snapshot"
    # 3: files are named by digest, with their rows; hidden folders are passed over; text is read
    # strictly.
    version: ClassVar[int] = 3
    zone: ClassVar[Zone] = "raw"
    # What the source holds is only known once it is read.
    reusable: ClassVar[bool] = False
    template_fields: Sequence[str] = ("source",)

    def __init__(
        self,
        *,
        source: AnySource,
        contract: Contract,
        window: int = 1,
        param: str | None = None,
        behind: int = 0,
        by_night: bool = False,
        **kwargs: Any,
    ) -> None:
        # Airflow counts a task that waits for data as active: a late night would hold up the next.
        super().__init__(**{**kwargs, "max_active_tis_per_dag": None})
        # A template holds the usual address as text; what it becomes is checked again.
        # Whether a table has nights says its file, which `training` and the like look at.
        if isinstance(source, str):
            check_source(source, contract, window=window)
        self.source = source
        self.contract = contract
        self.window = window
        self.param = param
        self._due: datetime | None = None
        self.behind = behind
        self.by_night = by_night

    def execute(self, context: Context) -> str:
        """Read the night, knowing when its run was due."""
        self._due = context["dag_run"].run_after
        return super().execute(context)

    def look_again(self, context: Context, event: Mapping[str, Any]) -> str:
        """Go on after a pause.

        Args:
            event: what the trigger says; the clock is all that it knows.
        """
        return self.execute(context)

    def run_stage(self, attempt: Attempt) -> Snapshot:
        """Read the source into Parquet parts, or wait for it."""
        from airlock.stages.snapshot.stage.snapshot import SourceMissing, keep_night, snapshot

        source = self._source(attempt)
        try:
            frozen = snapshot(
                source,
                self.contract,
                night=_night_before(attempt.night, self.behind),
                sources=attempt.settings.sources,
                root=attempt.settings.root,
                remote=attempt.settings.source,
                scratch=attempt.scratch / "source",
                out=attempt.data,
                window=self.window,
                database=attempt.settings.source_database,
                credentials=attempt.settings.source_credentials,
                by_night=self.by_night,
            )
        except SourceMissing as missing:
            if self._before_its_time(attempt):
                raise Later(
                    f"{missing.what} The pipeline was switched on only after the night of "
                    f"{attempt.night}, and has no earlier one: the night is passed over.",
                    until=None,
                ) from None
            raise self._later(missing, attempt) from None
        if self.contract.repeated_nights == "refuse":
            keep_night(attempt.stores["store"], str(source), frozen)
        self._write_page(attempt, frozen)
        return frozen

    def _write_page(self, attempt: Attempt, frozen: Snapshot) -> None:
        """Say what is missing, as the footers of its own parts count it, and how many rows came."""
        from airlock.core.table import missing_cells
        from airlock.engine.publication import recent
        from airlock.reports.data import write_snapshot

        origin = attempt.origin
        ended = recent(
            attempt.stores["store"], dag_id=origin.dag_id, stage=self.stage, last=_EARLIER
        )
        # A run that was cleared has ended before, and is tonight's.
        earlier = [result for receipt, result in ended if receipt.run_id != origin.run_id]
        missing = missing_cells(attempt.data / part.path for part in frozen.parts)
        write_snapshot(frozen, missing, earlier, attempt.report)

    def _source(self, attempt: Attempt) -> AnySource:
        own = attempt.params.get(self.param) if self.param else None
        return str(own) if own else self.source

    def _before_its_time(self, attempt: Attempt) -> bool:
        """Whether the night was over before the schedule ever ran.

        Airflow begins a DAG that is switched on with the last night that is over, whose data may
        never have been delivered. Only that one is passed over, and only if it is late: whoever
        names a source wrongly hears of it in the first night that comes in time.
        """
        from airlock.engine.failure_notes import begun_by_schedule

        late = self._due is not None and attempt.now - self._due > _LATE
        return late and not attempt.by_hand and not begun_by_schedule(attempt)

    def _later(self, missing: SourceMissing, attempt: Attempt) -> Later:
        from airlock.stages.snapshot.stage.snapshot import next_look

        moment = next_look(missing, self.contract, night=attempt.night, now=attempt.now)
        return Later(missing.what, until=moment)

    def postponed(self, later: Later) -> BaseException:
        """Wait in the triggerer, or pass the night over."""
        from airflow.providers.standard.triggers.temporal import DateTimeTrigger

        if later.until is None:
            return AirflowSkipException(line(str(later)))
        self.log.info("%s Looking again at %s.", line(str(later)), later.until.isoformat())
        trigger = DateTimeTrigger(moment=later.until)
        return TaskDeferred(trigger=trigger, method_name="look_again")


def _night_before(night: str, nights: int) -> str:
    return nights_back(night, nights)
