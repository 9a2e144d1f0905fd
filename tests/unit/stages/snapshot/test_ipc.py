"""Arrow IPC and Feather files are read like Parquet, and what they say of themselves is checked."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import ipc, plan

Freeze = Callable[..., Snapshot]

ROWS = pa.table(
    {
        "id": ["a", "b", "ü"],
        "age": pa.array([1, 2, 3], pa.int32()),
        "fee": pa.array([0.5, None, float("nan")]),
        "note": pa.array([None, "x", ""], pa.string()),
    }
)


def write(path: Path, table: pa.Table = ROWS, **options: Any) -> None:
    with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


def test_the_same_rows_have_the_same_digest_as_parquet(place: Path, freeze: Freeze, tmp_path: Path):
    write(place / "a.arrow")
    pq.write_table(ROWS, place / "b.parquet")

    assert freeze("a.arrow").sha256 == freeze("b.parquet", out=tmp_path / "again").sha256


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda path: ROWS.to_pandas().to_feather(path), id="pandas"),
        pytest.param(lambda path: pl.from_arrow(ROWS).write_ipc(path), id="polars, views of text"),
        pytest.param(
            lambda path: pl.from_arrow(ROWS).write_ipc(path, compression="zstd"), id="polars, zstd"
        ),
        pytest.param(lambda path: feather.write_feather(ROWS, str(path), "lz4"), id="pyarrow, lz4"),
        pytest.param(lambda path: write(path, _coded(ROWS)), id="a dictionary"),
        pytest.param(lambda path: write(path, _large(ROWS)), id="large texts"),
    ],
)
def test_what_usual_writers_write_is_read(
    place: Path, freeze: Freeze, tmp_path: Path, written: Callable[[Path], None]
):
    written(place / "a.FEATHER")
    frozen = freeze("a.FEATHER")

    rows = pq.read_table(tmp_path / "out").to_pylist()
    assert frozen.rows == 3
    assert [row["id"] for row in rows] == ["a", "b", "ü"]
    assert [row["fee"] for row in rows] == [0.5, None, None]


def _coded(table: pa.Table) -> pa.Table:
    return table.set_column(0, "id", table.column("id").dictionary_encode())


def _large(table: pa.Table) -> pa.Table:
    return table.set_column(0, "id", table.column("id").cast(pa.large_string()))


def test_a_column_of_another_type_is_refused_by_name(place: Path, freeze: Freeze):
    write(place / "a.arrow", ROWS.set_column(1, "age", ROWS.column("age").cast(pa.string())))

    with pytest.raises(DataError, match="age is string, not integer"):
        freeze("a.arrow")


def test_feather_of_the_first_version_and_streams_are_refused_in_words(place: Path, freeze: Freeze):
    (place / "a.feather").write_bytes(b"FEA1" + bytes(100))
    with pa.OSFile(str(place / "b.arrow"), "wb") as raw, pa.ipc.new_stream(raw, ROWS.schema) as out:
        out.write_table(ROWS)

    with pytest.raises(DataError, match="Feather file of the first version"):
        freeze("a.feather")
    with pytest.raises(DataError, match="a stream and no file"):
        freeze("b.arrow")


@pytest.mark.parametrize("kept", [0, 1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(place: Path, freeze: Freeze, kept: float):
    write(place / "whole.arrow")
    data = (place / "whole.arrow").read_bytes()
    (place / "a.arrow").write_bytes(
        data[: kept if isinstance(kept, int) else int(len(data) * kept)]
    )

    with pytest.raises(DataError, match=r"cannot be read as an Arrow file|is empty"):
        freeze("a.arrow")


def test_a_column_that_claims_to_unpack_to_more_is_refused_before_it_does(
    place: Path, freeze: Freeze
):
    write(place / "a.arrow", pa.table({**_columns(), "note": ["x" * 5000] * 3}), compression="zstd")
    data = bytearray((place / "a.arrow").read_bytes())
    at = data.rindex(struct.pack("<q", 15_000))
    data[at : at + 8] = struct.pack("<q", 1 << 40)
    (place / "a.arrow").write_bytes(data)

    with pytest.raises(DataError, match=r"1,099,511,\d+,?\d* bytes, with its dictionaries"):
        freeze("a.arrow")


def test_batches_are_bounded(place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ipc, "PAGES_BYTES", 50)
    write(place / "a.arrow")

    with pytest.raises(DataError, match="fewer rows a batch"):
        freeze("a.arrow")


def test_views_of_the_same_long_text_are_read_piece_by_piece(
    place: Path, freeze: Freeze, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plan, "BATCH_BYTES", 1 << 20)
    one = pa.array(["y" * (128 << 10)], pa.string_view())
    views = one.buffers()[1].to_pybytes() * 40
    same = pa.Array.from_buffers(
        pa.string_view(), 40, [None, pa.py_buffer(views), one.buffers()[2]]
    )
    write(place / "a.arrow", pa.table({**_columns(40), "note": same}))

    # 40 times the text that the file holds: read a few at a time, and measured as they unpack.
    with pa.ipc.open_file(place / "a.arrow") as file:
        rows = [piece.num_rows for piece in plan.pieces(file.get_batch(0))]
    assert rows == [8] * 5
    assert freeze("a.arrow", CONTRACT).rows == 40
    pieces = [pq.ParquetFile(one).metadata.num_rows for one in (tmp_path / "out").iterdir()]
    assert sum(pieces) == 40


def test_rows_that_take_no_bytes_are_no_rows(place: Path, freeze: Freeze):
    write(place / "a.arrow", pa.table({name: pa.nulls(10) for name in ROWS.column_names}))
    data = bytearray((place / "a.arrow").read_bytes())
    while (at := data.find(struct.pack("<q", 10))) >= 0:
        data[at : at + 8] = struct.pack("<q", 1 << 50)
    (place / "a.arrow").write_bytes(data)

    with pytest.raises(DataError, match="cannot be read as an Arrow file"):
        freeze("a.arrow")


def _columns(rows: int = 3) -> dict[str, Any]:
    return {
        "id": [str(at) for at in range(rows)],
        "age": list(range(rows)),
        "fee": [1.0] * rows,
    }


CONTRACT = Contract.model_validate(
    {
        "max_ratio": 100_000,
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer"},
            "fee": {"type": "number"},
            "note": {"type": "string"},
        },
    }
)

_FUZZ = """
import sys, random
from pathlib import Path
from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables

