"""verify.sh finds whatever was altered, dropped, swapped or added, with a shell and two tools."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from airlock.core.content import canonical_json
from airlock.evidence import Pack
from airlock.evidence.archive import packed
from airlock.ledger import Entry
from tests.audited import NEXT, OURS, STRANGER, installed
from tests.packed_evidence import SAID, files, pack, unpack
from tests.payloads import ACTING
from tests.toolbox import toolbox

TOOLS = ("openssl", "sha256sum")
OUTSIDE = {"SHA256SUMS", "SHA256SUMS.dsse.json", "SHA256SUMS.pae", "SHA256SUMS.sig"}


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the script may use, besides the shell."""
    return toolbox(tmp_path_factory.mktemp("tools"), TOOLS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return pack(installed(tmp_path_factory.mktemp("evidence") / "here"), governance=SAID)


@pytest.fixture
def here(made: Pack, tmp_path: Path) -> Path:
    return unpack(made, tmp_path / "pack")


def verify(here: Path, tools: Path, *keys: str, shell: str = "dash") -> tuple[int, str]:
    ended = subprocess.run(
        [str(shutil.which(shell)), str(here / "verify.sh"), *keys],
        env={"PATH": str(tools)},
        cwd="/",
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.stderr == b"", ended.stderr
    return ended.returncode, ended.stdout.decode()


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_what_was_packed_verifies(here: Path, tools: Path, shell: str):
    code, said = verify(here, tools, OURS.key_id, NEXT.key_id, shell=shell)

    assert (code, "FAILED" in said, "NOTE" in said) == (0, False, False)
    assert said.count("OK ") == 5


def test_a_key_that_is_not_trusted_is_named(here: Path, tools: Path):
    code, said = verify(here, tools, OURS.key_id)

    assert code == 1
    assert f"FAILED  keys/{NEXT.key_id}.pem: is not among the keys that you trust" in said


def test_every_file_that_was_altered_is_found_by_name(here: Path, tools: Path, made: Pack):
    for name in sorted(files(made)):
        path = here / name
        before = path.read_bytes()
        # One bit of the middle; of the script what changes nothing that it does.
        at = len(before) // 2
        changed = before + b"#\n" if name == "verify.sh" else _flipped(before, at)
        path.write_bytes(changed)

        code, said = verify(here, tools)

        assert (code, f"FAILED  {name}" in said) == (1, True), (name, said)
        path.write_bytes(before)
    assert verify(here, tools)[0] == 0


def test_every_file_that_is_gone_is_found_by_name(here: Path, tools: Path, made: Pack):
    for name in sorted(set(files(made)) - {"verify.sh"})[::5]:
        path = here / name
        before = path.read_bytes()
        path.unlink()

        code, said = verify(here, tools)

        assert (code, f"{name}: is missing" in said) == (1, True), (name, said)
        path.write_bytes(before)


def test_two_files_that_were_swapped_are_both_found(here: Path, tools: Path):
    one, other = here / "ledger/00000002.json", here / "ledger/00000003.json"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)

    code, said = verify(here, tools)

    assert code == 1
    assert "FAILED  ledger/00000002.json" in said
    assert "FAILED  ledger/00000003.json" in said


@pytest.mark.parametrize("name", ["added.md", "records/.hidden", "..more", "keys/a b", "new/file"])
def test_a_file_that_was_added_is_found_by_name(here: Path, tools: Path, name: str):
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).write_text("x")

    code, said = verify(here, tools)

    assert (code, f"FAILED  {name}: was added" in said) == (1, True), said


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize(
    "name",
    [
        "\x1b[2J\x1b]0;all holds\x07.md",
        "keys/\x1b[2Ja.pem",
        "records/\u202etxt.json",
        "a\nOK      all that was looked at holds",
        "-n",
        "$(touch ran).md",
        "`touch ran`.md",
        "*.md ; touch ran",
        "%s%n.md",
    ],
)
def test_a_hostile_name_is_told_and_acts_on_nothing(here: Path, tools: Path, name: str, shell: str):
    (here / name).write_text("x")

    code, said = verify(here, tools, shell=shell)

    assert code == 1
    assert "FAILED" in said
    assert not set(said) & set(ACTING) - {"\n"}
    assert not any(line.startswith("OK      all that") for line in said.splitlines())
    assert not (here / "ran").exists()


