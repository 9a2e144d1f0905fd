"""What Airflow is told of Airlock's configuration is what there is."""

from __future__ import annotations

import json
from configparser import ConfigParser
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from airlock.config.provider_info import get_provider_info

ROOT = Path(__file__).parents[3]
OPTIONS = get_provider_info()["config"]["airlock"]["options"]


def test_airflow_accepts_the_description():
    schema = json.loads((files("airflow") / "provider_info.schema.json").read_text())

    jsonschema.validate(get_provider_info(), schema)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_stands_in_airflow_cfg_with_a_word_about_it(option: str):
    lines = (ROOT / "airflow.cfg").read_text().partition("[airlock]")[2].splitlines()

    at = next(n for n, line in enumerate(lines) if line.lstrip("# ").startswith(f"{option} ="))
    assert any(line.startswith("# ") for line in lines[max(0, at - 3) : at])


def test_every_option_of_airflow_cfg_is_described():
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "airflow.cfg")

    assert set(config["airlock"]) <= set(OPTIONS)
