"""A running Airflow answers whom it knows, and is alone in its home."""

from __future__ import annotations

import pytest

from airlock.core.errors import SettingsError
from local.runs import RequestRefused
from local.services import Airflow


def test_a_running_airflow_answers_its_users_and_no_second_one_starts_beside_it(airflow: Airflow):
    viewer = Airflow.client_of(airflow.home, airflow.url, user="viewer")

    assert "model_rollback" in airflow.client.dags() & viewer.dags()
    assert airflow.client.request("GET", "/pools/gpu")["slots"] == 1
    with pytest.raises(RequestRefused, match="403"):
        viewer.request("GET", "/connections")
    with (
        pytest.raises(SettingsError, match="Another process runs Airflow"),
        Airflow.running(airflow.home),
    ):
        pass
