"""A night is waited for until its deadline, and is no other night's double."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.spec import check_source
from airlock.stages.snapshot.stage.snapshot import (
    NightRepeated,
    SourceLate,
    SourceMissing,
    keep_night,
    next_look,
)
from airlock.store import Store

COLUMNS = {"id": {"type": "string"}}
PATIENT = Contract.model_validate({"columns": COLUMNS, "lateness": "6h"})
SNAPSHOT = Snapshot(
    source="leads/2026-01-05.csv",
    night="2026-01-05",
    rows=1,
    columns=(("id", "string"),),
    sha256="a" * 64,
    parts=(),
    nights=("2026-01-05",),
)
SOURCE = "leads/{night}.csv"


def missing(night: str = "2026-01-05") -> SourceMissing:
    error = SourceMissing(f"There is nothing at leads/{night}.csv.", do="Deliver it.")
    error.night = night
    return error


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        pytest.param(at(5, 12), at(5, 12, 1), id="before the night has ended"),
        pytest.param(at(6, 2), at(6, 2, 1), id="within the lateness"),
        pytest.param(at(6, 5, 59), at(6, 6), id="never beyond the deadline"),
    ],
)
def test_data_that_may_still_come_is_looked_for_again(now: datetime, then: datetime):
    assert next_look(missing(), PATIENT, night="2026-01-05", now=now) == then


def test_after_the_deadline_it_is_late_and_no_retry_helps():
    with pytest.raises(SourceLate, match="2026-01-05 is late: it was due by 2026-01-06 06:00 UTC"):
        next_look(missing(), PATIENT, night="2026-01-05", now=at(6, 6))

    assert not SourceLate.retry_can_help


def test_an_older_night_of_a_window_has_an_earlier_deadline():
    with pytest.raises(SourceLate, match="night 2026-01-04 is late"):
        next_look(missing("2026-01-04"), PATIENT, night="2026-01-05", now=at(5, 6))


def test_a_source_without_nights_is_due_with_the_runs_night():
    assert next_look(missing(""), PATIENT, night="2026-01-05", now=at(6, 2)) == at(6, 2, 1)


def test_without_lateness_nothing_is_waited_for():
    impatient = Contract.model_validate({"columns": COLUMNS})

    with pytest.raises(SourceMissing):
        next_look(missing(), impatient, night="2026-01-05", now=at(5, 12))


# The same rows again


def test_the_same_rows_for_the_same_night_are_welcome_again(store: Store):
    for _ in range(2):
        keep_night(store, SOURCE, SNAPSHOT)


def test_the_same_rows_for_another_night_are_refused_and_the_first_night_named(store: Store):
    keep_night(store, SOURCE, SNAPSHOT)

    with pytest.raises(NightRepeated, match="already processed as the night 2026-01-05") as caught:
        keep_night(store, SOURCE, replace(SNAPSHOT, night="2026-01-06", nights=("2026-01-06",)))

    assert not caught.value.retry_can_help


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        pytest.param("others/{night}.csv", {}, id="another source"),
        pytest.param(SOURCE, {"sha256": "b" * 64}, id="other rows"),
    ],
)
def test_only_the_same_rows_of_the_same_source_are_repeated(
    store: Store, source: str, changes: dict[str, str]
):
    keep_night(store, SOURCE, SNAPSHOT)

    keep_night(store, source, replace(SNAPSHOT, night="2026-01-06", **changes))


def test_a_source_without_nights_cannot_refuse_repeated_ones():
    strict = Contract.model_validate({"columns": COLUMNS, "repeated_nights": "refuse"})

    with pytest.raises(SpecError, match="none can be refused as repeated"):
        check_source("leads.csv", strict, window=1)
