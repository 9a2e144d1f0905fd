"""Whom a row is about: a column, several together, or nobody; and a holdout of what came last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.config.settings import SecretKey
from airlock.core.entity import MADE
from airlock.core.errors import DataError, SpecError
from airlock.core.time_split import TimeSplit
from airlock.stages.redact.record import Redaction
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.redact import RedactionContext, redact
from tests.tables import validation_of

LAST = date(2026, 1, 31)
COLUMNS = {"shop": "keep", "customer": "pseudonym", "day": "drop", "fee": "keep", "left": "keep"}

Run = Callable[..., tuple[Redaction, pa.Table]]


def rows(count: int = 400) -> pa.Table:
    """Each customer of each shop, on days up to the last of January."""
    return pa.table(
        {
            "shop": [f"S{at % 4}" for at in range(count)],
            "customer": [f"C{at % 50}" for at in range(count)],
            "day": [LAST - timedelta(days=at % 31) for at in range(count)],
            "fee": [float(at) for at in range(count)],
            "left": [at % 2 for at in range(count)],
        }
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(table: pa.Table | None = None, **changes: Any) -> tuple[Redaction, pa.Table]:
        out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        source = tmp_path / f"in{len(list(tmp_path.iterdir()))}"
        given: dict[str, Any] = {
            "entity": "customer",
            "model": "churn",
            "pseudonym_key": SecretKey(bytes(32)),
            "split_key": SecretKey(bytes(range(32))),
            "night": LAST.isoformat(),
        }
        table = rows() if table is None else table
        quasi = changes.pop("quasi", ())
        spec = RedactionSpec.model_validate(
            {
                "columns": {name: {"action": COLUMNS[name]} for name in table.column_names},
                "quasi_identifiers": quasi,
            }
        )
        record = redact(
            validation_of(table, source),
            spec,
            RedactionContext(**{**given, **changes}),
            table=source,
            out=out,
        )
        return record, pa.concat_tables(pq.read_table(out / one.path) for one in record.parts)

    return run


def folds_by(table: pa.Table, *names: str) -> dict[Any, set[str]]:
    found: dict[Any, set[str]] = {}
    for row in table.to_pylist():
        found.setdefault(tuple(row[name] for name in names), set()).add(row["fold"])
    return found


def test_several_columns_together_share_a_fold_and_have_a_key_of_their_own(run: Run):
    record, table = run(entity=("shop", "customer"))

    assert (record.entity, record.made_of) == (MADE, ("shop", "customer"))
    assert all(len(folds) == 1 for folds in folds_by(table, "shop", "customer").values())
    assert len(folds_by(table, MADE)) == len(folds_by(table, "shop", "customer")) == 100
    assert any(len(folds) > 1 for folds in folds_by(table, "customer").values())


def test_cells_that_only_look_alike_when_joined_are_two_entities(run: Run):
    table = rows(2).set_column(0, "shop", pa.array(["A;1", "A"]))
    table = table.set_column(1, "customer", pa.array(["2", "1;2"]))

    _, out = run(table, entity=("shop", "customer"), model=None)

    assert len(set(out[MADE].to_pylist())) == 2


def test_a_row_that_lacks_a_part_of_its_entity_is_refused(run: Run):
    table = rows(4).set_column(0, "shop", pa.array(["A", None, "B", "C"]))

    with pytest.raises(DataError, match=r"1 rows have no shop \+ customer"):
        run(table, entity=("shop", "customer"))


def test_without_a_column_equal_rows_share_a_fold_and_the_target_tells_none_apart(run: Run):
    table = rows(300)
    other = table.set_column(4, "left", pa.array([1 - one for one in table["left"].to_pylist()]))

    record, once = run(pa.concat_tables([table, table]), entity="row", unlike="left")
    _, again = run(other, entity="row", unlike="left")

    assert record.made_of == ("row",)
    assert set(record.folds) == {"train", "validation", "holdout"}
    assert all(record.folds.values())
    assert once[MADE].to_pylist()[:300] == once[MADE].to_pylist()[300:] == again[MADE].to_pylist()
    assert once["fold"].to_pylist()[:300] == again["fold"].to_pylist()


def test_what_an_entity_of_rows_costs_is_said_plainly(run: Run):
    record, _ = run(entity="row", quasi=["shop"])
    whole, _ = run(entity="customer", quasi=["shop"])

    said = " ".join(record.facts())
    assert "nobody's rows can be found for an erasure" in said
    assert "groups of people count rows" in said
    assert record.anonymity is not None
    assert whole.anonymity is not None
    assert record.anonymity.smallest == 100 > whole.anonymity.smallest


def test_a_column_called_row_is_a_column(run: Run):
    table = rows(40).rename_columns(["shop", "customer", "day", "fee", "left"])
    record, _ = run(table, entity="customer")

    assert record.made_of is None
    assert "made_of" not in record.to_json()


def test_another_entity_is_another_split(run: Run):
    splits = [run(entity=one)[0].split for one in ("customer", ("shop", "customer"), "row")]

    assert len(set(splits)) == 3


def test_what_came_last_is_held_out_and_what_stops_the_training_lies_before(run: Run):
    record, table = run(split=TimeSplit(column="day", holdout=7, validation=3))
    days = rows()["day"].to_pylist()

    for day, fold in zip(days, table["fold"].to_pylist(), strict=True):
        back = (LAST - day).days
        assert fold == ("holdout" if back < 7 else "validation" if back < 10 else "train")
    assert record.holdout_from == "2026-01-25T00:00:00+00:00"
    assert record.in_both == 50
    assert "50 entities of the holdout have earlier rows in the training" in " ".join(
        record.facts()
    )


def test_entities_may_be_kept_apart_as_well(run: Run):
    record, table = run(split=TimeSplit(column="day", holdout=7, entities="apart"))

    seen = folds_by(table, "customer")
    assert not any({"train", "holdout"} <= folds for folds in seen.values())
    assert record.folds["none"] > 0
    assert record.in_both == 0


@pytest.mark.parametrize("entities", ["shared", "apart"])
def test_every_row_of_an_entity_with_several_goes_by_its_own_day(run: Run, entities: str):
    split = TimeSplit.model_validate(
        {"column": "day", "holdout": 7, "validation": 3, "entities": entities}
    )
    record, table = run(split=split)
    by_entity: dict[str, list[tuple[int, str]]] = {}
    for day, row in zip(rows()["day"].to_pylist(), table.to_pylist(), strict=True):
        by_entity.setdefault(row["customer"], []).append(((LAST - day).days, row["fold"]))

    assert len(by_entity) == 50
    assert {len(one) for one in by_entity.values()} == {8}
    for seen in by_entity.values():
        late = {fold for back, fold in seen if back < 7}
        held = "holdout" in late
        for back, fold in seen:
            by_day = "holdout" if back < 7 else "validation" if back < 10 else "train"
            # Apart, who is held out is in no training, and nobody else in the holdout.
            left_out = entities == "apart" and (held != (by_day == "holdout"))
            assert fold == ("none" if left_out else by_day)
    counted = sum(
        any(back < 7 for back, _ in one) and any(fold == "train" for _, fold in one)
        for one in by_entity.values()
    )
    assert record.in_both == (counted if entities == "shared" else 0)


def test_a_later_night_moves_the_holdout_and_not_the_split(run: Run):
    split = TimeSplit(column="day", holdout=7)
    first, _ = run(split=split, night="2026-01-24")
    later, _ = run(split=split, night="2026-01-31")

    assert first.split == later.split
    assert str(first.holdout_from) < str(later.holdout_from)
    assert first.split != run(split=TimeSplit(column="day", holdout=8))[0].split


def test_moments_are_read_in_utc_and_nights_of_hours_count_hours(run: Run):
    begin = datetime(2026, 1, 31, 20, tzinfo=UTC)
    moments = [(begin + timedelta(minutes=30 * at)).replace(tzinfo=None) for at in range(8)]
    table = rows(8).set_column(2, "day", pa.array(moments, pa.timestamp("us")))

    _, out = run(
        table, split=TimeSplit(column="day", holdout=1, validation=1), night="2026-01-31T23"
    )

    assert out["fold"].to_pylist() == ["train"] * 4 + ["validation"] * 2 + ["holdout"] * 2


def test_a_row_of_no_time_is_in_no_fold(run: Run):
    table = rows(4).set_column(2, "day", pa.array([LAST, None, LAST, LAST]))

    with pytest.raises(DataError, match="1 rows have no day"):
        run(table, split=TimeSplit(column="day", holdout=1))


def test_a_holdout_ordered_by_what_is_no_time_is_refused(run: Run):
    with pytest.raises(SpecError, match="which is no date"):
        run(split=TimeSplit(column="fee", holdout=1))
