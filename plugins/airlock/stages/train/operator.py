"""Trains a model, and publishes its bundle."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.core.errors import BudgetSpent, ModelError, SpecError, StoreError
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.core.budget import MonthBudget
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.engine.record import Record
    from airlock.stages.train.month import BudgetLeft
    from airlock.stages.train.record import Training
    from airlock.stages.train.spec import TrainSpec, by_default
    from airlock.stages.train.stage.checkpoint import Checkpoints


class TrainOperator(StageOperator):
    """Fit the model on the train fold and make its bundle.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name; its MLflow experiment has the same.
        train: what to train, known when the DAG is written.
        month: what all trainings of the model may take in a calendar month; None for no end.
        max_epochs: overrides the spec's when a person says so in the trigger form (templated).
        search: address of a `Searched` (templated), whose winner is trained; None without a search.

    Returns:
        The address of a `Training`; its data folder is the bundle.

    Raises:
        SpecError: the spec has a search, and nobody searches.
    """

    stage: ClassVar[str] = "train"
    # 5: what is learnt of numbers gives no single cell back.
    version: ClassVar[int] = 5
    judged: ClassVar[bool] = True
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact"}
    _needs_search: ClassVar[bool] = True
    template_fields: Sequence[str] = ("redaction", "max_epochs", "search")

    def __init__(
        self,
        *,
        redaction: str,
        model: str,
        train: TrainSpec,
        max_epochs: str | int | None = None,
        month: MonthBudget | None = None,
        search: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if train.search is not None and search is None and self._needs_search:
            raise SpecError(
                "The TrainSpec has a search, and no task searches.",
                do="Build the chain with training(…), or hand over `search`: docs/search.md.",
            )
        self.redaction = redaction
        self.model = model
        self.train = train
        self.max_epochs = max_epochs
        self.month = month
        self.search = search
        self._stopping = False

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The spec, the model's source, and the versions of the libraries that train it."""
        from airlock.stages.train.identity import environment_digest

        return {
            "model": self.model,
            "train": self._spec(attempt).decisive(),
            "code": self._code(attempt),
            "environment": environment_digest(self.train.kind),
            **self._days(attempt),
        }

    def _days(self, attempt: Attempt) -> dict[str, Any]:
        """That days are learnt from, where there are some: models of before did not."""
        from airlock.stages.redact.record import Redaction

        redaction = attempt.read(Redaction, self.redaction).record
        types = dict(redaction.schema)
        kept = {one.name for one in redaction.columns if one.action == "keep"}
        days = {name: kind for name, kind in types.items() if kind in {"date", "timestamp"}}
        wanted = self.train.features
        usual = {name for name, kind in days.items() if name in kept and by_default(name, kind)}
        learnt = usual if wanted is None else days.keys() & set(wanted)
        return {"days": 1} if learnt - {redaction.entity} else {}

    def run_stage(self, attempt: Attempt) -> Training:
        """Fit, and write the bundle."""
        from airlock.bundle.environment import ENVIRONMENT, installed
        from airlock.bundle.manifest import write_json
        from airlock.reports.models import write_training
        from airlock.stages.redact.record import Redaction
        from airlock.stages.train.stage.run_context import Folders, RunContext, TrainingIdentity
        from airlock.stages.train.stage.train import train

        spec = self._spec(attempt)
        settings = attempt.settings
        budget = math.inf
        if spec.budget is not None:
            budget = spec.budget.seconds(
                device_hour_price=settings.device_hour_price, devices=spec.devices
            )
        if (left := self._left(attempt)) is not None:
            budget = min(budget, left.seconds)
        redaction = attempt.read(Redaction, self.redaction)
        record = train(
            redaction.record,
            spec,
            identity=TrainingIdentity(
                model=self.model,
                key=attempt.key,
                origin=attempt.origin,
                code=self._code(attempt),
                data=redaction.content,
                below=self._family(redaction.content),
            ),
            folders=Folders(
                table=attempt.fetch(redaction.result.data),
                scratch=attempt.scratch,
                out=attempt.data,
                report=attempt.report,
            ),
            mlflow=settings.mlflow(),
            context=RunContext(
                checkpoints=self._checkpoints(attempt),
                stopping=lambda: self._stopping,
                clock=time.monotonic,
                seconds=budget,
                price=settings.device_hour_price,
            ),
        )
        write_training(record, attempt.report)
        # Beside the record: what is installed here decides nothing that the key does not name.
        write_json(attempt.report / ENVIRONMENT, installed())
        return record

    def refuses(self, attempt: Attempt) -> str | None:
        """A month whose budget is used up trains nothing anew."""
        left = self._left(attempt)
        return left.spent if left is not None else None

    def _left(self, attempt: Attempt) -> BudgetLeft | None:
        from airlock.catalogs.usage import Total, usages
        from airlock.stages.train.month import left_of

        if self.month is None:
            return None
        month = f"{attempt.now:%Y-%m}"
        return left_of(
            self.month,
            Total.of(usages(attempt.stores["store"], self.model, month)),
            prices=attempt.settings.prices,
            devices=self.train.devices,
            month=month,
        )

    @property
    def devices(self) -> int:
        """As the spec has it."""
        return self.train.devices

    def device_seconds(self, attempt: Attempt, published: Published) -> float | None:
        """Fitting time of all its attempts, on every device."""
        from airlock.stages.train.record import RAN, read_seconds

        seconds = read_seconds(attempt.fetch(published.result.report, only={RAN}))
        return None if seconds is None else seconds * self.train.devices

    def on_kill(self) -> None:
        """Airflow's word for SIGTERM: keep what there is, and hand the task back."""
        super().on_kill()
        self._stopping = True

    def tidy(self, attempt: Attempt) -> None:
        """Remove the checkpoints: nobody goes on from them any more."""
        try:
            self._checkpoints(attempt).clear()
        except StoreError as error:
            self.log.warning("Checkpoints are left for airlock gc: %s", error)

    def _checkpoints(self, attempt: Attempt) -> Checkpoints:
        from airlock.stages.train.stage.checkpoint import Checkpoints

        return Checkpoints(
            attempt.stores["store"], attempt.key, attempt=str(uuid.uuid4()), scratch=attempt.scratch
        )

    def _code(self, attempt: Attempt) -> str:
        from airlock.stages.train.identity import code_digest

        settings = attempt.settings
        return code_digest(
            self.train.model,
            root=settings.root,
            packages=settings.model_packages,
            data=self.train.data,
        )

    def _usual(self) -> TrainSpec:
        # A templated None arrives as text.
        if self.max_epochs in (None, "", "None"):
            return self.train
        return self.train.with_max_epochs(self.max_epochs)

    def _spec(self, attempt: Attempt) -> TrainSpec:
        from airlock.stages.search.record import Searched

        if self.search is None:
            return self._usual()
        return self._usual().with_settings(attempt.read(Searched, self.search).record.settings)

    def _family(self, data: str) -> str | None:
        """The key of the MLflow run that stands above those of a search's trials."""
        search = self.train.search
        if search is None:
            return None
        return search.family(model=self.model, train=self.train.digest, data=data)


