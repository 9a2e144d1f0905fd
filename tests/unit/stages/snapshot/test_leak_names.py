"""Names of files, folders and columns are data: none reaches a record, a page or a message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock.core.errors import AirlockError
from airlock.reports.content import Page
from airlock.reports.data import snapshot_page
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.source.entry import SourceFile
from tests.cases import shared_cases

Freeze = Callable[..., Snapshot]

TOKEN = "wilhelmina"
GOOD = "id,age,fee,note\na,1,1,x\n"


def deliver(place: Path, text: str, name: str = f"{TOKEN} krause.csv") -> str:
    folder = place / "in" / f"customer={TOKEN}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return "in"


def file_and_folder(freeze: Freeze, place: Path) -> None:
    frozen = freeze(deliver(place, GOOD))
    page: Page = snapshot_page(frozen)

    told = json.dumps(frozen.to_json()) + repr(page) + " ".join(frozen.facts())
    assert TOKEN not in told.lower()


def extra_header(freeze: Freeze, place: Path) -> None:
    with pytest.raises(AirlockError) as caught:
        freeze(deliver(place, f"id,age,fee,note,{TOKEN} krause\na,1,1,x,1\n"))

    assert TOKEN not in f"{caught.value}".lower()
    assert "column 5" in str(caught.value)


CASES = {
    "source file '<token> krause.csv', folder 'customer=<token>'": file_and_folder,
    "CSV header with the extra column '<token> krause'": extra_header,
}


def test_every_line_gives_what_it_expects(
    freeze: Freeze, place: Path, tmp_path_factory: pytest.TempPathFactory
):
    text = (shared_cases("privacy") / "leak_names.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t")[0] for line in text.splitlines()]
    assert set(lines) == set(CASES)
    for case in CASES.values():
        case(freeze, place)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("", f"{TOKEN}.csv", id="an empty file"),
        pytest.param('id,age,fee,note\na,1,1,"x\n', f"{TOKEN}.csv", id="a quote that never ends"),
        pytest.param("id,age,fee,note\na,x,1,1\n", f"{TOKEN}.csv", id="another type"),
        pytest.param(f"id,age,{TOKEN},note\na,1,1,x\n", "a.csv", id="a renamed column"),
        pytest.param(GOOD, f"{TOKEN}.doc", id="no table"),
        pytest.param("PAR1", f"{TOKEN}.parquet", id="a damaged file"),
        pytest.param(GOOD, f"{TOKEN}\u202e.csv", id="what is not seen"),
    ],
)
def test_no_message_says_whose_file_it_is(freeze: Freeze, place: Path, text: str, name: str):
    with pytest.raises(AirlockError) as caught:
        freeze(deliver(place, text, name))

    assert TOKEN not in f"{caught.value}".lower()


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("date=2026-01-05/part-00000.parquet", "x/*", "date=2026-01-05/part-00000.parquet"),
        ("in/date=2026-01-05/9.csv", "in", "in/date=2026-01-05/9.csv"),
        ("in/krause.csv", "in/krause.csv", "in/krause.csv"),
        ("in/krause.csv", "in", "in/[digest].csv"),
        ("in/4915123456789.csv", "in", "in/[digest].csv"),
    ],
)
def test_what_the_address_and_writers_say_is_shown(name: str, address: str, shown: str):
    told = SourceFile(name=name, at="", bytes=1, version="1", address=address).shown

    assert re.sub(r"\[[0-9a-f]{12}\]", "[digest]", told) == shown
