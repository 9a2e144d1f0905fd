"""What a task sheds, and what the kernel keeps a stage from that decides nothing.

Each in a process of its own: a process cannot get out again.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SECRET = "tH1s-1s-n0-s3cr3t-f0r-a-task"
NAMES = (
    "AIRFLOW__CORE__FERNET_KEY",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__API_AUTH__JWT_SECRET_CMD",
)

ATTEMPTS = {
    "read": "(secret / 'a.key').read_text()",
    "read a single file": "single.read_text()",
    "read through a link": "(free / 'link' / 'a.key').read_text()",
    "read through /proc": "open(f'/proc/self/root{secret}/a.key').read()",
    "read by another program": "subprocess.run(['cat', secret / 'a.key'], check=True)",
    "write": "(secret / 'a.key').write_text('mine')",
    "make a file there": "(secret / 'b.key').write_text('mine')",
    "truncate": "os.truncate(secret / 'a.key', 0)",
    "delete": "(secret / 'a.key').unlink()",
    "replace": "os.replace(free / 'own', secret / 'a.key')",
    "move the folder away": "secret.rename(secret.with_name('gone'))",
    "put a link beside": "os.symlink(free, secret.with_name('other'))",
    "link it to where it can be read": "os.link(secret / 'a.key', free / 'taken')",
    "the parent's environment": "open(f'/proc/{os.getppid()}/environ').read()",
    "the parent's memory": "open(f'/proc/{os.getppid()}/mem', 'rb').read(0)",
}
ALLOWED = {
    "read": "(free / 'own').read_text()",
    "write": "(free / 'new').write_text('x')",
    "replace": "os.replace(free / 'new', free / 'newer')",
    "what is allowed below": "(secret / 'public.json').read_text()",
    "another program": "subprocess.run(['true'], check=True)",
}

CONFINED = """
import json, os, subprocess, sys
from pathlib import Path
from airlock.config.confinement import confine_process
secret, single, free = map(Path, sys.argv[1:4])
why = confine_process([secret, single], allowed=[secret / "public.json"])
assert why is None, why
said = {}
for name, code in json.loads(sys.argv[4]).items():
    try:
        eval(code)
        said[name] = "done"
    except (OSError, subprocess.CalledProcessError) as error:
        said[name] = type(error).__name__
print(json.dumps(said))
"""

# A project whose keys lie below it, as a checkout's do, and what others run or are set up by.
PROJECT = (
    "dags",
    "plugins/airlock",
    ".venv/lib",
    "var/keys",
    "var/store",
    "code/store",
    "code/lib",
)
KEPT = ("dags/new.py", "dags/old.py", "plugins/airlock/new.py", ".venv/lib/new.pth", "old.cfg")
KEPT += ("code/new.py", "code/lib/new.py", "home/.profile")
FREE = ("var/store/new", "var/store/old", "code/store/new", "home/.cache/new")
WRITING = """
import json, os, sys
from pathlib import Path
from airlock.config.confinement import confine_process
root = Path(sys.argv[1])
why = confine_process(
    [root / "var/keys"],
    kept=[root / name for name in ("dags", "plugins", ".venv", "old.cfg", "code", "home/.profile")],
    room=[root / "var/store", root / "code/store"],
)
assert why is None, why
said = {}
for name in json.loads(sys.argv[2]):
    file = root / name
    before = file.read_text() if file.exists() else ""
    for how, change in {
        "write": lambda: file.write_text("mine"),
        "append": lambda: file.open("a").write("mine"),
        "truncate": lambda: os.truncate(file, 0),
        "replace": lambda: os.replace(root / "var/store/old", file),
        "link": lambda: os.link(root / "var/store/old", file.with_name("linked")),
        "delete": lambda: file.unlink(),
        "a link": lambda: file.with_name("led").symlink_to(root),
    }.items():
        try:
            change()
            said.setdefault(name, []).append(how)
        except OSError:
            pass
