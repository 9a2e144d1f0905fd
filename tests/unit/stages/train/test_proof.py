"""Training refuses a table that did not prove itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.stages.redact.record import PlantedIdentifier, Residue
from airlock.stages.train.stage import folds
from tests.redacted import customers, redacted
from tests.trained import SPEC

MISSED = PlantedIdentifier(column="note", entity="PERSON", planted=64, caught=63)
LEAK = Residue(column="plan", kind="EMAIL_ADDRESS", rows=1, outcome="leak")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"reasons": ("plan goes out with …",)}, id="it failed"),
        pytest.param({"residues": (LEAK,)}, id="something leaked"),
        pytest.param({"canaries": (MISSED,)}, id="a canary came out"),
        pytest.param({"canaries": ()}, id="a scan that nobody tried"),
    ],
)
def test_an_unproven_redaction_is_not_trained_on(tmp_path: Path, changes: dict[str, Any]):
    redaction = replace(redacted(customers(), tmp_path), **changes)

    with pytest.raises(Unverified, match="did not prove"):
        folds.checked_split(redaction, SPEC)


def test_a_proven_one_is(tmp_path: Path):
    redaction = redacted(customers(), tmp_path)

    assert folds.checked_split(redaction, SPEC) == redaction.split
