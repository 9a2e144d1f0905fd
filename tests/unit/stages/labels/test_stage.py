"""Labels: joined by key and night; what contradicts itself, or was never scored, is refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.errors import AirlockError, DataError, SpecError
from airlock.core.quoting import cell
from airlock.stages.labels.record import Labelled
from airlock.stages.labels.stage import collect
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.snapshot.record import Part
from tests.cases import shared_cases

SCORED: Mapping[str, set[str]] = {"2026-01-04": {"a", "b", "c"}, "2026-01-05": {"a", "b"}}
NONE = pd.Series(dtype=object)


def delivered(folder: Path, rows: Mapping[str, list[Any]], action: str, gone: int) -> Redaction:
    """Redacted labels; `gone` rows of them were about somebody who was erased."""
    folder.mkdir()
    table = pa.table(rows)
    pq.write_table(table, folder / "part-00000.parquet")
    return Redaction(
        spec="0" * 64,
        night="2026-01-05",
        rows=len(table),
        quarantined=0,
        columns=(RedactedColumn(name="customer_id", action=action, changed=0, found={}),),
        schema=tuple((name, "string") for name in rows),
        entity="customer_id",
        pseudonym_key="0" * 16,
        split=None,
        folds={},
        parts=(Part(path="part-00000.parquet", rows=len(table)),),
        suppressed=gone,
    )


def collected(
    tmp_path: Path,
    rows: Mapping[str, list[Any]],
    *,
    action: str = "pseudonym",
    gone: int = 0,
    **changes: Any,
) -> Labelled:
    out = tmp_path / "out"
    out.mkdir()
    arguments: dict[str, Any] = {
        "model": "churn",
        "night": "2026-01-09",
        "label": "churned",
        "scored": "scored" if "scored" in rows else None,
        "reviewer": "reviewer" if "reviewer" in rows else None,
        "keys": SCORED.get,
        "known": lambda night: NONE,
    }
    redaction = delivered(tmp_path / "table", rows, action, gone)
    return collect(redaction, table=tmp_path / "table", out=out, **arguments | changes)


def test_labels_are_joined_by_key_and_night_and_counted(tmp_path: Path):
    rows = {
        "customer_id": ["a", "b", "nobody", "a"],
        "scored": ["2026-01-04", "2026-01-04", "2026-01-04", "2026-01-05"],
        "churned": [1, 0, 1, 0],
    }

    record = collected(tmp_path, rows)

    first, second = record.nights
    assert (first.night, first.labels, first.joined, first.unmatched, first.late) == (
        "2026-01-04", 3, 2, 1, 5,
    )  # fmt: skip
    assert (second.night, second.labels, second.joined) == ("2026-01-05", 1, 1)
    written = pq.read_table(tmp_path / "out" / first.path).to_pylist()
    assert written[0] == {"row_key": "a", "label": "1"}
    assert Labelled.from_json(record.to_json()) == record


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([1, 2], id="integers"),
        pytest.param([1.0, 2.0], id="numbers, as pandas writes them beside a missing one"),
        pytest.param([" 1", "2 "], id="texts with blanks"),
        pytest.param(["1.0", "2.00"], id="texts of what were floats"),
    ],
)
def test_a_key_that_goes_out_as_it_is_is_found_in_every_type(tmp_path: Path, keys: list[Any]):
    rows = {"customer_id": keys, "churned": [1, 0]}

    record = collected(
        tmp_path, rows, night="2026-01-04", action="keep", keys={"2026-01-04": {"1", "2"}}.get
    )

    assert [(one.labels, one.joined) for one in record.nights] == [(2, 2)]


def test_a_delivery_whose_keys_are_all_unknown_is_no_success(tmp_path: Path):
    rows = {"customer_id": ["a1", "b1"], "scored": ["2026-01-04"] * 2, "churned": [1, 0]}

    verdict = collected(tmp_path, rows).verdict

    assert (verdict.passed, verdict.repair) == (False, True)
    assert verdict.reasons[0].startswith("None of 2 labels is about a row that churn scored.")


def test_without_a_column_for_it_all_rows_are_about_the_runs_night(tmp_path: Path):
    rows = {"customer_id": ["a"], "churned": [True]}

    record = collected(tmp_path, rows, night="2026-01-05")

    assert [one.night for one in record.nights] == ["2026-01-05"]
    assert pq.read_table(tmp_path / "out/2026-01-05.parquet")["label"].to_pylist() == ["true"]


def test_a_column_of_days_names_nights(tmp_path: Path):
    rows = {"customer_id": ["a", "b"], "scored": [date(2026, 1, 4)] * 2, "churned": [1, 0]}

    record = collected(tmp_path, rows)

    assert [(one.night, one.joined) for one in record.nights] == [("2026-01-04", 2)]


def test_the_shared_case_of_day_first_nights_is_refused(tmp_path: Path):
    with (shared_cases("rows") / "08-day-first-nights" / "labels.csv").open() as file:
        [row] = csv.DictReader(file)
    rows = {"customer_id": ["a"], "scored": [row["scored_on"]], "churned": [row["churned"]]}

    # Month first it would be a night that was scored.
    with pytest.raises(DataError, match="is no date"):
        collected(tmp_path, rows, night="2026-05-01", keys=lambda night: {"a"})


def test_what_is_said_twice_counts_once(tmp_path: Path):
    record = collected(tmp_path, {"customer_id": ["a", "a"], "churned": [1, 1]}, night="2026-01-05")

    assert (record.rows, record.repeated, record.nights[0].labels) == (2, 1, 1)


def test_a_later_delivery_may_correct_an_earlier_one(tmp_path: Path):
    known = pd.Series({"a": "0", "b": "1"})

    record = collected(
        tmp_path,
        {"customer_id": ["a", "b"], "churned": [1, 1]},
        night="2026-01-05",
        known=lambda night: known,
    )

    assert record.nights[0].corrected == 1


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        pytest.param(
            {"customer_id": ["a", "a"], "churned": [0, 1]},
            DataError,
            "1 keys have two different labels",
            id="rows contradict each other",
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": ["2025-12-31"], "churned": [0]},
            DataError,
            "2025-12-31, which churn never scored",
            id="a night that was never scored",
        ),
        pytest.param(
            {"customer_id": ["a"], "churned": [0], "why": ["moved"]},
            SpecError,
            "exactly the columns",
            id="a column that nobody knows",
        ),
        pytest.param({"customer_id": ["a"]}, SpecError, "exactly the columns", id="no label"),
        pytest.param(
            {"customer_id": ["a", None], "churned": [0, 1]},
            DataError,
            "1 rows lack",
            id="a missing key",
        ),
        pytest.param(
            {"customer_id": ["a", "b"], "churned": [0, 1], "reviewer": ["ada", None]},
            DataError,
            "1 answers do not say who gave them",
            id="an answer of nobody",
        ),
        pytest.param(
            {"customer_id": ["a"], "churned": [0], "reviewer": ["  "]},
            DataError,
            "1 answers do not say who gave them",
            id="a reviewer of blanks",
        ),
        pytest.param(
            {"customer_id": ["a", "b"], "churned": [0, None], "reviewer": ["ada", "ada"]},
            DataError,
            "1 rows have a reviewer and no answer",
            id="a reviewer without an answer",
        ),
        pytest.param(
            {"customer_id": ["a", "a"], "churned": [0, 1], "reviewer": ["ada", "grace"]},
            DataError,
            "1 keys have two different labels",
            id="two people who contradict each other",
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": ["secret"], "churned": [0]},
            DataError,
            "is no date",
            id="a night that is none",
        ),
        *(
            pytest.param(
                {"customer_id": ["a", "b"], "scored": ["2026-01-04", night], "churned": [0, 1]},
                DataError,
                "is no date. Write it as year-month-day",
                id=f"a night written {night!r}",
            )
            for night in (
                "04/01/2026",
                "01.04.2026",
                "4 January 2026",
                "20260104",
                "2026-1-4",
                "2026-04",
                "2026-01-04 10:00",
                " 2026-01-04",
                "2026-01-04\n",
                "2026-02-30",
                "now",
                "",
            )
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": [20260104], "churned": [0]},
            DataError,
            "is no date",
            id="a night as an integer",
        ),
        pytest.param(
            {"customer_id": ["a"], "scored": [datetime(2026, 1, 4, 23)], "churned": [0]},  # noqa: DTZ001  # as a table holds it
            DataError,
            "is no date",
            id="a night as a moment",
        ),
        pytest.param(
            {"customer_id": ["a", "b"], "scored": ["2026-01-06", "2026-01-05"], "churned": [0, 1]},
            DataError,
            "1 rows have labels for a night after 2026-01-05",
            id="a night after the run's own",
        ),
    ],
)
def test_what_cannot_be_trusted_is_refused_without_a_value(
    tmp_path: Path, rows: Mapping[str, list[Any]], error: type[AirlockError], message: str
):
    with pytest.raises(error, match=message) as told:
        collected(tmp_path, rows, night="2026-01-05")

    assert "secret" not in str(told.value)
    assert not list((tmp_path / "out").iterdir())


SHEET = {
    "customer_id": ["a", "b", "c"],
    "scored": ["2026-01-04"] * 3,
    "churned": [1, None, 0],
    "reviewer": ["ada", None, "grace"],
}


def test_answers_keep_who_gave_them_and_rows_that_wait_are_no_labels(tmp_path: Path):
    record = collected(tmp_path, SHEET, action="keep")

    [night] = record.nights
    assert (record.rows, record.unanswered) == (2, 1)
    assert (night.labels, night.answered, night.joined) == (2, 2, 2)
    # A whole number beside a missing one is still a whole number.
    assert pq.read_table(tmp_path / "out/2026-01-04.parquet").to_pylist() == [
        {"row_key": "a", "label": "1", "reviewer": "ada"},
        {"row_key": "c", "label": "0", "reviewer": "grace"},
    ]
    assert Labelled.from_json(record.to_json()) == record


def test_two_people_who_say_the_same_say_it_once(tmp_path: Path):
    rows = {"customer_id": ["a", "a"], "churned": [1, 1], "reviewer": ["ada", "grace"]}

    record = collected(tmp_path, rows, night="2026-01-05")

    assert (record.repeated, record.nights[0].labels) == (1, 1)


def test_a_sheet_that_nobody_filled_in_holds_no_label(tmp_path: Path):
    rows = {
        "customer_id": ["a"],
        "churned": pa.array([None], pa.int64()),
        "reviewer": pa.array([None], pa.string()),
    }

    with pytest.raises(DataError, match="holds no label"):
        collected(tmp_path, rows, night="2026-01-05")


def test_of_keys_that_come_as_pseudonyms_none_is_kept_that_the_night_does_not_hold(tmp_path: Path):
    """Nobody can say that they are not about somebody who was erased."""
    rows = {"customer_id": ["a", "erased"], "churned": [1, 0], "reviewer": ["ada", "ada"]}

    [night] = collected(tmp_path, rows, night="2026-01-05", action="keep").nights

    assert (night.labels, night.left_out, night.unmatched) == (1, 1, 0)
    assert pq.read_table(tmp_path / "out/2026-01-05.parquet")["row_key"].to_pylist() == ["a"]


def test_labels_of_a_night_that_was_erased_are_kept_for_when_it_is_scored_again(tmp_path: Path):
    rows = {"customer_id": ["a", "b"], "churned": [1, 0]}

    record = collected(
        tmp_path, rows, night="2026-01-05", gone=1, erased="2026-01-05".__eq__, keys=never_asked
    )

    [night] = record.nights
    assert (night.erased, night.labels, night.joined, night.left_out) == (True, 2, 0, 0)
    assert "1 rows about somebody who was erased were left out." in record.facts()
    assert any("once it is scored again" in fact for fact in record.facts())


def test_answers_for_a_night_that_was_erased_are_not_kept(tmp_path: Path):
    rows = {"customer_id": ["a", "b"], "churned": [1, 0], "reviewer": ["ada", "ada"]}

    [night] = collected(
        tmp_path,
        rows,
        night="2026-01-05",
        action="keep",
        erased="2026-01-05".__eq__,
        keys=never_asked,
    ).nights

    assert (night.labels, night.left_out) == (0, 2)
    assert pq.read_table(tmp_path / "out/2026-01-05.parquet").num_rows == 0


def never_asked(night: str) -> set[str]:
    raise AssertionError(f"{night} is gone: its keys cannot be read")


@pytest.mark.parametrize("key", ["=cmd|' /C calc'!A0", "+1", "-1", "@a", "'=x", "plain", "'plain"])
def test_a_key_that_a_sheet_quoted_comes_back_as_it_was(tmp_path: Path, key: str):
    rows = {"customer_id": [cell(key)], "churned": [cell("=yes")], "reviewer": ["ada"]}

    record = collected(
        tmp_path, rows, action="keep", night="2026-01-05", keys=lambda night: frozenset({key})
    )

    assert record.nights[0].joined == 1
    written = pq.read_table(tmp_path / "out" / record.nights[0].path).to_pylist()
    assert (written[0]["row_key"], written[0]["label"]) == (key, "=yes")


def classes(*names: str) -> Any:
    return lambda night: names


@pytest.mark.parametrize("labels", [["1.0", " 1", "0"], [1.0, 1.0, 0.0], [True, True, False]])
def test_labels_are_kept_as_the_model_spells_its_classes(tmp_path: Path, labels: list[Any]):
    rows = {"customer_id": ["a", "b", "c"], "scored": ["2026-01-04"] * 3, "churned": labels}

    collected(tmp_path, rows, classes=classes("0", "1"))

    kept = pq.read_table(tmp_path / "out/2026-01-04.parquet")["label"].to_pylist()
    assert kept == ["1", "1", "0"]


def test_one_label_in_two_spellings_is_one(tmp_path: Path):
    rows = {"customer_id": ["a", "a"], "scored": ["2026-01-04"] * 2, "churned": ["1", "1.0"]}

    assert collected(tmp_path, rows, classes=classes("0", "1")).repeated == 1


def test_a_delivery_with_labels_of_no_class_is_refused_with_counts(tmp_path: Path):
    rows = {
        "customer_id": ["a", "b", "c"],
        "scored": ["2026-01-04"] * 3,
        "churned": ["secret", "yes", "No"],
    }

    with pytest.raises(DataError, match=r"2 of 3 labels are no class .* knows No, Yes") as refused:
        collected(tmp_path, rows, classes=classes("No", "Yes"))
    assert "secret" not in str(refused.value)


def test_07_the_shared_case_is_read_as_the_type_of_the_target(tmp_path: Path):
    with (shared_cases("rows") / "07-labels-of-no-class/labels.csv").open() as file:
        read = list(csv.DictReader(file))
    names = list(read[0])
    rows = {
        "customer_id": [row[names[0]] for row in read],
        "churned": [row["churned"] for row in read],
    }

    record = collected(
        tmp_path, rows, night="2026-01-04", keys=lambda night: set(), classes=classes("0", "1")
    )

    kept = pq.read_table(tmp_path / "out/2026-01-04.parquet")["label"].to_pylist()
    assert record.rows == len(read)
    assert set(kept) <= {"0", "1"}
