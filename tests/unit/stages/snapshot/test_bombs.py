"""Small files that would become large are refused, and memory stays bounded meanwhile."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import DeliveredFile, bounds, parquet, plan
from airlock.stages.snapshot.stage.reading.pages import MalformedThrift, Thrift, pages

Freeze = Callable[..., Snapshot]

TEXTS = Contract.model_validate({"columns": {"t": {"type": "string"}}})
ROOT = Path(__file__).parents[4]


def dictionary_bomb(path: Path, *, text: int, rows: int) -> None:
    """One long text, and many rows that point to it."""
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), ["x" * text])
    # One text of a megabyte packs to nothing.
    pq.write_table(pa.table({"t": column.cast(pa.dictionary(pa.int32(), pa.string()))}), path,
                   compression="zstd", use_dictionary=True)  # fmt: skip


def repeated_bomb(path: Path, *, text: int, rows: int) -> None:
    """Texts that are each the one before."""
    few = pa.table({"t": ["x" * text] * 100})
    encoding = {"t": "DELTA_BYTE_ARRAY"}
    with pq.ParquetWriter(path, few.schema, use_dictionary=False, column_encoding=encoding,
                          compression="zstd") as writer:  # fmt: skip
        for _ in range(rows // 100):
            writer.write_table(few)


# In a process of its own: what it took at most is asked of the kernel, and of Arrow's pool.
MEASURED = """
import json, resource, sys
from pathlib import Path
from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.snapshot import snapshot
import pyarrow as pa
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
place = Path(sys.argv[1])
said = ""
try:
    snapshot(sys.argv[2], Contract.model_validate(json.loads(sys.argv[3])), night="2026-01-05",
             sources=(str(place),), root=place, remote=None, scratch=place / "s", out=place / "o")
except DataError as error:
    said = str(error)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"said": said, "mib": (after - before) >> 10,
                  "pool": pa.default_memory_pool().max_memory() >> 20}))
