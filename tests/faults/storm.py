"""Kills one process after the other while chains run."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from tests.faults.alive import Alive

if TYPE_CHECKING:
    from tests.faults.plant import Plant

CHAINS = int(os.environ.get("AIRLOCK_CHAINS", "30"))
MINUTES = float(os.environ.get("AIRLOCK_MINUTES", "240"))
"""Of the kill storm: so many chains, and none begins after so long."""

ABREAST = int(os.environ.get("AIRLOCK_ABREAST", "3"))
"""So many models are trained beside each other, each by a DAG of its own: most of a chain that is
killed again and again is waiting for its next try."""

PACE = float(os.environ.get("AIRLOCK_PACE", "1"))
"""How much more slowly it kills than every 5 to 20 s."""

GRACE = float(os.environ.get("AIRLOCK_GRACE", "90"))
"""So many seconds a service that came up is left to work."""


@contextlib.contextmanager
def storm(plant: Plant, *, seed: int) -> Iterator[None]:
    """Kill something every 5 to 20 s, of any kind that lives, and start it again.

    A service that came up works for a while before it may be next: on a machine on which starting
    takes longer than 20 s nothing would ever begin. Tasks and what they start have no such grace.
    """
    over, chance = threading.Event(), random.Random(seed)
    alive = Alive(plant, for_seconds=GRACE)
    plant.killed.clear()

    def rage() -> None:
        while not over.is_set():
            alive.services()
            _wait_for_prey(plant, over, PACE * chance.uniform(5, 20))
            if victim := _victim(plant, alive, chance):
                name, pid = victim
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    plant.killed[name] += 1
            over.wait(0.5)
            plant.revive()

    raging, plant.calm = threading.Thread(target=rage), False
    raging.start()
    try:
        yield
    finally:
        over.set()
        raging.join()
        plant.calm = True
        plant.revive()


def abreast(plant: Plant, models: Sequence[str], work: Callable[[str], object]) -> None:
    """Do something with several models at once; what ends one of them ends all."""
    try:
        with ThreadPoolExecutor(len(models)) as pool:
            try:
                for done in as_completed([pool.submit(work, model) for model in models]):
                    done.result()
            except BaseException:
                # Whoever waits for a run would wait on, and start services again.
                plant.closed = True
                raise
    finally:
        plant.closed = False


def _wait_for_prey(plant: Plant, over: threading.Event, seconds: float) -> None:
    """Wait that long; less where something lives that seldom does and has not died yet."""
    until, earliest = time.monotonic() + seconds, time.monotonic() + seconds / 4
    while time.monotonic() < until and not over.wait(0.5):
        seldom = {kind for kind, _, _ in plant.working()} - plant.killed.keys()
        if seldom and time.monotonic() > earliest:
            return


def _victim(plant: Plant, alive: Alive, chance: random.Random) -> tuple[str, int] | None:
    """One of those that live, of any kind; first of all what lives shortest."""
    found = alive.services() | {kind: pid for kind, pid, _ in plant.working()}
    if not found:
        return None
    name = "smoke process" if "smoke process" in found else chance.choice(sorted(found))
    return name, found[name]
