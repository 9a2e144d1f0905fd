"""A place for sources, and a short way to freeze one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airlock.core.contract import Contract
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import snapshot

CONTRACT = Contract.model_validate(
    {
        "key": ["id"],
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer"},
            "fee": {"type": "number", "nullable": True},
            "note": {"type": "string", "nullable": True},
        },
    }
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder below which a source may lie."""
    place = tmp_path / "place"
    place.mkdir()
    return place


@pytest.fixture
def freeze(place: Path, tmp_path: Path) -> Callable[..., Snapshot]:
    """Freeze a source; the parts lie in `tmp_path / "out"`."""

    def freeze(source: str, contract: Contract = CONTRACT, **changes: Any) -> Snapshot:
        given: dict[str, Any] = {
            "night": "2026-01-05",
            "sources": (str(place),),
            "root": tmp_path,
            "remote": None,
            "scratch": tmp_path / "scratch",
            "out": tmp_path / "out",
        }
        return snapshot(source, contract, **(given | changes))

    return freeze
