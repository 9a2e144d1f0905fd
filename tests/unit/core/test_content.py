"""Equal values have equal names, and what JSON cannot say has none."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from airlock.core.content import canonical_json, digest, sha256, sha256_of_file


def test_the_order_of_keys_does_not_change_a_name():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})


def test_the_order_of_a_list_does():
    assert digest([1, 2]) != digest([2, 1])


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(number: float):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"metric": number})


def test_a_file_is_named_by_its_bytes(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)

    assert sha256_of_file(path) == sha256(path.read_bytes())
