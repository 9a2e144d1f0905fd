"""What the contract promises of all rows together, found out in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.core import promises
from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.promises import Promises
from airlock.stages.snapshot.record import Snapshot
from tests.tables import canonical

CONTRACT = Contract.model_validate(
    {
        "key": ["id", "n"],
        "columns": {
            "id": {"type": "string", "nullable": True},
            "n": {"type": "integer", "nullable": True},
        },
    }
)
KEYS = st.lists(
    st.tuples(st.sampled_from([None, "", "a", "b"]), st.sampled_from([None, 0, -1, -2])),
    max_size=8,
)


def repeated(keys: list[tuple[str | None, int | None]], chunk: int = 3) -> str:
    """What is said of the keys; "" if they hold."""
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], []]
    table = canonical(CONTRACT, id=columns[0], n=columns[1])
    watching = Promises(CONTRACT, night="2026-01-05")
    pieces = [table.slice(at, chunk) for at in range(0, max(len(keys), 1), chunk)]
    for piece in pieces:
        watching.watch(piece)
    try:
        watching.hold("rows", lambda names: (piece.select(names) for piece in pieces))
    except DataError as error:
        return error.what
    return ""


@given(keys=KEYS)
@settings(deadline=None)
def test_every_repeated_key_is_found_and_no_other(keys: list[tuple[str | None, int | None]]):
    several = sum(count > 1 for count in Counter(keys).values())

    said = repeated(keys)

    assert said == (
        f"rows breaks the data contract: {several} values of id, n stand in several rows."
        if several
        else ""
    )


def test_different_keys_of_equal_hash_are_no_repetition(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(promises, "hash", lambda key: 7, raising=False)

    assert repeated([("a", 1), ("b", 1), ("c", 1)]) == ""
    assert "1 values of id, n" in repeated([("a", 1), ("b", 1), ("c", 1), ("a", 1)])


def test_of_very_many_suspected_keys_some_are_looked_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(promises, "_LOOKED_UP", 2)
    keys = [(name, number) for name in "abc" for number in range(3)]

    assert "9 values of id, n" in repeated(keys + keys)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param("timestamp", [-62_135_596_800_000_000, 0, None], id="moments from year 1 on"),
        pytest.param("number", [1.5, -1.5, 1e300], id="numbers"),
        pytest.param("boolean", [True, False, None], id="yes and no"),
        pytest.param("date", [date(1, 1, 1), date(9999, 12, 31), None], id="days"),
    ],
)
def test_a_key_may_be_of_any_type(
    freeze: Callable[..., Snapshot], place: Path, kind: str, values: list[object]
):
    contract = Contract.model_validate(
        {"key": ["k"], "columns": {"k": {"type": kind, "nullable": True}}}
    )
    array = pa.array(values)
    if kind == "timestamp":
        array = array.view(pa.timestamp("us"))
    pq.write_table(pa.table({"k": array}), place / "a.parquet")
    pq.write_table(pa.table({"k": array.slice(0, 2)}), place / "b.parquet")

    assert freeze("a.parquet", contract).rows == 3
    with pytest.raises(DataError, match="2 values of k stand in several rows"):
        freeze("*.parquet", contract)


NIGHTLY = Contract.model_validate(
    {
        "columns": {
            "day": {"type": "date", "not_after_night": True},
            "at": {"type": "timestamp", "not_after_night": True, "nullable": True},
            "due": {"type": "date"},
        }
    }
)


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        pytest.param(5, datetime(2026, 1, 5, 23, 59, 59, 999999, UTC), None, id="its last moment"),
        pytest.param(6, None, "day is later than the night 2026-01-05 in 1 of 1", id="a day"),
        pytest.param(5, datetime(2026, 1, 6, tzinfo=UTC), "at is later than", id="a moment"),
    ],
)
def test_what_is_later_than_the_night_is_refused_where_the_contract_says_so(
    freeze: Callable[..., Snapshot], place: Path, day: int, at: datetime | None, said: str | None
):
    table = pa.table(
        {
            "day": [date(2026, 1, day)],
            "at": pa.array([at], pa.timestamp("us", tz="UTC")),
            "due": [date(2999, 1, 1)],
        }
    )
    pq.write_table(table, place / "rows.parquet")

    if said is None:
        assert freeze("rows.parquet", NIGHTLY).rows == 1
    else:
        with pytest.raises(DataError, match=said):
            freeze("rows.parquet", NIGHTLY)
