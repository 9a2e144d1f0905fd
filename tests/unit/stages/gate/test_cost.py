"""A training costs what all its attempts held all its devices for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.core.errors import Unverified
from airlock.engine.record import Folder, Input
from airlock.stages.gate.cost import cost_of
from airlock.stages.train.record import Training
from tests.judged import case


def trained(**training: int) -> Input[Training]:
    made = case().training
    return replace(made, record=replace(made.record, training=training))


def held(folder: Path, text: str | None) -> Path:
    if text is not None:
        (folder / "run.json").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("devices", "text", "price", "cost"),
    [
        pytest.param(1, '{"seconds": 1800.0}', 3.0, 1.5, id="one device"),
        pytest.param(4, '{"seconds": 1800.0}', 3.0, 6.0, id="four devices"),
        pytest.param(4, '{"seconds": 1800.0}', None, None, id="no price"),
        pytest.param(1, None, 3.0, None, id="nobody says how long"),
    ],
)
def test_every_device_is_paid_for_as_long_as_it_was_held(
    tmp_path: Path, devices: int, text: str | None, price: float | None, cost: float | None
):
    def fetch(report: Folder) -> Path:
        return held(tmp_path, text)

    assert cost_of(trained(devices=devices), fetch, device_hour_price=price) == cost


def test_a_training_that_does_not_say_how_many_devices_cannot_be_priced(tmp_path: Path):
    def fetch(report: Folder) -> Path:
        return held(tmp_path, '{"seconds": 1800.0}')

    assert cost_of(trained(), fetch, device_hour_price=3.0) is None


@pytest.mark.parametrize("text", ['{"seconds": -1}', '{"seconds": "NaN"}', "{}", "[]", "?"])
def test_what_is_no_duration_is_refused(tmp_path: Path, text: str):
    def fetch(report: Folder) -> Path:
        return held(tmp_path, text)

    with pytest.raises(Unverified, match="names no duration"):
        cost_of(trained(devices=1), fetch, device_hour_price=3.0)
