"""The store is an S3, and the line to it is cut, held, slow, or loses what was said."""

from __future__ import annotations

import threading
import time

from tests.faults.catalog import fault
from tests.faults.kinds.killed import LATE
from tests.faults.tasks import TRAINING, Try
from tests.faults.world import World

BOUND = 90
"""Seconds in which a task has to give up; a busy machine adds to the 60 that are promised."""


def _away(task: str) -> None:
    @fault(
        f"S3 away at {task}",
        broken=f"S3 refuses connections while `{task}` is tried, then it is back.",
        promised="Within a minute it is handed back, which uses up no try; then it goes on.",
        level="stage",
        needs=("s3",),
        ready=task in LATE,
        after=("scoring",),
    )
    def away(world: World) -> str:
        run = world.before(task)
        world.lines["s3"].be("down")
        ended = run.once(task)
        world.lines["s3"].be("up")
        return _recovered(run, task, ended)


for _task in (*TRAINING, "score"):
    _away(_task)


def _recovered(run, task: str, ended: Try) -> str:
    assert (ended.state, ended.counts) == ("again", False), ended
    assert ended.seconds < BOUND, f"it took {ended.seconds:.0f} s to say so"
    run.rest(task)
    return f"after {ended.seconds:.0f} s: “{ended.error[:100]}”; the next try went on"


@fault(
    "S3 hangs at promote",
    broken="S3 takes connections and never answers.",
    promised="Within a minute it is handed back, which uses up no try.",
    level="stage",
    needs=("s3",),
    ready=True,
    after=("scoring",),
)
def _hangs(world: World) -> str:
    run = world.before("promote")
    world.lines["s3"].be("hung")
    task = run.start("promote")
    task.process.join(BOUND)
    alive = task.process.is_alive()
    world.lines["s3"].be("up")
    if alive:
        task.kill()
    assert not alive, f"it still waited after {BOUND} s"
    return _recovered(run, "promote", task.end())


def _flickers(task: str, state: str, what: str) -> None:
    @fault(
        f"S3 {what} at {task}",
        broken={
            "torn": "Answers of S3 are cut in the middle, for three seconds at a time.",
            "deaf": "S3 does what it is asked, and its answers are lost, three seconds at a time.",
        }[state],
        promised="Whatever was written is found, not written twice; the run ends well.",
        level="stage",
        needs=("s3",),
        ready=task in LATE,
        after=("scoring",),
    )
    def flickers(world: World) -> str:
        run = world.before(task)
        before = world.site.kinds()
        line, over = world.lines["s3"], threading.Event()

        def flicker() -> None:
            for _ in range(4):
                line.be(state)
                over.wait(3)
                line.be("up")
                over.wait(0.3)

        breaker = threading.Thread(target=flicker)
        breaker.start()
        try:
            run.once(task)
        finally:
            over.set()
            breaker.join()
        tries = run.last.state
        run.rest(task)
        # What a stage says of its own page may be said by each.
        new = [kind for kind in world.site.kinds()[len(before) :] if kind != "recorded"]
        assert len(new) == len(set(new)), new
        return f"the first try ended as {tries}; written meanwhile: {', '.join(new) or 'nothing'}"


for _task in ("gate", "promote", "score"):
    _flickers(_task, "deaf", "loses its answers")
_flickers("score", "torn", "cuts its answers")


def _outage(seconds: int) -> None:
    @fault(
        f"S3 away for {seconds} s in a chain",
        broken=f"S3 is away for {seconds} s, from the middle of a chain on.",
        promised="The task is handed back until S3 is there; the chain ends well, one try each.",
        level="stage",
        needs=("s3",),
        ready=True,
        after=("scoring",),
    )
    def outage(world: World) -> str:
        run = world.before("gate")
        line, began = world.lines["s3"], time.monotonic()
        line.be("down")
        back = threading.Timer(seconds, lambda: line.be("up"))
        back.start()
        try:
            run.rest("gate")
        finally:
            back.join()
        looks, used = run.handed_back("gate"), run.used("gate")
        assert (looks > 0, used) == (True, 1), f"handed back {looks} times, {used} tries"
        return f"handed back {looks} times, one try, {time.monotonic() - began:.0f} s"


_outage(60)
_outage(300)
