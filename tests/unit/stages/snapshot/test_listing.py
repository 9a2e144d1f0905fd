"""Disk and S3 find the same files at an address, and none that is hidden."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.core.errors import DataError, SpecError
from airlock.stages.snapshot.stage.source.bucket import BucketPlaces
from airlock.stages.snapshot.stage.source.entry import SourceFile
from airlock.stages.snapshot.stage.source.folder import FolderPlaces
from airlock.stages.snapshot.stage.source.pattern import chosen, parts_of
from airlock.store import Stat


def bucket(keys: Sequence[str], tmp_path: Path) -> BucketPlaces:
    """A bucket `b` of empty objects."""

    def listed(prefix: str) -> Iterator[Stat]:
        at = datetime(2026, 1, 5, tzinfo=UTC)
        return (
            Stat(key=key, bytes=0, modified=at, etag="e")
            for key in sorted(keys)
            if key.startswith(prefix)
        )

    remote: Any = lambda uri: SimpleNamespace(list=listed)  # noqa: E731  # a store that lists, and no more
    return BucketPlaces(("s3://b/in",), remote=remote, scratch=tmp_path)


def names(entries: list[SourceFile]) -> list[str]:
    return [entry.name for entry in entries]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        pytest.param("n", ["a.csv", "deep/b.csv", "_x=1/c.csv"], id="a folder"),
        pytest.param("n/*", ["a.csv", "deep/b.csv", "_x=1/c.csv"], id="a glob of all"),
        pytest.param("n/*.csv", ["a.csv"], id="a glob of files"),
        pytest.param("n/**/*.csv", ["a.csv", "deep/b.csv", "_x=1/c.csv"], id="at any depth"),
        pytest.param("n/_old.csv", ["_old.csv"], id="a hidden file by its name"),
        pytest.param("n/_*.csv", ["_old.csv"], id="hidden files are meant"),
        pytest.param("n/_tmp", ["_tmp/d.csv"], id="a hidden folder by its name"),
        pytest.param("n/_tm*/*", ["_tmp/d.csv"], id="a hidden folder is meant"),
        pytest.param("n/*/*", ["deep/b.csv", "_x=1/c.csv"], id="one level deeper"),
        pytest.param("n/nothing", [], id="nothing"),
    ],
)
def test_hidden_is_what_begins_with_an_underscore_or_a_dot(
    tmp_path: Path, address: str, found: list[str]
):
    keys = ["a.csv", "deep/b.csv", "_x=1/c.csv", "_old.csv", "._a.csv", "_SUCCESS", "_tmp/d.csv",
            "deep/.ipynb_checkpoints/b.csv", "deep/_SUCCESS"]  # fmt: skip
    place = tmp_path / "in"
    for key in keys:
        (place / "n" / key).parent.mkdir(parents=True, exist_ok=True)
        (place / "n" / key).touch()
    markers = ["in/n/", "in/n/deep/", "in/n/deep_$folder$"]
    there = bucket([*(f"in/n/{key}" for key in keys), *markers], tmp_path)

    on_disk = names(FolderPlaces((str(place),), root=tmp_path).entries(address))
    on_s3 = names(there.entries(f"s3://b/in/{address}"))

    assert sorted(on_disk) == sorted(f"n/{one}" for one in found)
    assert on_s3 == [f"in/{one}" for one in on_disk]


def test_a_folder_that_is_named_like_a_pattern_wins(tmp_path: Path):
    keys = ["in/date=[x]/a.csv", "in/date=x/b.csv"]

    assert names(bucket(keys, tmp_path).entries("s3://b/in/date=[x]/*.csv")) == keys[:1]
    assert names(bucket(keys, tmp_path).entries("s3://b/in/date=[x]")) == keys[:1]


def test_the_place_itself_is_a_source(tmp_path: Path):
    there = bucket(["in/", "in/a.csv", "inner/b.csv"], tmp_path)

    assert names(there.entries("s3://b/in/")) == ["in/a.csv"]
    assert names(there.entries("s3://b/in")) == ["in/a.csv"]
    with pytest.raises(SpecError, match="outside"):
        there.entries("s3://b/in*")


def test_a_key_with_an_empty_part_is_refused_in_words(tmp_path: Path):
    there = bucket(["in//a.csv"], tmp_path)
    (entry,) = there.entries("s3://b/in")

    with pytest.raises(DataError, match="a name with an empty part"):
        there.fetch(entry)


def test_a_link_that_leads_nowhere_is_no_table(tmp_path: Path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "gone")

    (entry,) = FolderPlaces((str(tmp_path),), root=tmp_path).entries("*.csv")

    assert not entry.is_table


def test_a_link_to_a_folder_inside_is_followed_once(tmp_path: Path):
    (tmp_path / "n" / "real").mkdir(parents=True)
    (tmp_path / "n" / "real" / "a.csv").touch()
    (tmp_path / "n" / "link").symlink_to(tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.csv").touch()
    (tmp_path / "other" / "round").symlink_to(tmp_path / "n")

    found = names(FolderPlaces((str(tmp_path),), root=tmp_path).entries("n"))

    assert found == ["n/link/b.csv", "n/real/a.csv"]


def test_a_name_is_shown_without_control_characters_and_not_without_end():
    entry = SourceFile(name="x" * 500 + "\x1b[31m\u202e.csv", at="", bytes=0, version="1")

    assert entry.shown.isprintable()
    assert len(entry.shown) < 130
    assert entry.shown.endswith(".csv")


COMPONENTS = st.sampled_from(
    ["a", "b", "a.csv", "_a", ".a", "_k=1", "k=1", "[a]", "a b", "_SUCCESS"]
)
KEYS = st.lists(st.lists(COMPONENTS, min_size=1, max_size=3).map("/".join), max_size=6)
PARTS = st.sampled_from(["a", "b", "*", "**", "[a]", "a*", "_*", "*.csv", "k=*", "?", "_a"])
ADDRESSES = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


def files_only(keys: list[str]) -> list[str]:
    """Without those that other keys make folders: on a disk nothing is both."""
    return sorted({key for key in keys if not any(o.startswith(f"{key}/") for o in keys)})


@given(keys=KEYS, address=ADDRESSES)
@settings(max_examples=150, deadline=None)
def test_disk_and_s3_find_the_same(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], address: str
):
    compare(tmp_path_factory.mktemp("tree"), files_only(keys), address)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@given(keys=KEYS, address=ADDRESSES)
@settings(max_examples=10_000, deadline=None)
def test_disk_and_s3_find_the_same_at_length(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], address: str
):
    compare(tmp_path_factory.mktemp("tree"), files_only(keys), address)


def compare(folder: Path, keys: list[str], address: str) -> None:
    place = folder / "in"
    place.mkdir()
    for key in keys:
        (place / key).parent.mkdir(parents=True, exist_ok=True)
        (place / key).touch()

    on_disk = names(FolderPlaces((str(place),), root=place).entries(address))
    on_s3 = names(bucket([f"in/{key}" for key in keys], folder).entries(f"s3://b/in/{address}"))
    shutil.rmtree(folder)

    assert [f"in/{name}" for name in on_disk] == on_s3
    assert on_disk == chosen(keys, parts_of(address))
