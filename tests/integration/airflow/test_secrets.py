"""What a model's code and a template find when they look for secrets, on the real Airflow."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

import pytest

from airlock.config.keys import NAMES
from local.home import Home
from local.keys import secret
from local.services import Airflow

_AIRFLOW = ("fernet", "api", "jwt")


@pytest.fixture(scope="module")
def snooped(airflow: Airflow) -> Mapping[str, Mapping[str, str]]:
    run = airflow.client.trigger("snooping")
    states = airflow.client.wait(run, timeout=240)
    assert states == {"train": "failed", "templates": "success"}
    found = airflow.home.var / "raw/snooped"
    return {file.stem: json.loads(file.read_text()) for file in found.glob("*.json")}


def spellings(home: Home) -> Iterator[str]:
    """Every secret of the home, in whatever alphabet somebody may print it."""
    for name in (*NAMES, *_AIRFLOW):
        written = secret(home, name)
        yield written
        yield written.translate(str.maketrans("-_", "+/"))
        yield base64.urlsafe_b64decode(written.translate(str.maketrans("+/", "-_"))).hex()
    yield from json.loads(home.passwords.read_text()).values()


def test_a_stage_that_decides_nothing_finds_no_secret_anywhere(
    airflow: Airflow, snooped: Mapping[str, Mapping[str, str]]
):
    said = snooped["stage"]

    assert [one for one in spellings(airflow.home) if one in json.dumps(said)] == []
    assert said["a signer"] == "SettingsError"
    assert all(said[f"the connection {name}"].startswith("AirflowNotFound") for name in NAMES)


def test_no_template_shows_a_key_or_a_secret_of_a_service(
    airflow: Airflow, snooped: Mapping[str, Mapping[str, str]]
):
    said = snooped["templates"]

    assert len(said) > 50
    shown = {text for text, got in said.items() for one in spellings(airflow.home) if one in got}
    assert shown == set()


def test_nothing_that_is_trusted_was_changed(
    airflow: Airflow, snooped: Mapping[str, Mapping[str, str]]
):
    assert json.loads(airflow.home.trusted_keys.read_text())
    assert not snooped["stage"]["a new trusted key"].startswith("got")
    assert not snooped["stage"]["other trusted keys"].startswith("got")


def test_no_code_was_changed_that_a_service_or_a_deciding_stage_runs(
    snooped: Mapping[str, Mapping[str, str]],
):
    tried = {name: got for name, got in snooped["stage"].items() if "code" in name}

    assert len(tried) == 3
    assert {*tried.values(), snooped["stage"]["what a shell reads"]} == {"PermissionError"}
