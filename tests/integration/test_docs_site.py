"""The documentation as a site: every link and every generated page, strictly."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(name) is None:
            missing = f"{name} is not installed: its versions ask for Python 3.11.5 or later"
            if os.environ.get("CI") == "true" and sys.version_info >= (3, 11, 5):
                pytest.fail(missing)
            pytest.skip(missing)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", str(folder)]
    built = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, f"{built.stdout}\n{built.stderr}"
    return folder


def test_the_site_builds_without_a_warning(site: Path):
    assert (site / "index.html").exists()


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param("cli", "airlock init", id="commands"),
        pytest.param("configuration", "model_packages", id="options"),
        pytest.param("rest", "/airlock/runs/", id="routes"),
        pytest.param("python", "TrainSpec", id="public names"),
    ],
)
def test_what_is_generated_is_there(site: Path, page: str, said: str):
    assert said in (site / f"reference/{page}.html").read_text()


def test_nothing_is_loaded_from_elsewhere(site: Path):
    page = (site / "index.html").read_text()

    assert "fonts.googleapis" not in page
    assert "cdn." not in page
