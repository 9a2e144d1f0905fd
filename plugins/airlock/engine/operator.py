"""StageOperator: stage key, reuse, publishing, receipt, verdict and error translation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from airlock.compat.airflow import SkipMixin
from airlock.config.keys import SIGNING, KeyName, granted
from airlock.config.notify import notify
from airlock.config.settings import Settings
from airlock.core.content import digest
from airlock.core.disk import full_disk
from airlock.core.errors import AirlockError
from airlock.core.quoting import line
from airlock.core.scratch import private_folder, temporary_files_in
from airlock.engine.apart import Apart, Later, Unexpected, refuse_links
from airlock.engine.confined import confine, is_confined
from airlock.engine.description import receipt_of, result_of, stage_key, with_page
from airlock.engine.failure import keep_sentence
from airlock.engine.record import Input, Record, Result, record_of
from airlock.engine.task import attempt_of
from airlock.engine.translation import ForeseenFailure, translated, without_values
from airlock.engine.usage import metered

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.core.nights import Every
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.store import Zone


class NotBegun(Exception):
    """The work was refused before it began: nobody must repair anything."""


class StageOperator(BaseOperator, SkipMixin):
    """Run one stage of the airlock and leave its record behind.

    A subclass names its stage and what it reads, and implements `run_stage`. What this class adds:
    the stage key and the reuse of an earlier equal result; a private folder for the attempt; one
    create-once write that publishes; a receipt, so that later stages of the run can tell a real
    address from an edited XCom; skipping what follows after a verdict; errors a person can act on.

    Attributes:
        stage: the stage's word; also the usual task id.
        version: raised when equal inputs would give another result than before.
        reads: template fields that hold addresses of earlier results, with the stages that left
            them. By name: a parser needs no records, and they would be a third of its time.
        zone: where the stage's data lies; reports always lie in the store.
        reusable: False for stages that look at the world anew every time.
        keys: that the stage's work is given; without the signing key it is kept from all others.
        seals: that it is given besides once the work is over, to sign what it leaves.
        waits: False for what a person does now or not at all: an outage is an error there.
        vouched: those of `reads` that the ledger must name, because people act on them.
        judged: whether without seals, too, only what the ledger is about may stand for its work.
        attested: whether the ledger of `model` names what this stage leaves, for the same reason.
        every: how long the nights of its pipeline are, where no schedule says so; `default_args`
            of a DAG give it to all of its operators.

    Returns:
        The address of the stage's result, all that XCom carries; empty if nothing was kept.
    """

    stage: ClassVar[str]
    version: ClassVar[int] = 1
    reads: ClassVar[Mapping[str, str]] = {}
    zone: ClassVar[Zone] = "store"
    reusable: ClassVar[bool] = True
    keys: ClassVar[frozenset[KeyName]] = frozenset()
    seals: ClassVar[frozenset[KeyName]] = frozenset()
    waits: ClassVar[bool] = True
    vouched: ClassVar[frozenset[str]] = frozenset()
    judged: ClassVar[bool] = False
    attested: ClassVar[bool] = False
    inherits_from_skipmixin = True
    tasks: Any = None
    """Of the last operator of `training(...)` and its like: all operators by their task's id."""
    ui_color = "#e8eef7"

    def __init__(self, *, every: Every | None = None, **kwargs: Any) -> None:
        # A text stays one: "[1]" that somebody typed is no list, however the DAG renders.
        super().__init__(**{"render_template_as_native_obj": False, **kwargs})
        self._apart = Apart()
        self.every = every

    @property
    def address(self) -> str:
        """The result's address, for the operators that read it; Airflow fills it in at run time."""
        return cast("str", self.output)

    def run_stage(self, attempt: Attempt) -> Record:
        """Do the stage's work; write files below `attempt.data` and `attempt.report`."""
        raise NotImplementedError

    def read_inputs(self, attempt: Attempt) -> dict[str, Input[Any]]:
        """The results that the stage reads, by the names that its key calls them."""
        return {
            name: attempt.read(record_of(stage), getattr(self, name))
            for name, stage in self.reads.items()
            if getattr(self, name) is not None
        }

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """What decides the result besides the inputs: specs, key ids. JSON-ready."""
        return {}

    def tidy(self, attempt: Attempt) -> None:
        """Remove what only an unfinished one needs: the result of `attempt.key` is published."""

    def local_files(self, settings: Settings) -> Iterable[Path]:
        """What the stage writes outside of the stores, such as a database of SQLite."""
        return ()

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter a published or reused result where others look for it, signed, idempotently."""
        if self.attested:
            from airlock.engine.attested import append_attestation

            append_attestation(attempt, record.model, published)  # type: ignore[attr-defined]  # those have one

    def execute(self, context: Context) -> str:
        """Run the stage, or find its result, and say so."""
        return self.pass_through(context, self.run_stage)

    def pass_through(self, context: Context, work: Callable[[Attempt], Record]) -> str:
        """Everything around the work itself.

        Args:
            work: makes the record; `run_stage`, or what follows an answer from a person.
        """
        with (
            metered() as meter,
            private_folder(self.stage) as folder,
            granted(self.keys, stage=self.stage),
        ):
            try:
                attempt = replace(attempt_of(context, folder), model=getattr(self, "model", None))
                meter.begin(attempt, self, context)
                began = time.monotonic()
                # Libraries meet a full disk of temporary files in their own words.
                with full_disk(folder):
                    record, published, reused = self._obtain(attempt, work)
                meter.ended = "reused" if reused else "done"
                if published is None:
                    # A look every five minutes that found all as it was is not worth a note.
                    meter.attempt = None
                else:
                    meter.device_seconds = (
                        0.0 if reused else self.device_seconds(attempt, published)
                    )
                    seconds = time.monotonic() - began
                    with granted({*self.keys, *self.seals, *attempt.to_seal}, stage=self.stage):
                        self._give_receipt(attempt, published, reused, seconds)
                        self.announce(attempt, record, published)
                        self._name_receipt(attempt, published)
                    self._tell_sinks(attempt)
            except Later as later:
                meter.attempt = None
                raise self.postponed(later) from None
            except NotBegun as refused:
                meter.attempt = None
                self._skip_followers(str(refused), context)
                return ""
            except AirlockError as error:
                keep_sentence(context, error.what, error.do, again=error.retry_can_help)
                raise self._translated(error, context) from None
            except AirflowException:
                raise
            except Unexpected as error:
                keep_sentence(context, str(error), "", again=True)
                raise AirflowException(str(error)) from None
            except Exception as error:  # noqa: BLE001 -- whatever it is, its text must not get out
                # The text of an Arrow, pandas or torch error can quote a cell: keep the place only.
                keep_sentence(context, without_values(error), "", again=True)
                raise AirflowException(without_values(error)) from None
        for fact in record.facts():
            self.log.info("%s", line(fact))
        if published is None:
            return ""
        self._obey(record, published.address, context)
        return published.address

    def refuses(self, attempt: Attempt) -> str | None:
        """Why work that no earlier result stands for is not begun: green, the rest skipped."""
        return None

    @property
    def devices(self) -> int:
        """How many devices it works on; an attempt that failed had them for all of its time."""
        return 0

    def device_seconds(self, attempt: Attempt, published: Published) -> float | None:
        """How long devices worked for a result that this attempt made; None if nobody can say."""
        return 0.0

    def postponed(self, later: Later) -> BaseException:
        """What Airflow is told of work that has to wait; a stage that does says how."""
        raise NotImplementedError from later

    def _translated(self, error: AirlockError, context: Context) -> AirflowException:
        waits = error.outage and self.waits
        return translated(error, context, hours=Settings.read().outage_hours if waits else 0)

    def _obtain(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Published | None, bool]:
        from airlock.engine import publication

        read = self.read_inputs(attempt)
        for name in self.vouched & read.keys():
            attempt.demand_entry(self.model, read[name])  # type: ignore[attr-defined]  # has one
        inputs = {name: one.content for name, one in read.items()}
        key = ""
        if self.reusable:
            key = self._key(attempt, inputs)
            found = publication.find(
                attempt.stores,
                self.stage,
                key,
                attempt.scratch / "in",
                accept=partial(self.may_stand, attempt),
            )
            if found is not None:
                self.log.info("Reusing %s: nothing that decides it has changed.", found.address)
                self.tidy(replace(attempt, key=key))
                return self._record(found), found, True
        if (why := self.refuses(attempt)) is not None:
            raise NotBegun(why)
        record, attempt = self._worked(replace(attempt, key=key), work)
        if not record.eventful:
            return record, None, False
        result = result_of(attempt, self.stage, self.version, inputs, record, zone=self.zone)
        # A stage that looks at the world anew is named by what it saw.
        key = key or digest([self.stage, self.version, inputs, result.content])
        published = self._published(attempt, key, result)
        self.tidy(replace(attempt, key=key))
        made, mine = published.result.made_by, attempt.origin
        reused = (made.dag_id, made.run_id) != (mine.dag_id, mine.run_id)
        return self._record(published), published, reused

    def _worked(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Attempt]:
        """The record, and the attempt in whose folders its files lie."""
        if not is_confined(self, attempt.settings):
            return with_page(attempt, work), attempt
        # A folder of its own: nothing that the child made is read but what it hands over.
        folder = attempt.scratch / "apart"
        folder.mkdir(parents=True)
        # Nothing is shared that two processes cannot both use, such as a line to S3.
        childs = replace(attempt, scratch=folder, _inputs={}, _ledgers={})

        def whole() -> Record:
            with temporary_files_in(folder / "tmp"), full_disk(folder):
                return with_page(childs, work)

        record = self._apart.record(
            whole,
            self.record_class(),
            first=lambda: confine(self, childs.settings, childs.stores, folder),
            stop=self.on_kill,
        )
        refuse_links(folder)
        return record, replace(attempt, scratch=folder)

    def on_kill(self) -> None:
        """Hand Airflow's word for SIGTERM on to the process that works, if there is one."""
        self._apart.stop()

    def may_stand(self, attempt: Attempt, found: Published) -> bool:
        """Whether what lies in the slot already may stand for this stage's own work.

        The slot is no secret, and the code of a model can write to the store: who signs what it
        leaves takes only what an entry of the model's ledger is about, all others also what has
        this installation's seal. Asked also of what another attempt published while this one
        worked; what is equal to its own work always may.
        """
        signs, model = SIGNING in {*self.keys, *self.seals}, getattr(self, "model", None)
        return attempt.may_reuse(found, of=model, signs=signs, judged=self.judged)

    def _published(self, attempt: Attempt, key: str, result: Result) -> Published:
        from airlock.engine import publication

        scratch, accept = attempt.scratch / "in", partial(self.may_stand, attempt)
        if not self.reusable:
            # What was seen before need not be stored again.
            same = publication.find(
                attempt.stores,
                self.stage,
                key,
                scratch,
                accept=lambda one: publication.is_same(one.result, result) or accept(one),
            )
            if same is not None:
                return same
        publication.upload_described(attempt.data, result.data, attempt.stores)
        publication.upload_described(attempt.report, result.report, attempt.stores)
        return publication.publish(attempt.stores, key, result, scratch, accept=accept)

    def _key(self, attempt: Attempt, inputs: Mapping[str, str]) -> str:
        return stage_key(attempt, self.stage, self.version, inputs, self.ingredients(attempt))

    def _give_receipt(
        self, attempt: Attempt, published: Published, reused: bool, seconds: float
    ) -> None:
        receipt = receipt_of(attempt, self.stage, published, reused=reused, seconds=seconds)
        attempt.give(published, receipt)

    def _tell_sinks(self, attempt: Attempt) -> None:
        model = getattr(self, "model", None)
        if attempt.settings.sinks and SIGNING in self.keys and model is not None:
            from airlock.engine.outbox import try_now

            try_now(attempt, model)

    def _name_receipt(self, attempt: Attempt, published: Published) -> None:
        if SIGNING in self.seals:
            from airlock.engine.attested import append_receipt

            append_receipt(attempt, self.model, published)  # type: ignore[attr-defined]  # those have one

    def _record(self, published: Published) -> Record:
        return self.record_class().from_json(published.result.record)

    @classmethod
    def record_class(cls) -> type[Record]:
        """The class of the record that `run_stage` returns: that of the stage's own folder."""
        return record_of(cls.stage)

    def _obey(self, record: Record, address: str, context: Context) -> None:
        verdict = record.verdict
        if verdict.passed:
            return
        why = " ".join(verdict.reasons)
        if verdict.repair:
            raise ForeseenFailure(f"{why} The report is at {address}.")
        # The address first: skipping ends the task by an exception.
        context["ti"].xcom_push(key="return_value", value=address)
        self._skip_followers(why, context)

    def _skip_followers(self, why: str, context: Context) -> None:
        self.log.info("Not passed on: %s", why)
        notify(context, subject=f"{self.stage}: not passed on", message=why)
        # Every depth, not only the direct followers: a task with another trigger rule must not run.
        self.skip(context["ti"], self.get_flat_relatives(upstream=False))