"""


def measured(place: Path, name: str, contract: Contract) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(place), name, json.dumps(contract.to_json())],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("bomb", [dictionary_bomb, repeated_bomb])
def test_a_small_parquet_file_never_takes_gigabytes(place: Path, bomb: Callable[..., None]):
    """Texts of a megabyte, some of them in a few kilobytes, and all of them far beyond memory."""
    bomb(place / "bomb.parquet", text=1 << 20, rows=400 if bomb is repeated_bomb else 4_000)
    assert (place / "bomb.parquet").stat().st_size < 200_000

    found = measured(place, "bomb.parquet", TEXTS)

    assert "unpacks to more than 2,000 times its size" in found["said"]
    assert "max_ratio" in found["said"]
    assert found["pool"] < 600
    assert found["mib"] < 900


def packed(line: bytes, *, mib: int) -> bytes:
    """A header, and many equal lines, in gzip members behind one another."""
    lines = gzip.compress(line * ((16 << 20) // len(line)))
    return gzip.compress(b"t\n") + lines * (mib // 16)


def test_a_gzip_bomb_is_refused_as_it_unpacks(place: Path):
    """Half a gigabyte of rows in half a megabyte."""
    (place / "bomb.csv.gz").write_bytes(packed(b"aaaaaaaaaaaaaaa\n", mib=512))

    found = measured(place, "bomb.csv.gz", TEXTS)

    assert "unpacks to more than 200 times its size, and to more than 256 MiB" in found["said"]
    assert found["mib"] < 700


def test_the_contract_may_allow_what_is_meant(
    freeze: Freeze, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 20)
    (place / "rows.csv.gz").write_bytes(packed(b"a" * 1023 + b"\n", mib=16))

    with pytest.raises(DataError, match="unpacks to more than 200 times"):
        freeze("rows.csv.gz", TEXTS)
    assert freeze("rows.csv.gz", TEXTS.model_copy(update={"max_ratio": 1032})).rows == 16 * 1024


def test_texts_of_a_dictionary_come_a_few_at_a_time(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan, "BATCH_BYTES", 1 << 20)
    texts = [f"{n % 7} " + "x" * 50_000 for n in range(500)]
    pq.write_table(pa.table({"t": texts, "n": range(500)}), place / "rows.parquet")
    both = Contract.model_validate({"columns": {"t": {"type": "string"}, "n": {"type": "integer"}}})

    tables = list(
        parquet.rows(DeliveredFile(name="rows.parquet", path=place / "rows.parquet"), both)
    )

    assert max(table.num_rows for table in tables) == (1 << 20) // 50_002
    whole = pa.concat_tables(tables)
    assert whole["t"].to_pylist() == texts
    assert whole["n"].to_pylist() == list(range(500))


def test_a_column_whose_dictionary_grew_too_large_is_read_whole(freeze: Freeze, place: Path):
    """The writer gives up its dictionary in the middle of a chunk, and writes plain texts on."""
    texts = [f"{n:050d}" if n % 3 else None for n in range(120_000)]
    pq.write_table(pa.table({"t": texts}), place / "rows.parquet", row_group_size=50_000)
    nullable = Contract.model_validate({"columns": {"t": {"type": "string", "nullable": True}}})

    read = [
        value
        for table in parquet.rows(
            DeliveredFile(name="r.parquet", path=place / "rows.parquet"), nullable
        )
        for value in table["t"].to_pylist()
    ]

    assert read == texts


# What a footer and its pages say


def tampered(path: Path, change: Callable[[bytearray], None]) -> None:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(bytes(data))


def write(path: Path, **columns: list[Any]) -> None:
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False)


@pytest.mark.parametrize(
    ("size", "said"),
    [(0x7FFFFFFF, "has a footer of 2,147,483,647 bytes"), (3, "cannot be read as Parquet")],
)
def test_a_footer_is_measured_before_it_is_read(freeze: Freeze, place: Path, size: int, said: str):
    write(place / "rows.parquet", t=["a", "b"])

    def lie(data: bytearray) -> None:
        data[-8:-4] = size.to_bytes(4, "little")

    tampered(place / "rows.parquet", lie)

    with pytest.raises(DataError, match=said):
        freeze("rows.parquet", TEXTS)


def test_ten_thousand_columns_are_enough(freeze: Freeze, place: Path):
    many = {f"c{n}": ["1"] for n in range(10_001)}
    pq.write_table(pa.table(many), place / "rows.parquet")
    (place / "rows.csv").write_text(",".join(many) + "\n" + ",".join("1" * 1 for _ in many) + "\n")

    for name in ("rows.parquet", "rows.csv"):
        with pytest.raises(DataError, match="has 10,001 columns; at most 10,000 are read"):
            freeze(name, TEXTS)


def test_a_deeply_nested_column_is_refused_before_arrow_walks_it(freeze: Freeze, place: Path):
    nested: pa.DataType = pa.string()
    for _ in range(80):
        nested = pa.struct([("x", nested)])
    deep: Any = None
    pq.write_table(pa.table({"t": ["a"], "deep": pa.array([deep], nested)}), place / "rows.parquet")
    additive = TEXTS.model_copy(update={"additive": True})

    with pytest.raises(DataError, match="nested more than 64 deep"):
        freeze("rows.parquet", additive)


def test_pages_that_hold_other_rows_than_the_footer_says_are_refused(
    freeze: Freeze, place: Path, monkeypatch: pytest.MonkeyPatch
):
    """Were the pages believed alone, or the footer alone, rows would come or go."""
    write(place / "rows.parquet", t=["a", "b", "c"])

    def fewer(data: int, *, start: int, size: int) -> Any:
        return list(pages(data, start=start, size=size))[:-1]

    monkeypatch.setattr(plan, "pages", fewer)

    with pytest.raises(DataError, match="holds other rows than its footer says"):
        freeze("rows.parquet", TEXTS)


def test_pages_that_declare_gigabytes_are_refused_before_they_are_unpacked(
    freeze: Freeze, place: Path
):
    """The header of the only page says that two gigabytes come out of it."""
    write(place / "rows.parquet", t=["abcdefgh"])
    chunk = pq.ParquetFile(place / "rows.parquet").metadata.row_group(0).column(0)
    start = chunk.data_page_offset
    found = Thrift((place / "rows.parquet").read_bytes()[start:]).struct()
    unpacked, grown = varint(2 * found[2, 5]), varint(2 * (2**31 - 1))

    # The chunk becomes as much longer as the number does, and the footer says so.
    def lie(data: bytearray) -> None:
        at = start + 2 + data[start + 2 :].index(unpacked)
        data[at : at + len(unpacked)] = grown
        more = len(grown) - len(unpacked)
        length = int.from_bytes(data[-8:-4], "little")
        size = chunk.total_compressed_size
        foot = data[-8 - length : -8].replace(varint(2 * size), varint(2 * (size + more)))
        data[-8 - length :] = foot + len(foot).to_bytes(4, "little") + b"PAR1"

    tampered(place / "rows.parquet", lie)

    with pytest.raises(DataError, match="pages that take more than 1,024 MiB at a time"):
        freeze("rows.parquet", TEXTS)


def varint(number: Any) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x1c" * 100_000, id="structs in structs"),
        pytest.param(b"\x15" + b"\xff" * 20, id="a number without end"),
        pytest.param(b"\x19\xfc\xff\xff\xff\x7f", id="a list of billions"),
        pytest.param(b"\x18\xff\xff\xff\xff\x0f", id="a text of gigabytes"),
        pytest.param(b"\x1b\x01", id="a map"),
    ],
)
def test_hostile_headers_end_at_once(data: bytes):
    with pytest.raises(MalformedThrift):
        Thrift(data).struct()


# Extremes of numbers and times


@pytest.mark.parametrize(
    ("kind", "array", "said"),
    [
        pytest.param(
            "timestamp", pa.array([2**62], pa.timestamp("us")), "outside of the years", id="year"
        ),
        pytest.param(
            "timestamp", pa.array([2**62], pa.timestamp("ms")), "do not fit", id="milliseconds"
        ),
        pytest.param("date", pa.array([2**30], pa.date32()), "outside of the years", id="days"),
        pytest.param("number", pa.array([10**30], pa.decimal128(38, 0)), "decimal", id="decimal"),
        pytest.param("number", pa.array([10**70], pa.decimal256(76, 0)), "decimal", id="wide"),
        pytest.param("integer", pa.array([2**63], pa.uint64()), "do not fit", id="unsigned"),
        pytest.param("number", pa.array([np.inf]), "is infinite", id="infinity"),
        pytest.param("timestamp", pa.array([1], pa.timestamp("ns")), "do not fit", id="ns"),
    ],
)
def test_extremes_are_refused_unquoted(
    freeze: Freeze, place: Path, kind: str, array: pa.Array, said: str
):
    pq.write_table(pa.table({"v": array}), place / "rows.parquet", version="2.6")

    with pytest.raises(DataError, match=said) as caught:
        freeze("rows.parquet", Contract.model_validate({"columns": {"v": {"type": kind}}}))

    assert not re.search(r"\d{5}", str(caught.value))


def test_the_first_and_the_last_day_are_kept(freeze: Freeze, place: Path, tmp_path: Path):
    days = [date(1, 1, 1), date(9999, 12, 31)]
    pq.write_table(pa.table({"v": pa.array(days)}), place / "rows.parquet")

    freeze("rows.parquet", Contract.model_validate({"columns": {"v": {"type": "date"}}}))

    assert pq.read_table(tmp_path / "out")["v"].to_pylist() == days
