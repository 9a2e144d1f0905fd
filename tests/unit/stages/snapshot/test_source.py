"""A source is found by file, folder or glob, and never outside of its places."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import airlock.reports.data  # noqa: F401  # registers the page
from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.reports.content import describe
from airlock.stages.snapshot.record import Delivery, Snapshot
from airlock.stages.snapshot.stage import reading
from airlock.stages.snapshot.stage.snapshot import NightRepeated, SourceChanged, SourceMissing

Freeze = Callable[..., Snapshot]

ROW = "id,age,fee,note\n{},1,2,x\n"


@pytest.fixture
def nights(place: Path) -> Path:
    """Two nights with two files each, and the notes that writers leave."""
    for night in ("2026-01-05", "2026-01-06"):
        folder = place / "subscriptions" / f"date={night}"
        folder.mkdir(parents=True)
        for part in ("b", "a"):
            (folder / f"{part}.csv").write_text(ROW.format(f"{night} {part}"))
        (folder / "_SUCCESS").touch()
        (folder / ".a.csv.crc").write_text("0")
    return place / "subscriptions"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("subscriptions/date={night}/*.csv", id="a glob"),
        pytest.param("subscriptions/date={night}", id="a folder"),
        pytest.param("place/subscriptions/date={night}", id="relative to the project"),
        pytest.param("{place}/subscriptions/date={night}", id="an absolute path"),
        pytest.param("file://{place}/subscriptions/date={night}", id="an address"),
    ],
)
def test_the_nights_files_are_found_in_the_order_of_their_names(
    freeze: Freeze, place: Path, nights: Path, tmp_path: Path, source: str
):
    snapshot = freeze(source.replace("{place}", str(place)))

    assert (snapshot.night, snapshot.rows) == ("2026-01-05", 2)
    assert snapshot.source.endswith(("date=2026-01-05", "date=2026-01-05/*.csv"))
    assert pq.read_table(tmp_path / "out")["id"].to_pylist() == ["2026-01-05 a", "2026-01-05 b"]


def test_a_source_without_nights_has_none(freeze: Freeze, nights: Path):
    assert freeze("subscriptions/date=2026-01-06/a.csv").night is None


@pytest.mark.parametrize("source", ["rows.csv", "date={night}/*.parquet", "subscriptions/*.tsv"])
def test_where_nothing_lies_the_message_names_the_address(
    freeze: Freeze, nights: Path, source: str
):
    with pytest.raises(DataError, match="There is nothing at ") as caught:
        freeze(source)

    assert source.replace("{night}", "2026-01-05") in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{outside}/rows.csv", id="an absolute path"),
        pytest.param("{outside}/none.csv", id="not even whether something is there"),
        pytest.param("file://{outside}/rows.csv", id="an address"),
        pytest.param("../outside/rows.csv", id="up and over"),
        pytest.param("subscriptions/../../outside/*.csv", id="up within a glob"),
        pytest.param("link.csv", id="a link to a file"),
        pytest.param("*.csv", id="a link that a glob finds"),
        pytest.param("folder/rows.csv", id="a link to a folder"),
        pytest.param("{place}-other/rows.csv", id="a name that begins alike"),
    ],
)
def test_nothing_outside_of_the_places_is_read(
    freeze: Freeze, place: Path, nights: Path, tmp_path: Path, source: str
):
    outside, alike = tmp_path / "outside", tmp_path / "place-other"
    for folder in (outside, alike):
        folder.mkdir()
        (folder / "rows.csv").write_text(ROW.format("a"))
    (place / "link.csv").symlink_to(outside / "rows.csv")
    (place / "folder").symlink_to(outside)

    with pytest.raises(SpecError, match=r"outside of the places .*\[airlock\] sources"):
        freeze(source.replace("{outside}", str(outside)).replace("{place}", str(place)))


@pytest.mark.parametrize("source", ["s3://other/rows.csv", "s3://in/crm/../secret/rows.csv"])
def test_no_bucket_is_asked_outside_of_the_places(freeze: Freeze, source: str):
    with pytest.raises(SpecError, match="outside of the places"):
        freeze(source, sources=("s3://in/crm",), remote=lambda uri: pytest.fail(uri))


@pytest.mark.parametrize("source", ["https://example.org/rows.csv", "notes.txt"])
def test_a_source_of_another_kind_is_refused(freeze: Freeze, place: Path, source: str):
    (place / "notes.txt").write_text("hello")

    with pytest.raises(SpecError, match=r"cannot read|of no kind that is read"):
        freeze(source)


# A window of nights


def test_a_window_is_read_oldest_night_first(freeze: Freeze, nights: Path, tmp_path: Path):
    snapshot = freeze("subscriptions/date={night}", night="2026-01-06", window=2)

    assert (snapshot.night, snapshot.nights) == ("2026-01-06", ("2026-01-05", "2026-01-06"))
    assert snapshot.source.endswith("date=2026-01-06")
    assert pq.read_table(tmp_path / "out")["id"].to_pylist() == [
        "2026-01-05 a",
        "2026-01-05 b",
        "2026-01-06 a",
        "2026-01-06 b",
    ]


def test_a_missing_night_of_a_window_is_named(freeze: Freeze, nights: Path):
    with pytest.raises(SourceMissing, match="date=2026-01-04") as caught:
        freeze("subscriptions/date={night}", window=2)

    assert caught.value.night == "2026-01-04"


def test_a_night_of_a_window_that_has_a_header_alone_is_refused(freeze: Freeze, place: Path):
    (place / "2026-01-04.csv").write_text("id,age,fee,note\n")
    (place / "2026-01-05.csv").write_text("id,age,fee,note\na,1,1,x\n")

    with pytest.raises(DataError, match=r"files of 1 of 2 nights hold no rows, .*2026-01-04\.csv"):
        freeze("{night}.csv", window=2)


@pytest.mark.parametrize("allowed", ["allow", "refuse"])
def test_two_nights_of_a_window_with_the_same_rows_are_refused_where_the_contract_says_so(
    freeze: Freeze, place: Path, allowed: str
):
    for night in (3, 4, 5):
        rows = "".join(f"{night * 7 % 5}{n},1,1,x\n" for n in range(3))
        (place / f"2026-01-0{night}.csv").write_text(f"id,age,fee,note\n{rows}")
    (place / "2026-01-05.csv").write_text((place / "2026-01-04.csv").read_text())
    columns = {name: {"type": "string"} for name in ("id", "age", "fee", "note")}
    contract = Contract.model_validate({"columns": columns, "repeated_nights": allowed})

    if allowed == "allow":
        assert freeze("{night}.csv", contract, window=3).rows == 9
        return
    with pytest.raises(NightRepeated, match="2026-01-05 are the very rows of the night 2026-01-04"):
        freeze("{night}.csv", contract, window=3)


@pytest.mark.parametrize(
    ("source", "window", "said"),
    [
        ("rows.csv", 2, "has no nights, so there is no window of 2"),
        ("{night}.csv", 0, "A window of 0 nights"),
        ("{night}.csv", 1000, "A window of 1000 nights"),
    ],
)
def test_a_window_that_cannot_be_is_refused(freeze: Freeze, source: str, window: int, said: str):
    with pytest.raises(SpecError, match=said):
        freeze(source, window=window)


# What was read is what is named


def test_every_file_is_recorded_as_it_was_delivered(freeze: Freeze, nights: Path):
    data = ROW.format("2026-01-05 a").encode()

    first, _ = freeze("subscriptions/date={night}").files

    assert first == Delivery(
        name_sha256=hashlib.sha256(b"subscriptions/date=2026-01-05/a.csv").hexdigest(),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        rows=1,
    )


def test_no_name_of_a_file_is_in_the_record_or_on_its_page(freeze: Freeze, place: Path):
    (place / "customer=maria").mkdir()
    (place / "customer=maria" / "smith.csv").write_text(ROW.format("a"))

    record = freeze("*/*.csv")

    for name in ("maria", "smith"):
        assert name not in str(record.to_json())
        assert name not in str(describe(record))


def test_a_record_of_before_is_still_read(freeze: Freeze, nights: Path):
    now = freeze("subscriptions/date={night}").to_json()
    before = {name: value for name, value in now.items() if name != "others"}
    before["files"] = [{"name": "a.csv", "bytes": 9, "sha256": "0" * 64}]

    read = Snapshot.from_json(before)

    assert (read.files[0].name, read.files[0].rows, read.others) == ("a.csv", None, ())
    assert describe(read).headline == "2 rows frozen"


def rewritten(night: Path) -> None:
    (night / "b.csv").write_text(ROW.format("another b"))


def replaced(night: Path) -> None:
    old = (night / "b.csv").stat()
    (night / "new").write_text((night / "b.csv").read_text())
    # The same size and time: only the file itself is another one.
    os.utime(night / "new", ns=(old.st_atime_ns, old.st_mtime_ns))
    (night / "new").rename(night / "b.csv")


def removed(night: Path) -> None:
    (night / "b.csv").unlink()


def joined(night: Path) -> None:
    (night / "c.csv").write_text(ROW.format("c"))


def cut(night: Path) -> None:
    (night / "b.csv").write_text("id,age,fee,note\na,1\n")


@pytest.mark.parametrize("change", [rewritten, replaced, removed, joined, cut])
def test_a_source_that_changes_while_it_is_read_is_refused(
    freeze: Freeze, nights: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
):
    """The change comes between the first file and the second."""
    read = reading.delimited.rows

    def then_changed(file: reading.DeliveredFile, contract: Contract) -> Iterator[pa.Table]:
        yield from read(file, contract)
        if file.name.endswith("a.csv"):
            change(nights / "date=2026-01-05")

    monkeypatch.setattr(reading.delimited, "rows", then_changed)

    with pytest.raises(SourceChanged, match=r"\.csv came, went or changed") as caught:
        freeze("subscriptions/date={night}")

    assert caught.value.retry_can_help


def test_a_broken_source_that_rests_is_called_broken(freeze: Freeze, nights: Path):
    cut(nights / "date=2026-01-05")

    with pytest.raises(DataError, match="as many fields") as caught:
        freeze("subscriptions/date={night}")

    assert not caught.value.retry_can_help


def as_nobody(work: Callable[[], object], answer: Connection) -> None:
    if os.getuid() == 0:
        os.setuid(65_534)
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the test looks at it
        answer.send(error)
    answer.close()


@pytest.mark.parametrize("hidden", ["rows.csv", "."], ids=["the file", "its folder"])
def test_a_source_that_may_not_be_read_is_said_to_be_so(freeze: Freeze, hidden: str):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "place"
        place.mkdir()
        (place / "rows.csv").write_text(ROW.format("a"))
        Path(folder).chmod(0o755)
        (place / hidden).chmod(0)
        ours, theirs = multiprocessing.Pipe()
        work = partial(freeze, "rows.csv", sources=(str(place),))
        child = multiprocessing.get_context("fork").Process(target=as_nobody, args=(work, theirs))

        child.start()
        child.join()

        error = ours.recv()
        assert isinstance(error, DataError)
        assert "No permission to read rows.csv. Give the user" in str(error)
        place.chmod(0o755)
