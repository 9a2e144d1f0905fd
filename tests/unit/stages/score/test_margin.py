"""How wide a band is, and which evaluation it comes from."""

from __future__ import annotations

import numpy as np
import pytest

from airlock.ledger import Ledger
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.score.record import Margin
from airlock.stages.score.stage.margin import background, margin, of
from tests.judged import NOW


def measured(**metrics: float) -> Evaluation:
    intervals = {
        name: Interval(value=value * 0.9, low=value * 0.8, high=value)
        for name, value in metrics.items()
    }
    return Evaluation(
        spec="v" * 64,
        split="s",
        rows=1000,
        classes={},
        candidate_bundle="b",
        champion_bundle=None,
        champion_version=None,
        champion_sequence=0,
        champion_problem=None,
        candidate=intervals,
        champion={},
        difference={},
        slices=(),
    )


def test_a_band_comes_from_the_upper_end_of_what_was_measured():
    number = of(measured(rmse=2.0, mae=1.0), coverage=0.75)
    probability = of(measured(ece=0.02, auroc=0.8), coverage=0.9)

    assert number == Margin(coverage=0.75, metric="rmse", width=4.0)
    assert probability is not None
    assert (probability.metric, round(probability.width, 9)) == ("ece", 0.2)


def test_without_a_measure_there_is_no_band():
    assert of(measured(accuracy=0.9), coverage=0.9) is None


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("shape", ["normal", "heavy", "two-sided"])
def test_as_many_rows_as_promised_lie_within(shape: str, coverage: float):
    chance = np.random.default_rng(1)
    errors = {
        "normal": chance.normal(size=5000),
        "heavy": chance.standard_t(2.5, 5000),
        # The worst that Chebyshev's inequality allows for.
        "two-sided": np.where(np.arange(5000) % 100 < 100 * (1 - coverage), 9.0, 0.0),
    }[shape]
    found = of(measured(rmse=float(np.sqrt((errors**2).mean()))), coverage=coverage)

    assert found is not None
    assert (np.abs(errors) <= found.width + 1e-9).mean() >= coverage


def promoted(ledger: Ledger, bundle: str, night: str) -> None:
    run = {"evaluate": {"address": f"stages/evaluate/{night}", "sha256": night, "content": "c"}}
    ledger.append("run", {"results": run}, id=f"run/d/{night}/x", at=NOW)
    decided = ledger.append("decided", {}, id=f"decided/d/{night}/y", at=NOW)
    champion = dict.fromkeys(
        ("training", "training_sha256", "validation", "validation_sha256", "split"), "x"
    )
    ledger.append(
        "promoted",
        {
            "champion": {**champion, "version": 1, "bundle": bundle, "night": night},
            "decided": decided.sequence,
        },
        id=f"promoted/{decided.sequence}",
        at=NOW,
    )


def test_a_champion_that_came_back_has_the_band_of_its_own_evaluation(ledger: Ledger):
    promoted(ledger, "old", "2026-01-01")
    old = ledger.state().champion
    assert old is not None
    promoted(ledger, "new", "2026-01-02")
    ledger.append(
        "rolled_back", {"champion": old.body(), "from_bundle": "new"}, id="rolled_back/1", at=NOW
    )
    read = []

    def reader(address: str, sha256: str) -> Evaluation:
        read.append((address, sha256))
        return measured(ece=0.01)

    champion = ledger.state().champion
    assert champion is not None
    found = margin(champion, ledger.entries(), reader, coverage=0.9)

    assert read == [("stages/evaluate/2026-01-01", "2026-01-01")]
    assert found is not None


def test_a_bundle_that_nobody_promoted_has_no_background(ledger: Ledger):
    assert background(ledger.entries(), "unknown") is None
