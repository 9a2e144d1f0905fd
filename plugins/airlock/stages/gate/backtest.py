"""Applies a policy to past runs, from the records that they left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from airlock.core.errors import AirlockError, StoreUnavailable
from airlock.core.scratch import private_folder
from airlock.engine import publication
from airlock.engine.record import Input, R, record_of
from airlock.ledger import Entry, Ledger, State
from airlock.stages.evaluate.record import Evaluation, Speed, read_speed
from airlock.stages.gate.case import Case
from airlock.stages.gate.cost import cost_of
from airlock.stages.gate.record import Decision
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import decide
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import RAN, Training
from airlock.stages.validate.record import Validation
from airlock.store import Store

# Of several sources each snapshot is named by its task.
_SOURCE = "snapshot_"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """One run, judged again.

    Args:
        sequence: the ledger entry of the run.
        run: its id.
        decided: the outcome that the gate wrote down then; None if it did not get that far.
        decision: what the policy says of the same records, with the champion of that time.
        problem: why it cannot say anything; None if it can.
    """

    sequence: int
    run: str
    night: str | None
    decided: str | None
    decision: Decision | None
    problem: str | None = None


def backtests(
    policy: Policy,
    ledger: Ledger,
    store: Store,
    *,
    last: int,
    device_hour_price: float | None = None,
) -> Iterator[BackTest]:
    """Judge the last runs of a model by a policy. Nothing is written.

    Args:
        store: where the records of the runs are; each is verified against the ledger.
        last: how many runs at most, oldest of them first.
        device_hour_price: what an hour of one device costs now; None if nobody said.

    Raises:
        BrokenChain: the ledger does not verify.
        StoreUnavailable: the store does not answer.
    """
    entries = ledger.entries()
    runs = [entry for entry in entries if entry.kind == "run"][-last:] if last else []
    for entry in runs:
        state = State.of(ledger.model, entries[: entry.sequence - 1])
        decision, problem = None, None
        try:
            decision = decide(policy, _case(entry, store, device_hour_price), state)
        except StoreUnavailable:
            raise
        except AirlockError as error:
            problem = str(error)
        yield BackTest(
            sequence=entry.sequence,
            run=entry.body["run"]["run_id"],
            night=entry.body["night"],
            decided=_decided(entry, entries),
            decision=decision,
            problem=problem,
        )


def _case(entry: Entry, store: Store, device_hour_price: float | None) -> Case:
    results: Mapping[str, Any] = entry.body["results"]
    training, evaluation = _read(Training, results, store), _read(Evaluation, results, store)
    return Case(
        snapshot=_table(results, store),
        sources={
            name.removeprefix(_SOURCE): _read(Snapshot, results, store, name=name)
            for name in results
            if name.startswith(_SOURCE)
        },
        validation=_read(Validation, results, store),
        redaction=_read(Redaction, results, store),
        training=training,
        evaluation=evaluation,
        registration=_read(Registration, results, store),
        today=entry.at.date(),
        speed=_speed(evaluation, store),
        cost=_cost(training, store, device_hour_price),
    )


def _speed(evaluation: Input[Evaluation], store: Store) -> Speed | None:
    with private_folder("policy") as scratch:
        folder = publication.fetch({"store": store}, evaluation.result.report, Path(scratch))
        return read_speed(folder)


def _cost(training: Input[Training], store: Store, device_hour_price: float | None) -> float | None:
    with private_folder("policy") as scratch:
        fetch = partial(publication.fetch, {"store": store}, scratch=Path(scratch), only={RAN})
        return cost_of(training, fetch, device_hour_price=device_hour_price)


def _table(results: Mapping[str, Any], store: Store) -> Input[Snapshot]:
    kind = record_of("snapshot" if "snapshot" in results else "prepare")
    table: Input[Any] = _read(kind, results, store)
    return table


def _read(kind: type[R], results: Mapping[str, Any], store: Store, *, name: str = "") -> Input[R]:
    told = results[name or kind.stage]
    found = publication.load(store, told["address"], expected=told["sha256"])
    record = kind.from_json(found.result.record)
    return Input(address=found.address, sha256=found.sha256, result=found.result, record=record)


def _decided(run: Entry, entries: tuple[Entry, ...]) -> str | None:
    """The outcome of the decision that follows a run's entry."""
    name = run.id.removeprefix("run/").rpartition("/")[0]
    later = (one for one in entries[run.sequence :] if one.id.startswith(f"decided/{name}/"))
    return next((str(one.body["outcome"]) for one in later), None)
