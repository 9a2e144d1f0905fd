"""Every shared case about what goes out of the redaction gives what its README says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pytest

from airlock.core.errors import SpecError
from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.generalise import generaliser
from tests.cases import shared_cases


def case(name: str, file: str) -> pa.Table:
    quoted = csv.ParseOptions(newlines_in_values=True)
    return csv.read_csv(shared_cases("rows") / name / file, parse_options=quoted)


# 11: bands and months


def generalised(values: pa.Array, **how: Any) -> list[str]:
    column = ColumnRedaction.model_validate({"action": "generalise", **how})
    coarser = generaliser("x", column, values.type)
    return [coarser(value) for value in values.to_pylist()]


def test_11_a_number_lies_in_the_band_that_begins_with_it():
    rows = case("11-band-edges", "rows.csv")

    bands = generalised(rows.column("x").combine_chunks(), band=0.1)

    assert bands == ["0.3 to 0.4", "0.7 to 0.8", "0.3 to 0.4"]


@pytest.mark.parametrize(
    ("values", "band", "bands"),
    [
        pytest.param(pa.array([0.3, 0.7], pa.float32()), 0.1, ["0.3 to 0.4", "0.7 to 0.8"]),
        pytest.param(pa.array([-0.3, -0.05]), 0.1, ["-0.3 to -0.2", "-0.1 to 0"]),
        pytest.param(
            pa.array([2**62]), 10, ["4611686018427387900 to 4611686018427387910"], id="an integer"
        ),
        pytest.param(pa.array([1e-12]), 1e-11, ["0 to 0.00000000001"], id="narrow"),
        pytest.param(pa.array([float("nan")]), 10, ["none"]),
    ],
)
def test_11_edges_are_exact(values: pa.Array, band: float, bands: list[str]):
    assert generalised(values, band=band) == bands


@pytest.mark.parametrize(
    ("values", "band"),
    [
        pytest.param(pa.array([2.0**62]), 10, id="numbers are farther apart than the band is wide"),
        pytest.param(pa.array([2.0**53]), 2, id="a band holds one number"),
        pytest.param(pa.array([2.0**24], pa.float32()), 2, id="of single precision"),
        pytest.param(pa.array([3]), 1, id="integers by one"),
        pytest.param(pa.array([3]), 0.1, id="integers by less"),
    ],
)
def test_11_a_band_that_would_be_the_value_is_refused(values: pa.Array, band: float):
    with pytest.raises(SpecError, match="one number only, and so be the value"):
        generalised(values, band=band)


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_11_years_have_four_digits(kind: pa.DataType):
    first = pa.array([date(1, 1, 1)]).cast(kind)

    assert generalised(first, to="month") == ["0001-01"]
    assert generalised(first, to="year") == ["0001"]
