"""Publish once, reuse only what verifies, and believe no address without a receipt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from airlock.core.errors import ObjectMissing, Unverified
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Origin, Receipt, Record, Result

KEY = "k" * 64
ORIGIN = Origin(dag_id="churn", run_id="manual__1", task_id="count", try_number=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Record):
    stage: ClassVar[str] = "count"

    rows: int


@pytest.fixture
def attempt_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "part-00000.parquet").write_bytes(b"rows")
    (folder / "deep" / "more.bin").write_bytes(b"more rows")
    return folder


def made(stores: Stores, folder: Path, *, rows: int = 3, run_id: str = "manual__1") -> Result:
    data = publication.upload(folder, stage="count", part="data", zone="raw", stores=stores)
    report = publication.upload(
        folder / "deep", stage="count", part="report", zone="store", stores=stores
    )
    return Result(
        stage="count",
        version=1,
        inputs={},
        record=Count(rows=rows).to_json(),
        data=data,
        report=report,
        made_by=replace(ORIGIN, run_id=run_id),
    )


def test_what_is_published_is_found_again(stores: Stores, attempt_folder: Path, tmp_path: Path):
    published = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")

    found = publication.find(stores, "count", KEY, tmp_path / "in")

    assert found == published
    assert Count.from_json(found.result.record) == Count(rows=3)


def test_the_second_of_two_attempts_gets_what_the_first_published(
    stores: Stores, attempt_folder: Path, tmp_path: Path
):
    first = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")

    second = publication.publish(
        stores, KEY, made(stores, attempt_folder, run_id="manual__2"), tmp_path / "in"
    )

    assert second == first


@pytest.mark.parametrize("harm", ["alter", "remove", "add", "alter the report"])
def test_a_result_that_no_longer_verifies_gives_way_to_a_new_generation(
    stores: Stores, attempt_folder: Path, tmp_path: Path, harm: str
):
    old = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")
    data, report = old.result.data.prefix, old.result.report.prefix
    match harm:
        case "alter":
            stores["raw"].put(f"{data}/part-00000.parquet", b"rowz")
        case "remove":
            stores["raw"].delete(f"{data}/part-00000.parquet")
        case "add":
            stores["raw"].put(f"{data}/added.py", b"import os")
        case "alter the report":
            stores["store"].put(f"{report}/more.bin", b"less rows")

    found = publication.find(stores, "count", KEY, tmp_path / "in")
    again = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")

    assert found is None
    assert again.address == old.address.replace("0000.json", "0001.json")
    assert publication.find(stores, "count", KEY, tmp_path / "in") == again


def test_a_slot_that_holds_nonsense_is_never_reused(stores: Stores, tmp_path: Path):
    stores["store"].put(f"stages/count/{KEY}/0000.json", b'{"stage": "count"}')

    assert publication.find(stores, "count", KEY, tmp_path / "in") is None


def test_a_result_is_refused_when_it_is_not_the_recorded_one(
    stores: Stores, attempt_folder: Path, tmp_path: Path
):
    published = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")
    stored = stores["store"].get(published.address)
    stores["store"].put(published.address, stored.replace(b'"rows":3', b'"rows":9'))

    with pytest.raises(Unverified, match="not what was recorded"):
        publication.load(stores["store"], published.address, expected=published.sha256)


def test_content_is_named_by_what_was_found_not_by_who_found_it(
    stores: Stores, attempt_folder: Path
):
    one = made(stores, attempt_folder, run_id="manual__1")
    other = made(stores, attempt_folder, run_id="manual__2")

    assert one.content == other.content
    assert made(stores, attempt_folder, rows=4).content != one.content


def receipt(**changes: str) -> Receipt:
    given = Receipt(
        stage="count",
        dag_id="churn",
        run_id="manual__2026-01-05T02:00:00+00:00",
        task_id="count",
        try_number=1,
        night="2026-01-05",
        address="stages/count/k/0000.json",
        sha256="0" * 64,
        reused=False,
        seconds=1.5,
        at=datetime(2026, 1, 5, 2, tzinfo=UTC),
    )
    return replace(given, **changes)


def test_an_address_counts_only_for_the_run_that_has_a_receipt(stores: Stores):
    given = receipt()
    publication.give_receipt(stores["store"], given)
    asked = {
        "dag_id": given.dag_id,
        "run_id": given.run_id,
        "stage": "count",
        "address": given.address,
    }

    assert publication.receipt_for(stores["store"], **asked) == given
    for wrong in ("dag_id", "run_id", "stage", "address"):
        with pytest.raises(Unverified, match="never produced"):
            publication.receipt_for(stores["store"], **{**asked, wrong: "another"})


def test_a_runs_receipts_are_listed_in_the_order_of_its_stages(stores: Stores):
    later = receipt(address="stages/b/k/0000.json")
    later = replace(later, at=datetime(2026, 1, 5, 3, tzinfo=UTC))
    for given in (later, receipt()):
        publication.give_receipt(stores["store"], given)

    found = list(publication.receipts(stores["store"], dag_id="churn", run_id=later.run_id))

    assert found == [receipt(), later]


@pytest.mark.parametrize(
    "run_id",
    [
        pytest.param("manual__2026-01-06T02:00:00+00:00", id="usual"),
        pytest.param("x" * 250, id="as long as Airflow lets one be"),
        pytest.param("Übung für Zoë " * 17, id="umlauts, long"),
        pytest.param("東京" * 125, id="three bytes each"),
        pytest.param("a/b/../c", id="a path"),
        pytest.param("..", id="the folder above"),
        pytest.param("{{ conn.x }}<script>'; --", id="hostile"),
    ],
)
def test_a_receipt_is_found_again_whatever_the_run_is_called(
    stores: Stores, attempt_folder: Path, tmp_path: Path, run_id: str
):
    published = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")
    given = Receipt(
        stage="count",
        dag_id="churn",
        run_id=run_id,
        task_id="count",
        try_number=1,
        night="2026-01-05",
        address=published.address,
        sha256=published.sha256,
        reused=False,
        seconds=1.0,
        at=datetime(2026, 1, 6, tzinfo=UTC),
    )

    publication.give_receipt(stores["store"], given)

    found = publication.receipt_for(
        stores["store"], dag_id="churn", run_id=run_id, stage="count", address=published.address
    )
    assert found == given
    assert list(publication.receipts(stores["store"], dag_id="churn", run_id=run_id)) == [given]
    assert list(publication.receipts(stores["store"], dag_id="churn", run_id="other")) == []


def test_the_receipts_of_usual_runs_lie_where_they_always_lay():
    key = publication.key_of(receipt(run_id="manual__2026-01-06T02:00:00+00:00"))

    assert key.startswith("runs/churn/manual__2026-01-06T02%3A00%3A00%2B00%3A00/count-")


class OnS3:
    """A bucket of before, which had room for long names that a folder has not."""

    uri = "s3://bucket"

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(key, do="Nothing.")
        return self.objects[key]

    def list(self, prefix: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(key=key) for key in self.objects if key.startswith(prefix)]


def test_receipts_that_lay_under_long_ids_on_s3_are_found_again(
    stores: Stores, attempt_folder: Path, tmp_path: Path
):
    published = publication.publish(stores, KEY, made(stores, attempt_folder), tmp_path / "in")
    given = replace(receipt(run_id="東" * 90), address=published.address)
    now = publication.key_of(given)
    before = f"runs/churn/{quote(given.run_id, safe='')}/{now.rpartition('/')[2]}"
    bucket: Any = OnS3({before: given.stored()})
    run = {"dag_id": "churn", "run_id": given.run_id}

    assert before != now
    assert publication.receipt_for(bucket, stage="count", address=given.address, **run) == given
    assert list(publication.receipts(bucket, **run)) == [given]
    assert publication.may_lie_at(before, given)
    assert not publication.may_lie_at(before, replace(given, run_id="another"))


def test_a_copy_of_ones_own_stays_what_was_verified_whatever_the_store_becomes(
    stores: Stores, attempt_folder: Path, tmp_path: Path
):
    data = made(stores, attempt_folder).data

    folder = publication.fetch(stores, data, tmp_path / "in", own=True)
    for file in data.files:
        stores["raw"].put(f"{data.prefix}/{file.path}", b"another")

    found = {path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {b"rows", b"more rows"}
