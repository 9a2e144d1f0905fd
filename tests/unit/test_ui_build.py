"""The script that Airflow's UI imports is what its sources say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "plugins/airlock/ui/airlock.js"


def test_the_committed_script_is_built_from_the_committed_sources(tmp_path: Path):
    if shutil.which("npm") is None:
        pytest.skip("There is no node: a user needs none.")
    copy = tmp_path / "ui"
    shutil.copytree(ROOT / "ui", copy, ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "plugins/airlock/ui").mkdir(parents=True)
    for command in ("npm ci --no-audit --no-fund --prefer-offline", "npm run build"):
        done = subprocess.run(command.split(), cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]

    built = tmp_path / "plugins/airlock/ui/airlock.js"
    assert built.read_bytes() == BUILT.read_bytes(), "Run `make ui`, and commit what it writes."
