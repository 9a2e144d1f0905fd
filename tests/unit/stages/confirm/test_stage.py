"""Confirm: another person, in time, and either it stays or it falls back, never both."""

from __future__ import annotations

import base64
import contextlib
import multiprocessing
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airlock.core.errors import Conflict, SpecError
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.stages.confirm.record import Confirmation
from airlock.stages.confirm.stage import confirm
from airlock.stages.reconcile.fall_back import fall_back
from airlock.store import open_store
from tests.emergency import broken, rejected
from tests.judged import NOW, ORIGIN


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlock.stages.break_glass.stage.point_alias", lambda *_: False)


@pytest.fixture
def pending(ledger: Ledger) -> Ledger:
    """Ada broke the glass for version 2."""
    rejected(ledger)
    broken(ledger)
    return ledger


def confirmed(ledger: Ledger, **changes: Any) -> Confirmation:
    arguments: dict[str, Any] = {
        "by": "joan",
        "reason": "I looked at it as well",
        "roles": {"leads": ["lin"]},
        "origin": replace(ORIGIN, run_id="confirm"),
        "now": NOW + timedelta(hours=3),
    }
    return confirm(ledger=ledger, **arguments | changes)


@pytest.mark.parametrize("who", ["joan", "grace", "lin"])
def test_another_person_whom_the_policy_names_lets_it_stay(pending: Ledger, who: str):
    record = confirmed(pending, by=who)

    state = pending.state()
    assert state.unconfirmed is None
    assert state.champion_sequence == record.confirms
    assert record.version == 2
    assert fall_back(pending, verify=lambda _: None, now=NOW + timedelta(days=9)) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"by": "ada"}, "whoever breaks the glass", id="the same person"),
        pytest.param({"by": "eve"}, "does not name eve", id="not named"),
        pytest.param({"by": "lin", "roles": {}}, "does not name lin", id="without the role"),
        pytest.param({"reason": "  "}, "nobody said why", id="no reason"),
        pytest.param({"now": NOW + timedelta(hours=4)}, "its time is over", id="too late"),
    ],
)
def test_whatever_else_does_not_let_it_stay(pending: Ledger, changes: dict[str, Any], why: str):
    with pytest.raises(SpecError, match=why):
        confirmed(pending, **changes)

    assert pending.state().unconfirmed is not None


def test_a_champion_that_passed_the_gate_needs_no_confirmation(ledger: Ledger):
    rejected(ledger)

    with pytest.raises(SpecError, match="was not made by break-glass"):
        confirmed(ledger)


def test_a_retry_finds_what_was_written(pending: Ledger):
    assert confirmed(pending) == confirmed(pending)
    assert [entry.kind for entry in pending.entries()].count("confirmed") == 1


def _rivals(root: str, trusted: dict[str, str], who: str, start: float) -> None:
    signer = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
    ledger = Ledger(open_store(root), "churn", trusted=TrustedKeys(trusted), signer=signer)
    ledger.entries()
    while time.time() < start:
        pass
    with contextlib.suppress(Conflict, SpecError):
        if who == "joan":
            confirmed(ledger)
        else:
            fall_back(ledger, verify=lambda *_: None, now=NOW + timedelta(hours=4))


def test_in_a_race_it_is_confirmed_or_falls_back_and_never_both(
    tmp_path: Path, trusted: TrustedKeys, signer: Signer
):
    context = multiprocessing.get_context("fork")
    for race in range(20):
        root = str(tmp_path / f"race-{race}")
        ledger = Ledger(open_store(root), "churn", trusted=trusted, signer=signer)
        rejected(ledger)
        broken(ledger)
        start = time.time() + 0.08
        rivals = [
            context.Process(target=_rivals, args=(root, dict(trusted.keys), who, start))
            for who in ("joan", "reconcile")
        ]
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join()

        state = ledger.state()
        ended = [e.kind for e in ledger.entries() if e.kind in {"confirmed", "rolled_back"}]
        assert [rival.exitcode for rival in rivals] == [0, 0]
        assert state.champion is not None
        assert (ended, state.champion.version) in ((["confirmed"], 2), (["rolled_back"], 1))
        assert state.unconfirmed is None
