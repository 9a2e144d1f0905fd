"""Things that happen at once, or in the middle of one another."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.faults.catalog import fault
from tests.faults.kinds.clock import HOUR, shifted
from tests.faults.site import OTHER_SEED, SEED
from tests.faults.tasks import Run
from tests.faults.world import CLEAN, NEXT, World


def abreast(*runs: Run) -> list[dict[str, str]]:
    """Chains side by side, task by task, each as far as it comes."""
    states: list[dict[str, str]] = [{} for _ in runs]
    going = list(range(len(runs)))
    for task in runs[0].tasks:
        started = {at: runs[at].start(task) for at in going}
        for at, one in started.items():
            state = one.end().state
            if state == "again":
                state = runs[at].through(task)[task]
            states[at][task] = state
            if state != "success":
                going.remove(at)
    return states


def _both(name: str, what: str, runs: int) -> None:
    @fault(
        name,
        broken=what,
        promised="One champion, one version, one result for each stage; the others say so.",
        level="process",
        after=("scoring",),
    )
    def both(world: World) -> str:
        before = world.site.kinds().count("promoted")
        states = abreast(*(world.training() for _ in range(runs)))
        assert world.site.kinds().count("promoted") == before + 1
        for stage in ("redact", "train", "evaluate"):
            found = len(world.site.slots(stage))
            assert found <= 1 + runs, f"{found} results of {stage}"
        last = [f"{list(one)[-1]} {list(one.values())[-1]}" for one in states]
        assert any(one.get("promote") == "success" for one in states), states
        return f"they ended at: {', '.join(last)}"


_both("two schedulers on one store", "Two Airflows run the same night on one store.", 2)
_both("three triggers of one night", "A night is triggered three times; the runs are abreast.", 3)


@fault(
    "duplicate triggers of a scoring",
    broken="A night's scoring is triggered three times; the runs are abreast.",
    promised="The night is scored once, and entered once.",
    level="process",
    after=("training",),
)
def _scorings(world: World) -> str:
    states = abreast(*(world.scoring() for _ in range(3)))
    assert {state for one in states for state in one.values()} == {"success"}, states
    entered = list((world.site.folder / "store/predictions").rglob("*/2026-01-06/*.json"))
    assert len(entered) == 1, entered
    return "all three green, one partition"


@fault(
    "promote against rollback",
    broken="A candidate is promoted in the moment in which a person rolls the champion back.",
    promised="One after the other, or one is refused: never a champion judged against another.",
    level="process",
    ready=True,
    after=("scoring",),
)
def _against(world: World) -> str:
    world.before("promote").rest("promote")
    run = world.training(NEXT)
    run.whole(until="approve")
    back = world.operation()
    both = [run.start("promote"), back.start("rollback")]
    promoted, rolled = (one.end().state for one in both)
    kinds = world.site.kinds()
    assert "success" in {promoted, rolled}
    assert (kinds.count("rolled_back"), rolled == "success") in {(1, True), (0, False)}
    return f"promote {promoted}, rollback {rolled}; champion is version {world.site.champion()}"


@fault(
    "gc while scoring",
    broken="gc runs over 40 days old rows and dead attempts while a night is scored and trained.",
    promised="What a run reads or writes stays; the night is whole.",
    level="process",
    after=("scoring",),
)
def _gc(world: World) -> str:
    old = time.time() - 40 * 86_400
    for zone in ("store", "raw"):
        for path in (world.site.folder / zone).rglob("*"):
            os.utime(path, (old, old))
    scores, trains = world.before("score"), world.before("train")
    collecting = world.operation()
    three = [scores.start("score"), trains.start("train"), collecting.start("gc")]
    ended = [one.end().state for one in three]
    assert ended == ["success"] * 3, [one.run.last for one in three]
    trains.rest("evaluate")
    left = len(list((world.site.folder / "raw").rglob("*.parquet")))
    return f"all green; {left} files of rows before redaction are left"


@fault(
    "break-glass during a canary",
    broken="Version 2 answers a share of the keys; a person makes version 3, which was rejected, "
    "champion past the gate, and nobody confirms it.",
    promised="One champion: the canary ends, and the champion before is back after the hours.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _glass(world: World) -> str:
    rule = {"metric": "auroc", "margin": 0.02, "steps": [0.1, 1.0], "nights": 1}
    world.site.rules(canary=rule | {"min_labelled": 10})
    world.before("promote").rest("promote")
    assert world.site.ledger().state().canary is not None
    world.site.rules(
        metrics={"auroc": {"min": 0.999}},
        approval={"break_glass": {"people": ["ada"], "max_hours": 24}},
    )
    assert world.training(NEXT).through()["gate"] == "stopped"
    world.site.rules()
    broken = world.operation(by="ada")
    broken.params["candidate"] = "3"
    assert broken.once("break_glass").state == "success", broken.last
    state = world.site.ledger().state()
    assert (state.champion and state.champion.version, state.canary) == (3, None)
    assert world.operate("reconcile", broken=shifted(5 * HOUR)).state == "success"
    assert world.site.champion() == 1
    return "version 3 for four hours, no canary; then version 1 again"


@fault(
    "erase while training",
    broken="A person is erased while a training reads a table with their rows.",
    promised="Nothing about them stays but a tombstone; the run ends or stops with a reason; the "
    "next one trains without them.",
    level="process",
    after=("scoring",),
)
def _erase(world: World) -> str:
    somebody = _somebody(world.site.deliver("2026-01-06"))
    run = world.before("train")
    training = run.start("train")
    erased = ("erase", "--column-domain", "customer_id")
    said = world.command(*erased, told=f"{somebody}\n")
    ended = training.end()
    states = run.through(*run.tasks[run.tasks.index("evaluate") :])
    again = world.training()
    again.whole(until="register")
    # What the run published after the first look is found by a second one.
    world.command(*erased, told=f"{somebody}\n")
    left = world.command(*erased, "--dry-run", told=f"{somebody}\n")
    assert "No table holds a row" in left, left
    assert _rows(world, again) < 1500
    stopped = next((f"{task} {state}" for task, state in states.items() if state != "success"), "")
    return f"{said.splitlines()[-1]} train {ended.state}, then {stopped or 'to the end'}"


def _somebody(source: Path) -> str:
    return source.read_text().splitlines()[1].split(",")[1]


def _rows(world: World, run: Run) -> int:
    import json

    slot = json.loads((world.site.folder / "store" / (run.xcom / "redact").read_text()).read_text())
    return int(slot["record"]["rows"])


@fault(
    "VERSION raised with runs in flight",
    broken="Every stage's VERSION is raised by an upgrade when a run has come as far as train.",
    promised="The run ends well; the next one of that night computes anew, under other keys.",
    level="stage",
    after=("scoring",),
)
def _upgrade(world: World) -> str:
    run = world.trained(until="train")
    run.rest("evaluate", broken=dict.fromkeys(run.tasks, _raise_versions))
    again = world.training()
    before = len(world.site.slots("train"))
    again.through(broken=dict.fromkeys(again.tasks, _raise_versions))
    assert (again.xcom / "train").read_text() != (run.xcom / "train").read_text()
    assert len(world.site.slots("train")) == before + 1
    return f"promoted as version {world.site.champion()}; the next run trained anew"


def _raise_versions() -> None:
    from airlock import GateOperator

    base = next(one for one in GateOperator.__mro__ if one.__name__ == "StageOperator")
    for one in base.__subclasses__():
        one.version += 1  # type: ignore[attr-defined]  # every stage has one


@fault(
    "key rotated mid-run",
    broken="Between gate and approve the signing key is exchanged for another one.",
    promised="The run ends well under the new key; what the old one signed later counts nowhere.",
    level="stage",
    ready=True,
    after=("training", "scoring"),
)
def _rotated(world: World) -> str:
    run = world.before("approve")
    old = world.site
    world.site.keys(SEED, OTHER_SEED)
    world.site = world.site.changed(seed=OTHER_SEED)
    run.site = world.site
    said = world.command("keys", "rotate")
    run.rest("approve")
    entries = len(world.site.entries())
    late = world.training(CLEAN)
    late.site = old
    states = late.through()
    assert "failed" in states.values(), states
    assert len(world.site.entries()) == entries
    assert "retired" in late.last.error, late.last.error
    return f"{said.splitlines()[0][:60]}; a run with the old key: {late.last.error[:60]}"
