"""Processes that die, stop, or are two."""

from __future__ import annotations

import random
import time

from tests.faults.catalog import fault
from tests.faults.tasks import TRAINING
from tests.faults.world import World

LATE = ("gate", "approve", "promote", "score")
SECONDS = {
    "snapshot": 0.3,
    "validate": 0.3,
    "redact": 0.3,
    "train": 1.5,
    "evaluate": 0.6,
    "register": 5.0,
    "gate": 0.4,
    "approve": 0.2,
    "promote": 0.4,
    "score": 0.6,
}
"""About what each task takes: kills fall anywhere in it."""


def _killed(task: str):
    @fault(
        f"{task} killed",
        broken=f"The process of `{task}` gets SIGKILL at a random moment, three times.",
        promised="The next try ends it; nothing half-made counts.",
        level="process",
        sample=task == "promote",
        ready=task in LATE,
        after=("scoring",),
    )
    def killed(world: World) -> str:
        run = world.before(task)
        moments = [random.uniform(part / 3, (part + 1) / 3) * SECONDS[task] for part in range(3)]
        ended = [run.start(task).kill(after=moment).state for moment in moments]
        run.rest(task)
        died = ended.count("killed")
        return f"{died} of 3 died on the way; the next try went on to the end"


for _task in (*TRAINING, "score"):
    _killed(_task)


def _twice(task: str):
    @fault(
        f"two attempts of {task}",
        broken=f"Two processes of `{task}` of one run work at the same time, to the end.",
        promised="One result; both say the same.",
        level="process",
        ready=task in LATE,
        after=("scoring",),
    )
    def twice(world: World) -> str:
        run = world.before(task)
        before = len(world.site.entries())
        both = [run.start(task) for _ in range(2)]
        ended = [one.end() for one in both]
        assert {one.state for one in ended} <= {"success", "again"}, ended
        assert "success" in {one.state for one in ended}
        addresses = {one.address for one in ended if one.state == "success"}
        assert len(addresses) == 1, addresses
        run.rest(task)
        wrote = len(world.site.entries()) - before
        return f"both at one address; {wrote} ledger entries until the end of the run"


for _task in ("train", "register", "gate", "promote", "score"):
    _twice(_task)


def _woken(task: str):
    @fault(
        f"{task} comes back from the dead",
        broken=f"`{task}` stands still, another try ends the run, then the first one goes on.",
        promised="The late one finds what is there, or is told; the champion stays. All that a "
        "late gate writes is that its candidate is champion already.",
        level="process",
        ready=task in LATE,
        after=("scoring",),
    )
    def woken(world: World) -> str:
        run = world.before(task)
        first = run.start(task)
        first.freeze(after=SECONDS[task] / 2)
        run.rest(task)
        champion, before = world.site.champion(), len(world.site.entries())
        first.thaw()
        late = first.end()
        assert world.site.champion() == champion
        new = world.site.entries()[before:]
        # The gate looks at the world anew, which has this candidate as its champion by now.
        said = [one["body"]["outcome"] for one in new if one["kind"] == "decided"]
        assert said in ([], ["already champion"] if task == "gate" else []), said
        assert {one["kind"] for one in new} <= ({"decided", "recorded"} if said else set()), new
        wrote = "the ledger says that it is champion already" if said else "the ledger is as it was"
        return f"the late try ended as {late.state}; {wrote}"


for _task in ("train", "gate", "promote", "score"):
    _woken(_task)


@fault(
    "smoke process killed",
    broken="The process in which register tries the bundle gets SIGKILL.",
    promised="register is tried again, and the model is registered; nobody calls it broken.",
    level="process",
    after=("scoring",),
)
def _smoke(world: World) -> str:
    import psutil

    run = world.before("register")
    task = run.start("register")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        children = psutil.Process(task.process.pid).children(recursive=True)
        smoke = [one for one in children if "airlock.stages.register.smoke" in one.cmdline()]
        if smoke:
            smoke[0].kill()
            break
        time.sleep(0.02)
    first = task.end()
    assert first.state == "again", f"{first.state}: {first.error}"
    run.rest("register")
    return "the first try asked for another, which registered it"
