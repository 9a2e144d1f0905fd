"""Links lead to MLflow, and never carry a password."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airlock.api.links import mlflow_link
from airlock.config.settings import Settings
from tests.unit.reports.examples import REGISTRATION, SNAPSHOT, TRAINING


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )


def mlflow_is_at(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "generic", "extra": {"uri": uri}}
    monkeypatch.setenv("AIRFLOW_CONN_AIRLOCK_MLFLOW", json.dumps(connection))


@pytest.mark.parametrize(
    ("uri", "record", "href"),
    [
        (
            "https://mlflow.example.org/base/",
            REGISTRATION,
            "https://mlflow.example.org/base/#/models/customer_churn/versions/4",
        ),
        (
            "http://127.0.0.1:5000",
            TRAINING,
            f"http://127.0.0.1:5000/#/runs/{TRAINING.mlflow_run}",
        ),
        (
            "http://ann:secret@mlflow.example.org",
            TRAINING,
            f"http://mlflow.example.org/#/runs/{TRAINING.mlflow_run}",
        ),
        ("https://mlflow.example.org", SNAPSHOT, None),
        ("sqlite:///var/mlflow/mlflow.db", TRAINING, None),
    ],
)
def test_a_record_leads_to_its_page_in_mlflow(settings, monkeypatch, uri, record, href):
    mlflow_is_at(uri, monkeypatch)

    link = mlflow_link(settings, record)

    assert (link and link.href) == href
