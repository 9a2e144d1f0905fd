"""Reads delivered labels, and enters them in the catalog of labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.attested import append_attestation, receipts_behind
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.stages.labels.record import Labelled


class LabelsOperator(StageOperator):
    """Enter a redacted delivery of labels, joined by key and night to what was predicted.

    Args:
        redaction: address of the delivery's `Redaction` (templated).
        model: the registered name of the model that predicted.
        target: the column with the label.
        scored: the column with the night whose predictions a row is about; None if the whole
            delivery is about the run's own night.
        reviewer: the column with the person who answered, for a delivery of answers; None for
            labels that nobody was asked for.

    Returns:
        The address of a `Labelled`.
    """

    stage: ClassVar[str] = "labels"
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    version: ClassVar[int] = 4
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact"}
    template_fields: Sequence[str] = ("redaction",)

    def __init__(
        self,
        *,
        redaction: str,
        model: str,
        target: str,
        scored: str | None = None,
        reviewer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.model = model
        self.target = target
        self.scored = scored
        self.reviewer = reviewer

    def run_stage(self, attempt: Attempt) -> Labelled:
        """Read the delivery and join it."""
        from airlock.catalogs.labels import classes_of
        from airlock.stages.labels.stage import collect
        from airlock.stages.redact.record import Redaction

        redaction = attempt.read(Redaction, self.redaction)
        archive = attempt.archive(self.model)

        served = cache(archive.served)

        def keys(night: str) -> Collection[str] | None:
            found = served(night)
            return None if found is None else frozenset(found["row_key"])

        def classes(night: str) -> Sequence[str]:
            found = served(night)
            return () if found is None else classes_of(found)

        return collect(
            redaction.record,
            model=self.model,
            night=attempt.night,
            label=self.target,
            scored=self.scored,
            reviewer=self.reviewer,
            table=attempt.fetch(redaction.result.data),
            keys=keys,
            erased=archive.is_erased,
            # Earlier deliveries alone: a retry finds its own already entered.
            known=lambda night: archive.labels(night, before=redaction.content),
            classes=classes,
            out=attempt.data,
        )

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter every night of which a label is kept in the catalog of labels."""
        from airlock.catalogs import labels
        from airlock.stages.labels.record import Labelled

        assert isinstance(record, Labelled)
        kept = [one for one in record.nights if one.labels]
        if not kept:
            append_attestation(attempt, record.model, published)
            return
        ledger = attempt.ledger(record.model, to_write=True)
        results = receipts_behind(attempt, published)
        for one in kept:
            labels.publish(
                ledger,
                labels.NightLabels(
                    model=record.model,
                    night=one.night,
                    labelling=published.address,
                    sha256=published.sha256,
                    path=one.path,
                    rows=one.labels,
                    files=published.result.data.digest,
                    data=published.result.inputs.get("redaction", ""),
                ),
                at=attempt.now,
                results=results,
            )
