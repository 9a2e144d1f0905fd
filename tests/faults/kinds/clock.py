"""Clocks that are wrong, and nights that are not 24 hours long.

A stage is handed its time: what reads the clock is the engine, and `time.time` in what sweeps.
"""

from __future__ import annotations

import datetime as clock
import importlib
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from tests.faults.catalog import fault
from tests.faults.world import NIGHT, World

DAY, HOUR = clock.timedelta(days=1), clock.timedelta(hours=1)


def shifted(by: clock.timedelta) -> Callable[[], None]:
    """What makes the clock of a process wrong: for Airlock, and for whoever asks `time`."""

    def shift() -> None:
        real = clock.datetime

        class Wrong(real):  # type: ignore[valid-type, misc]  # the class itself
            @classmethod
            def now(cls, tz: clock.tzinfo | None = None) -> clock.datetime:
                return real.now(tz) + by

        for module in _readers():
            module.datetime = Wrong  # type: ignore[attr-defined]  # as the module calls it
        asked = time.time
        time.time = lambda: asked() + by.total_seconds()

    return shift


def _readers() -> list[ModuleType]:
    """The modules of the engine that read the clock, wherever it is read today."""
    import airlock.engine

    found = [
        importlib.import_module(f"airlock.engine.{name}")
        for folder in airlock.engine.__path__
        for name in (path.stem for path in sorted(Path(folder).glob("*.py")))
        if "datetime.now(" in (Path(folder) / f"{name}.py").read_text()
    ]
    assert found, "the engine reads no clock: this fault would break nothing"
    return found


def _wrong(name: str, by: clock.timedelta, task: str) -> None:
    @fault(
        f"clock {name} at {task}",
        broken=f"The clock of the machine that runs `{task}` is {name}.",
        promised="Sequence orders, time informs: the ledger stays valid and the run goes on.",
        level="stage",
        ready=True,
        after=("scoring",),
    )
    def wrong(world: World) -> str:
        run = world.before(task)
        run.rest(task, broken={task: shifted(by)})
        times = [entry["at"] for entry in world.site.entries()]
        order = "in order" if times == sorted(times) else "not in order"
        return f"{len(times)} entries, their times {order}"


for _task in ("gate", "promote"):
    _wrong("one day forward", DAY, _task)
    _wrong("one hour back", -HOUR, _task)
_wrong("one day forward", DAY, "score")


@fault(
    "clock one day forward in an approval",
    broken="The worker that concludes an approval is a day ahead; the answer came in time.",
    promised="What counts is when Airflow says it was answered: the yes stands, once.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _approval(world: World) -> str:
    from tests.faults.kinds.people import asking, yes

    run = asking(world)
    ended = run.once("approve", event=yes("grace"), broken=shifted(DAY))
    assert ended.state == "success", ended
    run.rest("promote")
    return "approved, promoted"


@fault(
    "clock one day forward at gc",
    broken="gc runs on a machine whose clock is a day ahead, while a night is trained.",
    promised="Nothing that a run needs is deleted.",
    level="stage",
    after=("scoring",),
)
def _gc(world: World) -> str:
    run = world.before("train")
    ended = world.operate("gc", broken=shifted(DAY))
    assert ended.state == "success", ended
    run.rest("train")
    return "the run went on over it"


@fault(
    "clock jumps back during break-glass",
    broken="Reconcile runs on a clock an hour behind the one that broke the glass.",
    promised="The champion does not fall back early, and does so in time.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _glass(world: World) -> str:
    from tests.faults.kinds.people import glass_broken

    glass_broken(world)
    early = world.operate("reconcile", broken=shifted(-HOUR))
    assert early.state == "success", early
    assert world.site.champion() == 2
    late = world.operate("reconcile", broken=shifted(5 * HOUR))
    assert late.state == "success", late
    assert world.site.champion() == 1
    return "held at -1 h, fell back at +5 h"


def _changing(name: str, day: str) -> None:
    @fault(
        f"the night of the {name} change of clocks",
        broken=f"Nights of Europe/Berlin around {day}, one of which has 23 or 25 hours.",
        promised="`nightly` counts in UTC: each night is run once, under its own date.",
        level="stage",
        after=("scoring",),
    )
    def changing(world: World) -> str:
        from airflow.sdk import CronPartitionTimetable

        from airlock import nightly

        zone = ZoneInfo("Europe/Berlin")
        dates = _nights(nightly("0 2 * * *"), day, zone)
        first = clock.date.fromisoformat(dates[0])
        assert dates == [str(first + n * DAY) for n in range(len(dates))], dates
        world.training(NIGHT).whole(until="validate")
        # Airflow's own, in local time: what somebody gets who writes it instead of `nightly`.
        local = CronPartitionTimetable(
            "30 2 * * *", timezone="Europe/Berlin", run_offset=-1, key_format="%Y-%m-%d"
        )
        theirs = _nights(local, day, zone)
        twice = sorted({date for date in theirs if theirs.count(date) > 1})
        said = f"gives {', '.join(twice)} twice and loses a night" if twice else "does as well"
        return f"`nightly`: {len(dates)} nights, each once; Airflow's at 02:30 in Berlin {said}"


def _nights(timetable: object, day: str, zone: ZoneInfo) -> list[str]:
    """The partition keys of the runs of a week around a day."""
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.definitions.dag import SerializedDAG  # noqa: F401 -- registers
    from airflow.serialization.encoders import encode_timetable
    from airflow.timetables.base import TimeRestriction

    core = decode_timetable(encode_timetable(timetable))
    begin = clock.datetime.fromisoformat(day).replace(tzinfo=zone) - 3 * DAY
    import pendulum

    at = pendulum.instance(begin.astimezone(clock.UTC))
    end = at.add(days=6)
    keys: list[str] = []
    info = core.next_dagrun_info_v2(
        last_dagrun_info=None,
        restriction=TimeRestriction(earliest=at, latest=end, catchup=True),
    )
    while info is not None and info.run_after <= end:
        keys.append(str(info.partition_key)[:10])
        info = core.next_dagrun_info_v2(
            last_dagrun_info=info,
            restriction=TimeRestriction(earliest=at, latest=end, catchup=True),
        )
    return keys


_changing("spring", "2026-03-29")
_changing("autumn", "2026-10-25")
