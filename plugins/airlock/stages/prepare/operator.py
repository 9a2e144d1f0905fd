"""Joins frozen sources into one table by SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.core.errors import SettingsError, Unverified
from airlock.core.nights import night_named
from airlock.core.quoting import some
from airlock.engine.operator import StageOperator
from airlock.stages.prepare.spec import LABELS, waited

if TYPE_CHECKING:
    from airlock.core.contract import Contract
    from airlock.engine.attempt import Attempt
    from airlock.engine.record import Input
    from airlock.stages.prepare.record import Preparation
    from airlock.stages.prepare.spec import NamedLabels, NamedTable, Sql
    from airlock.stages.snapshot.record import Snapshot
    from airlock.store import Zone


class PrepareOperator(StageOperator):
    """Join frozen sources into the table that is learnt from, by one SELECT.

    The SELECT says what is true on `$night`. It is run once for every night of the window, and sees
    of each source what was known when that night ended.

    Args:
        snapshots: addresses of the sources' `Snapshot`s, by name (templated).
        tables: the sources, by the same names.
        sql: the SELECT.
        contract: of the table that it makes.
        window: how many nights rows are made about, the run's own being the last of them; with
            labels the last one of which all have come.
        labels: how the target is found; None where the SELECT has it, or nobody needs one.

    Returns:
        The address of a `Preparation`, which is read as a `Snapshot` is.
    """

    stage: ClassVar[str] = "prepare"
    # 2: what was joined without a single match is counted, and refused.
    version: ClassVar[int] = 2
    zone: ClassVar[Zone] = "raw"
    template_fields: Sequence[str] = ("snapshots",)

    def __init__(
        self,
        *,
        snapshots: Mapping[str, str],
        tables: Mapping[str, NamedTable],
        sql: Sql,
        contract: Contract,
        window: int = 1,
        labels: NamedLabels | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.snapshots = dict(snapshots)
        self.tables = {**tables, **({LABELS: labels.table} if labels else {})}
        self.sql = sql
        self.contract = contract
        self.window = window
        self.labels = labels

    def read_inputs(self, attempt: Attempt) -> dict[str, Input[Any]]:
        """The snapshots by the names of their sources, each that of its own task."""
        from airlock.stages.snapshot.record import Snapshot

        found = {name: attempt.read(Snapshot, self.snapshots[name]) for name in self.tables}
        for name, one in found.items():
            self._check(name, one, attempt)
        return found

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The SELECT, what was promised, the nights, and DuckDB's version."""
        return {
            "sql": self.sql.digest,
            "tables": {name: table.to_json() for name, table in self.tables.items()},
            "contract": self.contract.to_json(),
            "nights": self._nights(attempt.night),
            "duckdb": _duckdb(),
            "labels": self.labels.to_json() if self.labels else None,
        }

    def run_stage(self, attempt: Attempt) -> Preparation:
        """Join them in a database of this try alone."""
        from airlock.stages.prepare.stage.database import Bounds
        from airlock.stages.prepare.stage.frozen import Frozen
        from airlock.stages.prepare.stage.prepare import prepare

        read = self.read_inputs(attempt)
        settings = attempt.settings
        return prepare(
            self.sql,
            {
                name: Frozen(
                    table=self.tables[name],
                    record=one.record,
                    content=one.content,
                    folder=attempt.fetch(one.result.data),
                )
                for name, one in read.items()
            },
            self.contract,
            night=attempt.night,
            nights=self._nights(attempt.night),
            bounds=Bounds(
                memory=int(settings.prepare_memory * 2**30),
                disk=int(settings.prepare_disk * 2**30),
            ),
            scratch=attempt.scratch / "join",
            out=attempt.data,
            labels=self.labels,
        )

    def _nights(self, night: str) -> list[str]:
        last = night_named(night)
        last = last.back(waited(self.labels.days, last.every) if self.labels else 0)
        return [last.back(back).name for back in reversed(range(self.window))]

    def _check(self, name: str, one: Input[Snapshot], attempt: Attempt) -> None:
        """Refuse a snapshot of another source: XCom may have been changed to one of this run."""
        promised = self.tables[name].contract.columns
        columns = tuple((column, spec.type) for column, spec in promised.items())
        task = attempt.receipt("snapshot", one.address).task_id
        # Of two sources that are the same to the last row one result stands, with one receipt.
        same = [other for other in self.tables if self.tables[other] == self.tables[name]]
        if one.record.columns != columns or task not in {snapshot_task(other) for other in same}:
            raise Unverified(
                f"The snapshot of {name} is that of {some([task], most=1)}.",
                do=f"Somebody changed an XCom: clear {snapshot_task(name)} of this run.",
            )


def snapshot_task(name: str) -> str:
    """The id of the task that freezes a source."""
    return f"snapshot_{name}"


def _duckdb() -> str:
    try:
        return version("duckdb")
    except PackageNotFoundError:
        raise SettingsError(
            "DuckDB is not installed, and prepare joins by it.",
            do="Install airflow-airlock[prepare] on every worker.",
        ) from None
