"""A boosting's text is taken apart before LightGBM's reader, which believes everything, sees it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from airlock.bundle import boosting, linear, trees
from airlock.bundle.boosting import shape_of
from airlock.bundle.computing import check_artefacts, read_artefact
from airlock.bundle.preprocessing import Preprocessing
from airlock.core.errors import Unverified
from airlock.hooks import registry
from airlock.reading import Malformed
from tests.mutated_trees import document, judged, said, with_sizes


@pytest.fixture(scope="module")
def made() -> tuple[str, Preprocessing]:
    text, seen, _ = document()
    return text, seen


def test_a_document_says_what_its_words_say(made: tuple[str, Preprocessing]):
    text, seen, frame = document()
    table, _ = boosting.for_trees(seen.apply(frame), seen)

    found = boosting.read(text, seen).predict(table, raw_score=True)

    assert "num_cat=1" in text
    assert np.allclose(found, said(text, table), rtol=1e-12)


def test_no_cell_and_no_count_of_rows_travels_with_the_trees(made: tuple[str, Preprocessing]):
    text, _ = made

    assert "feature_infos=none none none" in text
    assert not re.search("leaf_count|internal_value|leaf_weight|parameters", text)


def test_altered_it_is_refused_or_says_what_its_words_say():
    refused, loaded = judged(150, seed=11)

    assert refused > 60
    assert loaded > 5


@pytest.mark.soak
def test_altered_in_ten_thousand_ways():
    assert sum(judged(10_000, seed=3)) == 10_000


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param(r"left_child=\d+", "left_child=77", "beyond its bounds", id="no such child"),
        pytest.param(r"left_child=\d+", "left_child=0", "no parent, or several", id="the root"),
        pytest.param(
            r"left_child=3 (\S+ \S+) -1", r"left_child=-1 \1 3", "leads back", id="a circle"
        ),
        pytest.param("split_feature=2", "split_feature=9", "beyond its bounds", id="no column"),
        pytest.param("split_feature=2", "split_feature=0", "number for a category", id="no set"),
        pytest.param("decision_type=1", "decision_type=12", "beyond its bounds", id="a decision"),
        pytest.param("leaf_value=", "leaf_value=nan ", "as many numbers", id="not a number"),
        pytest.param(r"leaf_value=\S+", "leaf_value=1e999", "beyond all numbers", id="too large"),
        pytest.param("cat_boundaries=0 1", "cat_boundaries=0 900", "beyond", id="a long set"),
        pytest.param("is_linear=0", "is_linear=1", "beyond its bounds", id="linear leaves"),
        pytest.param("num_leaves=6", "num_leaves=9999", "beyond its bounds", id="too many leaves"),
        pytest.param("max_feature_idx=2", "max_feature_idx=3", "first lines", id="columns"),
        pytest.param("binary sigmoid:1", "binary sigmoid:9", "first lines", id="an objective"),
        pytest.param("shrinkage=1\n", "shrinkage=1\nx=1\n", "other fields", id="a field more"),
    ],
)
def test_what_the_library_would_believe_is_refused(
    made: tuple[str, Preprocessing], old: str, new: str, why: str
):
    text, seen = made
    altered = with_sizes(re.sub(old, new, text, count=1))
    assert altered != text

    with pytest.raises(Malformed, match=why):
        boosting.read(altered, seen)


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda text: text.replace("tree_sizes=", "tree_sizes=9"), id="sizes"),
        pytest.param(lambda text: text[:-5], id="the end"),
        pytest.param(lambda text: text + "x", id="more after the end"),
        pytest.param(lambda text: text.replace("Tree=1", "Trée=1"), id="a letter"),
    ],
)
def test_a_document_is_whole(made: tuple[str, Preprocessing], cut):  # type: ignore[no-untyped-def]
    text, seen = made

    with pytest.raises(Malformed):
        trees.check(cut(text).encode(), shape_of(seen))


@pytest.mark.parametrize(
    "begins", [b"\x80\x04\x95", b"PK\x03\x04", b"\x78\x9c", b"\x1f\x8b"], ids=repr
)
def test_a_pickle_under_the_name_of_trees_is_called_one(tmp_path: Path, begins: bytes):
    (tmp_path / "trees.txt").write_bytes(begins + b"cos\nsystem\n")

    with pytest.raises(Unverified, match=r"trees\.txt is not loaded: it is a pickle"):
        read_artefact(tmp_path / "trees.txt", most=100)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "pipeline.skops", "weights.pt"])
def test_a_pickle_in_a_bundle_is_refused_by_name(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(Unverified, match=rf"holds {re.escape(name)}, which looks like a pickle"):
        check_artefacts(tmp_path, registry.model_kinds()["lightgbm"])


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    (tmp_path / "graph.pt2").write_bytes(b"")

    with pytest.raises(Unverified, match=r"graph\.pt2, which no model of the kind linear has"):
        check_artefacts(tmp_path, registry.model_kinds()["linear"])


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param({"coefficients": [[0.0]]}, "other keys", id="no intercepts"),
        pytest.param([], "other keys", id="a list"),
        pytest.param({"coefficients": [[0.0]], "intercepts": [0, 0]}, "lengths", id="too few"),
        pytest.param({"coefficients": 3, "intercepts": [0, 0]}, "lengths", id="a number"),
        pytest.param({"coefficients": None, "intercepts": [True, 0]}, "else", id="a boolean"),
        pytest.param({"coefficients": None, "intercepts": [1e31, 0]}, "else", id="beyond"),
    ],
)
def test_coefficients_fit_the_columns(made: tuple[str, Preprocessing], found: object, why: str):
    _, seen = made
    if isinstance(found, dict) and found["coefficients"] is None:
        found["coefficients"] = [[0.0] * linear.linear_width(seen)] * 2

    with pytest.raises(Malformed, match=why):
        linear.made(found, seen)


def test_random_bytes_are_no_trees(made: tuple[str, Preprocessing]):
    _, seen = made
    chance = random.Random(0)

    for length in (0, 1, 10, 1000):
        with pytest.raises(Malformed):
            trees.check(chance.randbytes(length), shape_of(seen))
