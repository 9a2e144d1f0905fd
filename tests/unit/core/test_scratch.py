"""Raw rows do not outlive the attempt that held them, even if it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airlock.core.scratch import private_folder

PLUGINS = Path(__file__).parents[3] / "plugins"
HOLD = """
import sys, time
from airlock.core.scratch import private_folder
with private_folder("snapshot") as folder:
    (folder / "rows.csv").write_text("raw")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def holder() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    # As if it had been made two minutes ago.
    os.utime(folder / ".lock", (time.time() - 120,) * 2)
    return process, folder


def test_a_folder_goes_with_its_attempt():
    with private_folder("snapshot") as folder:
        (folder / "rows.csv").write_text("raw")

    assert not folder.exists()


def test_what_a_killed_attempt_left_is_removed_by_the_next():
    process, left = holder()
    process.kill()
    process.wait()

    with private_folder("validate"):
        assert not left.exists()


def test_a_folder_in_use_is_left_alone():
    process, used = holder()

    with private_folder("validate"):
        assert (used / "rows.csv").exists()

    process.kill()
    process.wait()