def test_a_link_is_no_file(here: Path, tools: Path, tmp_path: Path):
    aside = tmp_path / "aside"
    (here / "card.md").rename(aside)
    (here / "card.md").symlink_to(aside)

    code, said = verify(here, tools)

    assert (code, "FAILED  card.md" in said) == (1, True)


# Whoever holds the platform's key can sign other sums; the ledger inside is still a chain.


def _without_an_entry(held: dict[str, bytes]) -> None:
    for end in ("json", "claim", "sig"):
        del held[f"ledger/00000003.{end}"]


def _without_the_last(held: dict[str, bytes]) -> None:
    last = max(name for name in held if name.startswith("ledger/"))[:-4]
    for end in ("json", "claim", "sig"):
        held.pop(f"{last.rpartition('.')[0] or last}.{end}", None)


def _another_entry(held: dict[str, bytes]) -> None:
    text = held["ledger/00000002.json"].replace(b'"passed"', b'"PASSED"')
    held["ledger/00000002.json"] = text


def _another_claim(held: dict[str, bytes]) -> None:
    _another_entry(held)
    text = held["ledger/00000002.claim"].replace(b'"passed"', b'"PASSED"')
    held["ledger/00000002.claim"] = text


def _another_policy(held: dict[str, bytes]) -> None:
    held["policy/policy.json"] += b" "


def _another_record(held: dict[str, bytes]) -> None:
    held["records/train.json"] = canonical_json({"made": "up"})


def _another_provenance(held: dict[str, bytes]) -> None:
    held["provenance.json"] = held["provenance.json"].replace(b'"seed":0', b'"seed":1')


def _another_history(held: dict[str, bytes]) -> None:
    """The last entry as the key itself signs it behind another one."""
    entry = Entry.from_stored(held["ledger/00000006.json"])
    forged = replace(entry, previous="1" * 64)
    forged = replace(forged, signature=OURS.sign(forged.claim()))
    held["ledger/00000006.json"], held["ledger/00000006.claim"] = forged.stored(), forged.claim()
    held["ledger/00000006.sig"] = base64.b64decode(forged.signature)


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        pytest.param(_another_history, "ledger/00000006.json: does not follow", id="a chain"),
        pytest.param(_without_an_entry, "ledger/00000003.json: is missing", id="an entry is gone"),
        pytest.param(_without_the_last, "ledger/00000006.json: is missing", id="the end is gone"),
        pytest.param(_another_entry, "ledger/00000002.claim: is not what", id="an entry"),
        pytest.param(_another_claim, "ledger/00000002.json: is not signed", id="entry and claim"),
        pytest.param(_another_policy, "policy/policy.json: no entry", id="the policy"),
        pytest.param(_another_record, "records/train.json: no entry", id="a record"),
        pytest.param(_another_provenance, "provenance.pae: is not what", id="the provenance"),
    ],
)
def test_new_sums_hide_nothing_that_the_ledger_says(
    made: Pack, tmp_path: Path, tools: Path, forge: Callable[[dict[str, bytes]], None], named: str
):
    held = {name: data for name, data in files(made).items() if name not in OUTSIDE}
    forge(held)
    forged = unpack_bytes(packed(held, NEXT), tmp_path / "forged")

    code, said = verify(forged, tools)

    assert (code, f"FAILED  {named}" in said) == (1, True), said


def test_sums_by_a_key_that_is_not_in_it_are_found(made: Pack, tmp_path: Path, tools: Path):
    held = {name: data for name, data in files(made).items() if name not in OUTSIDE}

    code, said = verify(unpack_bytes(packed(held, STRANGER), tmp_path / "forged"), tools)

    assert (code, "SHA256SUMS.dsse.json: names a key that is not in keys/" in said) == (1, True)


def unpack_bytes(data: bytes, into: Path) -> Path:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(into)
    return into


def _flipped(data: bytes, at: int) -> bytes:
    # A letter, and never the end of a line: that a shell reads nothing else is another test.
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