class TrialOperator(TrainOperator):
    """Train one of the settings that a rung of a search proposes: a task each, mapped over `trial`.

    What it leaves is a training like any other, under the key of these settings: whoever asks for
    them again, another run or the winner's own training, finds it.

    Args:
        rung: address of a `Rung` (templated).
        trial: which of its settings, from 0.

    Returns:
        The address of a `Training`; "" where the rung has fewer settings, or these cannot be
        trained, which ends no search.
    """

    # `train` is the task that people look for, and may end with the same result.
    told_as: ClassVar[str | None] = "trial"
    template_fields: Sequence[str] = ("redaction", "max_epochs", "rung")
    _needs_search: ClassVar[bool] = False

    def __init__(self, *, rung: str, trial: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rung = rung
        self.trial = trial

    def _spec(self, attempt: Attempt) -> TrainSpec:
        from airlock.stages.search.record import Rung

        rung = attempt.read(Rung, self.rung).record
        return self._usual().with_settings(rung.settings[self.trial], sample=rung.sample)

    def _obtain(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Published | None, bool]:
        from airlock.stages.search.record import Rung
        from airlock.stages.train.record import Untrained

        if self.trial >= len(attempt.read(Rung, self.rung).record.numbers):
            return Untrained(why="The rung has no setting for this task."), None, False
        return super()._obtain(attempt, work)

    def _worked(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Attempt]:
        from airlock.stages.train.record import Untrained

        try:
            return super()._worked(attempt, work)
        except (ModelError, BudgetSpent) as error:
            return Untrained(why=f"These settings cannot be trained: {error.what}"), attempt
