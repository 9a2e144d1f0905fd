"""Every metric is scikit-learn's, also for weights that a bootstrap gives."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from airlock.core import metrics

ROWS = 400


def predictions(classes: int, seed: int = 0):
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, classes, ROWS)
    scores = chance.random((ROWS, classes)) + np.eye(classes)[truth] * 0.6
    # Coarse scores tie, as those of a small model do.
    probabilities = np.round(scores / scores.sum(axis=1, keepdims=True), 2)
    probabilities[:, -1] = 1 - probabilities[:, :-1].sum(axis=1)
    drawn = np.bincount(chance.integers(0, ROWS, ROWS), minlength=ROWS).astype(float)
    return truth, np.clip(probabilities, 0, 1), np.stack([np.ones(ROWS), drawn])


def test_two_classes_are_measured_as_scikit_learn_does():
    truth, probabilities, weights = predictions(2)
    guess, positive = probabilities.argmax(axis=1), probabilities[:, 1]

    found = metrics.classification(truth, probabilities, weights)

    for at, weight in enumerate(weights):
        drawn = {"sample_weight": weight}
        expected = {
            "auroc": sklearn.roc_auc_score(truth, positive, **drawn),
            "average_precision": sklearn.average_precision_score(truth, positive, **drawn),
            "accuracy": sklearn.accuracy_score(truth, guess, **drawn),
            "f1_macro": sklearn.f1_score(truth, guess, average="macro", **drawn),
            "recall_macro": sklearn.recall_score(truth, guess, average="macro", **drawn),
            "precision_macro": sklearn.precision_score(truth, guess, average="macro", **drawn),
            "recall_worst": sklearn.recall_score(truth, guess, average=None, **drawn).min(),
            "log_loss": sklearn.log_loss(truth, probabilities, **drawn),
            "brier": sklearn.brier_score_loss(truth, positive, **drawn),
        }
        assert {name: found[name][at] for name in expected} == pytest.approx(expected)


def test_ranks_are_measured_as_scikit_learn_does_with_every_drawn_row_for_itself():
    truth, probabilities, weights = predictions(2)

    found = metrics.classification(truth, probabilities, weights)

    for at, weight in enumerate(weights):
        every = np.repeat(np.arange(ROWS), weight.astype(int))
        positive, scores = truth[every], probabilities[every, 1]
        assert found["ndcg"][at] == pytest.approx(sklearn.ndcg_score([positive], [scores]))
    # Nobody ties here: the lift is what anybody would count.
    scores = np.linspace(0, 1, ROWS)
    plain = metrics.classification(truth, np.stack([1 - scores, scores], axis=1), weights[:1])
    top = truth[-ROWS // 10 :].mean() / truth.mean()
    assert plain["lift_at_10"][0] == pytest.approx(top)


def test_three_classes_are_measured_as_scikit_learn_does():
    truth, probabilities, weights = predictions(3)
    guess = probabilities.argmax(axis=1)

    found = metrics.classification(truth, probabilities, weights[:1])

    expected = {
        "auroc": sklearn.roc_auc_score(truth, probabilities, multi_class="ovr"),
        "average_precision": sklearn.average_precision_score(truth, probabilities),
        "accuracy": sklearn.accuracy_score(truth, guess),
        "f1_macro": sklearn.f1_score(truth, guess, average="macro"),
        "recall_macro": sklearn.recall_score(truth, guess, average="macro"),
        "recall_worst": sklearn.recall_score(truth, guess, average=None).min(),
        "log_loss": sklearn.log_loss(truth, probabilities),
        "brier": sklearn.brier_score_loss(truth, probabilities),
    }
    assert {name: found[name][0] for name in expected} == pytest.approx(expected)


def test_a_regression_is_measured_as_scikit_learn_does():
    chance = np.random.default_rng(0)
    truth = chance.normal(5, 2, ROWS)
    guess = truth + chance.normal(0, 1, ROWS)
    weights = np.stack([np.ones(ROWS), chance.integers(0, 3, ROWS).astype(float)])

    found = metrics.regression(truth, guess, weights)

    for at, weight in enumerate(weights):
        drawn = {"sample_weight": weight}
        expected = {
            "rmse": sklearn.root_mean_squared_error(truth, guess, **drawn),
            "mae": sklearn.mean_absolute_error(truth, guess, **drawn),
            "r2": sklearn.r2_score(truth, guess, **drawn),
        }
        assert {name: found[name][at] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("probability", "error"),
    [
        pytest.param(0.25, 0.0, id="says 25 % and is right in a quarter of the cases"),
        pytest.param(0.95, 0.7, id="says 95 % and is right in a quarter of the cases"),
    ],
)
def test_the_calibration_error_is_the_gap_between_promise_and_truth(probability, error):
    truth = np.array([1, 0, 0, 0] * 25)
    probabilities = np.tile([1 - probability, probability], (100, 1))

    found = metrics.classification(truth, probabilities, metrics.plain(100))

    assert found["ece"] == pytest.approx([error])


def test_a_metric_that_is_not_defined_is_nan():
    only_one_class = np.zeros(10, dtype=np.int64)
    probabilities = np.tile([0.7, 0.3], (10, 1))

    found = metrics.classification(only_one_class, probabilities, metrics.plain(10))

    assert np.isnan(found["auroc"]).all()
    assert np.isnan(found["average_precision"]).all()
    assert found["accuracy"] == [1.0]


def test_a_label_that_the_model_does_not_know_counts_as_wrong_and_ends_what_cannot_be_said():
    truth = np.array([0, 1, -1, -1])
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]])

    found = metrics.classification(truth, probabilities, metrics.plain(4))

    assert found["accuracy"] == [0.5]
    assert found["f1_macro"] == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert "auroc" not in found
    assert "log_loss" not in found


# --- between groups ---


def by_hand(groups, selected, positive, weight) -> dict[str, float]:
    """Fairlearn's definitions, written out: rates per group, their difference and their ratio."""
    rates, recalls, wrong = [], [], []
    for group in sorted(set(groups) - {-1}):
        member = groups == group
        rates.append(np.average(selected[member], weights=weight[member]))
        entitled = member & positive
        recalls.append(np.average(selected[entitled], weights=weight[entitled]))
        others = member & ~positive
        wrong.append(np.average(selected[others], weights=weight[others]))
    return {
        "demographic_parity": max(rates) - min(rates),
        "equal_opportunity": max(recalls) - min(recalls),
        "equalised_odds": max(max(recalls) - min(recalls), max(wrong) - min(wrong)),
        "disparate_impact": min(rates) / max(rates),
    }


