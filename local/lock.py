"""`make lock`, second half: constraints.txt with the SHA-256 of every file that may be installed.

uv asks the package index, which lists the hashes of all files of a version: for every Python and
every platform. What constraints.txt does not name comes with torch's CUDA build alone, and has a
file of its own. No address of an index is written.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locks"
_DEVELOPMENT = "# development"
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?P<rest>.*)$", re.MULTILINE)
_HEAD = """\
# Made by: make lock. Every file of these versions that the package index lists, for all platforms.
#   pip install --require-hashes -r {name}
"""


def main(uv: str) -> int:
    """Write the files."""
    constraints = ROOT / "constraints.txt"
    known = {normal(name) for name in _names(constraints.read_text())}
    requirements = (ROOT / "requirements.txt").read_text()
    runtime = requirements.partition(_DEVELOPMENT)[0]
    cuda: dict[str, str] = {}
    FOLDER.mkdir(exist_ok=True)
    for name, wanted in (("runtime", runtime), ("all", requirements)):
        found = {
            package: text
            for package, text in entries(_compiled(uv, wanted, constraints)).items()
            # Airlock does not run there.
            if not text.partition("\\")[0].rstrip().endswith("; sys_platform == 'win32'")
        }
        _write(name, {package: text for package, text in found.items() if package in known})
        cuda |= {package: text for package, text in found.items() if package not in known}
    _write("cuda", cuda)
    return 0


def entries(compiled: str) -> dict[str, str]:
    """What uv wrote, by the package's normal name; of torch also the files that lie at hand."""
    found: dict[str, str] = {}
    for text in re.split(r"^(?=\S)", compiled, flags=re.MULTILINE):
        if (entry := _ENTRY.match(text)) is not None:
            found[normal(entry["name"])] = text.rstrip()
    for package, text in found.items():
        entry = _ENTRY.match(text)
        assert entry is not None
        for hashed in _at_hand(entry["name"], entry["version"]):
            if hashed not in text:
                found[package] += f" \\\n    --hash=sha256:{hashed}"
    return found


def normal(name: str) -> str:
    """A package's name as PEP 503 spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(constraints: str) -> Iterator[str]:
    for line in constraints.splitlines():
        if (entry := _ENTRY.match(line)) is not None:
            yield entry["name"]


def _compiled(uv: str, wanted: str, constraints: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "requirements.in"
        asked.write_text(wanted)
        how = ["--universal", "--python-version", "3.11", "--generate-hashes"]
        quiet = ["--no-header", "--no-annotate", "--quiet"]
        into = Path(folder) / "lock"
        command = [uv, "pip", "compile", str(asked), "-c", str(constraints), *how, *quiet]
        subprocess.run([*command, "-o", str(into)], check=True)
        return into.read_text()


def _at_hand(name: str, version: str) -> Iterable[str]:
    """Hashes of local builds, such as torch's for the CPU, in the folders of PIP_FIND_LINKS."""
    for place in os.environ.get("PIP_FIND_LINKS", "").split():
        for wheel in Path(place).glob(f"{name.replace('-', '_')}-{version}+*.whl"):
            yield hashlib.sha256(wheel.read_bytes()).hexdigest()


def _write(name: str, found: Mapping[str, str]) -> None:
    path = FOLDER / f"{name}.txt"
    body = "\n".join(found[package] for package in sorted(found))
    path.write_text(_HEAD.format(name=f"locks/{name}.txt") + body + "\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
