"""A proposal is made of rows that snapshot would read, and of no others."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from airlock.core.contract import Csv
from airlock.core.errors import DataError
from airlock.drafts.sample import read
from tests.cases import shared_cases


@pytest.mark.parametrize(
    "name",
    [
        "01-unclosed-quote-last-column/rows.csv",
        "01-unclosed-quote-last-column/cut.csv",
        "02-quotes-not-doubled/rows.csv",
    ],
)
def test_the_shared_cases_of_malformed_text_are_refused(name: str):
    with pytest.raises(DataError, match=r"\.csv: (row|.*quote)"):
        read(shared_cases("rows") / name, text=Csv())


def test_a_fault_in_the_second_file_of_a_folder_is_named(tmp_path: Path):
    (tmp_path / "a.csv").write_text('id,note\n1,"fine, ""really"""\n')
    with gzip.open(tmp_path / "b.csv.gz", "wt") as file:
        file.write('id,note\n1,"never closed\n2,x\n')

    with pytest.raises(DataError, match=r"b\.csv\.gz"):
        read(tmp_path, text=Csv())


def test_a_correct_file_is_read_whole(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes('\ufeffid,note\r\n1,"a, ""b""\nc"\r\n2,\r\n'.encode())

    sample = read(tmp_path / "a.csv", text=Csv())

    assert sample.table.to_pydict() == {"id": [1, 2], "note": ['a, "b"\nc', None]}
