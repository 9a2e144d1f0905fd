"""Raw rows do not outlive the attempt that held them, even if it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_nobody_else_reads_what_is_written_there_whatever_the_umask_is(umask: int):
    before = os.umask(umask)
    try:
        with private_folder("redact") as folder:
            # By Arrow's C++, by Python, and by another program.
            pq.write_table(pa.table({"a": [1]}), folder / "rows.parquet")
            (folder / "below").mkdir()
            (folder / "below/rows.csv").write_text("raw")
            subprocess.run(["touch", str(folder / "other")], check=True)
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*")}
            mode = folder.stat().st_mode & 0o777
        after = os.umask(umask)
    finally:
        os.umask(before)

    assert mode == modes.pop("below") == modes.pop("tmp") == 0o700
    assert set(modes.values()) == {0o600}
    assert after == umask


def test_what_libraries_put_into_temporary_folders_is_swept_as_well(tmp_path: Path):
    with private_folder("validate") as folder:
        made = Path(tempfile.mkdtemp())
        told = subprocess.run(["sh", "-c", "echo $TMPDIR"], capture_output=True, text=True)

    assert made.is_relative_to(folder)
    assert Path(told.stdout.strip()).is_relative_to(folder)
    assert tempfile.gettempdir() == str(tmp_path)
    assert not made.exists()


def test_a_folder_whose_process_was_killed_before_it_locked_it_goes(tmp_path: Path):
    empty, young = tmp_path / "airlock-gate-1", tmp_path / "airlock-gate-2"
    for folder in (empty, young):
        folder.mkdir()
    os.utime(empty, (time.time() - 120,) * 2)

    with private_folder("gate"):
        assert not empty.exists()
        assert young.exists()


def test_what_somebody_else_called_alike_is_left_alone(tmp_path: Path):
    theirs = tmp_path / "airlock-backup"
    theirs.mkdir()
    (theirs / "models.tar").write_text("theirs")
    link = tmp_path / "airlock-link"
    link.symlink_to(theirs)
    for path in (theirs, theirs / "models.tar"):
        os.utime(path, (time.time() - 9_000,) * 2)

    with private_folder("gate"):
        pass

    assert (link / "models.tar").read_text() == "theirs"


def test_every_command_and_stage_takes_its_temporary_folder_from_here():
    # A folder that is made in another way is not swept after a kill; tests have pytest's.
    sources = [
        path
        for path in (PLUGINS / "airlock").rglob("*.py")
        if path.name != "scratch.py" and path.parent.name != "testing"
    ]
    made = {path.name for path in sources if "airlock-" in _about_temporaries(path.read_text())}

    assert made == set()


def _about_temporaries(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if "tempfile." in line)
