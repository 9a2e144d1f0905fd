"""The distributions, built as a release would be, in a fresh environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "examples/extension"


def build_wheel(source: Path, names: Sequence[str], into: Path) -> Path:
    """Build a wheel from some files of a folder.

    Args:
        source: the folder.
        names: the files and folders that its build needs.
        into: an empty folder. Not in the checkout: a build leaves an egg-info, which registers a
            plugin too.
    """
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in names:
        if (source / name).is_dir():
            shutil.copytree(source / name, into / name, ignore=ignored)
        else:
            shutil.copy(source / name, into)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    subprocess.run(command, cwd=into, check=True, capture_output=True)
    [wheel] = (into / "dist").glob("*.whl")
    return wheel


def airlock_wheel(into: Path) -> Path:
    names = ("setup.cfg", "pyproject.toml", "PYPI.md", "LICENSE", "plugins")
    return build_wheel(ROOT, names, into)


def fresh_environment(folder: Path, wheels: Sequence[Path]) -> Path:
    """The interpreter of an environment that holds wheels and sees this one's libraries."""
    venv.create(folder)
    python = folder / "bin" / "python"
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", *wheels],
        check=True,
        capture_output=True,
    )
    return python


def foreign_environment() -> dict[str, str]:
    """This process's environment without what points at the checkout or at anybody's Airflow."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith(("AIRFLOW", "AIRLOCK"))
    }
