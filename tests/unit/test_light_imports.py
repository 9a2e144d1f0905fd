"""Airflow parses DAG files every half minute and loads plugins everywhere: both stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAGS = sorted(map(str, (ROOT / "dags").glob("*.py")))
HEAVY = {
    "torch",
    "lightning",
    "pytorch_lightning",
    "mlflow",
    "great_expectations",
    "presidio_analyzer",
    "spacy",
    "pandas",
    "pyarrow",
    "boto3",
    "captum",
    "lightgbm",
    "duckdb",
    "onnxruntime",
    "tokenizers",
    "sklearn",
}


def modules_loaded_by(code: str, home: Path) -> set[str]:
    """The top-level modules that a fresh process has loaded after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "import airlock, airlock.pipelines.training, airlock.pipelines.scoring\n"
            "import airlock.plugin, airlock.reports\n"
            "for name in airlock.__all__: getattr(airlock, name)",
            id="the public names and the plugin",
        ),
        pytest.param("import airlock.api", id="the API"),
        pytest.param(f"import runpy\nfor dag in {DAGS}: runpy.run_path(dag)", id="every DAG file"),
    ],
)
def test_nothing_heavy_is_loaded_before_a_stage_runs(code, tmp_path):
    assert modules_loaded_by(code, tmp_path).isdisjoint(HEAVY)
