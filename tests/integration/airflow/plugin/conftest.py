from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.services import Airflow
from tests.history import History, asked, told
from tests.integration.airflow.plugin.site import ASKED, DAG, MODEL, UNSURE, Site, site_of


@pytest.fixture(scope="package")
def site(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_of(airflow, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module", autouse=True)
def history(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """A model with a past, gone afterwards: reconcile would look for its champions in MLflow."""
    ledger, scratch = site.ledger(MODEL), tmp_path_factory.mktemp("history")
    asked(
        History(
            ledger=site.ledger(ASKED), stores=site.stores, scratch=scratch / "asked", training=DAG
        ),
        UNSURE,
    )
    yield told(History(ledger=ledger, stores=site.stores, scratch=scratch, training=DAG))
    for catalog in ("ledger", "drift", "predictions"):
        for model in (MODEL, ASKED):
            for stat in list(site.stores["store"].list(f"{catalog}/{model}/")):
                site.stores["store"].delete(stat.key)
