"""What Airflow learns about Airlock, and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import airlock.ui
from airlock.plugin import AirlockPlugin

ROOT = Path(__file__).parents[2]


def printed_by(code: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_checkouts_plugin_is_registered_once(tmp_path):
    names = printed_by(
        "from airflow import plugins_manager\n"
        "plugins, errors = plugins_manager._get_plugins()\n"
        "print(*(plugin.name for plugin in plugins), errors)",
        tmp_path,
    )

    assert names.count("airlock") == 1
    assert names.endswith("{}")


def test_the_api_is_built_for_the_first_request_and_in_no_other_process(tmp_path):
    loaded = printed_by(
        "import sys\n"
        "from airflow import plugins_manager\n"
        "apps, _ = plugins_manager.get_fastapi_plugins()\n"
        "print(len(apps), 'airlock.api' in sys.modules)",
        tmp_path,
    )

    assert loaded == "1 False"


def test_the_page_and_both_tabs_lead_to_the_script_that_the_api_serves():
    places = {one["destination"]: one for one in AirlockPlugin.react_apps}

    assert set(places) == {"nav", "task_instance", "dag_run"}
    assert len({one["url_route"] for one in places.values()}) == 3
    assert all(one["bundle_url"].startswith("airlock/ui/airlock.js?") for one in places.values())
    built = script("airlock.js")
    # Where the host looks for the component, unless it has it by its label already.
    assert "global.AirflowPlugin = factory(" in built
    assert f'"plugin/{places["task_instance"]["url_route"]}"' in built
    assert f'"/plugin/{places["nav"]["url_route"]}"' in built


def script(name: str) -> str:
    return (Path(airlock.ui.__file__).parent / name).read_text()