def test_groups_are_compared_as_fairlearn_defines_it():
    chance = np.random.default_rng(0)
    groups = chance.integers(-1, 3, ROWS)
    selected = chance.random(ROWS) < 0.2 + 0.1 * groups
    positive = chance.random(ROWS) < 0.5
    drawn = np.bincount(chance.integers(0, ROWS, ROWS), minlength=ROWS).astype(float)
    weights = np.stack([np.ones(ROWS), drawn])

    shares = chance.random(ROWS)
    found = metrics.fairness(groups, selected, positive, weights, shares=shares)

    for at, weight in enumerate(weights):
        expected = by_hand(groups, selected, positive, weight)
        assert {name: found[name][at] for name in expected} == pytest.approx(expected)
        gaps = []
        for group in range(3):
            own = weight * (groups == group)
            gaps.append(abs(np.average(shares, weights=own) - np.average(positive, weights=own)))
        assert found["calibration_gap"][at] == pytest.approx(max(gaps))


def test_groups_by_an_example_that_anybody_can_check():
    groups = np.array([0] * 4 + [1] * 4)
    selected = np.array([1, 1, 1, 0, 1, 0, 0, 0], dtype=bool)
    positive = np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool)

    # Half of both groups are positive: of the second as many are expected, of the first more.
    shares = np.array([0.9, 0.9, 0.6, 0.4, 0.5, 0.5, 0.5, 0.5])

    found = metrics.fairness(groups, selected, positive, metrics.plain(8), shares=shares)

    assert {name: value[0] for name, value in found.items()} == pytest.approx(
        {
            "demographic_parity": 0.5,
            "equal_opportunity": 0.5,
            "equalised_odds": 0.5,
            "disparate_impact": 1 / 3,
            "calibration_gap": 0.2,
        }
    )


@pytest.mark.parametrize(
    ("groups", "selected", "positive", "undefined"),
    [
        pytest.param(
            [0, 0, -1, -1],
            [1, 0, 1, 0],
            [1, 1, 1, 1],
            {
                *("demographic_parity", "equal_opportunity", "equalised_odds"),
                *("disparate_impact", "calibration_gap"),
            },
            id="one group",
        ),
        pytest.param(
            [0, 0, 1, 1],
            [1, 0, 1, 0],
            [1, 1, 0, 0],
            {"equal_opportunity", "equalised_odds"},
            id="none positive",
        ),
        pytest.param(
            [0, 0, 1, 1],
            [0, 0, 0, 0],
            [1, 1, 1, 1],
            {"disparate_impact", "equalised_odds"},
            id="none selected",
        ),
    ],
)
def test_a_group_that_cannot_be_seen_is_not_called_fair(groups, selected, positive, undefined):
    found = metrics.fairness(
        np.array(groups),
        np.array(selected, dtype=bool),
        np.array(positive, dtype=bool),
        metrics.plain(4),
        shares=np.full(4, 0.5),
    )

    assert {name for name, value in found.items() if np.isnan(value).all()} == undefined
