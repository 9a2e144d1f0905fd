"""The fixture `airlock_sandbox`, which pytest knows wherever Airlock is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airlock.testing.sandbox import Sandbox


@pytest.fixture
def airlock_sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    """Store, ledger, keys and MLflow in a temporary folder, for the project of the test's file."""
    from airlock.testing.sandbox import Sandbox

    return Sandbox(folder=tmp_path / "airlock", project=project_of(request.path))


def project_of(file: Path) -> Path:
    """The nearest folder above a file that holds `dags/`; the working directory without one."""
    return next((one for one in file.parents if (one / "dags").is_dir()), Path.cwd())
