"""A file that zstd packed is read to its end or refused, and never unpacked without end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.reading import bounds

Freeze = Callable[..., Snapshot]

TEXT = b"id,age,fee,note\na,1,2.5,x\nb,2,,\n"


def packed(data: bytes) -> bytes:
    made: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return made


# A frame that asks for a window of 2 GiB before it has said anything.
WIDE = b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x03\x00\x00" + b"x" * 100


def test_frames_behind_one_another_are_one_text(place: Path, freeze: Freeze, tmp_path: Path):
    (place / "a.csv").write_bytes(TEXT)
    skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    (place / "b.csv.zst").write_bytes(packed(TEXT[:20]) + skipped + packed(TEXT[20:]))

    names = ("a.csv", "b.csv.zst")
    assert len({freeze(name, out=tmp_path / name).sha256 for name in names}) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(packed(TEXT)[:-2], id="cut off"),
        pytest.param(packed(TEXT) + b"garbage", id="something behind"),
        pytest.param(packed(TEXT).replace(b"age", b"agf", 1)[:12], id="a header alone"),
        pytest.param(WIDE, id="a window of gigabytes"),
        pytest.param(TEXT, id="no zstd"),
    ],
)
def test_what_is_damaged_is_refused(place: Path, freeze: Freeze, data: bytes):
    (place / "a.csv.zst").write_bytes(data)

    with pytest.raises(DataError, match="cannot be unpacked: it is cut off or damaged"):
        freeze("a.csv.zst")


def test_a_bomb_is_measured_as_it_unpacks(
    place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 20)
    (place / "a.csv.zst").write_bytes(packed(TEXT + b"c,1,1,x\n" * 500_000))

    with pytest.raises(DataError, match="unpacks to more than 200 times its size"):
        freeze("a.csv.zst")
