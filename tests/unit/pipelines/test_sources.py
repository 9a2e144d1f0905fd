"""An address is checked as far as Airlock knows it: a scheme of an extension is its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airlock.hooks import registry
from airlock.hooks.kinds import SourceScheme
from airlock.pipelines.sources import check_address

PROJECT: Any = SimpleNamespace(root="/project", sources=("/project/data",))


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        pytest.param("zip://leads.zip", 0, id="of an extension"),
        pytest.param("s3://elsewhere/leads.zip", 2, id="of a kind that is not read, elsewhere"),
        pytest.param("tar://leads.tar", 1, id="of a scheme that nobody added"),
    ],
)
def test_a_scheme_of_an_extension_has_addresses_of_its_own(
    monkeypatch: pytest.MonkeyPatch, source: str, problems: int
):
    known = {**registry.sources(), "zip": SourceScheme(scheme="zip", places="leads:places")}
    monkeypatch.setattr(registry, "sources", lambda: known)

    assert len(list(check_address(source, None, PROJECT))) == problems
