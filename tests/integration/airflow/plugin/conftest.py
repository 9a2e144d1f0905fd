from __future__ import annotations

import pytest

from local.services import Airflow
from tests.integration.airflow.plugin.site import Site, site_of


@pytest.fixture(scope="package")
def site(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_of(airflow, tmp_path_factory.mktemp("site"))
