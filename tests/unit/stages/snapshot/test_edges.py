"""Small, wide, flat and empty tables are frozen right, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.stages.snapshot.record import Snapshot

Freeze = Callable[..., Snapshot]


def contract(**kinds: Any) -> Contract:
    declared = {
        name: kind if isinstance(kind, dict) else {"type": kind, "nullable": True}
        for name, kind in kinds.items()
    }
    return Contract.model_validate({"columns": declared})


def frozen(tmp_path: Path, column: str) -> list[Any]:
    return list(pq.read_table(tmp_path / "out")[column].to_pylist())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        pytest.param({"id": "string", "v": "integer"}, 300, id="300 rows"),
        pytest.param({"id": "string", "v": "string"}, 300, id="one class"),
        pytest.param({"id": "string"}, 100_001, id="100,001 categories"),
        pytest.param({"id": "string", **{f"c{n}": "number" for n in range(3000)}}, 3, id="wide"),
        pytest.param({"id": "string", "nothing": "number"}, 300, id="only nulls in a column"),
        pytest.param({"id": "string", "nothing": "string"}, 300, id="only nulls in a text"),
        pytest.param({"id": "string", "nothing": "timestamp"}, 300, id="only nulls in a time"),
    ],
)
def test_a_table_at_the_edge_is_frozen_right(
    freeze: Freeze, place: Path, tmp_path: Path, kind: str, columns: dict[str, str], rows: int
):
    cells = {"id": lambda n: f"r{n}", "nothing": lambda n: None}
    table = {name: [cells.get(name, lambda n: "1")(n) for n in range(rows)] for name in columns}
    if kind == "csv":
        lines = (",".join(cell or "" for cell in row) for row in zip(*table.values(), strict=True))
        (place / "rows.csv").write_text(",".join(table) + "\n" + "\n".join(lines) + "\n")
    else:
        wanted = {"integer": pa.int64(), "number": pa.float64(), "timestamp": pa.timestamp("us")}
        arrays = {
            name: pa.array(values).cast(wanted.get(columns[name], pa.string()))
            for name, values in table.items()
        }
        pq.write_table(pa.table(arrays), place / "rows.parquet")

    record = freeze(f"rows.{kind}", contract(**columns))

    assert (record.rows, len(record.columns)) == (rows, len(columns))
    assert frozen(tmp_path, "id") == table["id"]
    if "nothing" in columns:
        assert set(frozen(tmp_path, "nothing")) == {None}


# How each type is spelled in text

T, N, W, B, D = "timestamp", "number", "integer", "boolean", "date"
NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001  # canonical times are UTC without a zone


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (W, "007", 7),
        (W, " 7\t", 7),
        (W, "-0", 0),
        (W, "9223372036854775807", 2**63 - 1),
        (N, "1e5", 1e5),
        (N, "+.5", 0.5),
        (N, " 5. ", 5.0),
        (N, "NaN", None),
        (B, "TRUE", True),
        (B, "0", False),
        (D, "2026-01-05", date(2026, 1, 5)),
        (D, "9999-12-31", date(9999, 12, 31)),
        (T, "2026-01-05T12:00:00Z", NOON),
        (T, "2026-01-05 14:00:00+02:00", NOON),
        (T, "2026-01-05T14:00:00+0200", NOON),
        (T, "2026-01-05T04:00:00.000-08", NOON),
        (T, "2026-01-05 12:00", NOON),
        (T, "2026-01-05", datetime(2026, 1, 5)),  # noqa: DTZ001  # see above
        ({"type": D, "format": "%d.%m.%Y"}, "05.01.2026", date(2026, 1, 5)),
        ({"type": D, "format": "%d.%m.%Y"}, "5.1.2026", date(2026, 1, 5)),
        ({"type": D, "format": "%m/%d/%y"}, "1/5/26", date(2026, 1, 5)),
        ({"type": D, "format": "%m/%d/%y"}, "1/5/69", date(1969, 1, 5)),
        ({"type": D, "format": "%Y%m%d"}, "20260105", date(2026, 1, 5)),
        ({"type": D, "format": "%d-%b-%Y"}, "05-JAN-2026", date(2026, 1, 5)),
        ({"type": T, "format": "%d.%m.%Y %H:%M"}, "05.01.2026 12:00", NOON),
        ({"type": T, "format": "%d/%m/%Y %H:%M:%S.%f%z"}, "5/1/2026 14:00:00.0+02:00", NOON),
    ],
)
def test_what_a_type_takes(
    freeze: Freeze, place: Path, tmp_path: Path, kind: Any, text: str, value: Any
):
    (place / "rows.csv").write_text(f"id,v\na,{text}\nb,\n")
    declared = {"nullable": True, **(kind if isinstance(kind, dict) else {"type": kind})}

    freeze("rows.csv", contract(id="string", v=declared))

    assert frozen(tmp_path, "v") == [value, None]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((W, text) for text in ("0x10", "1_000", "1.0", "1e3", "+5", "nan", "1 000", "--1", "٣")),
        (W, "9223372036854775808"),
        *((N, text) for text in ("0x10", "1_000", "1,5", "1.000,5", "1d5", "nan(ind)", "1 0", "-")),
        *((B, text) for text in ("yes", "Ja", "2", "tRUE", "t", "1.0")),
        *((D, text) for text in ("05.01.2026", "01/05/2026", "20260105", "2026-1-5", "20458")),
        *((D, text) for text in ("2026-02-30", "2026-01-05T00:00", " 2026-01-05", "0000-01-01")),
        *((T, text) for text in ("05.01.2026 12:00", "1767614400", "2026-01-05T24:00:00", "12:00")),
        *((T, text) for text in ("2026-01-05T12:00:00.0000001", "2026-01-05T12:00:60", "noon")),
        *((T, text) for text in ("2026-01-05T12:00:00 CET", "2026-01-05T12:00:00+99:00")),
        *(
            ({"type": D, "format": "%d.%m.%Y"}, text)
            for text in ("2026-01-05", "31.02.2026", "5.13.2026", "5.1.26", "5.1.2026 ", "x5.1.26")
        ),
    ],
)  # fmt: skip
def test_what_a_type_refuses_with_its_row(freeze: Freeze, place: Path, kind: Any, text: str):
    (place / "rows.csv").write_text(f'id,v\na,\nb,"{text}"\n')
    declared = {"nullable": True, **(kind if isinstance(kind, dict) else {"type": kind})}

    with pytest.raises(DataError, match=r"v has .*first in row 2|outside of the years") as caught:
        freeze("rows.csv", contract(id="string", v=declared))

    assert text not in str(caught.value) or len(text) < 3


def test_the_first_wrong_row_is_found_behind_a_block(freeze: Freeze, place: Path):
    good = "".join(f"{n},{'x' * 100}\n" for n in range(200_000))
    (place / "rows.csv").write_text(f"n,note\n{good}0x1,x\n{good}")

    with pytest.raises(DataError, match=r"n has cells .* \(first in row 200001\)"):
        freeze("rows.csv", contract(n="integer", note="string"))


def test_a_decimal_comma_is_read_only_where_the_contract_says_so(
    freeze: Freeze, place: Path, tmp_path: Path
):
    (place / "rows.csv").write_text("id;v\na;1,5\n")
    plain = contract(id="string", v="number")
    comma = plain.model_copy(update={"csv": plain.csv.model_copy(update={"decimal": ","})})

    with pytest.raises(DataError, match="v has cells"):
        freeze("rows.csv", plain)
    freeze("rows.csv", comma)
    assert frozen(tmp_path, "v") == [1.5]
    (place / "rows.csv").write_text("id;v\na;1.5\n")
    with pytest.raises(DataError, match="v has cells"):
        freeze("rows.csv", comma)


@pytest.mark.parametrize("night", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_night_are_nights(freeze: Freeze, place: Path, night: str):
    (place / f"{night}.csv").write_text(f"day\n{night}\n")
    strict = contract(day={"type": "date", "not_after_night": True})

    assert freeze("{night}.csv", strict, night=night).night == night


def test_the_hour_that_is_there_twice_is_two_hours_in_utc(
    freeze: Freeze, place: Path, tmp_path: Path
):
    times = [
        "2026-03-29T01:59:59+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]
    (place / "rows.csv").write_text("at\n" + "\n".join(times) + "\n")

    freeze("rows.csv", contract(at="timestamp"))

    told = frozen(tmp_path, "at")
    assert [f"{one:%d %H:%M:%S}" for one in told] == [
        "29 00:59:59",
        "29 01:00:00",
        "25 00:30:00",
        "25 01:30:00",
    ]


def test_a_header_beyond_bounds_is_named(freeze: Freeze, place: Path):
    (place / "rows.csv").write_text("x" * (2 << 20))

    with pytest.raises(DataError, match="that is no header"):
        freeze("rows.csv", contract(id="string"))


def test_a_window_that_begins_before_the_first_day_is_refused(freeze: Freeze):
    with pytest.raises(SpecError, match="begins before the year 1"):
        freeze("{night}.csv", contract(id="string"), night="0001-01-05", window=6)


def test_the_last_night_is_waited_for(freeze: Freeze):
    waiting = contract(id="string").model_copy(update={"lateness": "6h"})

    assert waiting.deadline("9999-12-31") == datetime.max.replace(tzinfo=UTC)
