"""An airflow dag of tasks that want what is none of their business, and write down what they got.

The first is a stage that decides nothing, as train and score are; its code may be a model's. The
other renders templates, as a task does with text that somebody forgot to escape.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, get_current_context, task

import airlock
from airlock.config.keys import NAMES
from airlock.core.errors import DataError
from airlock.engine.operator import StageOperator

TEMPLATES = [
    text.replace("NAME", name)
    for name in NAMES
    for text in (
        "{{ conn.NAME }}",
        "{{ conn.NAME.password }}",
        "{{ conn.NAME.extra }}",
        "{{ conn.NAME.extra_dejson }}",
        "{{ conn.NAME.get_uri() }}",
        "{{ conn.NAME.__dict__ }}",
        "{{ conn.get('NAME') }}",
        "{{ conn.get('NAME').password }}",
        "{{ conn['NAME'].password }}",
        "{{ var.value.NAME }}",
        "{{ var.json.NAME }}",
        "{{ var.value.get('NAME') }}",
        "{% include '../var/keys/NAME.key' %}",
        "{% include '/proc/self/environ' %}",
        "{{ task.get_connection('NAME') }}",
        "{{ dag.get_connection('NAME') }}",
    )
] + [
    "{{ conf }}",
    "{{ conf.get('core', 'fernet_key') }}",
    "{{ ti.task.dag.params }}{{ dag_run.conf }}{{ params }}",
    "{{ macros.uuid.os.environ }}",
    "{{ macros.uuid.sys.modules['os'].environ }}",
    "{{ macros.uuid.sys.modules['airflow.configuration'].conf.get('core', 'fernet_key') }}",
    "{{ macros.uuid.sys.modules['airflow.configuration'].conf.get('api_auth', 'jwt_secret') }}",
    "{{ macros.uuid.sys.modules['airflow.sdk.configuration'].conf.get('core', 'fernet_key') }}",
    "{{ macros.uuid.os.popen('env').read() }}",
]


class Snooping(StageOperator):
    stage = "train"
    reusable = False

    def run_stage(self, attempt):
        var = Path(os.environ["AIRFLOW_HOME"]).parent
        got = dict(_attempts(attempt, var))
        attempt.stores["raw"].put("snooped/stage.json", json.dumps(got).encode())
        raise DataError("This is how far it came.", do="Look at what it wrote.")


def _attempts(attempt: Any, var: Path) -> Iterator[tuple[str, str]]:
    from airflow.configuration import conf
    from airflow.sdk import Connection
    from airflow.sdk.configuration import conf as task_conf

    tries: dict[str, Callable[[], Any]] = {
        "the environment": lambda: dict(os.environ),
        "its first environment": lambda: Path("/proc/self/environ").read_text(),
        "the supervisor's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_text(),
        "a child's environment": lambda: subprocess.check_output(["env"], text=True),
        "a fernet key": lambda: conf.get("core", "fernet_key"),
        "a JWT secret": lambda: conf.get("api_auth", "jwt_secret"),
        "an API secret": lambda: conf.get("api", "secret_key"),
        "the task's fernet key": lambda: task_conf.get("core", "fernet_key"),
        "a signer": lambda: attempt.settings.signer()._private.private_bytes_raw().hex(),
        "a signing ledger": lambda: attempt.ledger("churn", to_write=True).signer,
        "a pseudonym key": lambda: attempt.settings.pseudonym_key().secret.hex(),
        "the settings of a person": lambda: (var / "passwords.json").read_text(),
        "the database": lambda: (var / "airflow/airflow.db").read_bytes()[:16].decode(),
        "a new trusted key": lambda: (var / "keys/trusted.json").write_text("{}"),
        "other trusted keys": lambda: _made(attempt).replace(var / "keys/trusted.json"),
        "code of a DAG": lambda: _changed(Path(conf.get("core", "dags_folder")) / "new.py"),
        "code of a stage": lambda: _changed(Path(airlock.__file__)),
        "code for every Python": lambda: _changed(Path(sys.prefix) / "new.pth"),
        "what a shell reads": lambda: _changed(Path.home() / ".airlock-snooped"),
        "by a shell": lambda: subprocess.check_output(
            ["sh", "-c", f"cat {var}/keys/*.key; true"], text=True
        ),
    }
    for name in NAMES:
        tries[f"the connection {name}"] = lambda name=name: Connection.get(name).password
        tries[f"the file {name}"] = lambda name=name: (var / f"keys/{name}.key").read_text()
    for name, attempted in tries.items():
        try:
            yield name, f"got {attempted()}"
        except Exception as error:  # noqa: BLE001 -- whatever refuses it
            yield name, f"{type(error).__name__}"


def _changed(file: Path) -> str:
    with file.open("a"):
        return "it"


def _made(attempt: Any) -> Path:
    file = attempt.scratch / "trusted.json"
    file.write_text("{}")
    return file


with DAG("snooping", schedule=None, is_paused_upon_creation=False, default_args={"retries": 0}):
    Snooping(task_id="train")

    @task
    def templates() -> None:
        context = get_current_context()
        got = {}
        for text in TEMPLATES:
            try:
                got[text] = str(context["task"].render_template(text, context))
            except Exception as error:  # noqa: BLE001 -- whatever refuses it
                got[text] = type(error).__name__
        place = Path(os.environ["AIRFLOW_HOME"]).parent / "raw/snooped/templates.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(got))

    templates()
