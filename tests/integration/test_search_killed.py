"""A search whose trials are killed again and again: the same winner, the same bits."""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from pathlib import Path
from typing import Any

import pytest

from airlock.cli import main as cli
from airlock.testing import Sandbox
from tests.newcomers import bring

FORK = multiprocessing.get_context("fork")
TRAINING = "dags/subscribers_training.py"
SEARCH = """search={
            "trials": 20,
            "space": {
                "learning_rate": {"low": 0.05, "high": 0.3, "log": True},
                "num_leaves": {"low": 3, "high": 15},
            },
        },
        kind="lightgbm", max_epochs=60,"""
KILLS = 8

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_600)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    assert cli.main([*bring("subscribers", root), "--kind", "lightgbm"]) == 0
    dag = root / TRAINING
    dag.write_text(dag.read_text().replace('kind="lightgbm",', SEARCH))
    return root


def attempt(project: Path, folder: Path) -> None:
    """One run of all tasks, as after a clear; what it came to goes into a file."""
    sandbox = Sandbox(folder=folder, project=project)
    run = sandbox.run(TRAINING, rows=project / "var/data/subscribers.csv")
    assert run.passed, run.why
    with sandbox.entered():
        made = json.loads(sandbox._store("store").get(run.values["train"]))
    told = [
        (one.number, one.level, dict(one.settings), one.score, one.bundle)
        for one in run.search.trials
    ]
    found = {
        "winner": run.search.winner,
        "told": told,
        "bundle": sorted((one["path"], one["sha256"]) for one in made["data"]["files"]),
    }
    (folder / "made.json").write_text(json.dumps(found))


def ended(project: Path, folder: Path, *, after: float | None = None) -> bool:
    """Whether a run came to its end; it is killed after so many seconds."""
    one = FORK.Process(target=attempt, args=(project, folder))
    one.start()
    one.join(after)
    if one.is_alive():
        one.kill()
        one.join()
        return False
    assert one.exitcode == 0
    return True


def made(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "made.json").read_text())


def slots(folder: Path) -> set[str]:
    return {path.parent.name for path in (folder / "store/stages/train").rglob("*.json")}


def test_whatever_is_killed_the_winner_is_the_same_and_nothing_is_trained_twice(
    project: Path, tmp_path: Path
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    began = time.monotonic()
    assert ended(project, whole)
    seconds, chance, kills = time.monotonic() - began, random.Random(7), 0

    # Within the part in which trials run: what comes before takes as long as they do.
    while kills < KILLS and not ended(project, killed, after=seconds * chance.uniform(0.1, 0.6)):
        kills += 1
    ended(project, killed)

    assert kills >= 3
    assert made(killed) == made(whole)
    # Twenty settings; none is there a second time, in whichever run it was trained.
    assert len(slots(killed)) == len(slots(whole)) == 20
    generations = list((killed / "store/stages/train").rglob("*.json"))
    assert len(generations) == 20


def test_twenty_cleared_trials_are_found_and_none_is_trained_again(project: Path, tmp_path: Path):
    assert ended(project, tmp_path / "box")
    first, before = made(tmp_path / "box"), slots(tmp_path / "box")

    assert ended(project, tmp_path / "box")

    assert made(tmp_path / "box") == first
    assert slots(tmp_path / "box") == before
