"""Settings come from Airflow's configuration and its connections, and say what is missing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from airlock.config.settings import Settings
from airlock.core.errors import SettingsError

SECRET = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path / "dags"))
    return tmp_path


def connection(monkeypatch: pytest.MonkeyPatch, conn_id: str, **fields: object) -> None:
    value = json.dumps({"conn_type": "generic", **fields})
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", value)


def test_relative_paths_are_relative_to_the_project_root(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__SOURCES", "var/data, s3://bucket/in")
    connection(monkeypatch, "airlock_store", extra={"uri": "var/store"})
    connection(monkeypatch, "airlock_mlflow", extra={"uri": "sqlite:///var/mlflow.db"})

    settings = Settings.read()

    assert settings.sources == (str(root / "var/data"), "s3://bucket/in")
    assert settings.store().uri == (root / "var/store").as_uri()
    assert settings.mlflow().tracking_uri == f"sqlite:///{root}/var/mlflow.db"


def test_a_missing_connection_is_named(root: Path):
    with pytest.raises(SettingsError, match="no connection airlock_raw"):
        Settings.read().store("raw")


def test_a_connection_without_an_address_is_named(root: Path, monkeypatch: pytest.MonkeyPatch):
    connection(monkeypatch, "airlock_store")

    with pytest.raises(SettingsError, match="airlock_store has no uri"):
        Settings.read().store()


@pytest.mark.parametrize(
    "password",
    [
        pytest.param(None, id="none"),
        pytest.param("c2hvcnQ=", id="too short"),
        pytest.param("not base64!", id="not base64"),
    ],
)
def test_a_key_that_is_no_key_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, password: str | None
):
    connection(monkeypatch, "airlock_pseudonym", password=password)

    with pytest.raises(SettingsError, match="airlock_pseudonym is not 32 bytes"):
        Settings.read().pseudonym_key()


def test_a_secret_key_never_shows_itself(root: Path, monkeypatch: pytest.MonkeyPatch):
    connection(monkeypatch, "airlock_split", password=SECRET)

    key = Settings.read().split_key()

    assert key.secret == bytes(32)
    assert repr(key) == "SecretKey()"
    assert len(key.key_id) == 16


def test_trusted_keys_that_cannot_be_read_are_named(root: Path):
    with pytest.raises(SettingsError, match=r"trusted\.json"):
        Settings.read().trusted()


def test_notifier_arguments_must_be_json(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", "to=somebody")

    with pytest.raises(SettingsError, match="notifier_kwargs is not JSON"):
        Settings.read()


@pytest.mark.parametrize(("written", "price"), [("", None), ("2.5", 2.5)])
def test_a_device_has_the_price_that_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, written: str, price: float | None
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__DEVICE_HOUR_PRICE", written)

    assert Settings.read().device_hour_price == price


@pytest.mark.parametrize("written", ["free", "0", "-1", "nan", "inf"])
def test_what_is_no_price_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch, written: str):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__DEVICE_HOUR_PRICE", written)

    with pytest.raises(SettingsError, match="device_hour_price"):
        Settings.read()


@pytest.mark.parametrize("roles", ["leads", '["leads"]', '{"leads": 3}', '{"leads": [3]}'])
def test_roles_that_name_no_people_are_refused(monkeypatch: pytest.MonkeyPatch, roles: str):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROLES", roles)

    with pytest.raises(SettingsError, match="who has which role"):
        Settings.read()


@pytest.mark.parametrize(
    "accounts", ["ada", '["ada"]', '{"ada": 3}', '{"ada": ""}', '{"ada": "3", "joan": "3"}']
)
def test_accounts_that_name_no_id_or_one_twice_are_refused(
    monkeypatch: pytest.MonkeyPatch, accounts: str
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ACCOUNTS", accounts)

    with pytest.raises(SettingsError, match="who has which account"):
        Settings.read()


def test_accounts_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ACCOUNTS", '{"ada": "3"}')

    assert Settings.read().accounts == {"ada": "3"}


def test_roles_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROLES", '{"leads": ["ada", "grace"]}')

    assert Settings.read().roles == {"leads": ("ada", "grace")}


@pytest.mark.parametrize(("written", "seconds"), [("", 600.0), ("90", 90.0)])
def test_the_smoke_process_has_the_time_that_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, written: str, seconds: float
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__SMOKE_TIMEOUT", written)

    assert Settings.read().smoke_timeout == seconds


@pytest.mark.parametrize("written", ["long", "0", "9", "-600", "nan", "inf"])
def test_what_is_no_time_for_the_smoke_process_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, written: str
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__SMOKE_TIMEOUT", written)

    with pytest.raises(SettingsError, match="smoke_timeout is no number from 10 on"):
        Settings.read()
