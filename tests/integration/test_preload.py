"""What the scheduler imports before it forks: whole, and usable in the forked task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SCHEDULER = """
import json, os, sys, threading
from airlock import listener

listener.preload()
import torch

threads = [thread.name for thread in threading.enumerate()]
reader, writer = os.pipe()
if os.fork() == 0:
    import pandas, airlock.stages.train.stage, airlock.stages.validate.stage
    figure = float(torch.ones(64, 64).matmul(torch.ones(64, 64)).sum())
    os.write(writer, json.dumps(figure).encode())
    os._exit(0)
figure = json.loads(os.read(reader, 1000))
print(json.dumps({
    "loaded": [name for name in listener.LIBRARIES if name in sys.modules],
    "cuda": torch.cuda.is_initialized(),
    "missing": [
        name
        for names in (
            listener._stages(), listener._kinds(), listener._authored(), listener._rooms()
        )
        for name in names
        if name not in sys.modules
    ],
    # What torch itself imports only once a program is exported or loaded.
    "late": [name for name in ("torch._dynamo", "networkx", "sympy") if name not in sys.modules],
    "unprepared": [name for name in listener.PREPARATIONS if not listener._try_prepare(name)],
    "threads": threads,
    "figure": figure,
}))
"""


def test_a_forked_task_finds_every_library_loaded_and_cuda_untouched(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULER],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    from airlock.listener import LIBRARIES

    found = json.loads(done.stdout.splitlines()[-1])
    assert found["loaded"] == list(LIBRARIES)
    assert found["cuda"] is False
    # A thread does not survive a fork, and a lock that it held would stay locked.
    assert found["threads"] == ["MainThread"]
    assert found["figure"] == 64**3
    assert found["missing"] == []
    assert found["unprepared"] == []
    assert found["late"] == []
