"""Measures what an attempt takes, and writes it beside the run."""

from __future__ import annotations

import logging
import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    from airlock.catalogs.usage import Ended, Energy, Usage
    from airlock.config.prices import Prices
    from airlock.engine.attempt import Attempt
    from airlock.engine.operator import StageOperator
    from airlock.engine.publication import Published
    from airlock.engine.record import Input, Record

log = logging.getLogger(__name__)
_RAPL = Path("/sys/class/powercap")
_MICROJOULES = 3.6e9  # of a watt hour


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of this process and this machine at one moment."""

    wall: float
    cpu: float
    io: Mapping[str, int]
    rapl: Mapping[str, int]
    nvml: Mapping[int, int]

    @classmethod
    def now(cls) -> Reading:
        """Those of now."""
        used = os.times()
        # A short attempt takes less than the tick by which the kernel counts for os.times.
        cpu = time.process_time() + used.children_user + used.children_system
        return cls(time.monotonic(), cpu, _io(), _rapl(), _nvml())


@dataclass
class Meter:
    """One attempt while it runs; what is not known is filled in as it becomes so."""

    began: Reading = field(default_factory=Reading.now)
    attempt: Attempt | None = None
    stage: str = ""
    model: str | None = None
    map_index: int = -1
    ended: Ended = "failed"
    device_seconds: float | None = None
    devices: int = 0
    known: float = 0.0  # when the attempt's own time was read
    queue_seconds: float | None = None
    rows: int | None = None
    failure: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    whole: Attempt | None = None  # also where nothing is written down
    inputs: Mapping[str, Input[Any]] = field(default_factory=dict)
    record: Record | None = None
    published: Published | None = None

    def begin(self, attempt: Attempt, task: StageOperator, context: Mapping[str, Any]) -> None:
        """Say whose attempt it is; from here on it is written down."""
        self.attempt = self.whole = attempt
        self.stage, self.model = task.stage, model_of(task)
        self.devices, self.known = task.devices, time.monotonic()
        index = getattr(context["ti"], "map_index", -1)
        self.map_index = -1 if index is None else int(index)
        self.told["night"] = attempt.night

    def obtained(
        self, attempt: Attempt, record: Record, *, reused: bool, due: datetime | None
    ) -> None:
        """Say what the attempt came to.

        Args:
            due: when its run was to begin, UTC; None for what waits for people.
        """
        self.ended, self.record = "reused" if reused else "done", record
        rows = getattr(record, "rows", None)
        self.rows = rows if isinstance(rows, int) else None
        if due is not None and attempt.origin.try_number == 1:
            waited = attempt.now - max([due, *attempt.ends])
            self.queue_seconds = round(max(waited.total_seconds(), 0.0), 3)
        if not record.verdict.passed:
            self.failure = "Verdict" if record.verdict.repair else ""
        self.told |= {"reused": reused, "passed": record.verdict.passed}

    @contextmanager
    def naming_failures(self) -> Iterator[None]:
        """Keep the class of what ends a block."""
        try:
            yield
        except Exception as error:
            self.failure = type(error).__name__
            raise

    def usage(self, attempt: Attempt) -> Usage:
        """What was taken up to now."""
        from airlock.catalogs.usage import NOBODY, Usage

        now, prices = Reading.now(), attempt.settings.prices
        wall, cpu = now.wall - self.began.wall, now.cpu - self.began.cpu
        took = self.device_seconds
        if took is None and self.devices:
            # It failed before anybody knew how long it fitted: it had them all the while.
            took = wall * self.devices
        reused = self.ended == "reused"
        return Usage(
            model=self.model or NOBODY,
            stage=self.stage,
            dag_id=attempt.origin.dag_id,
            run_id=attempt.origin.run_id,
            task_id=attempt.origin.task_id,
            try_number=attempt.origin.try_number,
            map_index=self.map_index,
            ended=self.ended,
            wall_seconds=round(wall, 3),
            cpu_seconds=round(cpu, 3),
            device_seconds=None if took is None else round(took, 3),
            peak_rss_bytes=peak_rss(),
            read_bytes=_grown(self.began.io, now.io, "read_bytes"),
            written_bytes=_grown(self.began.io, now.io, "write_bytes"),
            processor=processor_energy(self.began, now, prices),
            devices=device_energy(self.began, now, prices, took) if took else None,
            money=0.0 if reused else money(cpu, took, prices),
            currency=prices.currency,
            spot=prices.spot,
            queue_seconds=self.queue_seconds,
            rows=self.rows,
            failure=self.failure,
            at=attempt.now + timedelta(seconds=now.wall - self.known),
        )


@contextmanager
def metered(send: Callable[[Usage], None] = lambda _: None) -> Iterator[Meter]:
    """Measure a block; what it took is written down however it ends, and never ends it.

    Args:
        send: is given it as well.
    """
    meter = Meter()
    try:
        yield meter
    finally:
        if meter.attempt is not None:
            _note(meter, meter.attempt, send)


def money(cpu_seconds: float, device_seconds: float | None, prices: Prices) -> float | None:
    """What an attempt costs; None where nobody set a price for what it took.

    Processors have a price of their own: where only devices have one, an attempt that used none
    has no price, and one that did costs its devices.
    """
    cost = None
    if prices.core_hour is not None:
        cost = cpu_seconds / 3600 * prices.core_hour
    if prices.device_hour is not None and device_seconds:
        cost = (cost or 0.0) + device_seconds / 3600 * prices.device_hour
    return None if cost is None else round(cost, 6)


def processor_energy(began: Reading, now: Reading, prices: Prices) -> Energy:
    """By the processor's counter, or by busy time at what the settings say a core takes."""
    from airlock.catalogs.usage import Energy

    grown = [_since(began.rapl[one], now.rapl[one], one) for one in began.rapl if one in now.rapl]
    if grown:
        return Energy(watt_hours=round(sum(grown) / _MICROJOULES, 6), method="rapl", scope="node")
    if prices.core_watts is not None:
        hours = (now.cpu - began.cpu) / 3600
        return Energy(watt_hours=round(hours * prices.core_watts, 6), method="tdp", scope="process")
    return Energy(watt_hours=None, method="none", scope="process")


