"""Measures predictions against labels, over a window of nights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.errors import Unverified
from airlock.core.nights import nights_back
from airlock.engine.attested import append_attestation
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.catalogs.archive import Archive
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.engine.record import Record
    from airlock.stages.live.record import Live
    from airlock.stages.live.stage import NightToMeasure, PairedPredictions


class LiveOperator(StageOperator):
    """Measure what was served against the labels that have come, per version, with intervals.

    It also says how the review queue stands: labels, and the answers among them, are what moves it.

    Args:
        labelled: address of the `Labelled` that came last (templated).
        model: the model's registered name.
        nights: of the window, the run's own being the last of them.

    Returns:
        The address of a `Live`.
    """

    stage: ClassVar[str] = "live"
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    version: ClassVar[int] = 3
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"labelled": "labels"}
    vouched: ClassVar[frozenset[str]] = frozenset({"labelled"})
    template_fields: Sequence[str] = ("labelled",)

    def __init__(self, *, labelled: str, model: str, nights: int = 28, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.labelled = labelled
        self.model = model
        self.nights = nights

    def run_stage(self, attempt: Attempt) -> Live:
        """Read every night of the window that has labels."""
        from airlock.catalogs.review_queue import queue
        from airlock.stages.live.stage import live

        archive = attempt.archive(self.model)
        unreadable: list[str] = []
        nights = list(self._window(archive, attempt.night, unreadable))
        return replace(
            live(self.model, nights),
            unreadable=tuple(unreadable),
            queue=queue(archive, attempt.night),
        )

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Put the verdict under a signature, by which the canary may act."""
        append_attestation(attempt, self.model, published, kind="measured")

    def _window(
        self, archive: Archive, last: str, unreadable: list[str]
    ) -> Iterator[NightToMeasure]:
        first = nights_back(last, self.nights - 1)
        for night in archive.labelled():
            if not first <= night <= last:
                continue
            try:
                found = self._night(archive, night)
            except Unverified as error:
                # Somebody's rows may have been erased: less evidence, and nothing moves by that.
                self.log.warning("%s", error)
                unreadable.append(night)
            else:
                if found is not None:
                    yield found

    def _night(self, archive: Archive, night: str) -> NightToMeasure | None:
        from airlock.stages.live.stage import NightToMeasure

        if (served := archive.served(night)) is None:
            return None
        return NightToMeasure(
            night=night,
            served=served,
            labels=archive.evidence(night),
            beside=self._beside(archive, night),
        )

    def _beside(self, archive: Archive, night: str) -> PairedPredictions | None:
        from airlock.stages.live.stage import PairedPredictions
        from airlock.stages.shadow.record import Shadowing

        if (found := archive.shadow(night)) is None:
            return None
        shadowing, rows = Shadowing.from_json(found[0]), found[1]
        champion = archive.alone(night, shadowing.champion_sequence)
        if champion is None or shadowing.scoring is None or shadowing.kind is None:
            return None
        return PairedPredictions(
            kind=shadowing.kind,
            champion_version=shadowing.champion_version,
            champion_sequence=shadowing.champion_sequence,
            rival_version=shadowing.scoring.version,
            rival_sequence=shadowing.scoring.sequence,
            champion=champion,
            rival=rows,
        )
