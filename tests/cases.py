"""Small inputs that once went wrong, shared by those who try Airlock out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def shared_cases(kind: str) -> Path:
    """The folder with the cases of a kind; the test is skipped where there is none."""
    named = os.environ.get("AIRLOCK_SHARED_CASES", _ROOT.parent / "shared" / "cases")
    folder = Path(named) / kind
    if not folder.is_dir():
        missing = f"there is no folder {kind} of cases; AIRLOCK_SHARED_CASES names where they lie"
        # Who builds on a schedule must know that they were not tried.
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
