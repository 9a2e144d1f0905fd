"""A table of people in which every cell, name of a file and of a folder is a mark, grepped for."""

from __future__ import annotations

import gzip
import io
import logging
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from airlock.cli import main as cli
from airlock.testing import Sandbox

ROWS = 700
HEADER = "customer_id,full_name,mail,phone,born,street,note,plan,detail,visits,balance,left".split(
    ","
)
SCANNED = (
    "{action: scan, patterns: only, linked: {full_name: PERSON, mail: EMAIL_ADDRESS, "
    "phone: PHONE_NUMBER}}"
)
EXTREME = "99887766.25"
MARKS = re.compile(rb"(?i)zqv|krause|4915123\d{6}|99887766")
# What people chose to keep: the rarest plan, and the largest balance. In the rows alone.
KEPT = re.compile(r"store/attempts/(?:redact|redact_share)/[^/]+/data/[^/]+\.parquet")


def people(seed: int, *, target: bool = True, extra: str = "", broken: bool = False) -> str:
    """Rows of whom nothing but a pseudonym may leave the raw zone."""
    chance = random.Random(seed)
    lines = [",".join([*(HEADER if target else HEADER[:-1]), *([extra] if extra else [])])]
    for at in range(ROWS):
        word = "".join("abcdefghij"[int(one)] for one in f"{at:03d}")
        name, mail = f"Zqvname{word} Zqvsur{word}", f"zqvmail{word}@example.com"
        phone = f"+4915123{chance.randrange(10**6):06d}"
        visits = chance.randint(0, 30)
        left = "yes" if chance.random() < 1 / (1 + 2.7 ** (visits / 2 - 7)) else "no"
        note = f"Spoke with {name} ({phone}), {mail}" if at % 4 == 0 else "the router blinks red"
        plan = f"Zqvplan{word}" if at == 17 else ("basic", "plus")[at % 2]
        balance = EXTREME if at == 5 else f"{chance.gauss(50, 20):.2f}"
        row = [f"zqvid{word}", name, mail, phone, f"{1950 + at % 50}-03-1{at % 9}"]
        row += [f"Zqvstreet{word} {at}", f'"{note}"', plan, f"zqvdetail{word}"]
        row += ["zqvbroken" if broken and at == 300 else str(visits), balance]
        lines.append(",".join([*row, *([left] if target else []), *(["x"] if extra else [])]))
    return "\n".join(lines) + "\n"


def texts(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what lies packed in it."""
    yield name, data
    if data.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(data))
        yield name, str((table.to_pylist(), table.schema, table.schema.metadata)).encode()
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.namelist():
                yield from texts(f"{name}!{one}", archive.read(one))
    elif data.startswith(b"\x1f\x8b"):
        yield name, gzip.decompress(data)


def marked(below: Path, *, but: str) -> list[str]:
    """Files whose path or content holds a mark."""
    return sorted(
        {
            name
            for path in below.rglob("*")
            if path.is_file() and not (told := path.relative_to(below).as_posix()).startswith(but)
            for name, data in texts(told, path.read_bytes())
            if MARKS.search(name.encode()) or MARKS.search(data)
        }
    )


@pytest.mark.soak
def test_no_cell_and_no_name_of_a_file_leaves_the_raw_zone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.INFO)
    project, box = tmp_path / "project", tmp_path / "box"
    first = project / "var/data/people/people.csv"
    first.parent.mkdir(parents=True)
    first.write_text(people(1))
    words = ["--from", str(first), "--target", "left", "--project", str(project)]
    assert cli.main(["new", "people", *words]) == 0
    first.unlink()
    redaction = project / "include/redaction/people.yaml"
    redaction.write_text(re.sub(r"  note: .*", f"  note: {SCANNED}", redaction.read_text()))
    for dag in (project / "dags").glob("*.py"):
        dag.write_text(dag.read_text().replace('"people/people.csv"', '"people/*/*.csv"'))
    training = project / "dags/people_training.py"
    governed = 'governance=INCLUDE / "governance/people.yaml",\n        train='
    training.write_text(training.read_text().replace("train=", governed, 1))
    file = first.parent / "customer=zqvfolder krause/zqvfile krause.csv"
    file.parent.mkdir()
    sandbox = Sandbox(folder=box, project=project)

    file.write_text(people(1))
    learnt = sandbox.run("dags/people_training.py")
    file.write_text(people(2, target=False))
    scored = sandbox.run("dags/people_scoring.py", night="2026-01-06")
    file.write_text(people(3, extra="zqvheader krause"))
    refused = sandbox.run("dags/people_training.py", night="2026-01-07")
    file.write_text(people(4, broken=True))
    broken = sandbox.run("dags/people_training.py", night="2026-01-08")

    assert (learnt.states["promote"], learnt.states["evidence"]) == ("success", "success")
    assert scored.passed, scored.why
    assert (refused.states["snapshot"], broken.states["snapshot"]) == ("failed", "failed")
    # The raw zone holds rows as they came, in files without a name of theirs.
    in_raw = [name for name in marked(box, but="data/") if name.startswith("raw/")]
    assert in_raw
    assert not any(MARKS.search(name.encode()) for name in in_raw)
    elsewhere = [name for name in marked(box, but="raw/") if not KEPT.fullmatch(name)]
    assert elsewhere == []
    assert marked(project, but="var/") == []
    told = [learnt.why, learnt.values, scored.why, scored.values, refused.why, broken.why]
    said = "\n".join([caplog.text, *capfd.readouterr(), *map(str, told)])
    assert not MARKS.search(said.encode()), MARKS.findall(said.encode())[:5]
