"""Proposes what a search tries, rung by rung, and says what won."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.core.search import SearchSpec
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.record import Input
    from airlock.stages.search.record import Rung, Searched, Trial
    from airlock.stages.train.record import Training


class _SearchingOperator(StageOperator):
    """What was tried so far, for a rung and for the whole alike."""

    judged: ClassVar[bool] = True
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact", "rung": "rung"}
    template_fields: Sequence[str] = ("redaction", "rung", "trained")

    def __init__(
        self,
        *,
        redaction: str,
        model: str,
        search: SearchSpec,
        rung: str | None = None,
        trained: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.model = model
        self.search = search
        self.rung = rung
        self.trained = trained

    def read_inputs(self, attempt: Attempt) -> dict[str, Input[Any]]:
        """The table, the rung before, and what its trials left; "" stands for one without end."""
        found = super().read_inputs(attempt)
        self._trials = {
            at: self._trial(attempt, address)
            # Airflow hands over what it reads one by one, and has no length.
            for at, address in enumerate(() if self.trained is None else self.trained)
            if address
        }
        return found | {f"trial_{at:03}": one for at, one in self._trials.items()}

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The search, and whether its budget is used up: seconds are no function of anything."""
        return {
            "model": self.model,
            "search": self.search.to_json(),
            "spent": self._spent(attempt),
        }

    def _trial(self, attempt: Attempt, address: str) -> Input[Training]:
        from airlock.stages.train.record import Training

        receipt = attempt.receipt("trial", address)
        return attempt.read_recorded(Training, address, sha256=receipt.sha256)

    def _seconds(self, attempt: Attempt) -> float:
        """What all trials so far have fitted for, in the run that trained each."""
        from airlock.reading import read_json
        from airlock.stages.search.record import SPENT, Rung
        from airlock.stages.train.record import RAN, read_seconds

        total = 0.0
        if self.rung is not None:
            before = attempt.read(Rung, self.rung)
            report = attempt.fetch(before.result.report, only={SPENT})
            total = float(read_json((report / SPENT).read_bytes())["seconds"])
        for one in self._trials.values():
            total += read_seconds(attempt.fetch(one.result.report, only={RAN})) or 0.0
        return total

    def _level(self) -> int:
        return self.search.levels - 1

    def _spent(self, attempt: Attempt) -> bool:
        """Whether the part of the budget for the levels up to this one is used up."""
        if math.isinf(self.search.seconds):
            return False
        part = (self._level() + 1) / self.search.levels
        return self._seconds(attempt) >= part * self.search.seconds

    def _told(self, attempt: Attempt) -> tuple[list[Trial], str | None, bool]:
        """All trials before, by which metric they are compared, and whether money was short."""
        from airlock.hooks.metrics import directions
        from airlock.stages.search.record import Rung, Trial

        if self.rung is None:
            return [], self.search.metric, False
        before = attempt.read(Rung, self.rung).record
        metric = self.search.metric or before.metric
        measured = [one.record.metrics for one in self._trials.values()]
        if metric is None:
            names = (name for name in directions() if any(_said(name) in one for one in measured))
            metric = next(names, None)
        told = list(before.told)
        for at, (number, settings) in enumerate(zip(before.numbers, before.settings, strict=True)):
            one = self._trials.get(at)
            score = one.record.metrics.get(_said(metric)) if one is not None and metric else None
            bundle = one.result.data.digest if one is not None and score is not None else None
            told.append(
                Trial(
                    number=number,
                    level=before.level,
                    settings=settings,
                    sample=before.sample,
                    score=score,
                    bundle=bundle,
                )
            )
        return told, metric, before.spent


def _said(metric: str) -> str:
    return f"validation_{metric}"


class RungOperator(_SearchingOperator):
    """Propose what one rung of a search tries: new settings, or the best of those before.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.
        search: what may vary, and how much of it is tried.
        step: which rung, from 0.
        rung: address of the rung before (templated); None for the first.
        trained: addresses of what its trials left (templated).

    Returns:
        The address of a `Rung`, which `TrialOperator` reads.
    """

    stage: ClassVar[str] = "rung"

    def __init__(self, *, step: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.step = step

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """Those of the search, and which rung it is."""
        return {**super().ingredients(attempt), "step": self.step, **_sampler(self.search)}

    def _level(self) -> int:
        return self.search.steps()[self.step].level

    def run_stage(self, attempt: Attempt) -> Rung:
        """Look at what came out before, and say what is tried next."""
        from airlock.bundle.manifest import write_json
        from airlock.stages.redact.record import Redaction
        from airlock.stages.search.record import SPENT
        from airlock.stages.search.stage.search import propose

        told, metric, before = self._told(attempt)
        record = propose(
            self.search,
            self.step,
            told,
            metric=metric,
            rows=attempt.read(Redaction, self.redaction).record.folds.get("train", 0) or 1,
            spent=self._spent(attempt),
            before=before,
        )
        write_json(attempt.report / SPENT, {"seconds": round(self._seconds(attempt), 3)})
        return record

    @classmethod
    def record_class(cls) -> type[Record]:
        """`Rung`."""
        from airlock.stages.search.record import Rung

        return Rung


class SearchOperator(_SearchingOperator):
    """Say which settings of a search won, how far apart the trials are, and what mattered.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.
        search: as for `RungOperator`.
        train: digest of the TrainSpec that is searched.
        rung: address of the last rung (templated).
        trained: addresses of what its trials left (templated).

    Returns:
        The address of a `Searched`, which `TrainOperator` and `EvaluateOperator` read.
    """

    stage: ClassVar[str] = "search"

    def __init__(self, *, train: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.train = train

    def run_stage(self, attempt: Attempt) -> Searched:
        """Compare the trials, draw them, and end the run that MLflow shows above them."""
        from airlock.reports.search import write_search
        from airlock.stages.redact.record import Redaction
        from airlock.stages.search.stage.search import conclude, log_search

        told, metric, before = self._told(attempt)
        record = conclude(self.search, told, metric, spent=before)
        write_search(record, self.search, attempt.report)
        data = attempt.read(Redaction, self.redaction).content
        log_search(
            record,
            self.search,
            mlflow=attempt.settings.mlflow(),
            model=self.model,
            family=self.search.family(model=self.model, train=self.train, data=data),
            report=attempt.report,
        )
        return record


def _sampler(search: SearchSpec) -> Mapping[str, Any]:
    """Optuna's version, where it proposes: another one may propose something else."""
    if search.sampler != "tpe":
        return {}
    from importlib.metadata import PackageNotFoundError, version

    try:
        return {"optuna": version("optuna")}
    except PackageNotFoundError:
        return {"optuna": None}
