"""Of a zip archive one member is read, and whatever else one may hold is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import bounds

Freeze = Callable[..., Snapshot]

TEXT = b"id,age,fee,note\na,1,2.5,x\nb,2,,\n"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, streamed: bool = False):
    raw = io.BytesIO()
    if streamed:
        raw.seekable = lambda: False  # type: ignore[method-assign]  # as to a pipe
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return raw.getvalue()


def test_the_same_rows_have_the_same_digest(place: Path, freeze: Freeze, tmp_path: Path):
    (place / "a.csv").write_bytes(TEXT)
    (place / "b.CSV.ZIP").write_bytes(packed(("whatever.csv", TEXT)))
    (place / "c.csv.zip").write_bytes(packed(("c.csv", TEXT), method=zipfile.ZIP_STORED))
    (place / "d.csv.zip").write_bytes(packed(("d.csv", TEXT), streamed=True))

    names = ("a.csv", "b.CSV.ZIP", "c.csv.zip", "d.csv.zip")
    assert len({freeze(name, out=tmp_path / name).sha256 for name in names}) == 1


def test_a_tsv_and_an_encoding_are_read_as_without_a_zip(place: Path, freeze: Freeze):
    (place / "a.tsv.zip").write_bytes(packed(("a.tsv", TEXT.replace(b",", b"\t"))))

    assert freeze("a.tsv.zip").rows == 2


def _second_hidden() -> bytes:
    """Two members, of which the directory names the second alone."""
    two = packed(("a.csv", TEXT), ("b.csv", TEXT))
    begin = two.index(b"PK\x01\x02")
    second = two.index(b"PK\x01\x02", begin + 4)
    end = two.index(b"PK\x05\x06")
    directory = two[second:end]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), begin, 0)
    return two[:begin] + directory + tail


def _many_behind_the_large_end(count: int) -> bytes:
    """One member by the short end, and many by the end for large archives, which Python reads."""
    one = packed(("a.csv", TEXT))
    begin, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    member, entry = one[:begin], one[begin:end]
    every = entry * count
    at = len(member) + len(every)
    large = struct.pack(
        "<4sQ2H2L4Q",
        *(b"PK\x06\x06", 44, 45, 45, 0, 0),
        *(count, count, len(every), len(member)),
    )
    pointer = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    return member + every + large + pointer + one[end:]


def _encrypted() -> bytes:
    data = bytearray(packed(("a.csv", TEXT)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        pytest.param(packed(("a.csv", TEXT), ("b.csv", TEXT)), "2 members", id="two"),
        pytest.param(packed(), "0 members", id="none"),
        pytest.param(packed(("a/", b"")), "a folder", id="a folder"),
        pytest.param(packed(("a", TEXT), method=zipfile.ZIP_LZMA), "another method", id="lzma"),
        pytest.param(_encrypted(), "is encrypted", id="encrypted"),
        pytest.param(_second_hidden(), "more than its directory says", id="one hidden"),
        pytest.param(
            _many_behind_the_large_end(2_000), "2,000 members", id="many behind another end"
        ),
        pytest.param(b"#!" + packed(("a.csv", TEXT)), "more than its dir|damaged", id="in front"),
        pytest.param(packed(("a.csv", TEXT)) + b"x", "damaged", id="something behind"),
        pytest.param(packed(("a.csv", TEXT))[:-30], "damaged", id="cut off"),
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(TEXT, "damaged", id="no zip"),
        pytest.param(
            packed(("a.csv", TEXT)).replace(b"\0\0\1\0\1\0", b"\0\0\xff\xff\xff\xff"),
            "65,535 members",
            id="a directory of many",
        ),
    ],
)
def test_hostile_archives_are_refused(place: Path, freeze: Freeze, data: bytes, what: str):
    (place / "a.csv.zip").write_bytes(data)

    with pytest.raises(DataError, match=what):
        freeze("a.csv.zip")


def test_one_member_by_both_ends_is_read(place: Path, freeze: Freeze):
    """Writers of streams write the end for large archives behind small ones, too."""
    (place / "a.csv.zip").write_bytes(_many_behind_the_large_end(1))

    assert freeze("a.csv.zip").rows == 2


def test_a_member_with_another_sum_is_refused(place: Path, freeze: Freeze):
    data = packed(("a.csv", TEXT), method=zipfile.ZIP_STORED).replace(b"2.5", b"9.5", 1)
    (place / "a.csv.zip").write_bytes(data)

    with pytest.raises(DataError, match="cut off or damaged"):
        freeze("a.csv.zip")


def test_a_bomb_is_measured_as_it_unpacks(
    place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 20)
    (place / "a.csv.zip").write_bytes(packed(("a.csv", TEXT + b"c,1,1,x\n" * 1_000_000)))

    with pytest.raises(DataError, match="unpacks to more than 200 times its size"):
        freeze("a.csv.zip")


def test_a_name_that_leads_elsewhere_leads_nowhere(place: Path, freeze: Freeze, tmp_path: Path):
    (place / "a.csv.zip").write_bytes(packed(("../../outside.csv", TEXT)))

    assert freeze("a.csv.zip").rows == 2
    assert not (tmp_path / "outside.csv").exists()
