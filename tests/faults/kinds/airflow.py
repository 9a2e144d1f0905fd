"""A real Airflow, whose processes are killed or away while chains run."""

from __future__ import annotations

import itertools
import os
import signal
import time

from tests.faults.catalog import fault
from tests.faults.plant import MODELS, Plant
from tests.faults.storm import ABREAST, CHAINS, MINUTES, PACE, abreast, storm


def _through(plant: Plant, run, *, clears: int = 1, timeout: float = 1200) -> int:
    """Wait until a run has promoted its candidate; how often a person had to clear it."""
    for cleared in range(clears + 1):
        states = plant.ended(run, timeout=timeout)
        if set(states.values()) == {"success"}:
            return cleared
        if cleared < clears:
            plant.clear(run)
            time.sleep(5)
    raise AssertionError(f"{run.run_id} did not end well: {states}")


def _ended(plant: Plant, run, hit: str) -> str:
    """Wait for a run that must end well by itself; what to say of it."""
    _through(plant, run, clears=0)
    again = {task: tries for task, tries in plant.tries(run).items() if tries > 1}
    more = ", ".join(f"{tries} tries of {task}" for task, tries in again.items())
    return f"{hit}; green with {more or 'one try of each task'}"


@fault(
    "kill storm",
    broken="Every 5 to 20 s a random process is killed: scheduler, API server, DAG processor, "
    "triggerer, MLflow, workers, tasks and the smoke process; whatever watches over services "
    "starts them again.",
    promised="Every chain ends well, some of them after a person cleared what had failed; a chain "
    "after it needs nobody.",
    level="airflow",
)
def _storm(plant: Plant) -> str:
    began = time.monotonic()
    numbers, cleared = itertools.count(), []

    def one_after_the_other(model: str) -> None:
        while next(numbers) < CHAINS and not (cleared and time.monotonic() > began + 60 * MINUTES):
            run = plant.trigger(model)
            cleared.append(_through(plant, run, clears=3, timeout=2 * 3600))

    with storm(plant, seed=7):
        abreast(plant, MODELS, one_after_the_other)
    minutes = (time.monotonic() - began) / 60
    # Nothing is left behind that is in the way of a night in which nothing dies.
    abreast(plant, MODELS, lambda model: _through(plant, plant.trigger(model), clears=0))
    died = ", ".join(f"{count} × {name}" for name, count in sorted(plant.killed.items()))
    return (
        f"{len(cleared)} chains of {ABREAST} models in {minutes:.0f} min, a kill every "
        f"{5 * PACE:.0f} to {20 * PACE:.0f} s, cleared {sum(cleared)} times; killed: {died}"
    )


def _killed(name: str, task: str) -> None:
    @fault(
        f"Airflow's {name} killed",
        broken=f"The {name} gets SIGKILL while `{task}` works, and is started again.",
        promised="The chain ends well without anybody's help.",
        level="airflow",
    )
    def killed(plant: Plant) -> str:
        run = plant.trigger()
        hit = plant.until_task(run, task)
        plant.kill(name)
        return _ended(plant, run, hit)


for _name in ("scheduler", "api-server", "dag-processor", "triggerer"):
    _killed(_name, "train")


def _api_away(seconds: int, task: str) -> None:
    @fault(
        f"API server away for {seconds} s at {task}",
        broken=f"The API server stands still for {seconds} s while `{task}` works.",
        promised="The chain ends well without anybody's help.",
        level="airflow",
    )
    def away(plant: Plant) -> str:
        run = plant.trigger()
        hit = plant.until_task(run, task)
        group = plant.running["api-server"].process.pid
        os.killpg(group, signal.SIGSTOP)
        time.sleep(seconds)
        os.killpg(group, signal.SIGCONT)
        return _ended(plant, run, hit)


for _task in ("snapshot", "train", "register", "gate", "promote"):
    _api_away(60, _task)
_api_away(300, "register")


def _mlflow_away(seconds: int, task: str) -> None:
    @fault(
        f"MLflow away for {seconds} s at {task}",
        broken=f"MLflow's server refuses connections for {seconds} s, from `{task}` on.",
        promised="The task is handed back and goes on by itself; no try is used up.",
        level="airflow",
    )
    def away(plant: Plant) -> str:
        run = plant.trigger()
        hit = plant.until_task(run, task)
        plant.line.be("down")
        waited = plant.handed_back(run, seconds)
        plant.line.be("up")
        said = _ended(plant, run, hit)
        assert waited, "no task was handed back"
        assert max(plant.tries(run).values()) == 1, plant.tries(run)
        return f"{said}; handed back: {', '.join(sorted(waited))}"


_mlflow_away(60, "evaluate")
_mlflow_away(300, "evaluate")


@fault(
    "supervisor killed",
    broken="The process that watches over a task gets SIGKILL while the task works; the task has "
    "nobody to talk to and ends at its next word.",
    promised="The task is noticed, tried again, and its two attempts end as one.",
    level="airflow",
)
def _supervisor(plant: Plant) -> str:
    run = plant.trigger()
    plant.kill_supervisor(run, "train")
    said = _ended(plant, run, "hit with train at work")
    assert plant.tries(run)["train"] > 1, "nobody noticed"
    return said


@fault(
    "two schedulers of one Airflow",
    broken="A second scheduler is started beside the first, and the first one is killed.",
    promised="Every task is run by one of them; the chain ends well.",
    level="airflow",
)
def _schedulers(plant: Plant) -> str:
    plant.start("scheduler-2")
    run = plant.trigger()
    hit = plant.until_task(run, "train")
    first = plant.running.pop("scheduler")
    first.process.kill()
    first.process.wait()
    said = _ended(plant, run, hit)
    plant.kill("scheduler-2")
    del plant.running["scheduler-2"]
    plant.start("scheduler")
    return said


def _database_away(seconds: int, task: str) -> None:
    @fault(
        f"Airflow's PostgreSQL away for {seconds} s at {task}",
        broken=f"Airflow's own database refuses connections for {seconds} s while `{task}` works.",
        promised="Services that end are started again; the chain ends well without anybody's help.",
        level="airflow",
        needs=("postgres",),
    )
    def away(plant: Plant) -> str:
        assert plant.database is not None
        run = plant.trigger()
        hit = plant.until_task(run, task)
        plant.database.be("down")
        time.sleep(seconds)
        plant.database.be("up")
        plant.revive()
        return _ended(plant, run, hit)


_database_away(60, "train")
_database_away(300, "train")
