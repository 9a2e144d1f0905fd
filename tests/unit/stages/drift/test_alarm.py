"""When drift becomes an alarm, when it ends, and how often it asks for a retrain."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from airlock.stages.drift.record import Course
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.drift.stage.alarm import afresh, follow

SPEC = DriftSpec(nights_to_raise=2, nights_to_clear=3, cooldown_nights=4)
FIRST = date(2026, 1, 1)


def lived(nights: str, spec: DriftSpec = SPEC, start: Course | None = None) -> list[Course]:
    """A course for each letter: `d`rifted, `-` not, `?` too few rows, `s`ilent but drifted."""
    courses, course = [], start or Course()
    for at, night in enumerate(nights):
        course = follow(
            course,
            spec,
            night=(FIRST + timedelta(at)).isoformat(),
            drifted=night in "ds",
            enough=night != "?",
            silent="A reason." if night == "s" else "",
        )
        courses.append(course)
    return courses


def asks(nights: str, spec: DriftSpec = SPEC) -> str:
    return "".join("A" if course.asks else "." for course in lived(nights, spec))


@pytest.mark.parametrize(
    ("nights", "asked"),
    [
        pytest.param("-----", ".....", id="nothing, nothing"),
        pytest.param("d-d-d", ".....", id="single nights raise nothing"),
        pytest.param("-dd--", "..A..", id="two in a row do"),
        pytest.param("d?d--", "..A..", id="a night of few rows neither breaks a streak"),
        pytest.param("d?-d-", ".....", id="nor counts in one"),
        pytest.param("ddddddd", ".A....A", id="while it lasts it asks once a cooldown"),
        pytest.param("dd---dd", ".A....A", id="raised again after the cooldown, it asks again"),
        pytest.param("dd--d--", ".A.....", id="an alarm that was not cleared goes on"),
        pytest.param("ssd", "..A", id="a silent night raises, and the next one asks"),
    ],
)
def test_nights_and_when_they_ask(nights: str, asked: str):
    assert asks(nights) == asked


def test_an_alarm_stands_until_enough_calm_nights_in_a_row():
    standing = [course.standing for course in lived("dd--d---")]

    assert standing == ["drifting", *["alarm"] * 6, "calm"]


def test_an_alarm_that_is_raised_again_waits_for_the_cooldown_too():
    assert asks("dd-dd--", DriftSpec(nights_to_clear=1, cooldown_nights=4)) == ".A....."


def test_an_alarm_says_since_when():
    assert [course.since for course in lived("-dd---")] == [
        None, *["2026-01-02"] * 4, None,
    ]  # fmt: skip


def test_a_calm_night_of_an_alarm_asks_for_nothing_even_when_the_cooldown_is_over():
    last = lived("dd----d-", DriftSpec(nights_to_clear=9, cooldown_nights=2))[-1]

    assert (last.standing, last.asks) == ("alarm", False)


def test_a_new_champion_inherits_the_cooldown_and_nothing_else():
    before = lived("dd")[-1]

    after = lived("dd", start=afresh(before))

    assert [course.standing for course in after] == ["drifting", "alarm"]
    assert not any(course.asks for course in after)
    assert "was asked for on 2026-01-02" in after[-1].because


def test_a_silent_night_says_why():
    assert lived("ss")[-1].because == "A reason."


def test_it_asks_at_most_once_in_a_cooldown_whatever_comes():
    for nights in itertools.product("d-?", repeat=7):
        asked = [at for at, one in enumerate(asks("".join(nights))) if one == "A"]
        assert all(b - a > SPEC.cooldown_nights for a, b in itertools.pairwise(asked))
