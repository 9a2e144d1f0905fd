"""The distribution, built and installed as a user would, and asked by Airflow's plugins manager."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.installed import ROOT, airlock_wheel, fresh_environment

REGISTERED = """
from airflow import plugins_manager

names = [plugin["name"] for plugin in plugins_manager.get_plugin_info()]
print("registered", names.count("airlock"), plugins_manager.get_import_errors())
"""

PROVIDED = """
from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager

[name] = [one for one in ProvidersManager().providers if "airlock" in one]
ProvidersManager().initialize_providers_configuration()
section = conf.getsection("airlock")
print(name, section["notifier"], section["roles"], section["preload"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return airlock_wheel(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_environment(tmp_path_factory.mktemp("fresh") / "venv", [wheel])


@pytest.mark.parametrize("plugins", ["empty", "checkout"])
def test_airflow_finds_the_plugin_exactly_once(python: Path, tmp_path: Path, plugins: str):
    folder = ROOT / "plugins" if plugins == "checkout" else tmp_path

    assert _registered(python, folder, tmp_path) == "registered 1 {}"


def test_a_checkout_without_the_wheel_registers_it_once_as_well(tmp_path: Path):
    assert _registered(Path(sys.executable), ROOT / "plugins", tmp_path) == "registered 1 {}"


def test_the_wheel_holds_the_package_with_its_pages_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()

    tops = {name.split("/")[0].partition("-")[0] for name in names}
    assert tops == {"airlock", "airflow_airlock"}
    missing = {
        str(path.relative_to(ROOT / "plugins"))
        for path in (ROOT / "plugins" / "airlock").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }.difference(names)
    assert not missing


def test_airflow_lists_the_provider_and_documents_its_section(python: Path, tmp_path: Path):
    said = _asked(python, PROVIDED, tmp_path, tmp_path)

    assert said == "airflow-airlock airlock.config.notify.LogNotifier {} True"


def _registered(python: Path, plugins: Path, home: Path) -> str:
    return _asked(python, REGISTERED, plugins, home)


def _asked(python: Path, program: str, plugins: Path, home: Path) -> str:
    asked = subprocess.run(
        [python, "-c", program],
        cwd=home,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        | {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins)}
        | ({"PYTHONPATH": str(plugins)} if plugins != home else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return (asked.stdout.strip().splitlines() or [asked.stderr])[-1]
