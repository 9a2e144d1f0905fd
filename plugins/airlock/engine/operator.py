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
from airlock.config.settings import Settings
from airlock.core.content import digest
from airlock.core.disk import full_disk
from airlock.core.errors import AirlockError
from airlock.core.quoting import line
from airlock.core.scratch import private_folder
from airlock.engine.child_process import ChildProcess, Later
from airlock.engine.confined import is_confined
from airlock.engine.confined_work import work_confined
from airlock.engine.description import receipt_of, result_of, stage_key, with_page
from airlock.engine.error_reporting import NotBegun, errors_in_words
from airlock.engine.lineage import ToldOfLineage
from airlock.engine.observed import observed, part
from airlock.engine.publishing import publish_once
from airlock.engine.record import Input, Receipt, Record, record_of
from airlock.engine.task import attempt_of
from airlock.engine.translation import translated
from airlock.engine.usage import Meter
from airlock.engine.verdict import obey_verdict, skip_followers

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.core.nights import Every
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.store import Zone


class StageOperator(BaseOperator, SkipMixin, ToldOfLineage):
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
        told_as: what its receipts call it, where another task's may end with the same result.
        asks: whether it waits for people; how long is then no queue of tasks.
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
    told_as: ClassVar[str | None] = None
    asks: ClassVar[bool] = False
    inherits_from_skipmixin = True
    # Of the last operator of `training(...)` and its like: all operators by their task's id.
    tasks: Any = None
    ui_color = "#e8eef7"

    def __init__(self, *, every: Every | None = None, **kwargs: Any) -> None:
        # A text stays one: "[1]" that somebody typed is no list, however the DAG renders.
        super().__init__(**{"render_template_as_native_obj": False, **kwargs})
        self._child = ChildProcess()
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
            observed(self) as meter,
            private_folder(self.stage) as folder,
            granted(self.keys, stage=self.stage),
        ):
            try:
                with (
                    errors_in_words(context, partial(self._translated, context=context)),
                    meter.naming_failures(),
                ):
                    record, published = self._end(context, meter, folder, work)
            except Later as later:
                meter.attempt = None
                raise self.postponed(later) from None
            except NotBegun as refused:
                meter.attempt = None
                skip_followers(self, str(refused), context)
                return ""
        for fact in record.facts():
            self.log.info("%s", line(fact))
        if published is None:
            return ""
        obey_verdict(self, record, published.address, context)
        return published.address

    def _end(
        self, context: Context, meter: Meter, folder: Path, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Published | None]:
        """Obtain the result, and say under every signature that it takes what it is."""
        attempt = replace(attempt_of(context, folder), model=getattr(self, "model", None))
        meter.begin(attempt, self, context)
        began = time.monotonic()
        # Libraries meet a full disk of temporary files in their own words.
        with full_disk(folder):
            record, published, reused = self._obtain(attempt, work)
        due = None if self.asks else getattr(context["dag_run"], "run_after", None)
        meter.obtained(attempt, record, reused=reused, due=due)
        meter.published = published
        if published is None:
            # A look every five minutes that found all as it was is not worth a note.
            meter.attempt = None
            return record, None
        meter.device_seconds = 0.0 if reused else self.device_seconds(attempt, published)
        name, seconds = self.told_as or self.stage, time.monotonic() - began
        receipt = receipt_of(attempt, name, published, reused=reused, seconds=seconds)
        self._seal(attempt, record, published, receipt)
        if attempt.settings.sinks and attempt.model and SIGNING in {*self.keys, *self.seals}:
            from airlock.engine.outbox import try_now

            part("tell")(try_now)(attempt, attempt.model)
        return record, published

    @part("seal")
    def _seal(
        self, attempt: Attempt, record: Record, published: Published, receipt: Receipt
    ) -> None:
        with granted({*self.keys, *self.seals, *attempt.to_seal}, stage=self.stage):
            attempt.give(published, receipt)
            self.announce(attempt, record, published)
            if SIGNING in self.seals:
                from airlock.engine.attested import append_receipt

                append_receipt(attempt, self.model, published)  # type: ignore[attr-defined]  # those have one

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

    @part("obtain")
    def _obtain(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Published | None, bool]:
        from airlock.engine import publication

        read = part("read")(self.read_inputs)(attempt)
        if self.attempted is not None:
            self.attempted.inputs = read
        for name in self.vouched & read.keys():
            attempt.demand_entry(self.model, read[name])  # type: ignore[attr-defined]  # has one
        inputs = {name: one.content for name, one in read.items()}
        key = ""
        if self.reusable:
            key = stage_key(attempt, self.stage, self.version, inputs, self.ingredients(attempt))
            scratch, accept = attempt.scratch / "in", partial(self.may_stand, attempt)
            found = publication.find(attempt.stores, self.stage, key, scratch, accept=accept)
            if found is not None:
                self.log.info("Reusing %s: nothing that decides it has changed.", found.address)
                self.tidy(replace(attempt, key=key))
                return self.record_class().from_json(found.result.record), found, True
        if (why := self.refuses(attempt)) is not None:
            raise NotBegun(why)
        record, attempt = self._worked(replace(attempt, key=key), work)
        if not record.eventful:
            return record, None, False
        result = result_of(attempt, self.stage, self.version, inputs, record, zone=self.zone)
        # A stage that looks at the world anew is named by what it saw.
        key = key or digest([self.stage, self.version, inputs, result.content])
        accept = partial(self.may_stand, attempt)
        published = publish_once(attempt, key, result, accept=accept, known=not self.reusable)
        self.tidy(replace(attempt, key=key))
        made, mine = published.result.made_by, attempt.origin
        reused = (made.dag_id, made.run_id) != (mine.dag_id, mine.run_id)
        return self.record_class().from_json(published.result.record), published, reused

    @part("work")
    def _worked(
        self, attempt: Attempt, work: Callable[[Attempt], Record]
    ) -> tuple[Record, Attempt]:
        """The record, and the attempt in whose folders its files lie."""
        if not is_confined(self, attempt.settings):
            return with_page(attempt, work), attempt
        return work_confined(self, self._child, attempt, work)

    def on_kill(self) -> None:
        """Hand Airflow's word for SIGTERM on to the process that works, if there is one."""
        self._child.stop()

    def may_stand(self, attempt: Attempt, found: Published) -> bool:
        """Whether what lies in the slot already may stand for this stage's own work.

        The slot is no secret, and the code of a model can write to the store: who signs what it
        leaves takes only what an entry of the model's ledger is about, all others also what has
        this installation's seal. Asked also of what another attempt published while this one
        worked; what is equal to its own work always may.
        """
        signs, model = SIGNING in {*self.keys, *self.seals}, getattr(self, "model", None)
        return attempt.may_reuse(found, of=model, signs=signs, judged=self.judged)

    @classmethod
    def record_class(cls) -> type[Record]:
        """The class of the record that `run_stage` returns: that of the stage's own folder."""
        return record_of(cls.stage)
