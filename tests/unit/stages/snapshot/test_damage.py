"""Damaged files are refused, hard cells are not."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import DeliveredFile, parquet

Freeze = Callable[..., Snapshot]

GOOD = "id,age,fee,note\na,31,9.5,hello\nb,42,,\n"


def frozen(tmp_path: Path) -> pa.Table:
    return pq.read_table(tmp_path / "out")


PACKED = gzip.compress("".join([GOOD, *(f"r{n},{n},1,x\n" for n in range(50_000))]).encode())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PACKED[:5], id="cut in its first bytes"),
        pytest.param(PACKED[: len(PACKED) // 2], id="cut in the middle"),
        pytest.param(PACKED[:-1], id="cut by one byte"),
        pytest.param(PACKED[:60_000] + b"?" + PACKED[60_001:], id="a byte flipped"),
        pytest.param(PACKED[:-6] + b"?" + PACKED[-5:], id="a checksum flipped"),
        pytest.param(PACKED + b"something else", id="something behind it"),
        pytest.param(GOOD.encode(), id="not packed at all"),
    ],
)
def test_a_damaged_gzip_file_is_refused(freeze: Freeze, place: Path, data: bytes):
    (place / "rows.csv.gz").write_bytes(data)

    with pytest.raises(DataError, match=r"rows\.csv\.gz cannot be unpacked"):
        freeze("rows.csv.gz")


@pytest.mark.parametrize("data", [b"", gzip.compress(b"")], ids=["no byte", "nothing packed"])
def test_an_empty_gzip_file_is_refused(freeze: Freeze, place: Path, data: bytes):
    (place / "rows.csv.gz").write_bytes(data)

    with pytest.raises(DataError, match=r"is empty|cannot be unpacked"):
        freeze("rows.csv.gz")


def test_gzip_files_behind_one_another_in_one_file_are_read_whole(freeze: Freeze, place: Path):
    packed = gzip.compress(GOOD.encode()) + gzip.compress(b"c,1,1,x\n")
    (place / "rows.csv.gz").write_bytes(packed)

    assert freeze("rows.csv.gz").rows == 3


def test_a_cell_of_ten_megabytes_is_kept_whole(freeze: Freeze, place: Path, tmp_path: Path):
    (place / "rows.csv").write_text(GOOD.replace("hello", "x" * 10_000_000))

    freeze("rows.csv")

    assert len(frozen(tmp_path)["note"][0].as_py()) == 10_000_000


def test_the_same_partition_twice_is_a_repeated_key(freeze: Freeze, place: Path):
    for name in ("a.csv", "b.csv"):
        (place / name).write_text(GOOD)

    with pytest.raises(DataError, match="2 values of id stand in several rows"):
        freeze("*.csv")


def test_parquet_cells_of_ten_megabytes_come_a_few_at_a_time(
    freeze: Freeze, place: Path, monkeypatch: pytest.MonkeyPatch
):
    wide = pa.table({"id": [f"{n}" + "x" * 10_000_000 for n in range(9)]})
    pq.write_table(wide, place / "rows.parquet")
    sizes: list[int] = []
    canonical = parquet.canonical

    def watched(file: DeliveredFile, table: pa.Table, contract: Contract) -> pa.Table:
        sizes.append(table.num_rows)
        return canonical(file, table, contract)

    monkeypatch.setattr(parquet, "canonical", watched)

    freeze("rows.parquet", Contract.model_validate({"columns": {"id": {"type": "string"}}}))

    assert sizes == [6, 3]


def test_parquet_texts_that_are_not_utf_8_are_refused(freeze: Freeze, place: Path):
    texts = pa.array([b"whole", b"\xff\xfe"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"id": texts}), place / "rows.parquet")

    with pytest.raises(DataError, match="texts that are not UTF-8"):
        freeze("rows.parquet", Contract.model_validate({"columns": {"id": {"type": "string"}}}))