whole, folder = Path(sys.argv[1]), Path(sys.argv[2])
seed, count = int(sys.argv[3]), int(sys.argv[4])
contract = Contract.model_validate({"columns": {
    "id": {"type": "string"}, "age": {"type": "integer"},
    "fee": {"type": "number", "nullable": True}, "note": {"type": "string", "nullable": True}}})
data, chance, read = whole.read_bytes(), random.Random(seed), 0
for _ in range(count):
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        changed[at] = chance.choice([0, 1, 127, 128, 255, changed[at] ^ 1 << chance.randrange(8)])
    path = folder / "a.arrow"
    path.write_bytes(changed)
    try:
        for table in tables([DeliveredFile(name="a.arrow", path=path)], contract):
            table.validate(full=True)
        read += 1
    except DataError:
        pass
print("survived", read)
"""


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda path: write(path, _coded(ROWS)), id="plain"),
        pytest.param(lambda path: write(path, _coded(ROWS), compression="lz4"), id="packed"),
        pytest.param(lambda path: pl.from_arrow(ROWS).write_ipc(path), id="views"),
    ],
)
def test_no_damage_ends_the_process_or_gives_a_wrong_text(
    tmp_path: Path, written: Callable[[Path], None]
):
    written(tmp_path / "whole.arrow")
    seed = str(random.Random("ipc").randrange(1 << 30))

    ended = subprocess.run(
        [sys.executable, "-c", _FUZZ, str(tmp_path / "whole.arrow"), str(tmp_path), seed, "300"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.startswith("survived")


def test_pandas_is_not_needed_to_know_what_it_wrote(place: Path, freeze: Freeze):
    frame = pd.DataFrame({**_columns(), "note": ["a", None, "c"]})
    frame["id"] = frame["id"].astype("category")
    frame.to_feather(place / "a.feather")

    assert freeze("a.feather").rows == 3
