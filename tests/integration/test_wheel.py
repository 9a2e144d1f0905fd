"""The distribution, built and installed as a user would, and asked by Airflow's plugins manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

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
    # Not in the checkout: the build leaves an egg-info in plugins/, which registers a plugin too.
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "plugins", source / "plugins", ignore=ignored)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [wheel] = (source / "dist").glob("airflow_airlock-*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel and sees this one's libraries."""
    environment = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(environment)
    python = environment / "bin" / "python"
    paths = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        capture_output=True,
    )
    return python


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
