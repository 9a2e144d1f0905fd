"""From a night that has drifted to a published release, on a real scheduler with a stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

pytest.importorskip("github", reason="the extra [trackers] is not installed")

from local.demo.drift.closing import closing
from local.demo.drift.story import play
from local.demo.show import Show
from local.home import Home

# In `make test` tickets are told to stand-ins without a scheduler: tests/unit/sinks.
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]


def test_drift_leads_to_a_release_with_the_verified_pack_and_a_lead_time(tmp_path: Path):
    console = Console(width=110, record=True)

    told = play(Home(ROOT, tmp_path / "var"), Show(console), rows=9_000)
    console.print(closing(told))

    states = [step.state for step in told.ticket.steps]
    assert states == [
        *("drift found", "waiting for approval", "approved", "promoted", "promoted"),
    ]  # fmt: skip
    (release,) = told.tracker.releases
    assert (release["draft"], release["tag_name"]) == (False, "customer_churn-v2")
    assert told.tracker.files[release["assets"][0]["id"]] == told.pack.read_bytes()
    assert told.tracker.history[0][2] == "draft"
    assert "all that was looked at holds for customer_churn" in told.verified
    screen = console.export_text()
    assert "from drift found to production" in screen
    assert "waiting for approval (draft)" in screen
    assert "promoted (published)" in screen
