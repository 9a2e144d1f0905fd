"""Skew: figures as anybody computes them, alarms that mean something, and limits that hold."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2

from airlock.core.errors import Unverified
from airlock.distribution.divergence import chance_of_psi, js, psi
from airlock.distribution.histograms import histograms
from airlock.stages.validate.limits import Skew
from airlock.stages.validate.record import Shift, Validation
from airlock.stages.validate.stage.skew import Against
from tests.searched import searched

COUNTS = st.integers(2, 20).flatmap(
    lambda bins: st.tuples(
        *[arrays(np.int64, bins, elements=st.integers(0, 10_000)).filter(np.any)] * 2
    )
)
STRICT = {"warning": 0.1, "critical": 0.25}


def shifts(
    reference: pa.Table, tonight: pa.Table, *, part: int = 1_000, **skew: Any
) -> dict[tuple[str, str], Shift]:
    against = Against(histograms(reference), Skew.model_validate(skew))
    for start in range(0, tonight.num_rows, part):
        against.watch(tonight.slice(start, part))
    return {(shift.column, shift.measure): shift for shift in against.shifts()}


def of_texts(**counts: int) -> pa.Table:
    texts = [text for text, count in counts.items() for _ in range(count)]
    return pa.table({"plan": pa.array(texts, pa.string())})


def of_numbers(values: Any) -> pa.Table:
    return pa.table({"fee": pa.array(values, pa.float64())})


@searched(100, COUNTS)
def test_both_divergences_are_the_same_both_ways_and_never_negative(pair):
    was, now = pair

    assert psi(was, now) >= 0
    assert 0 <= js(was, now) <= 1
    assert psi(was, now) == pytest.approx(psi(now, was))
    assert js(was, now) == pytest.approx(js(now, was))


@searched(100, COUNTS)
def test_what_did_not_change_has_no_divergence(pair):
    was, _ = pair

    assert psi(was, was) == 0
    assert js(was, was) == 0


@searched(100, COUNTS)
def test_the_jensen_shannon_divergence_is_scipys(pair):
    was, now = pair

    assert js(was, now) == pytest.approx(jensenshannon(was, now, base=2) ** 2, abs=1e-9)


def test_no_bin_in_common_is_a_whole_bit():
    assert js(np.array([5, 0]), np.array([0, 9])) == 1


def test_the_index_is_the_textbooks_with_half_a_row_in_every_bin():
    was, now = np.array([100, 300, 0]), np.array([250, 250, 10])

    p, q = (was + 0.5) / 401.5, (now + 0.5) / 511.5

    assert psi(was, now) == pytest.approx(sum((q - p) * np.log(q / p)))


@pytest.mark.parametrize("bins", [2, 5, 20, 60])
def test_what_chance_does_is_the_quantile_of_chi_squared(bins: int):
    was, now = np.full(bins, 100), np.full(bins, 50)

    exact = chi2.ppf(0.999, bins - 1) * (1 / was.sum() + 1 / now.sum())

    assert chance_of_psi(was, now) == pytest.approx(exact, rel=0.04)


def test_numbers_are_counted_by_the_references_borders():
    rng = np.random.default_rng(7)
    was, now = rng.normal(0, 1, 5_000), rng.normal(0.5, 1.2, 4_000)
    told = histograms(of_numbers(was))["columns"]["fee"]

    found = shifts(of_numbers(was), of_numbers(now))

    borders = [-np.inf, *told["edges"], np.inf]
    counted = np.histogram(now, borders)[0]
    p, q = ((one + 0.5) / (one + 0.5).sum() for one in (np.array(told["counts"]), counted))
    assert found["fee", "psi"].value == pytest.approx(np.sum((q - p) * np.log(q / p)))
    assert found["fee", "js"].value == pytest.approx(
        jensenshannon(told["counts"], counted, base=2) ** 2
    )
    assert [now for _, now in found["fee", "psi"].counts] == counted.tolist()


@searched(
    100,
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1, max_size=300),
    st.integers(1, 300),
)
def test_how_the_rows_arrive_makes_no_difference(values, part):
    reference = of_numbers(np.arange(1_000) / 7)

    found = shifts(reference, of_numbers(values), part=part, least_rows=1)

    assert found == shifts(reference, of_numbers(values), least_rows=1)


def test_missing_values_are_compared_by_their_share():
    was = of_numbers([None] * 100 + [1.0] * 900)
    now = of_numbers([None] * 150 + [1.0] * 350)

    found = shifts(was, now, nulls={"warning": 0.1, "critical": 0.3})

    assert found["fee", "nulls"].value == pytest.approx(0.2)
    assert found["fee", "nulls"].severity == "warning"


def test_categories_that_were_not_there_are_counted_by_the_rows_in_them():
    was, now = of_texts(basic=500, pro=500), of_texts(basic=450, pro=450, vip=100)

    found = shifts(was, now, new_categories={"critical": 0.05})

    assert found["plan", "new_categories"].value == pytest.approx(0.1)
    assert found["plan", "new_categories"].severity == "critical"


def test_a_single_row_in_a_new_category_is_one_where_all_categories_are_known():
    was, now = of_texts(basic=500, pro=500), of_texts(basic=500, pro=499, vip=1)

    found = shifts(was, now, new_categories={"critical": 0})

    assert found["plan", "new_categories"].severity == "critical"
    assert shifts(was, was, new_categories={"critical": 0})["plan", "new_categories"].ok


def test_a_rare_category_that_the_reference_does_not_name_is_not_new():
    rare = {f"rare{n}": 5 for n in range(10)}

    found = shifts(of_texts(basic=500, pro=450, **rare), of_texts(basic=500, pro=450, **rare))

    assert found["plan", "new_categories"].value == 0


def test_booleans_are_categories():
    was = pa.table({"left": [True] * 500 + [False] * 500})
    now = pa.table({"left": [True] * 900 + [False] * 100})

    assert shifts(was, now)["left", "psi"].severity == "warning"
    assert shifts(was, was)["left", "psi"].value == 0


def test_without_limits_of_ones_own_a_shift_is_a_warning_and_never_more():
    found = shifts(of_texts(a=1_000, b=1_000), of_texts(c=2_000))

    assert {shift.severity for shift in found.values()} == {"warning", "info"}
    assert found["plan", "psi"].severity == "warning"


@pytest.mark.parametrize(
    ("limit", "severity", "broken"),
    [
        pytest.param({"warning": 0.01, "critical": 0.02}, "critical", 0.02, id="above both"),
        pytest.param({"warning": 0.01, "critical": 9}, "warning", 0.01, id="above one"),
        pytest.param({"critical": 9}, "info", 9, id="below the only one"),
        pytest.param({"warning": 8, "critical": 9}, "info", 8, id="below both"),
        pytest.param(None, "info", None, id="no limit"),
    ],
)
def test_the_limit_that_is_broken_says_how_bad_it_is(limit, severity, broken):
    found = shifts(of_texts(a=900, b=1_100), of_texts(a=1_100, b=900), psi=limit)["plan", "psi"]

    assert (found.severity, found.limit, found.ok) == (severity, broken, severity == "info")


def test_a_column_may_have_limits_of_its_own_or_none_at_all():
    was = pa.table({"a": ["x"] * 900 + ["y"] * 100, "b": ["x"] * 900 + ["y"] * 100})
    now = pa.table({"a": ["x"] * 500 + ["y"] * 500, "b": ["x"] * 500 + ["y"] * 500})

    found = shifts(was, now, psi=STRICT, columns={"b": {"psi": None}})

    assert found["a", "psi"].severity == "critical"
    assert (found["b", "psi"].severity, found["b", "js"].severity) == ("info", "warning")
    assert {column for column, _ in shifts(was, now, ignore=["a"])} == {"b"}


def test_few_rows_that_differ_by_chance_raise_no_alarm():
    rng = np.random.default_rng(1)
    was, now = of_numbers(rng.normal(size=160)), of_numbers(rng.normal(size=110))

    found = shifts(was, now, psi={"critical": 0.05})["fee", "psi"]

    assert found.value > 0.05
    assert found.ok
    assert "by chance" in found.sentence


def test_too_few_values_break_a_critical_limit_and_no_other():
    was, now = of_numbers(np.arange(1_000)), of_numbers([1.0] * 99 + [None] * 901)

    found = shifts(was, now, psi=STRICT, nulls=None)

    assert (found["fee", "psi"].value, found["fee", "psi"].severity) == (None, "critical")
    assert found["fee", "js"].severity == "info"


def test_a_reference_of_few_values_leaves_nothing_to_compare_with_and_that_is_said():
    found = shifts(of_numbers(np.arange(99)), of_numbers(np.arange(1_000)), psi=STRICT)

    assert set(found) == {("fee", "nulls"), ("fee", "psi")}
    assert "not compared" in found["fee", "psi"].sentence


def test_columns_that_the_reference_does_not_know_are_said_to_be_not_compared():
    was = pa.table({"a": pa.array([1] * 200), "b": ["x"] * 200})
    now = pa.table({"a": pa.array([1.5] * 200), "c": ["x"] * 200})

    # What both tables have is compared, and not among these.
    both = pa.array(["x"] * 200)
    found = shifts(was.append_column("d", both), now.append_column("d", both), psi=STRICT)
    found = {key: shift for key, shift in found.items() if key[0] != "d"}

    assert {name: shift.sentence[3:] for (name, _), shift in found.items()} == {
        "a": "not compared with the champion's data, it is of another type.",
        "b": "not compared with the champion's data, it is not in tonight's table.",
        "c": "not compared with the champion's data, it is not in it.",
    }
    assert all(shift.ok for shift in found.values())


def test_without_a_reference_nothing_is_compared():
    against = Against(None, Skew.model_validate({"psi": STRICT}))
    against.watch(of_texts(a=1_000))

    assert against.shifts() == ()


@pytest.mark.parametrize(
    "reference",
    [
        {"columns": {}, "row": 3},
        {"rows": 3, "columns": {"a": {"type": "string"}}},
        {"rows": 3, "columns": {"a": {"type": "number", "nulls": 0, "edges": [1]}}},
        {"rows": 3, "columns": {"a": {"type": "number", "nulls": 0, "edges": "x", "counts": [1]}}},
        {"rows": 3, "columns": ["a"]},
    ],
    ids=str,
)
def test_a_reference_that_is_no_histograms_is_refused(reference):
    if reference["columns"] == {}:
        # Nothing in it is nothing to compare with.
        assert Against(reference, Skew()).shifts() == ()
        return
    with pytest.raises(Unverified, match="do not read as histograms"):
        Against(reference, Skew())


def test_no_bin_of_few_rows_is_recorded():
    found = shifts(of_texts(a=500, b=500), of_texts(a=991, b=9))

    assert found["plan", "psi"].counts == ((500, 991), (500, 0), (0, 0))


@pytest.mark.parametrize(
    ("skew", "severity"),
    [
        pytest.param({"psi": STRICT}, "info", id="a limit for all columns"),
        pytest.param({"columns": {"plan": {"psi": STRICT}}}, "critical", id="one of its own"),
        pytest.param({"columns": {"plan": {"nulls": STRICT}}}, "info", id="one on nulls"),
    ],
)
def test_a_column_that_cannot_be_compared_passes_no_critical_limit_of_its_own(
    skew: dict[str, Any], severity: str
):
    many = pa.table({"plan": [f"text {at}" for at in range(1_000)]})

    shapeless = shifts(many, many, **skew)["plan", "psi"]
    lost = shifts(of_texts(a=900), of_numbers([1.0] * 900), **skew)["plan", "psi"]

    assert (shapeless.severity, shapeless.value) == (severity, None)
    assert (lost.severity, lost.value) == (severity, None)


def test_people_are_told_once_that_the_shape_of_a_column_changed():
    found = shifts(of_texts(a=900, b=100), of_texts(a=500, b=500))
    record = Validation(
        suite="0" * 64,
        night=None,
        rows=1_000,
        quarantined=0,
        checks=(),
        parts=(),
        quarantine=(),
        shifts=tuple(found.values()),
    )

    assert [found["plan", measure].severity for measure in ("psi", "js")] == ["warning"] * 2
    assert record.warnings == (found["plan", "psi"].sentence,)


@pytest.fixture(scope="module")
def bikes(shared_data: Path) -> pa.Table:
    table = pacsv.read_csv(shared_data / "bike_hourly.csv")
    return table.drop_columns(["", "X", "instant", "dteday"])


def test_every_quarter_of_the_bike_table_is_far_from_the_next(bikes: pa.Table):
    rows = bikes.num_rows // 8

    for at in range(7):
        was, now = bikes.slice(at * rows, rows), bikes.slice((at + 1) * rows, rows)
        found = shifts(was, now, psi=STRICT)
        assert found["season", "psi"].severity == "critical", at
        assert found["temp", "psi"].severity == "critical", at


@pytest.mark.parametrize("rows", [300, 1_000, 8_760])
def test_random_parts_of_the_bike_table_raise_no_alarm(bikes: pa.Table, rows: int):
    alarms = 0
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(bikes.num_rows)
        was, now = bikes.take(order[:rows]), bikes.take(order[rows : 2 * rows])
        alarms += sum(not shift.ok for shift in shifts(was, now, part=5_000).values())

    # Chance is given one comparison of a thousand, and 20 times some 60 are made.
    assert alarms <= (3 if rows == 300 else 0)


def test_the_figures_of_the_bike_table_are_numpys_and_scipys(bikes: pa.Table):
    rows = bikes.num_rows // 8
    was, now = bikes.slice(0, rows), bikes.slice(rows, rows)
    told = histograms(was)["columns"]
    found = shifts(was, now)

    for name in ("temp", "cnt", "hum", "hr"):
        values = now.column(name).drop_null().to_numpy()
        counted = np.histogram(values, [-np.inf, *told[name]["edges"], np.inf])[0]
        p, q = (
            (one + 0.5) / (one + 0.5).sum() for one in (np.array(told[name]["counts"]), counted)
        )
        index = np.sum((q - p) * np.log(q / p))
        divergence = jensenshannon(told[name]["counts"], counted, base=2) ** 2
        assert math.isclose(found[name, "psi"].value, index, abs_tol=1e-12), name
        assert math.isclose(found[name, "js"].value, divergence, abs_tol=1e-9), name
