"""The pieces of the example extension that its whole chain would not show."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from airlock.core.errors import DataError, SpecError
from leads_airlock import badges
from leads_airlock.archives import ZipPlaces
from leads_airlock.lines import JsonLines, deliver
from leads_airlock.metrics import gini


@pytest.fixture
def places(tmp_path: Path) -> ZipPlaces:
    (tmp_path / "data").mkdir()
    with zipfile.ZipFile(tmp_path / "data/leads.zip", "w") as archive:
        for name in ("b.csv", "a.csv", "_SUCCESS", "../out.csv"):
            archive.writestr(name, f"of\n{name}\n")
    return ZipPlaces([str(tmp_path / "data"), "s3://bucket"], scratch=tmp_path / "scratch")


def test_the_tables_of_an_archive_are_found_in_order_without_leftovers(places: ZipPlaces):
    found = places.entries("zip://leads.zip")

    assert [entry.name for entry in found] == ["a.csv", "b.csv"]
    assert places.fetch(found[0]).read_text() == "of\na.csv\n"


@pytest.mark.parametrize("address", ["zip://../secret.zip", "zip:///etc/passwd"])
def test_what_lies_outside_of_the_places_is_refused(places: ZipPlaces, address: str):
    with pytest.raises(SpecError, match="outside"):
        places.entries(address)


def test_an_archive_that_is_none_is_an_error_without_its_content(places: ZipPlaces, tmp_path: Path):
    (tmp_path / "data/broken.zip").write_text("ada@example.com")

    with pytest.raises(DataError, match=r"broken\.zip cannot be read") as error:
        places.entries("zip://broken.zip")

    assert "ada" not in str(error.value)


def test_nothing_there_is_no_error_of_the_place(places: ZipPlaces):
    assert places.entries("zip://later.zip") == []


def test_gini_is_one_for_a_perfect_order_and_is_left_out_where_nobody_can_tell():
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])

    assert gini(np.array([0, 1]), scores, np.ones((1, 2)))["gini"].tolist() == [1.0]
    assert gini(np.array([0, -1]), scores, np.ones((1, 2))) == {}


def test_made_up_badges_are_found_by_the_recognizer():
    text = f"Her badge is {badges.made_up(random.Random(1))}."

    [found] = badges.recognizer("en").analyze(text, ["ACME_BADGE"])

    assert text[found.start : found.end].startswith("ACME-0")


def test_an_output_without_its_folder_is_an_error(tmp_path: Path):
    class Settings:
        root = tmp_path

    with pytest.raises(DataError, match="There is no folder"):
        deliver(Settings(), JsonLines(folder="sent"), None, [])
