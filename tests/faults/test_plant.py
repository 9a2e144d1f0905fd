"""Who watches over services starts each of them again once."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.plant import Plant
from tests.faults.storm import abreast


def test_several_who_look_start_a_service_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    nothing: Any = None
    plant = Plant(
        home=nothing, folder=tmp_path, client=nothing, environment={}, line=nothing, mlflow=0
    )
    dead = SimpleNamespace(process=SimpleNamespace(poll=lambda: 0, pid=2**22 + 1))
    alive = SimpleNamespace(process=SimpleNamespace(poll=lambda: None))
    plant.running["scheduler"] = dead  # type: ignore[assignment]  # all that is asked of it
    started = []

    def start(name: str) -> None:
        time.sleep(0.05)
        started.append(name)
        plant.running[name] = alive  # type: ignore[assignment]  # as above

    monkeypatch.setattr(plant, "start", start)
    looking = [threading.Thread(target=plant.revive) for _ in range(3)]
    for one in looking:
        one.start()
    for one in looking:
        one.join()

    assert started == ["scheduler"]


def test_what_ends_one_model_of_a_storm_ends_all():
    plant: Any = SimpleNamespace(closed=False)

    def work(model: str) -> None:
        assert model != "first", "it failed"
        while not plant.closed:
            time.sleep(0.01)

    with pytest.raises(AssertionError, match="it failed"):
        abreast(plant, ("first", "second"), work)

    assert not plant.closed
