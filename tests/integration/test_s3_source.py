"""A source on S3: listed, downloaded and frozen through the credentials of the raw zone."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import AirlockError, DataError, StoreError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import snapshot
from airlock.store import Credentials, open_store
from airlock.store.s3 import S3Store
from tests.payloads import ACTING, PAYLOADS

CONTRACT = Contract.model_validate({"columns": {"id": {"type": "string"}}})


@pytest.fixture(scope="module", autouse=True)
def bucket(credentials: Credentials) -> None:
    store = open_store("s3://crm", credentials)
    assert isinstance(store, S3Store)
    store.client.create_bucket(Bucket="crm")
    for key in (
        "leads/date=2026-01-05/b.csv",
        "leads/date=2026-01-05/a.csv",
        "leads/date=2026-01-05/deep/c.csv",
        "leads/date=2026-01-05/_SUCCESS",
        "leads/date=2026-01-06/a.csv",
    ):
        store.put(key, f"id\n{key}\n".encode())


def freeze(credentials: Credentials, source: str, tmp_path: Path) -> Snapshot:
    given: dict[str, Any] = {
        "night": "2026-01-05",
        "sources": ("s3://crm/leads", "s3://gone"),
        "root": tmp_path,
        "remote": partial(open_store, credentials=credentials),
        "scratch": tmp_path / "scratch",
        "out": tmp_path / "out",
    }
    return snapshot(source, CONTRACT, **given)


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        pytest.param("s3://crm/leads/date={night}/*.csv", ["a", "b"], id="a glob"),
        pytest.param("s3://crm/leads/date={night}", ["a", "b", "deep/c"], id="a folder"),
        pytest.param("s3://crm/leads/date={night}/b.csv", ["b"], id="a file"),
    ],
)
def test_the_nights_objects_are_frozen(
    credentials: Credentials, tmp_path: Path, source: str, rows: list[str]
):
    frozen = freeze(credentials, source, tmp_path)

    assert frozen.night == "2026-01-05"
    assert pq.read_table(tmp_path / "out")["id"].to_pylist() == [
        f"leads/date=2026-01-05/{row}.csv" for row in rows
    ]


def test_an_absent_night_is_named(credentials: Credentials, tmp_path: Path):
    with pytest.raises(DataError, match="There is nothing at s3://crm/leads/date=2026-01-05/none"):
        freeze(credentials, "s3://crm/leads/date={night}/none", tmp_path)


def test_an_absent_bucket_is_named(credentials: Credentials, tmp_path: Path):
    with pytest.raises(StoreError, match="bucket gone does not exist"):
        freeze(credentials, "s3://gone/leads.csv", tmp_path)


def test_markers_and_leftovers_are_passed_over_and_other_files_refused(
    credentials: Credentials, tmp_path: Path
):
    store = open_store("s3://crm", credentials)
    assert isinstance(store, S3Store)
    night = "leads/date=2026-01-07"
    # As the console, Hadoop, Spark and a notebook leave them.
    for key in (f"{night}/", f"{night}_$folder$", f"{night}/deep_$folder$"):
        store.client.put_object(Bucket="crm", Key=key, Body=b"")
    for key in ("_temporary/0/a.csv", ".ipynb_checkpoints/a.csv", "_SUCCESS", "._a.csv"):
        store.put(f"{night}/{key}", b"not,rows\n")
    store.put(f"{night}/a.CSV", b"id\na\n")
    store.put(f"{night}/export [final].csv", b"id\nb\n")

    frozen = [
        freeze(credentials, f"s3://crm/{night}{rest}", tmp_path / str(at))
        for at, rest in enumerate(("", "/", "/*", "/**", "/export [final].csv"))
    ]

    assert [one.rows for one in frozen] == [2, 2, 2, 2, 1]
    store.put(f"{night}/notes.txt", b"half of the night")
    with pytest.raises(DataError, match=r"of no kind that is read, by name; the first is .*notes"):
        freeze(credentials, f"s3://crm/{night}", tmp_path / "other")


def test_a_key_is_text_and_leads_nowhere(credentials: Credentials, tmp_path: Path):
    """S3 takes any text for a key: each is a file, or a refusal in plain words."""
    store = open_store("s3://crm", credentials)
    assert isinstance(store, S3Store)
    texts = [*PAYLOADS.values(), "..", "../" * 9 + "tmp/x", "/etc/x", "a//b"]
    refused, read = [], 0
    # Such characters stand in no list of keys, which is XML, and in no address of moto's.
    texts = [text for text in texts if not re.search(r"[\x00-\x1f]", text)]
    for at, text in enumerate(texts):
        key = f"leads/any/{at}/{text}/{text}.csv"
        store.client.put_object(Bucket="crm", Key=key, Body=b"id\na\n")
        try:
            read += freeze(credentials, f"s3://crm/leads/any/{at}", tmp_path / str(at)).rows
        except AirlockError as error:
            refused.append(str(error).replace(text, ""))

    assert (read > 10, len(refused) > 3) == (True, True)
    assert not set("".join(refused)) & set(ACTING)
    assert "1337" not in "".join(refused)
    assert {one.name for one in tmp_path.iterdir()} <= set(map(str, range(len(texts))))
    assert {one.name for one in tmp_path.glob("*/*")} <= {"scratch", "out"}
