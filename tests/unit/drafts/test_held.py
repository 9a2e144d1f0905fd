"""`airlock check --data`: what only rows can show is said before anybody trains on them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock.cli import main as cli
from tests.unit.pipelines.test_authoring_cases import laid_out

Row = dict[str, str]


def rows(count: int = 3_000) -> list[Row]:
    chance = random.Random(5)
    return [
        {
            "id": f"A{at:05d}",
            "age": str(chance.randint(18, 90)),
            "job": chance.choice(["admin.", "tech", "student"]),
            "y": chance.choice(["no", "yes"]),
        }
        for at in range(count)
    ]


def each(**columns: Callable[[int], str]) -> list[Row]:
    return [
        row | {name: make(at) for name, make in columns.items()} for at, row in enumerate(rows())
    ]


def text_of(table: list[Row], *, mark: str = ",") -> str:
    lines = [mark.join(table[0]), *(mark.join(row.values()) for row in table)]
    return "\n".join(lines) + "\n"


# case: the table as it is delivered, and what is said: severity, what, what to do.
CASES = {
    "61": (text_of(each(notes=lambda _: "")), "warning", "notes has no value", "Drop it"),
    "62": (text_of(each(when=lambda at: f"{at % 28 + 1:02d}.12.2024")), "error", "format", "%d.%m"),
    "63": (text_of(each(fee=lambda at: f"{at},5"), mark=";"), "error", "a comma", 'decimal: ","'),
    "65": (text_of([*rows(), rows()[0]]), "error", "the key id repeats", "Name more columns"),
    "66": (text_of(each(y=lambda _: "no")), "error", "y has the same value", "Check the source"),
    "67": (text_of(each(y=lambda at: "" if at % 9 else "yes")), "error", "y lacks", "quarantine"),
    "70": (text_of(each(y=lambda at: " yes" if at % 2 else " no")), "warning", "blanks", "export"),
    "72": (text_of(each(sku=lambda at: f"S{at}")), "warning", "sku has 3,000 different", "Drop it"),
    "73": (text_of(rows(300)), "warning", "gets about 60", "more nights"),
    "74": (text_of(each(age=lambda at: "30" if at else "?")), "error", "'?'", '["", "?"]'),
    "76": (text_of(each(id=lambda at: f"A{at % 20}")), "error", "has 20 different", "a customer"),
    "69": (
        text_of(each(job=lambda _: "Schüler")),
        "error",
        "looks like cp1252",
        "encoding: cp1252",
    ),
}
RIGHT = {
    "00_ok": text_of(rows()),
    "60": text_of(each(y=lambda at: ("low", "mid", "high")[at % 3])),
    "64": "\ufeff" + text_of(rows()).replace("\n", "\r\n"),
    "68": text_of(rows()).replace("job", "Straße & Größe (m²)", 1),
    "75": text_of(each(y=lambda at: str(at % 2))),
}


def held(case: str, table: str, root: Path) -> int:
    """Exit status of `airlock check --data` of a case."""
    project = laid_out(case, root)
    data = project.root / "rows.csv"
    data.write_bytes(table.encode("cp1252" if case == "69" else "utf-8"))
    return cli.main(["check", "--project", str(root), "--data", str(data)])


@pytest.mark.parametrize("case", CASES)
def test_what_only_rows_show_is_said_with_what_to_do(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table, severity, what, do = CASES[case]

    status = held(case, table, tmp_path)

    lines = capsys.readouterr().out.splitlines()
    there = [(line, lines[at + 1]) for at, line in enumerate(lines) if f": {severity}: " in line]
    assert [line for line, todo in there if what in line and do in todo], lines
    assert status == (1 if severity == "error" else 0)


@pytest.mark.parametrize("case", RIGHT)
def test_a_table_that_is_right_is_left_in_peace(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert held(case, RIGHT[case], tmp_path) == 0

    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_no_cell_is_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    held("74", text_of(each(age=lambda at: "030-SECRET" if at == 7 else "3")), tmp_path)

    assert "SECRET" not in capsys.readouterr().out