print(json.dumps(said))
"""

STAGE = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from airlock.config import confinement
from airlock.config.settings import Settings
from airlock.engine.confined import confine
from airlock.registry import MlflowSettings
from airlock.store import open_store
root = Path(sys.argv[1])
for name in ("scratch", "code/mlflow"):
    (root / name).mkdir()
settings = Settings(
    root=root, sources=(), trusted_keys=root / "var/keys/trusted.json", notifier="",
    notifier_kwargs={}, preload=False, keys=root / "var/keys", withheld=(root / "var/keys",),
)
Settings.mlflow = lambda _: MlflowSettings(tracking_uri=f"sqlite:///{root}/code/mlflow/mlflow.db")
stage = SimpleNamespace(keys=frozenset(), seals=frozenset(), local_files=lambda _: ())
confinement.begin_task()
confine(stage, settings, {"store": open_store(str(root / "var/store"))}, root / "scratch")
said = {}
for name in ("dags/new.py", "old.cfg", "home/.profile", "home/.bash_profile", "home/.cache/new",
             "var/store/new", "scratch/new", "code/mlflow/new"):
    try:
        (root / name).write_text("mine")
        said[name] = True
    except OSError:
        said[name] = False
print(json.dumps(said))
"""

SHED = """
import json, os
from airflow.configuration import conf
from airlock.config.confinement import shed_secrets
conf.get("core", "fernet_key")  # whatever it remembers
shed_secrets()
sections = (("core", "fernet_key"), ("api", "secret_key"), ("api_auth", "jwt_secret"))
print(json.dumps({
    "environment": dict(os.environ),
    "proc": open("/proc/self/environ").read(),
    "child": os.popen("env").read(),
    "conf": [conf.get(section, key, fallback=None) for section, key in sections],
}))
"""


def landlocked() -> bool:
    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) >= 2


needs_landlock = pytest.mark.skipif(not landlocked(), reason="the kernel has no Landlock")


def run(code: str, *arguments: str, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, str, str]:
    secret, single, free = tmp_path / "keys", tmp_path / "passwords.json", tmp_path / "free"
    secret.mkdir()
    free.mkdir()
    (secret / "a.key").write_text(SECRET)
    (secret / "public.json").write_text("{}")
    single.write_text(SECRET)
    (free / "own").write_text("own")
    (free / "link").symlink_to(secret)
    return str(secret), str(single), str(free)


@needs_landlock
def test_a_confined_process_reaches_no_secret_in_any_way(places: tuple[str, str, str]):
    said = run(CONFINED, *places, json.dumps(ATTEMPTS))

    assert [name for name, outcome in said.items() if outcome == "done"] == []
    assert Path(places[0], "a.key").read_text() == SECRET


@needs_landlock
def test_a_confined_process_goes_on_to_work(places: tuple[str, str, str]):
    assert set(run(CONFINED, *places, json.dumps(ALLOWED)).values()) == {"done"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (*PROJECT, "home/.cache"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("dags/old.py", "old.cfg", "var/store/old", "home/.profile"):
        (tmp_path / name).write_text("old")
    return tmp_path


@needs_landlock
def test_a_confined_process_changes_no_code_that_others_run(project: Path):
    assert run(WRITING, str(project), json.dumps(KEPT)) == {}
    assert (project / "dags/old.py").read_text() == "old"


@needs_landlock
def test_a_confined_process_writes_where_it_must_beside_and_within_code(project: Path):
    assert set(run(WRITING, str(project), json.dumps(FREE))) == set(FREE)


@needs_landlock
def test_a_stage_of_a_checkout_can_change_nothing_that_a_service_runs(project: Path):
    (project / "home/.cache").rmdir()
    said = run(STAGE, str(project), HOME=str(project / "home"))

    kept = {"dags/new.py", "old.cfg", "home/.profile", "home/.bash_profile"}
    assert said == dict.fromkeys(kept, False) | {
        "home/.cache/new": True,
        "var/store/new": True,
        "scratch/new": True,
        "code/mlflow/new": True,
    }


def test_a_place_that_must_be_written_and_lies_on_the_way_is_no_place_to_confine(tmp_path: Path):
    from airlock.config.confinement import confine_process

    (tmp_path / "keys").mkdir()

    assert str(tmp_path) in str(confine_process([tmp_path / "keys"], room=[tmp_path]))


def test_a_task_sheds_what_only_services_need(tmp_path: Path):
    said = run(
        SHED,
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        **{name: SECRET if "CMD" not in name else f"echo {SECRET}" for name in NAMES},
    )

    assert SECRET not in json.dumps(said)
    assert not set(NAMES) & set(said["environment"])
    # What is no secret stays.
    assert said["environment"]["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "AIRFLOW__CORE__LOAD_EXAMPLES=False" in said["proc"]
