"""The same for faults that need a real Airflow; all of them in `make soak` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults import services
from tests.faults.catalog import Fault, every_fault
from tests.faults.plant import Plant, plant
from tests.faults.test_faults import cases

pytestmark = [pytest.mark.soak, pytest.mark.timeout(5 * 3600)]


AIRFLOW = [one for one in every_fault() if one.level == "airflow"]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with plant(tmp_path_factory.mktemp("plant")) as running:
        yield running


@pytest.fixture(scope="module")
def airflow_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    pytest.importorskip("asyncpg", reason="Airflow opens PostgreSQL through asyncpg, too")
    with (
        services.postgres(tmp_path_factory.mktemp("postgres")) as database,
        plant(tmp_path_factory.mktemp("plant"), database=database) as running,
    ):
        yield running


def ridden_out(fault: Fault, airflow: Plant, note: Callable[[str, object], None]) -> None:
    note("fault", fault.name)
    note("seen", fault.run(airflow))
    airflow.line.be("up")
    airflow.settle()
    airflow.hold()


@pytest.mark.parametrize("fault", cases([one for one in AIRFLOW if not one.needs]))
def test_every_fault_of_an_airflow_is_ridden_out(
    fault: Fault, airflow: Plant, record_property: Callable[[str, object], None]
):
    ridden_out(fault, airflow, record_property)


@pytest.mark.parametrize("fault", cases([one for one in AIRFLOW if one.needs]))
def test_every_fault_of_its_database_is_ridden_out(
    fault: Fault, airflow_on_postgres: Plant, record_property: Callable[[str, object], None]
):
    ridden_out(fault, airflow_on_postgres, record_property)
