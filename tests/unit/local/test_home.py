from __future__ import annotations

from pathlib import Path

import pytest

from airlock.core.errors import SettingsError
from local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "checkout", tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("address", "located"),
    [
        pytest.param("var/store", "{var}/store", id="a folder"),
        pytest.param("var", "{var}", id="var itself"),
        pytest.param("sqlite:///var/m.db", "sqlite:///{var}/m.db", id="a database"),
        pytest.param("variance/x", "variance/x", id="another folder that begins alike"),
        pytest.param("include/data", "include/data", id="part of the checkout"),
        pytest.param("s3://bucket/var/x", "s3://bucket/var/x", id="a bucket"),
        pytest.param("/srv/var/x", "/srv/var/x", id="an absolute path"),
    ],
)
def test_an_address_below_var_follows_the_home(home: Home, address: str, located: str):
    assert home.located(address) == located.format(var=home.var)


def test_the_environment_is_that_of_the_shell_that_sources_the_file(home: Home, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", "/another/project")
    home.var.mkdir()
    home.environment_file.write_text("# a comment\nAIRFLOW_HOME='/a folder'\nKEY=a=b\n")

    environment = home.environment()

    assert (environment["AIRFLOW_HOME"], environment["KEY"]) == ("/a folder", "a=b")


def test_a_home_that_is_not_prepared_says_what_to_run(home: Home):
    with pytest.raises(SettingsError, match="Run: make prepare"):
        home.environment()
