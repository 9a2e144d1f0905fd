"""The same for faults that need a real Airflow; all of them in `make soak` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.catalogue import Fault, every_fault
from tests.faults.plant import Plant, plant
from tests.faults.test_faults import cases

pytestmark = [pytest.mark.soak, pytest.mark.timeout(5 * 3600)]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with plant(tmp_path_factory.mktemp("plant")) as running:
        yield running


@pytest.mark.parametrize("fault", cases([one for one in every_fault() if one.level == "airflow"]))
def test_every_fault_of_an_airflow_is_ridden_out(
    fault: Fault, airflow: Plant, record_property: Callable[[str, object], None]
):
    record_property("fault", fault.name)
    record_property("seen", fault.run(airflow))
    airflow.line.be("up")
    airflow.settle()
    airflow.hold()