def device_energy(began: Reading, now: Reading, prices: Prices, seconds: float) -> Energy:
    """By the GPUs' counters, or by busy time at what the settings say a device takes."""
    from airlock.catalogs.usage import Energy

    grown = [now.nvml[one] - began.nvml[one] for one in began.nvml if one in now.nvml]
    if grown:
        millijoules = float(sum(grown))
        return Energy(watt_hours=round(millijoules / 3.6e6, 6), method="nvml", scope="node")
    if prices.device_watts is not None:
        hours = seconds / 3600
        return Energy(
            watt_hours=round(hours * prices.device_watts, 6), method="tdp", scope="process"
        )
    return Energy(watt_hours=None, method="none", scope="process")


def peak_rss() -> int:
    """The most memory that this process or one of its children held, in bytes."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024


def model_of(task: StageOperator) -> str | None:
    """A stage without a model belongs to that of its DAG, if there is one."""
    own: str | None = getattr(task, "model", None)
    if own is not None or not task.has_dag():  # type: ignore[no-untyped-call]  # of Airflow
        return own
    every = (getattr(one, "model", None) for one in task.dag.tasks)
    named = {str(one) for one in every if one}
    return named.pop() if len(named) == 1 else None


def _note(meter: Meter, attempt: Attempt, send: Callable[[Usage], None]) -> None:
    from airlock.catalogs.usage import note_usage

    try:
        usage = meter.usage(attempt)
        note_usage(attempt.stores["store"], usage)
    except (AirlockError, OSError, ValueError) as error:
        # Nothing is decided by it that a missing one would not stop.
        log.warning("What this attempt took is not written down (%s).", type(error).__name__)
        return
    send(usage)
    told = ("ended", "failure", "rows", "cpu_seconds", "queue_seconds", "money")
    meter.told |= {name: getattr(usage, name) for name in told}
    log.info(
        "Took %.1f s, %.1f CPU s, %.0f MB at most.",
        *(usage.wall_seconds, usage.cpu_seconds, usage.peak_rss_bytes / 1e6),
    )


def _io() -> dict[str, int]:
    """Bytes that this process and its ended children moved to and from disk."""
    try:
        rows = Path("/proc/self/io").read_text().splitlines()
        return {name: int(value) for name, _, value in (row.partition(": ") for row in rows)}
    except (OSError, ValueError):
        return {}


def _grown(before: Mapping[str, int], after: Mapping[str, int], name: str) -> int | None:
    return after[name] - before[name] if name in before and name in after else None


def _rapl() -> dict[str, int]:
    """Microjoules of every processor package; most machines let only root read them."""
    found = {}
    for zone in sorted(_RAPL.glob("intel-rapl:*")):
        # Packages alone: what lies within one is counted in it.
        if zone.name.count(":") != 1:
            continue
        try:
            found[str(zone)] = int((zone / "energy_uj").read_text())
        except (OSError, ValueError):
            continue
    return found


def _since(before: int, after: int, zone: str) -> int:
    """What a counter grew by; it begins anew at its own largest value."""
    if after >= before:
        return after - before
    try:
        return after + int((Path(zone) / "max_energy_range_uj").read_text()) - before
    except (OSError, ValueError):
        return after


def _nvml() -> dict[int, int]:
    """Millijoules of every GPU that this process may see, since its driver was loaded."""
    if not Path("/dev/nvidiactl").exists():
        return {}
    try:
        # Comes with NVIDIA's own tools; nothing asks for it, and nothing is missed without.
        import pynvml  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return {}
    found: dict[int, int] = {}
    try:
        pynvml.nvmlInit()
        for at in range(pynvml.nvmlDeviceGetCount()):
            handle: Any = pynvml.nvmlDeviceGetHandleByIndex(at)
            found[at] = int(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return {}
    return found
