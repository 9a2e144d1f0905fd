"""MLflow: away, silent, locked, moved, or somebody had a hand in it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from pathlib import Path

from tests.faults.catalog import fault
from tests.faults.kinds.killed import LATE
from tests.faults.site import MODEL
from tests.faults.world import World


def _away(task: str, state: str) -> None:
    @fault(
        f"MLflow server {'away' if state == 'down' else 'silent'} at {task}",
        broken=f"MLflow's server {'refuses connections' if state == 'down' else 'never answers'} "
        f"while `{task}` is tried.",
        promised="An error that a retry can help, within a minute; then it goes on."
        if task not in {"promote", "gate"}
        else "The decision stands; the alias and the card follow with reconcile.",
        level="stage",
        needs=("mlflow",),
        after=("scoring",),
    )
    def away(world: World) -> str:
        run = world.before(task)
        world.lines["mlflow"].be(state)
        ended = run.once(task)
        world.lines["mlflow"].be("up")
        assert ended.seconds < 150, f"it took {ended.seconds:.0f} s"
        if task in {"promote", "gate"}:
            assert ended.state == "success", ended
            if task == "gate":
                run.rest("approve")
            world.settle()
            return f"written in {ended.seconds:.0f} s without MLflow; reconcile did the rest"
        assert ended.state == "again", ended
        run.rest(task)
        return f"after {ended.seconds:.0f} s: “{ended.error[:90]}”; the next try went on"


_away("train", "down")
_away("register", "down")
_away("gate", "down")
_away("promote", "down")
_away("register", "hung")
_away("promote", "hung")


def _locked(task: str, seconds: int) -> None:
    @fault(
        f"MLflow's SQLite locked {seconds} s at {task}",
        broken=f"Somebody holds a write lock on MLflow's SQLite file for {seconds} s.",
        promised="The task waits, or is tried again; nothing is lost or doubled.",
        level="stage",
        ready=task in LATE,
        after=("scoring",),
    )
    def locked(world: World) -> str:
        run = world.before(task)
        began = time.monotonic()
        lock = sqlite3.connect(world.site.folder / "mlflow.db", check_same_thread=False)
        lock.isolation_level = None
        lock.execute("BEGIN EXCLUSIVE")
        free = threading.Timer(seconds, lambda: lock.execute("ROLLBACK"))
        free.start()
        try:
            run.rest(task, repaired=lambda *_: time.sleep(3))
        finally:
            free.join()
            lock.close()
        if task == "promote":
            world.settle()
        looks = f"handed back {run.handed_back(task)} times, {run.used(task)} tries"
        return f"{looks}, {time.monotonic() - began:.0f} s until the end of the run"


_locked("train", 30)
_locked("register", 30)
_locked("promote", 30)


@fault(
    "MLflow's files lost",
    broken="All that MLflow keeps as files is gone; its database and the store are there.",
    promised="Scoring needs none of it; the next night is trained, registered and promoted; "
    "`airlock repair` puts the bundles back.",
    level="stage",
    after=("training", "scoring"),
)
def _files_lost(world: World) -> str:
    shutil.rmtree(world.site.folder / "artifacts")
    (world.site.folder / "artifacts").mkdir()
    world.scoring().whole()
    world.trained()
    return "the night was scored and trained without them"


@fault(
    "MLflow's files of a registered candidate lost",
    broken="After register, MLflow's copy of the candidate is gone; the same night runs again.",
    promised="The store has the bytes: the run goes on, and the bundle is not blocked for ever.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _copy_lost(world: World) -> str:
    shutil.rmtree(world.site.folder / "artifacts")
    (world.site.folder / "artifacts").mkdir()
    run = world.training()
    run.whole()
    return "the same night ran again, and was promoted"


@fault(
    "alias moved by hand",
    broken="Somebody moves MLflow's alias `champion` to another version.",
    promised="Scoring does not care; reconcile puts it right, and is an incident in the ledger.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _alias(world: World) -> str:
    world.before("promote").rest("promote")
    _sql(world, "UPDATE registered_model_aliases SET version = 1 WHERE name = ?", MODEL)
    scores = world.scoring()
    scores.whole()
    world.settle()
    [row] = _sql(world, "SELECT version FROM registered_model_aliases WHERE name = ?", MODEL)
    assert row == (2,), row
    return "scored by version 2; reconcile put the alias back"


@fault(
    "alias deleted by hand",
    broken="Somebody deletes MLflow's alias `champion`.",
    promised="Scoring does not care; reconcile puts it right.",
    level="stage",
    after=("scoring",),
)
def _no_alias(world: World) -> str:
    _sql(world, "DELETE FROM registered_model_aliases WHERE name = ?", MODEL)
    world.scoring().whole()
    world.settle()
    return "scored; reconcile set it again"


@fault(
    "tags of a version lost",
    broken="The tags by which Airlock knows its version in MLflow are gone.",
    promised="The bundle is registered again, as one canonical version.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _tags(world: World) -> str:
    _sql(world, "DELETE FROM model_version_tags WHERE name = ? AND version = 2", MODEL)
    run = world.training()
    run.whole()
    return f"champion is version {world.site.champion()}"


@fault(
    "MLflow database torn",
    broken="MLflow's SQLite file is cut to half, and restored from a copy ten seconds later.",
    promised="register is tried again and goes on once the file is back.",
    level="stage",
    after=("scoring",),
)
def _torn(world: World) -> str:
    run = world.before("register")
    path: Path = world.site.folder / "mlflow.db"
    kept = path.read_bytes()
    path.write_bytes(kept[: len(kept) // 2])
    ended = run.once("register")
    path.write_bytes(kept)
    assert ended.state == "again", ended
    run.rest("register")
    return f"“{ended.error[:110]}”; the next try went on"


def _sql(world: World, statement: str, *about: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(world.site.folder / "mlflow.db") as database:
        return database.execute(statement, about).fetchall()
