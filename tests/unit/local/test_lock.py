"""What is locked is locked by hash, whole, and names no index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.lock import entries, normal

ROOT = Path(__file__).parents[3]
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked(name: str) -> dict[str, str]:
    return entries((ROOT / f"locks/{name}.txt").read_text())


def named(text: str) -> dict[str, str]:
    """Versions by package."""
    found = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE)
    return {normal(package): version for package, version in found}


@pytest.mark.parametrize("name", ["all", "runtime", "cuda"])
def test_every_locked_package_has_hashes_and_one_version(name: str):
    found = locked(name)

    assert found
    assert [package for package, text in found.items() if not SHA256.search(text)] == []


def test_the_hashes_are_those_of_what_was_tested():
    # If this fails after a change of constraints.txt: make lock.
    assert named("\n".join(locked("all").values())) == named((ROOT / "constraints.txt").read_text())


def test_what_runs_in_a_container_is_part_of_it_and_whole():
    runtime = (ROOT / "requirements.txt").read_text().partition("# development")[0]
    found = locked("runtime")

    assert found.items() <= locked("all").items()
    assert named(runtime).items() <= named("\n".join(found.values())).items()
    assert "pytest" not in found


@pytest.mark.parametrize("name", ["all", "runtime", "cuda"])
def test_no_lock_names_an_index_or_a_place(name: str):
    assert not re.search(
        r"://|index-url|find-links|file:", (ROOT / f"locks/{name}.txt").read_text()
    )
