"""Asks the policy's approvers, waits for the answer, and records it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from airflow.sdk import Param
from airflow.sdk.exceptions import TaskAwaitingInput

from airlock.config.keys import SIGNING, KeyName
from airlock.config.notify import notify
from airlock.config.settings import Settings
from airlock.core.errors import AirlockError, Unverified
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.attempt import Attempt
    from airlock.engine.record import Input
    from airlock.stages.approve.record import Approval
    from airlock.stages.approve.stage import ApprovalQuestion, Links
    from airlock.stages.gate.record import Decision

log = logging.getLogger(__name__)

# Half an hour in all.
_PAUSES = (1, 2, 4, 8, 15, *[30] * 59)

_REASON = Param(
    "",
    type="string",
    minLength=3,
    maxLength=500,
    title="Reason",
    description="Why? A few words for whoever reads the history later. No names of customers.",
)


class ApproveOperator(StageOperator):
    """Ask people, where the decision says that they must be asked; else pass through.

    The task waits in Airflow's `awaiting_input` state and holds no process. A "no" and no answer
    in time are a fine end of a run: the task is green, and what follows is skipped.

    Once an hour the task looks whether anybody can still say yes. Where a candidate of a newer
    night passed the gate, or another champion was made, nobody can: it ends by itself with a no.

    A policy that asks for several people has several of these tasks, one after the other: each asks
    for a person who has not answered yet, and one no ends it for all.

    Args:
        decision: address of a `Decision` (templated).
        model: the model's registered name.
        seat: 1 for the first person who is asked, 2 for the second … A seat that the decision does
            not ask for passes through.

    Returns:
        The address of an `Approval`.
    """

    stage: ClassVar[str] = "approve"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    asks: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"decision": "gate"}
    template_fields: Sequence[str] = tuple(reads)
    # How often a waiting task looks whether anybody can still say yes; it then ends by itself.
    look_again: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, *, decision: str, model: str, seat: int = 1, **kwargs: Any) -> None:
        # Airflow counts a task that waits for people as active: none would wait beside another.
        super().__init__(**{**kwargs, "max_active_tis_per_dag": None})
        self.decision = decision
        self.model = model
        self.seat = seat

    def execute(self, context: Context) -> str:
        """Pass through, or ask and wait."""
        return self.pass_through(context, partial(self._ask, context))

    def execute_complete(self, context: Context, event: Mapping[str, Any], decision: str) -> str:
        """Go on after an answer, or after none.

        Args:
            event: what Airflow's server recorded.
            decision: content digest of the decision that was shown.
        """
        # Airflow gives an answer to one process, once: with it in hand no task is handed back.
        await_store()
        return self.pass_through(context, partial(self._tell, context, event, decision))

    def _ask(self, context: Context, attempt: Attempt) -> Approval:
        from airlock.stages.approve.record import Approval
        from airlock.stages.approve.stage import (
            TIMEOUT,
            answer,
            answered_before,
            deadline,
            overtaken,
            question,
        )
        from airlock.stages.gate.record import Decision

        decision = attempt.read(Decision, self.decision)
        asked = decision.record
        if not asked.approval_reasons or self.seat > asked.approval.count:
            return Approval(
                model=self.model,
                version=asked.version,
                decision=decision.content,
                required=False,
                approved=True,
                seat=self.seat,
            )
        ledger, roles = attempt.ledger(self.model, to_write=True), attempt.settings.roles
        if (said := answered_before(decision, ledger, seat=self.seat)) is not None:
            return said
        if overtaken(asked, ledger) or deadline(decision, ledger) <= attempt.now:
            return answer(decision, TIMEOUT, ledger=ledger, now=attempt.now, seat=self.seat)
        put = question(
            decision,
            ledger=ledger,
            links=self._links(context, attempt, decision),
            why=str(attempt.params.get("reason") or ""),
            seat=self.seat,
            roles=roles,
            costs=self._costs(attempt),
        )
        self._post(context, put, attempt.settings.accounts)
        notify(
            context,
            subject=f"version {asked.version} waits for approval",
            message=f"{' '.join(asked.approval_reasons)} Answer under Required Actions:",
            link=context["ti"].log_url,
        )
        raise self._wait(decision, put.until - attempt.now)

    def _wait(self, decision: Input[Decision], left: timedelta) -> TaskAwaitingInput:
        """To be raised: Airflow wakes the task for an answer, or to look around."""
        return TaskAwaitingInput(
            method_name="execute_complete",
            kwargs={"decision": decision.content},
            timeout=min(left, self.look_again),
        )

    def _tell(
        self, context: Context, event: Mapping[str, Any], shown: str, attempt: Attempt
    ) -> Approval:
        from airlock.stages.approve.stage import told

        said = self._conclude(event, shown, attempt)
        if (message := told(said, event, _shown_now(context))) is not None:
            verb = "approved" if said.approved else "rejected"
            notify(
                context,
                subject=f"version {said.version} is {verb}",
                message=message,
                link=context["ti"].log_url,
            )
        return said

    def _conclude(self, event: Mapping[str, Any], shown: str, attempt: Attempt) -> Approval:
        from airlock.stages.approve.stage import answer, deadline, overtaken
        from airlock.stages.gate.record import Decision

        decision: Input[Decision] = attempt.read(Decision, self.decision)
        if decision.content != shown:
            raise Unverified(
                "The answer was given to another decision than this run's present one.",
                do="Clear the run from approve on; people are asked again.",
            )
        ledger = attempt.ledger(self.model, to_write=True)
        if event.get("error_type") == "timeout":
            left = deadline(decision, ledger) - attempt.now
            if left > timedelta() and overtaken(decision.record, ledger) is None:
                # The question is not put again: that would wipe out an answer of this moment.
                raise self._wait(decision, left)
        return answer(
            decision,
            event,
            ledger=ledger,
            now=attempt.now,
            seat=self.seat,
            roles=attempt.settings.roles,
            accounts=attempt.settings.accounts,
        )

    def _costs(self, attempt: Attempt) -> list[str]:
        """What candidate and month cost; a note that cannot be read keeps nobody from it."""
        from airlock.hooks import registry

        run = (attempt.origin.dag_id, attempt.origin.run_id)
        try:
            found: list[str] = registry.load("airlock.overview.costs:sentences")(
                attempt.stores["store"], self.model, run, now=attempt.now
            )
        except Unverified as error:
            return [f"What it cost cannot be said: {error.what}"]
        return found

    def _gate_task(self, attempt: Attempt) -> str:
        """The id of the task that made the decision: a project may call it as it likes."""
        return attempt.receipt(self.reads["decision"], self.decision).task_id

    def _links(self, context: Context, attempt: Attempt, decision: Input[Decision]) -> Links:
        from airlock.catalogs.cards import HTML
        from airlock.engine.publication import receipts
        from airlock.stages.approve.stage import Links

        gate, origin = self._gate_task(attempt), attempt.origin
        ended = receipts(attempt.stores["store"], dag_id=origin.dag_id, run_id=origin.run_id)
        evaluate = next((one.task_id for one in ended if one.stage == "evaluate"), None)
        base = context["ti"].log_url.partition("/dags/")[0]
        run = f"{quote(origin.dag_id, safe='')}/{quote(origin.run_id, safe='')}"
        card = any(file.path == HTML for file in decision.result.report.files)
        return Links(
            gate=_tab(context, gate),
            card=f"{base}/airlock/runs/{run}/{quote(gate, safe='')}/report/{HTML}" if card else "",
            evaluation=_tab(context, evaluate) if evaluate else "",
            page=f"{base}/plugin/airlock/{quote(self.model, safe='')}",
        )

    def _post(self, context: Context, asked: ApprovalQuestion, accounts: Mapping[str, str]) -> None:
        from airlock.compat.airflow import (
            SUPERVISOR_COMMS,
            CreateHITLDetailPayload,
            HITLDetailRequestResult,
        )
        from airlock.stages.approve.stage import APPROVE, REJECT

        request = CreateHITLDetailPayload(
            ti_id=context["ti"].id,
            options=[APPROVE, REJECT],
            subject=asked.subject,
            body=asked.body,
            params={"reason": _REASON.serialize()},
            # Airflow lets those answer whose id its auth manager knows.
            assigned_users=[
                {"id": accounts.get(name, name), "name": name} for name in asked.assigned
            ],
        )
        stored = SUPERVISOR_COMMS.send(request)
        # A task that is cleared keeps the text of its first question, and the server does not say
        # so: what people would see must be what is asked now.
        same = isinstance(stored, HITLDetailRequestResult) and (
            (stored.subject, stored.body, stored.options, stored.assigned_users or [])
            == (request.subject, request.body, request.options, request.assigned_users)
        )
        if not same:
            raise Unverified(
                "The page still shows an earlier question of this run, about another decision.",
                do="Nobody can answer the new one there: trigger a new run.",
            )


def _shown_now(context: Context) -> Mapping[str, Any]:
    """The answer that Airflow's page shows, which may be a later one than it acted on."""
    from airlock.compat.airflow import get_hitl_detail_content_detail

    try:
        return get_hitl_detail_content_detail(context["ti"].id).model_dump()
    except Exception as error:  # noqa: BLE001 -- the answer is in the ledger: nothing may undo that
        log.warning("Whether somebody answered later cannot be told (%s).", type(error).__name__)
        return {}


def await_store(pauses: Iterable[float] = _PAUSES) -> None:
    """Wait until the store answers, or as long as makes sense.

    Args:
        pauses: seconds between two looks.
    """
    for pause in pauses:
        try:
            Settings.read().store().exists("ledger/")
        except AirlockError as error:
            if not error.outage:
                return
            log.warning("%s The answer is kept for half an hour.", error)
            time.sleep(pause)
        else:
            return


def _tab(context: Context, task_id: str) -> str:
    """The Airlock tab of a task of this run."""
    ti = context["ti"]
    base = ti.log_url.partition("/dags/")[0]
    run = f"{base}/dags/{ti.dag_id}/runs/{quote(ti.run_id, safe='')}"
    return f"{run}/tasks/{quote(task_id, safe='')}/plugin/airlock-task-instance"
