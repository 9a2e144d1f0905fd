"""Killed at any moment, the next attempt scores the night: no row twice, none lost."""

from __future__ import annotations

import base64
import multiprocessing
import random
import time
from pathlib import Path

import pytest
import torch

from airlock.catalogs.predictions import partitions
from airlock.config.settings import Settings
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import open_store
from tests.scored import NIGHTS, World
from tests.trained import trained

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    signer = Signer.from_seed(base64.b64encode(bytes(32)).decode())
    trusted = TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()})
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    ledger = Ledger(stores["store"], "churn", trusted=trusted, signer=signer)
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    made = World(stores, ledger, tmp_path)
    made.crown(trained(tmp_path / "trained"), 1)
    return made


def attempt(world: World, night: str) -> None:
    # The parent has used torch's threads, which a fork does not have.
    torch.set_num_threads(1)
    world.score(night, table_of=NIGHTS[0])


def process(world: World, night: str) -> multiprocessing.Process:
    one = FORK.Process(target=attempt, args=(world, night))
    one.start()
    return one  # type: ignore[return-value]  # a forked one


def kill_at_random(world: World, times: int) -> None:
    """Kill first attempts, finish second ones, and compare with an undisturbed one."""
    began = time.monotonic()
    whole = process(world, NIGHTS[0])
    whole.join()
    assert whole.exitcode == 0
    seconds = time.monotonic() - began
    expected = world.rows(NIGHTS[0]).drop_columns(["night"])
    for number in range(times):
        night = f"2026-03-{number + 1:02d}"
        first = process(world, night)
        first.join(random.uniform(number % 3, number % 3 + 1) / 3 * seconds)
        first.kill()
        first.join()

        second = process(world, night)
        second.join()

        assert second.exitcode == 0
        assert world.rows(night).drop_columns(["night"]) == expected
        assert len(partitions(world.ledger, night)) == 1


def test_whenever_it_is_killed_every_row_is_scored_once(world: World):
    kill_at_random(world, 3)


@pytest.mark.soak
def test_however_often_it_is_killed_every_row_is_scored_once(world: World):
    kill_at_random(world, 20)
