"""Evaluates candidate and champion on the holdout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.record import Input
    from airlock.ledger import Champion
    from airlock.stages.evaluate.record import Evaluation
    from airlock.stages.evaluate.spec import EvaluateSpec
    from airlock.stages.evaluate.stage.evaluate import ReferenceModel
    from airlock.stages.search.record import Searched


# Another version of one of these may give another baseline from the same rows.
_BASELINES = ("lightgbm", "scikit-learn")


class EvaluateOperator(StageOperator):
    """Measure candidate, champion, last approved champion and baselines on the same holdout fold.

    Args:
        redaction: address of a `Redaction` (templated).
        training: address of a `Training` (templated).
        model: the model's registered name.
        evaluation: slices, groups and resampling, known when the DAG is written.
        search: address of the `Searched` that chose the candidate's settings (templated), if any.

    Returns:
        The address of an `Evaluation`.
    """

    stage: ClassVar[str] = "evaluate"
    # 6: calibration within groups.
    version: ClassVar[int] = 6
    judged: ClassVar[bool] = True
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact", "training": "train"}
    template_fields: Sequence[str] = ("redaction", "training", "search")

    def __init__(
        self,
        *,
        redaction: str,
        training: str,
        model: str,
        evaluation: EvaluateSpec,
        search: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.training = training
        self.model = model
        self.evaluation = evaluation
        self.search = search

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The spec, and whom the candidate is compared with; the baselines by their libraries."""
        # Looked up once: a promotion in between must not put its champion under this one's key.
        self._state = attempt.ledger(self.model).state()
        champion, anchor = self._state.champion, self._state.anchor
        return {
            "evaluation": self.evaluation.to_json(),
            "champion": [champion.sequence, champion.bundle] if champion else None,
            "anchor": [anchor.sequence, anchor.bundle] if anchor else None,
            "baselines": {name: _version(name) for name in _BASELINES},
            # No input: what its trials were trained on is behind the candidate itself.
            **({"search": self._searched(attempt).content} if self.search else {}),
        }

    def _searched(self, attempt: Attempt) -> Input[Searched]:
        from airlock.stages.search.record import Searched

        assert self.search is not None
        return attempt.read(Searched, self.search)

    def run_stage(self, attempt: Attempt) -> Evaluation:
        """Score all of them on the holdout fold."""
        from airlock.reports.evaluation import write_evaluation
        from airlock.stages.evaluate.record import read_speed
        from airlock.stages.evaluate.stage.evaluate import evaluate
        from airlock.stages.redact.record import Redaction
        from airlock.stages.train.record import Training

        redaction = attempt.read(Redaction, self.redaction)
        training = attempt.read(Training, self.training)
        champion, anchor = self._state.champion, self._state.anchor
        if champion is not None and anchor is not None and anchor.bundle == champion.bundle:
            anchor = None
        record = evaluate(
            redaction.record,
            training.record,
            self.evaluation,
            table=attempt.fetch(redaction.result.data),
            bundle=attempt.fetch(training.result.data, own=True),
            bundle_digest=training.result.data.digest,
            reference=_fetch_reference(attempt, self.model, champion),
            anchor=_fetch_reference(attempt, self.model, anchor),
            report=attempt.report,
        )
        if self.search:
            from airlock.stages.search.record import summary_of

            found = self._searched(attempt)
            record = replace(record, search=summary_of(found.record, found.content))
        write_evaluation(record, read_speed(attempt.report), attempt.report)
        return record


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _fetch_reference(
    attempt: Attempt, model: str, champion: Champion | None
) -> ReferenceModel | None:
    from airlock.stages.evaluate.stage.evaluate import ReferenceModel
    from airlock.stages.train.record import Training

    if champion is None:
        return None
    made = attempt.read_recorded(Training, champion.training, sha256=champion.training_sha256)
    bundle = attempt.bundle(model, made.result.data)
    return ReferenceModel(champion=champion, record=made.record, bundle=bundle)
