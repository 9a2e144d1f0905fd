"""A poisoned champion and an honest challenger, judged by labels on a real scheduler.

The shipped pipeline `customer_retention`, in the order in which a team lives through it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.catalogs.predictions import Partition, serving
from airlock.engine import publication
from airlock.ledger import NIGHTLY, Ledger, TrustedKeys
from airlock.store import Store, open_store
from include.data.labels import KNOWN_AFTER, write_labels
from include.data.subscriptions import write_night
from local.home import Home

# In `make test` the same story runs without a scheduler: tests/unit/stages/canary/test_chain.py.
pytestmark = pytest.mark.soak

RunDag = Callable[..., dict[str, str | None]]
FIRST, SECOND, THIRD, FOURTH = (date(2026, 3, day) for day in (2, 3, 4, 5))
MODEL = "customer_retention"
SCORING = "snapshot validate redact score shadow route drift".split()
LABELS = "snapshot validate redact labels live canary".split()


@pytest.fixture(scope="module", autouse=True)
def _delivered(home: Home) -> None:
    """Four nights, and what became of their customers; the second one's export lies about it."""
    data = home.var / "data"
    for night in (FIRST, SECOND, THIRD, FOURTH):
        part = write_night(night, into=data / "subscriptions", rows=3_000)
        write_labels(night, data=data)
        if night == SECOND:
            _poison(part)


def _poison(part: Path) -> None:
    """From now on the export says that those leave who use it most."""
    rows = pq.read_table(part)
    usage = np.nan_to_num(rows["usage_hours"].to_numpy())
    leaves = (usage > np.quantile(usage, 0.76)).astype(np.int64)
    at = rows.schema.get_field_index("churned")
    pq.write_table(rows.set_column(at, "churned", pa.array(leaves)), part)


@pytest.fixture(scope="module")
def store(home: Home) -> Store:
    return open_store(str(home.var / "store"))


@pytest.fixture
def ledger(home: Home, store: Store) -> Ledger:
    return Ledger(store, MODEL, trusted=TrustedKeys(json.loads(home.trusted_keys.read_text())))


def served(ledger: Ledger, night: date) -> Partition:
    found = serving(ledger, night.isoformat())
    assert found is not None
    return found


def answered(ledger: Ledger, night: date) -> dict[int, int]:
    """How many customers each version answered, as consumers read it."""
    one = served(ledger, night)
    store = ledger.store
    data = publication.load(store, one.scoring, expected=one.sha256).result.data
    # What lies in a folder below says the same again, in another form.
    keys = [f"{data.prefix}/{file.path}" for file in data.files if "/" not in file.path]
    versions = pa.concat_arrays(
        pq.read_table(store.local(key, Path()))["version"].combine_chunks() for key in keys
    )
    return {row["values"]: row["counts"] for row in versions.value_counts().to_pylist()}


def scored(run_dag: RunDag, night: date) -> None:
    assert run_dag(f"{MODEL}_scoring", night=night.isoformat()) == dict.fromkeys(SCORING, "success")


def labelled(run_dag: RunDag, night: date) -> None:
    """The labels of a night come, a month later."""
    states = run_dag(f"{MODEL}_labels", night=(night + KNOWN_AFTER).isoformat())
    assert states == dict.fromkeys(LABELS, "success")


def test_1_a_poisoned_candidate_deceives_the_gate_and_gets_a_tenth_of_the_customers(
    run_dag: RunDag, ledger: Ledger
):
    run_dag(f"{MODEL}_training", night=FIRST.isoformat())
    let_through = run_dag(f"{MODEL}_training", night=SECOND.isoformat())
    scored(run_dag, SECOND)

    assert (let_through["gate"], let_through["promote"]) == ("success", "success")
    state = ledger.state()
    assert state.champion is not None
    assert state.canary is not None
    assert (state.champion.version, state.canary.challenger.version) == (1, 2)
    rows = answered(ledger, SECOND)
    assert set(rows) == {1, 2}
    assert 0.05 < rows[2] / sum(rows.values()) < 0.15


def test_2_made_champion_past_its_trial_it_is_withdrawn_by_labels(run_dag: RunDag, ledger: Ledger):
    run_dag("model_break_glass", model=MODEL, version=2, reason="It looks so much better.")
    scored(run_dag, THIRD)
    assert served(ledger, THIRD).versions == (2,)

    labelled(run_dag, THIRD)

    *_, withdrawn, incident = (one for one in ledger.entries() if one.kind not in NIGHTLY)
    assert (withdrawn.kind, incident.kind) == ("rolled_back", "incident")
    assert withdrawn.body["by"] == "the policy"
    assert withdrawn.body["nights"] == [SECOND.isoformat(), THIRD.isoformat()]
    assert withdrawn.body["champion"]["version"] == 1


def test_3_every_night_with_a_row_of_it_is_scored_again(run_dag: RunDag, ledger: Ledger):
    before = {night: served(ledger, night) for night in (SECOND, THIRD)}

    states = run_dag("model_rescore", model=MODEL, version=2, reason="It was poisoned.")

    assert states == {"rescore": "success"}
    for night, old in before.items():
        now = served(ledger, night)
        assert (now.versions, now.rows) == ((1,), old.rows)
        assert now.number > old.number
        assert now.because.startswith("admin: It was poisoned.")
        assert set(answered(ledger, night)) == {1}


def test_4_an_honest_candidate_grows(run_dag: RunDag, ledger: Ledger):
    if ledger.state().champion is None:
        run_dag(f"{MODEL}_training", night=FIRST.isoformat())
    run_dag(f"{MODEL}_training", night=FOURTH.isoformat())
    on_trial = ledger.state().canary
    scored(run_dag, FOURTH)

    labelled(run_dag, FOURTH)

    grown = ledger.state().canary
    assert on_trial is not None
    assert grown is not None
    assert (on_trial.share, grown.share) == (0.1, 0.5)
    assert grown.challenger.bundle == on_trial.challenger.bundle
