"""An installation to audit, and the tools of whoever audits it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.audited import KEY, MODEL, NIGHT, Installation, installed
from tests.toolbox import toolbox

SCRIPT = Path(__file__).parents[3] / "docs/audit/audit.sh"
TOOLS = ("jq", "openssl", "base64", "cat", "head", "mktemp", "rm", "sha256sum", "tail", "wc")


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly what the script may use."""
    return toolbox(tmp_path_factory.mktemp("tools"), TOOLS)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return installed(tmp_path_factory.mktemp("original") / "here")


@pytest.fixture
def here(original: Installation, tmp_path: Path) -> Installation:
    """A copy that may be attacked."""
    shutil.copytree(original.folder, tmp_path / "here")
    return Installation(tmp_path / "here")


def audit(
    here: Installation, tools: Path, *options: str, shell: str = "dash"
) -> subprocess.CompletedProcess[bytes]:
    """Run it in a folder of its own, without anything of this process's environment."""
    aside = here.folder.parent / "aside"
    aside.mkdir(exist_ok=True)
    given = (
        *("--store", str(here.folder / "store"), "--keys", str(here.keys), "--model", MODEL),
        *("--raw", str(here.folder / "raw")),
        *("--checkpoints", str(here.folder / "checkpoints.jsonl")),
        *("--witnesses", str(here.folder / "witnesses.json")),
        *(options or ("--night", NIGHT, "--row", KEY)),
    )
    ended = subprocess.run(
        [str(shutil.which(shell)), str(SCRIPT), *given],
        env={"PATH": str(tools), "TMPDIR": str(aside)},
        cwd=aside,
        capture_output=True,
    )
    assert ended.stderr == b""
    assert list(aside.iterdir()) == [], "something was left behind, or was run"
    said = ended.stdout.decode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)
    return ended


def lines(ended: subprocess.CompletedProcess[bytes]) -> list[str]:
    return ended.stdout.decode().splitlines()
