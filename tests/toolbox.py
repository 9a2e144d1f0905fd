"""A folder with a few programs, for scripts that must do with them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest


def toolbox(folder: Path, names: Sequence[str]) -> Path:
    """Fill a folder with what a script may use, besides a shell.

    Where one of them, or dash, is missing, the test is skipped; in CI it fails.
    """
    if missing := [name for name in (*names, "dash") if shutil.which(name) is None]:
        why = f"the script cannot be tried: {', '.join(missing)} is missing"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder
