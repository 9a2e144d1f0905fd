"""Parquet as real writers write it is read whole: every codec, encoding and page version."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.core.contract import Contract
from airlock.stages.snapshot.stage.reading import DeliveredFile, parquet

CONTRACT = Contract.model_validate(
    {
        "columns": {
            "id": {"type": "integer"},
            "a.b": {"type": "string", "nullable": True},
            "long": {"type": "string", "nullable": True},
            "at": {"type": "timestamp", "nullable": True},
            "x": {"type": "number", "nullable": True},
            "on": {"type": "boolean", "nullable": True},
        }
    }
)
MANY = 30_000


def rows(n: int) -> dict[str, list[Any]]:
    return {
        "id": list(range(n)),
        "a.b": [None if at % 7 == 0 else f"plan {at % 5}" for at in range(n)],
        "long": [None if at % 11 == 0 else f"note {at:060d}" for at in range(n)],
        "at": [datetime(2026, 1, 1 + at % 28) if at % 3 else None for at in range(n)],  # noqa: DTZ001  # canonical times are UTC without a zone
        "x": [at / 3 if at % 5 else None for at in range(n)],
        "on": [None if at % 4 == 0 else at % 2 == 0 for at in range(n)],
    }


TABLE = rows(MANY)


def read(path: Path, contract: Contract = CONTRACT) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pa.concat_tables(
        parquet.rows(DeliveredFile(name="rows.parquet", path=path), contract)
    ).to_pydict()
    return found


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("page", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False, ["a.b"]], ids=["coded", "plain", "some"])
def test_arrows_own_files(tmp_path: Path, codec: str, page: str, dictionary: Any):
    pq.write_table(
        pa.table(TABLE), tmp_path / "r", compression=codec, data_page_version=page,
        use_dictionary=dictionary, row_group_size=7_000, write_page_checksum=True,
        write_page_index=True, data_page_size=20_000,
    )  # fmt: skip

    assert read(tmp_path / "r") == TABLE


@pytest.mark.parametrize(
    "encoding",
    [
        {"id": "DELTA_BINARY_PACKED", "long": "DELTA_BYTE_ARRAY"},
        {"long": "DELTA_LENGTH_BYTE_ARRAY", "x": "BYTE_STREAM_SPLIT"},
        {"on": "RLE", "a.b": "DELTA_BYTE_ARRAY"},
    ],
    ids=["deltas", "lengths", "runs"],
)
def test_all_encodings(tmp_path: Path, encoding: dict[str, str]):
    pq.write_table(
        pa.table(TABLE), tmp_path / "r", use_dictionary=False, column_encoding=encoding,
        data_page_version="2.0",
    )  # fmt: skip

    assert read(tmp_path / "r") == TABLE


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
@pytest.mark.parametrize("coded", [False, True])
def test_texts_of_any_width(tmp_path: Path, text: pa.DataType, coded: bool):
    table = pa.table(TABLE)
    for name in ("a.b", "long"):
        column = table[name].cast(text)
        if coded and not pa.types.is_string_view(text):
            column = column.dictionary_encode()
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, tmp_path / "r")

    assert read(tmp_path / "r") == TABLE


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "zstd", "gzip", "lz4"])
def test_polars_files(tmp_path: Path, codec: Any):
    polars.DataFrame(TABLE).write_parquet(
        tmp_path / "r", compression=codec, row_group_size=9_000, data_page_size=30_000
    )

    assert read(tmp_path / "r") == TABLE


def test_old_files_and_empty_row_groups(tmp_path: Path):
    table = pa.table(TABLE)
    with pq.ParquetWriter(tmp_path / "r", table.schema, version="1.0") as writer:
        writer.write_table(table.slice(0, 0))
        writer.write_table(table.slice(0, 10))
        writer.write_table(table.slice(10, 0))
        writer.write_table(table.slice(10))

    assert read(tmp_path / "r") == TABLE


def test_undeclared_nested_columns_are_left_behind(tmp_path: Path):
    table = pa.table(rows(100))
    nested = pa.array([[{"k": at}] * (at % 3) for at in range(100)])
    pq.write_table(table.append_column("deep", nested), tmp_path / "r")

    assert read(tmp_path / "r", CONTRACT.model_copy(update={"additive": True})) == rows(100)


TEXTS = st.lists(st.none() | st.text(max_size=20) | st.sampled_from(["x" * 3_000, "y"]),
                 min_size=1, max_size=60)  # fmt: skip


@given(texts=TEXTS, group=st.integers(1, 70), page=st.integers(1, 4_000), coded=st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_texts_are_written_are_read(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str | None],
    group: int,
    page: int,
    coded: bool,
):
    path = tmp_path_factory.mktemp("texts") / "r"
    clean = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]
    pq.write_table(
        pa.table({"t": pa.array(clean, pa.string())}), path, use_dictionary=coded,
        row_group_size=group, data_page_size=page, dictionary_pagesize_limit=page,
    )  # fmt: skip
    nullable = Contract.model_validate({"columns": {"t": {"type": "string", "nullable": True}}})

    assert read(path, nullable) == {"t": clean}
