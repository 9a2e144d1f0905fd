"""What each attempt of a stage took: time, memory, bytes, energy and money.

    usage/<model>/<month>/<dag>/<run>/<task>-<n>.json     one attempt, written once

A sidecar: no part of a result's name, and under no signature. What nobody measured or priced is
None, which is not 0. An attempt that is killed leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from airlock.core.content import canonical_json
from airlock.core.errors import ObjectMissing, Unverified
from airlock.core.names import level
from airlock.reading import read_json
from airlock.store import Store

Method = Literal["rapl", "nvml", "tdp", "none"]
Scope = Literal["process", "node"]
Ended = Literal["done", "reused", "failed"]
NOBODY = "_"
"""Stands for the model of what is of none, such as gc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy of one part of a machine.

    Args:
        watt_hours: None where nothing measures it and nobody said what it takes.
        method: `rapl` reads the processor's own counter, `nvml` a GPU's; `tdp` multiplies busy
            time with what the settings say a core or a device takes; `none` knows nothing.
        scope: `process` is this attempt alone; `node` everything that ran on the machine meanwhile.
    """

    watt_hours: float | None
    method: Method
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one attempt took.

    Args:
        model: registered name; "_" where it is of no model.
        ended: `reused` found an earlier equal result: it costs 0, whatever that one cost.
        wall_seconds: from its first line to its last.
        cpu_seconds: its own and those of its children that have ended.
        device_seconds: fitting time on every device; None if it failed before anybody knew.
        peak_rss_bytes: the most memory that it or one of its children held, libraries included.
        read_bytes: from disk; None where the kernel does not tell.
        written_bytes: likewise.
        processor: the processor's energy.
        devices: the devices' energy; None where none was used.
        money: in `currency`; None where nobody set a price.
        currency: as the settings name it; "" if they do not.
        spot: whether the machine could be taken away; None if nobody said.
        at: when it ended, UTC.
        queue_seconds: from when all that it reads was there, or its run was due, to its beginning;
            None for a retry, and for what waits for people.
        rows: that its record is about; None where it is about none, or the attempt failed.
        failure: the error's class; `Verdict` where what it found must be repaired; "" for neither.
    """

    model: str
    stage: str
    dag_id: str
    run_id: str
    task_id: str
    try_number: int
    map_index: int
    ended: Ended
    wall_seconds: float
    cpu_seconds: float
    device_seconds: float | None
    peak_rss_bytes: int
    read_bytes: int | None
    written_bytes: int | None
    processor: Energy
    devices: Energy | None
    money: float | None
    currency: str
    spot: bool | None
    at: datetime
    queue_seconds: float | None = None
    rows: int | None = None
    failure: str = ""

    @property
    def watt_hours(self) -> float | None:
        """Of all parts; None if one of them is not known."""
        parts = [self.processor, *([self.devices] if self.devices else [])]
        known = [one.watt_hours for one in parts if one.watt_hours is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def key(self) -> str:
        """Where it lies."""
        run = f"{level(self.dag_id)}/{level(self.run_id)}"
        name = f"{level(self.task_id)}-{self.map_index}-{self.try_number}"
        return f"usage/{self.model}/{self.at:%Y-%m}/{run}/{name}.json"


_USAGE = TypeAdapter(Usage)


def note_usage(store: Store, usage: Usage) -> bool:
    """Write it down, once for each attempt; whether it was the first."""
    return store.create(usage.key, canonical_json(_USAGE.dump_python(usage, mode="json")))


def usages(store: Store, model: str, month: str) -> Iterator[Usage]:
    """What the attempts of a month took.

    Args:
        month: year and month, such as 2026-01.

    Raises:
        Unverified: what lies there is none.
    """
    yield from _below(store, f"usage/{model}/{month}/")


def usages_of_run(store: Store, model: str, month: str, run: tuple[str, str]) -> Iterator[Usage]:
    """What the attempts of one run took within a month.

    Args:
        run: DAG and run id.

    Raises:
        Unverified: what lies there is none.
    """
    yield from _below(store, f"usage/{model}/{month}/{level(run[0])}/{level(run[1])}/")


def months(store: Store, model: str) -> list[str]:
    """The months that something is known of, oldest first."""
    return sorted(store.folders(f"usage/{model}/"))


def models_with_usage(store: Store) -> list[str]:
    """The models that something is known of."""
    return sorted(store.folders("usage/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What several attempts took together.

    Args:
        attempts: of them.
        reused: of these.
        unpriced: of those that did work, how many have no price.
        money: of those that have one; None if none has.
        watt_hours: of those of which it is known; None if of none.
        unmeasured: of those that did work, of how many the energy is not known.
    """

    attempts: int = 0
    reused: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    device_seconds: float = 0.0
    peak_rss_bytes: int = 0
    money: float | None = None
    unpriced: int = 0
    watt_hours: float | None = None
    unmeasured: int = 0
    currency: str = ""

    @classmethod
    def of(cls, some: Iterable[Usage]) -> Total:
        """Added up."""
        every = list(some)
        work = [one for one in every if one.ended != "reused"]
        money = [one.money for one in work if one.money is not None]
        energy = [one.watt_hours for one in work if one.watt_hours is not None]
        named = {one.currency for one in every if one.currency}
        return cls(
            attempts=len(every),
            reused=len(every) - len(work),
            wall_seconds=sum(one.wall_seconds for one in every),
            cpu_seconds=sum(one.cpu_seconds for one in every),
            device_seconds=sum(one.device_seconds or 0.0 for one in every),
            peak_rss_bytes=max((one.peak_rss_bytes for one in every), default=0),
            money=sum(money) if money else (0.0 if every and not work else None),
            unpriced=len(work) - len(money),
            watt_hours=sum(energy) if energy else None,
            unmeasured=len(work) - len(energy),
            currency=", ".join(sorted(named)),
        )

    @property
    def in_words(self) -> str:
        """The money, in a few words; what nobody priced is never 0."""
        if self.money is None:
            return "nobody said what it costs"
        unit = f" {self.currency}" if self.currency else ""
        rest = f", and {self.unpriced:,} attempt(s) without a price" if self.unpriced else ""
        return f"{self.money:,.2f}{unit}{rest}"


def usage_keys(store: Store, model: str, month: str) -> list[str]:
    """Where the attempts of a month left what they took."""
    return [stat.key for stat in store.list(f"usage/{model}/{month}/")]


def usage_at(store: Store, key: str) -> Usage | None:
    """What one attempt took; None if it was deleted meanwhile.

    Raises:
        Unverified: what lies there is none.
    """
    try:
        data = store.get(key)
        read_json(data)
        return _USAGE.validate_json(data)
    except ObjectMissing:
        return None
    except (ValueError, ValidationError):
        raise Unverified(
            f"{key} says of no attempt what it took.", do="Delete it, and find out who wrote it."
        ) from None


def _below(store: Store, prefix: str) -> Iterator[Usage]:
    for stat in list(store.list(prefix)):
        if (one := usage_at(store, stat.key)) is not None:
            yield one
