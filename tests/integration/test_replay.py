"""A training is made again from its record, and has the same bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Record, Result
from airlock.store import Store, open_store
from tests.trained import ORIGIN, ROOT, Trained, trained

Publish = Callable[..., Published]


@dataclass(frozen=True)
class Here:
    """What a replay asks of the settings."""

    stores: Stores
    root: Path = ROOT

    def store(self, zone: str = "store") -> Store:
        return self.stores[zone]  # type: ignore[index]


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"))


@pytest.fixture
def publish(
    training: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Published]:
    """Put the table and the training, with changes to its record, into a store."""
    stores: Stores = {
        "store": open_store(str(tmp_path / "store")),
        "raw": open_store(str(tmp_path / "raw")),
    }
    monkeypatch.setattr(Settings, "read", lambda: Here(stores))
    empty = tmp_path / "empty"
    empty.mkdir()

    def put(record: Record, folder: Path) -> Published:
        stage = record.stage
        result = Result(
            stage=stage,
            version=1,
            inputs={},
            record=record.to_json(),
            data=publication.upload(folder, stage=stage, part="data", zone="store", stores=stores),
            report=publication.upload(
                empty, stage=stage, part="report", zone="store", stores=stores
            ),
            made_by=ORIGIN,
        )
        return publication.publish(stores, result.content, result, tmp_path / "in")

    def both(**changes: Any) -> Published:
        table = put(training.redaction, training.table)
        record = dataclasses.replace(training.record, **{"data": table.result.content} | changes)
        return put(record, training.bundle)

    return both


@pytest.mark.parametrize("by_run", [True, False], ids=["by MLflow run", "by address"])
def test_a_replay_gives_the_same_weights(
    publish: Publish, training: Trained, capsys: pytest.CaptureFixture[str], by_run: bool
):
    address = publish().address

    status = cli.main(["replay", training.record.mlflow_run if by_run else address])

    assert status == 0
    assert "The same weights, bit by bit" in capsys.readouterr().out


def test_what_gives_other_weights_is_compared_metric_by_metric(
    publish: Publish, training: Trained, capsys: pytest.CaptureFixture[str]
):
    altered = publish(training={**training.record.training, "seed": 9}).address

    strict, generous = (
        cli.main(["replay", altered, "--tolerance", given]) for given in ("1e-9", "10")
    )

    said = capsys.readouterr().out
    assert (strict, generous) == (1, 0)
    assert "Other weights" in said
    assert "validation_loss" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"code": "0" * 64}, "is not the one that was trained", id="another source"),
        pytest.param({"training": {}}, "before replays were possible", id="an old record"),
        pytest.param({"training": {"modl": 1}}, "does not read as one", id="an altered spec"),
        pytest.param({"data": "0" * 64}, "is gone", id="the table was deleted"),
    ],
)
def test_what_cannot_be_replayed_is_named(
    publish: Publish, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], said: str
):
    address = publish(**changes).address

    assert cli.main(["replay", address]) == 1
    assert said in capsys.readouterr().err


def test_other_libraries_are_named(
    publish: Publish, training: Trained, capsys: pytest.CaptureFixture[str]
):
    address = publish(libraries={**training.record.libraries, "torch": "1.0"}).address

    cli.main(["replay", address])

    assert "and was 1.0." in capsys.readouterr().out


def test_an_unknown_run_is_named(publish: Publish, capsys: pytest.CaptureFixture[str]):
    publish()

    assert cli.main(["replay", "no-such-run"]) == 1
    assert "no-such-run" in capsys.readouterr().err
