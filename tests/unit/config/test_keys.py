"""Keys are files of their owner, and a stage reads its own alone."""

from __future__ import annotations

import base64
import logging
import os
import resource
from pathlib import Path

import pytest

from airlock.config import keys
from airlock.config.keys import PSEUDONYM, SIGNING, SPLIT, granted, read_key, write_key
from airlock.core.errors import SettingsError

WRITTEN = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_key(tmp_path / "keys", SIGNING, WRITTEN)
    return tmp_path / "keys"


@pytest.fixture(autouse=True)
def _another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_PROCESS", keys._ProcessKeys())


def nothing(_: str) -> None:
    return None


def test_a_key_comes_from_its_file_whatever_a_connection_says(folder: Path):
    assert read_key(SIGNING, folder, connection=lambda _: OTHER) == WRITTEN


def test_only_its_owner_can_read_a_key_that_was_written(folder: Path):
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "airlock_signing.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(folder: Path):
    (folder / "airlock_signing.key").chmod(0o640)

    with pytest.raises(SettingsError, match=r"Others .* can read .*airlock_signing\.key"):
        read_key(SIGNING, folder, connection=nothing)


def test_a_key_is_never_replaced_by_another(folder: Path):
    with pytest.raises(SettingsError, match="another key already"):
        write_key(folder, SIGNING, OTHER)

    assert read_key(SIGNING, folder, connection=nothing) == WRITTEN


def test_a_stage_is_given_its_own_keys_alone(folder: Path):
    write_key(folder, SPLIT, OTHER)

    with granted({SPLIT}, stage="redact"):
        assert read_key(SPLIT, folder, connection=nothing) == OTHER
        with pytest.raises(SettingsError, match="redact is not given the key airlock_signing"):
            read_key(SIGNING, folder, connection=lambda _: WRITTEN)


def test_a_task_is_given_none_before_its_stage_begins_and_after_it_ended(folder: Path):
    keys.withhold_all()

    with granted({SIGNING}, stage="gate"):
        assert read_key(SIGNING, folder, connection=nothing) == WRITTEN
    with pytest.raises(SettingsError, match="not given"):
        read_key(SIGNING, folder, connection=nothing)


def test_a_key_in_a_connection_still_works_and_is_warned_of_once(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING, logger=keys.__name__)

    for _ in range(2):
        assert read_key(PSEUDONYM, folder, connection=lambda _: OTHER) == OTHER

    (said,) = caplog.messages
    assert "airlock keys move" in said
    assert OTHER not in said


def test_a_key_that_is_nowhere_is_named(folder: Path):
    with pytest.raises(SettingsError, match="no key airlock_split"):
        read_key(SPLIT, folder, connection=nothing)


def test_a_process_that_has_read_a_key_leaves_no_core_dump(folder: Path):
    child = os.fork()
    if child == 0:  # what it does to itself, nobody takes back
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        read_key(SIGNING, folder, connection=lambda _: None)
        os._exit(resource.getrlimit(resource.RLIMIT_CORE)[0] not in {0, 1})

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
