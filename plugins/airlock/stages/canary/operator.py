"""Judges the canary, or the champion, by labels, and notifies people of what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.config.notify import notify
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.attempt import Attempt
    from airlock.stages.canary.record import Judgement


class CanaryOperator(StageOperator):
    """Let a challenger grow, hold it or let it fall back; withdraw a champion that harms.

    The rule is the one of the policy that the gate judged by, as the ledger holds it.

    Args:
        live: address of a `Live` (templated).
        model: the model's registered name.

    Returns:
        The address of a `Judgement`. Whoever is told of failures is told of a fall, too.
    """

    stage: ClassVar[str] = "canary"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"live": "live"}
    vouched: ClassVar[frozenset[str]] = frozenset({"live"})
    attested: ClassVar[bool] = True
    template_fields: Sequence[str] = ("live",)

    def __init__(self, *, live: str, model: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.live = live
        self.model = model

    def execute(self, context: Context) -> str:
        """Judge, and tell of what went wrong."""
        return self.pass_through(context, partial(self._judge, context))

    def _judge(self, context: Context, attempt: Attempt) -> Judgement:
        from airlock.catalogs import predictions
        from airlock.ledger import Champion
        from airlock.stages.canary.stage import judge
        from airlock.stages.live.record import Live

        def nights(champion: Champion) -> list[str]:
            entered = predictions.partitions(attempt.ledger(self.model), unsigned=True)
            found = (one for one in entered if champion.version in one.versions)
            return sorted({one.night for one in found if one.role == "served"})

        judgement = judge(
            ledger=attempt.ledger(self.model, to_write=True),
            live=attempt.read(Live, self.live).record,
            verify=partial(attempt.verify_bundle, self.model),
            scored=nights,
            mlflow=attempt.settings.mlflow(),
            now=attempt.now,
        )
        if judgement.outcome in {"fall back", "roll back"}:
            notify(
                context,
                subject=f"{self.model} version {judgement.version}: {judgement.outcome}",
                message=" ".join(judgement.facts()),
                escalate=judgement.outcome == "roll back",
            )
        return judgement
