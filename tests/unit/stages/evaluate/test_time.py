"""A holdout of what came last is fair to a champion that learnt from nothing inside of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airlock.stages.evaluate.stage.evaluate import _not_after
from tests.redacted import customers, redacted

EARLIER, LATER = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("holdout", "learnt", "why"),
    [
        pytest.param(None, None, None, id="folds by entity know no time"),
        pytest.param(LATER, EARLIER, None, id="a champion of before"),
        pytest.param(LATER, LATER, None, id="the same night again"),
        pytest.param(EARLIER, LATER, "it may have seen these rows", id="an older night"),
        pytest.param(LATER, None, "data of all times", id="a champion of the other kind"),
    ],
)
def test_a_champion_is_compared_only_on_what_came_after_its_data(
    holdout: str | None, learnt: str | None, why: str | None, tmp_path: Path
):
    table = replace(redacted(customers(20), tmp_path), holdout_from=holdout)
    champion: Any = SimpleNamespace(record=SimpleNamespace(holdout_from=learnt))

    said = _not_after(table, champion)

    assert (said is None) is (why is None)
    if why is not None:
        assert why in str(said)
