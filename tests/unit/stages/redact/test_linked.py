"""A row's own identifiers: however they are spelt, and nothing else."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.finding import replaced
from airlock.stages.redact.stage.linked import Needles
from airlock.stages.redact.stage.names.typing_errors import distance
from include.data.subscriptions import planted_path, write_night

ROOT = Path(__file__).parents[4]
PERSON = Needles({"name": "PERSON"})


def without(text: str, name: str) -> str:
    return replaced(text, PERSON.found(text, [name]))[0]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("John Smith called", "<PERSON> called", id="as it is"),
        pytest.param("JOHN SMITH called", "<PERSON> called", id="in capitals"),
        pytest.param("ask J. Smith now", "ask <PERSON> now", id="an initial"),
        pytest.param("ask J Smith now", "ask <PERSON> now", id="an initial without a full stop"),
        pytest.param("ask Smith, J. now", "ask <PERSON> now", id="an initial behind"),
        pytest.param("ask Smith, John now", "ask <PERSON> now", id="turned around"),
        pytest.param("ask Mr Smiht now", "ask Mr <PERSON> now", id="two letters swapped"),
        pytest.param("ask Mr Smth now", "ask Mr <PERSON> now", id="a letter missing"),
        pytest.param("ask Mr Smmith now", "ask Mr <PERSON> now", id="a letter too many"),
        pytest.param("ask Mr Smyth now", "ask Mr <PERSON> now", id="a wrong letter"),
        pytest.param("Jhn was here", "Jhn was here", id="a short word must be right"),
        pytest.param("a blacksmith", "a blacksmith", id="not inside of a word"),
        pytest.param("J. Miller called", "J. Miller called", id="an initial of somebody else"),
        pytest.param("plan J", "plan J", id="an initial alone"),
    ],
)
def test_a_name_is_found_with_initials_and_small_typing_errors(text: str, clean: str):
    assert without(text, "John Smith") == clean


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("Zoë O'Dowd", "ZOE ODOWD", id="without accents and marks"),
        pytest.param("Müller", "Mueller", id="an umlaut written out"),
        pytest.param("Bartholomew", "Bartolomev", id="two errors in a long name"),
        pytest.param("Li Na Wang", "L. N. Wang", id="two initials"),
        pytest.param("Li Wang", "Wang Li", id="a short word beside a long one"),
    ],
)
def test_a_name_is_found_however_it_is_spelt(name: str, text: str):
    assert without(text, name) == "<PERSON>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("+49 151 2345678", "0151-2345678", id="from abroad, dialled at home"),
        pytest.param("+49 151 2345678", "0049 151 2345678", id="with two zeros"),
        pytest.param("+49 151 2345678", "+49 (0)151 2345678", id="with a zero in brackets"),
        pytest.param("+1 212 555 0134", "(212) 555-0134", id="in brackets"),
        pytest.param("0151 2345678", "+49 151 2345678", id="at home, dialled from abroad"),
        pytest.param("4000 0035 9041 0839", "4000-0035-9041-0839", id="a card"),
        pytest.param("ana.ek@example.org", "ana.ek (at) example.org", id="(at)"),
        pytest.param("ana.ek@example.org", "ana . ek @ example . org", id="with blanks"),
        pytest.param("ana.ek@example.org", "ANA.EK [at] example [dot] org", id="(dot)"),
    ],
)
def test_a_number_or_an_address_is_found_however_it_is_formatted(value: str, text: str):
    needles = Needles({"value": "VALUE"})

    clean, _ = replaced(f"see {text}, please", needles.found(f"see {text}, please", [value]))

    assert not any(letter.isdigit() for letter in clean.removeprefix("see +49 "))
    assert "example" not in clean.casefold()


def test_digits_must_be_right():
    assert list(Needles({"value": "X"}).found("4000 0035 9041 0838", ["4000003590410839"])) == []


def test_the_distance_is_that_of_the_textbook():
    chance = random.Random(7)
    for _ in range(500):
        one, other = ("".join(chance.choices("abc", k=chance.randint(1, 6))) for _ in range(2))
        expected = slow(one, other)
        found = distance(one, other, 2)

        assert found == expected or min(found, expected) > 2, (one, other)


def slow(one: str, other: str) -> int:
    """Optimal string alignment by its definition (Boytsov, 2011)."""
    if not one or not other:
        return len(one) + len(other)
    costs = [
        slow(one[:-1], other) + 1,
        slow(one, other[:-1]) + 1,
        slow(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-2:][::-1]:
        costs.append(slow(one[:-2], other[:-2]) + 1)
    return min(costs)


def test_in_the_projects_notes_everything_planted_is_found_and_little_else(tmp_path: Path):
    night = date(2026, 1, 5)
    table = pq.read_table(write_night(night, into=tmp_path, rows=2_000))
    columns = RedactionSpec.load(ROOT / "include/redaction/customer_churn.yaml").columns
    linked = columns["support_note"].linked
    needles = Needles(linked)
    planted: dict[str, list[tuple[int, int]]] = {}
    for span in json.loads(planted_path(tmp_path, night).read_text())["spans"]:
        planted.setdefault(span["customer_id"], []).append((span["start"], span["end"]))

    missed = letters = wrong = 0
    rows = zip(
        table["customer_id"].to_pylist(),
        table["support_note"].to_pylist(),
        *(table[name].to_pylist() for name in linked),
        strict=True,
    )
    for customer, note, *values in rows:
        spans = planted.get(customer, [])
        found = {
            place
            for one in needles.found(note or "", values)
            for place in range(one.start, one.end)
        }
        meant = {place for start, end in spans for place in range(start, end)}
        missed += sum(
            not found.issuperset(
                place for place in range(start, end) if (note or "")[place].isalnum()
            )
            for start, end in spans
        )
        letters += len(found)
        wrong += len(found - meant)

    assert len(planted) > 500
    assert missed == 0
    assert wrong <= letters / 100
