"""A decision that was only tried promotes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.core.errors import Unverified
from airlock.ledger import Ledger
from airlock.stages.approve.record import Approval
from airlock.stages.gate.stage import decide
from airlock.stages.promote.stage import promote
from tests.judged import NOBODY, NOW, POLICY, case, judged, result
from tests.registered import sqlite_below


@pytest.mark.parametrize("claimed", [0, 1, 2, 99])
def test_a_dry_run_is_no_decision_whatever_entry_it_claims(
    ledger: Ledger, tmp_path: Path, claimed: int
):
    candidate = case()
    judged(case(bundle="another", metrics={}), ledger)
    tried = replace(decide(POLICY, candidate, NOBODY), sequence=claimed)
    decision = result(tried, candidate.results)
    nobody = Approval(
        model="churn", version=1, decision=decision.content, required=False, approved=True
    )

    with pytest.raises(Unverified, match="Ledger entry"):
        promote(
            decision,
            result(nobody, {"decision": decision}),
            training=candidate.training,
            validation=candidate.validation,
            ledger=ledger,
            mlflow=sqlite_below(tmp_path),
            now=NOW,
        )

    assert ledger.state().champion is None
