"""Repairs MLflow's aliases, sends reminders, and ends overdue break-glass promotions."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from airlock.config.keys import SIGNING, KeyName
from airlock.config.notify import notify
from airlock.core.errors import AirlockError
from airlock.engine.operator import StageOperator
from airlock.hooks import registry

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from airflow.sdk import Context

    from airlock.catalogs.cards import PendingCard
    from airlock.engine.attempt import Attempt
    from airlock.stages.reconcile.record import Reconciliation
    from airlock.stages.reconcile.stage import News

# Longer than from one run to the next, so that none is passed over.
_SOON = timedelta(minutes=6)
_LATE = {"approval": "nobody has answered in time", "alarm": "an alarm is not answered in time"}


def _run(base: str, dag_id: str, run_id: str) -> str:
    return f"{base}/dags/{dag_id}/runs/{quote(run_id, safe='')}"


class ReconcileOperator(StageOperator):
    """Let MLflow's alias `champion` follow the ledger, and note each ledger's end elsewhere.

    Whoever may answer an approval that waits too long is reminded of it, as its policy says, and
    what was made champion by break-glass falls back unless it was confirmed in time. A model card
    that MLflow missed is added. A checkpoint of every chain goes to the connection
    `airlock_checkpoints`, where there is one.

    Returns:
        The address of a `Reconciliation`; empty if all was as it should be, and then the store is
        as it was. An alias that pointed elsewhere is put right, and is an incident in the model's
        ledger.
    """

    stage: ClassVar[str] = "reconcile"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    version: ClassVar[int] = 2
    reusable: ClassVar[bool] = False
    _again: datetime | None = None

    def execute(self, context: Context) -> str:
        """Look at every model that has a ledger, and again when a deadline is about to pass."""
        address = self.pass_through(context, partial(self._reconcile, context))
        if self._again is None:
            return address
        from airflow.sdk.exceptions import AirflowRescheduleException

        if address:
            context["ti"].xcom_push(key="return_value", value=address)
        # Airflow counts no try for it. A run every five minutes would tell up to five too late.
        self.log.info(
            "A deadline passes at %s UTC: it looks again then.", f"{self._again:%H:%M:%S}"
        )
        raise AirflowRescheduleException(self._again)  # type: ignore[no-untyped-call]  # not typed

    def _reconcile(self, context: Context, attempt: Attempt) -> Reconciliation:
        from airlock.catalogs.cards import HTML, MARKDOWN
        from airlock.ledger import chains
        from airlock.stages.gate.record import Decision
        from airlock.stages.reconcile.fall_back import FellBack
        from airlock.stages.reconcile.late import Late
        from airlock.stages.reconcile.stage import reconcile

        def link_to(dag_id: str, run_id: str) -> str:
            return _run(context["ti"].log_url.partition("/dags/")[0], dag_id, run_id)

        def tell(news: News) -> bool:
            if isinstance(news, FellBack):
                subject = f"{news.model}: version {news.before} is champion again"
                return notify(context, subject=subject, message=news.reason, escalate=True)
            if isinstance(news, Late):
                subject = f"{news.model}: {_LATE[news.of]}"
                link = link_to(news.dag_id, news.run_id) if news.dag_id else None
                return notify(
                    context, subject=subject, message=news.message, link=link, escalate=True
                )
            return notify(
                context,
                subject=f"{news.level}: {news.model} version {news.version} waits for approval",
                message=news.message,
                link=link_to(news.dag_id, news.run_id),
                escalate=news.level == "escalation",
            )

        def card(one: PendingCard) -> Path:
            found = attempt.read_recorded(Decision, one.decision, sha256=one.sha256)
            attempt.demand_entry(one.model, found)
            return attempt.fetch(found.result.report, only=(HTML, MARKDOWN))

        self._tell_sinks_of_all(context, attempt)
        # By its name: it knows every catalog and record, and a stage knows those it reads.
        registry.load("airlock.overview.sent:send_measures")(attempt)
        self._again = self._next_deadline(attempt)
        second = attempt.settings.checkpoints()
        authority = attempt.settings.timestamps() if second is not None else None
        return reconcile(
            (attempt.ledger(model, to_write=True) for model in chains(attempt.stores["store"])),
            origin=attempt.origin,
            mlflow=attempt.settings.mlflow(),
            second=second,
            stamp=authority.stamp if authority and authority.url else None,
            now=attempt.now,
            tell=tell,
            verify=attempt.verify_bundle,
            card=card,
        )

    def _next_deadline(self, attempt: Attempt) -> datetime | None:
        from airlock.ledger import models
        from airlock.stages.reconcile.late import next_deadline

        found = []
        for model in models(attempt.stores["store"]):
            # A ledger that does not verify is told of by the pass itself.
            with suppress(AirlockError):
                ledger = attempt.ledger(model)
                found.append(next_deadline(ledger, now=attempt.now, within=_SOON))
        return min((one for one in found if one is not None), default=None)

    def _tell_sinks_of_all(self, context: Context, attempt: Attempt) -> None:
        """What a task could not tell, and what was decided without one; the dead are told of."""
        from airlock.engine.outbox import deliver_all, open_sinks, ran_of
        from airlock.ledger import models

        if not attempt.settings.sinks:
            return
        try:
            died = deliver_all(
                [attempt.ledger(model) for model in models(attempt.stores["store"])],
                open_sinks(attempt.settings),
                now=attempt.now,
                ran=ran_of(attempt),
            )
        except AirlockError as error:
            # It must not keep an alias from being put right; somebody is told all the same.
            notify(context, subject="sinks cannot be told", message=str(error))
            return
        for message in died:
            notify(
                context,
                subject=f"{message.sink} does not take messages",
                message=f"{message.id} is given up after many tries: `airlock outbox list` shows "
                "it, `airlock outbox retry` tries it again.",
            )
