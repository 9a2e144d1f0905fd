"""A store with one scored night, for commands that read what was predicted."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.config.settings import Settings
from airlock.engine.publication import Stores
from airlock.ledger import Ledger, Signer, TrustedKeys
from tests.scored import NIGHTS, World
from tests.trained import Trained, trained


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def empty_world(
    stores: Stores,
    signer: Signer,
    trusted: TrustedKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Nobody is champion yet; commands find this store in their settings."""

    def ledger(model: str) -> Ledger:
        return Ledger(stores["store"], model, trusted=trusted, signer=signer)

    made = World(stores, ledger("churn"), tmp_path)
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: made.settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger(model))
    return made


@pytest.fixture
def world(empty_world: World, bundle: Trained) -> World:
    """A champion that scored two nights."""
    empty_world.crown(bundle, 1)
    for night in NIGHTS:
        empty_world.score(night, unsure_below=0.65, review=("plan", "note"))
    return empty_world
