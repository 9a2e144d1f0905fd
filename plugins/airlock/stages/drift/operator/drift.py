"""Measures drift, enters the night in the catalog, and asks for a retrain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import Asset, AssetAlias

from airlock.config.keys import SIGNING, KeyName
from airlock.config.notify import notify
from airlock.core.content import digest
from airlock.core.errors import Unverified
from airlock.engine.attested import append_attestation, receipts_behind
from airlock.engine.operator import StageOperator
from airlock.engine.record import Input, Record
from airlock.reading import read_json
from airlock.stages.drift.operator.reference import trained_on

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.catalogs.drifts import Judged
    from airlock.catalogs.retrains import Retrain
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.ledger import Champion
    from airlock.stages.drift.record import Drift
    from airlock.stages.drift.spec import DriftSpec
    from airlock.stages.score.record import Scoring
    from airlock.stages.train.record import Training

RETRAIN = AssetAlias("airlock_retrain")
"""What listens to every model's retrains; `airlock://retrain/<model>` is one model's."""

_BASELINE = "baseline.json"
# With tonight's, two months of nights: a season is seen to come.
_EARLIER = 59


class DriftOperator(StageOperator):
    """Hold a scored night against the data that its champion was trained on.

    Args:
        redaction: address of the `Redaction` that was scored (templated).
        scoring: address of its `Scoring` (templated).
        model: the model's registered name.
        drift: limits and patience, known when the DAG is written.
        retrain: the training DAG that an alarm starts, through an event of the asset
            `airlock://retrain/<model>`; None only tells people.

    Returns:
        The address of a `Drift`. Drift stops nothing: the night has been scored.
    """

    stage: ClassVar[str] = "drift"
    # 3: no bin of a histogram is about one row, and a large constant has one.
    # 4: small categories are not tested as one, and what had too few rows is left out by name.
    # 5: what is too rare for a group of its own joins the last one; it failed, or moved others.
    version: ClassVar[int] = 5
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact", "scoring": "score"}
    vouched: ClassVar[frozenset[str]] = frozenset({"scoring"})
    template_fields: Sequence[str] = tuple(reads)

    def __init__(
        self,
        *,
        redaction: str,
        scoring: str,
        model: str,
        drift: DriftSpec,
        retrain: str | None = None,
        **kwargs: Any,
    ) -> None:
        if retrain is not None:
            kwargs["outlets"] = [*kwargs.get("outlets", ()), RETRAIN]
        super().__init__(**kwargs)
        self.redaction = redaction
        self.scoring = scoring
        self.model = model
        self.drift = drift
        self.retrain = retrain
        self._outlook: Judged | None = None
        self._alarmed: Drift | None = None
        self._asked: Retrain | None = None

    def execute(self, context: Context) -> str:
        """Judge the night; the asset has an event only if this very run asks for a retrain."""
        address = super().execute(context)
        if self._alarmed is not None:
            notify(context, subject="drift", message=self._alarmed.reason)
        if self._asked is not None:
            give_event(context, self._asked)
        return address

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The limits, and the night before."""
        from airlock.catalogs import drifts

        # Looked up once: what another night's run enters meanwhile must not get under this key.
        self._outlook = drifts.outlook(
            attempt.ledger(self.model), attempt.night, basis=self._basis(attempt)
        )
        return {
            "drift": self.drift.to_json(),
            "model": self.model,
            "previous": self._outlook.previous_sha256,
            "silent": self._silent(attempt),
        }

    def run_stage(self, attempt: Attempt) -> Drift:
        """Count, compare and judge, and draw the last nights."""
        from airlock.catalogs import drifts
        from airlock.reports.drift import write_drift
        from airlock.stages.drift.operator.sections import canary_and_queue_tables
        from airlock.stages.drift.record import Drift
        from airlock.stages.drift.stage.drift import ChampionReference, ScoredNight, drift
        from airlock.stages.redact.record import Redaction
        from airlock.stages.score.record import Scoring
        from airlock.stages.train.record import Training

        assert self._outlook is not None
        redaction = attempt.read(Redaction, self.redaction)
        scoring = attempt.read(Scoring, self.scoring)
        champion = self._champion(attempt, scoring.record)
        training = attempt.read_recorded(
            Training, champion.training, sha256=champion.training_sha256
        )
        before = self._before(attempt)
        predictions = self._baseline(attempt, training, champion, before)
        if predictions is not None:
            (attempt.report / _BASELINE).write_text(json.dumps(predictions), encoding="utf-8")
        record = drift(
            ScoredNight(
                redaction=redaction.record,
                scoring=scoring.record,
                table=attempt.fetch(redaction.result.data),
                predictions=attempt.fetch(scoring.result.data),
            ),
            self.drift,
            ChampionReference(
                training=training.record,
                columns=self._histograms(attempt, champion),
                predictions=predictions,
            ),
            before=before.record if before else None,
            previous=self._outlook.previous,
            silent=self._silent(attempt),
        )
        known = drifts.earlier(attempt.ledger(self.model), attempt.night, last=_EARLIER)
        past = [attempt.read_recorded(Drift, one.drift, sha256=one.sha256).record for one in known]
        write_drift(
            record, past, attempt.report, beside=[*canary_and_queue_tables(attempt, self.model)]
        )
        return record

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter the night in the catalog, and ask for a retrain, both once."""
        from airlock.catalogs import drifts, retrains
        from airlock.stages.drift.record import Drift

        assert isinstance(record, Drift)
        assert self._outlook is not None
        if attempt.overrides:
            # A night that somebody changed by hand is no night that others go on from.
            append_attestation(attempt, self.model, published)
            return
        ledger = attempt.ledger(self.model, to_write=True)
        results = receipts_behind(attempt, published)
        drifts.append_drift(
            ledger,
            replace(self._outlook, drift=published.address, sha256=published.sha256),
            at=attempt.now,
            results=results,
        )
        if not record.course.asks:
            return
        self._alarmed = record
        if self.retrain is None:
            return
        self._asked = retrains.append_retrain(
            ledger,
            retrains.Retrain(
                model=self.model,
                alarm=record.alarm,
                night=record.night,
                reason=record.reason,
                training=self.retrain,
                drift=published.address,
                sha256=published.sha256,
                dag_id=attempt.origin.dag_id,
                run_id=attempt.origin.run_id,
            ),
            cooldown_nights=self.drift.cooldown_nights,
            at=attempt.now,
            results=results,
        )

    def _basis(self, attempt: Attempt) -> str:
        from airlock.stages.redact.record import Redaction
        from airlock.stages.score.record import Scoring

        redaction = attempt.read(Redaction, self.redaction)
        scoring = attempt.read(Scoring, self.scoring)
        return digest([redaction.content, scoring.content, self.drift.digest])

    def _silent(self, attempt: Attempt) -> str:
        assert self._outlook is not None
        if attempt.overrides:
            return f"Somebody changed {', '.join(attempt.overrides)} for this run."
        return "A later night was judged before this one." if self._outlook.late else ""

    def _champion(self, attempt: Attempt, scoring: Scoring) -> Champion:
        """Who scored, which need not be who is champion by now."""
        from airlock.ledger import Champion

        entries = attempt.ledger(self.model).entries()
        return Champion.from_entry(entries[scoring.sequence - 1])

    def _before(self, attempt: Attempt) -> Input[Drift] | None:
        from airlock.stages.drift.record import Drift

        assert self._outlook is not None
        address, sha256 = self._outlook.previous, self._outlook.previous_sha256
        if address is None or sha256 is None:
            return None
        return attempt.read_recorded(Drift, address, sha256=sha256)

    def _histograms(self, attempt: Attempt, champion: Champion) -> Mapping[str, Any]:
        from airlock.stages.validate.record import Validation

        made = attempt.read_recorded(
            Validation, champion.validation, sha256=champion.validation_sha256
        )
        path = attempt.fetch(made.result.report, only=["histograms.json"]) / "histograms.json"
        histograms: Mapping[str, Any] = read_json(path.read_bytes())
        return histograms

    def _baseline(
        self,
        attempt: Attempt,
        training: Input[Training],
        champion: Champion,
        before: Input[Drift] | None,
    ) -> Mapping[str, Any] | None:
        """What the champion says of its own holdout: as the night before had it, or made anew."""
        from airlock.stages.drift.stage.baseline import baseline

        if before is not None and before.record.sequence == champion.sequence:
            report = before.result.report
            if any(file.path == _BASELINE for file in report.files):
                path = attempt.fetch(report, only=[_BASELINE]) / _BASELINE
                known: Mapping[str, Any] = read_json(path.read_bytes())
                return known
        redaction = trained_on(attempt, training)
        if redaction is None:
            return None
        try:
            table = attempt.fetch(redaction.result.data)
        except Unverified as error:
            # Erased, or altered: then nothing is compared, and the page says so.
            self.log.warning("%s", error)
            return None
        return baseline(
            training.record,
            redaction.record,
            table=table,
            bundle=attempt.bundle(self.model, training.result.data),
            name=champion.bundle,
        )


def give_event(context: Context, retrain: Retrain) -> None:
    """Give the model's asset an event, which Airflow enters when the task succeeds.

    Args:
        context: of a task with the outlet `RETRAIN`.
        retrain: what the event is about; whoever hears of it reads it in the store.
    """
    asset = Asset(name=f"airlock_retrain_{retrain.model}", uri=f"airlock://retrain/{retrain.model}")
    extra: dict[str, Any] = {"retrain": retrain.key, "reason": retrain.reason}
    context["outlet_events"][RETRAIN].add(asset, extra=extra)
