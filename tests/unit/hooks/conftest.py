"""An extension that is there for one test."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator

import pytest

from airlock.hooks import metrics, registry
from airlock.reports import content
from tests.unit.hooks import extension


def _forget() -> None:
    for room in (registry, metrics, content):
        for one in vars(room).values():
            if isinstance(one, functools._lru_cache_wrapper):
                one.cache_clear()


@pytest.fixture
def extended() -> Iterator[types.ModuleType]:
    """Airlock with the extension beside it."""
    _forget()
    registry.manager().register(extension, name="leads")
    yield extension
    _forget()
