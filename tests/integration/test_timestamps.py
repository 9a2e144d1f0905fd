"""RFC 3161: an authority's clock under a checkpoint, read by Airlock and by openssl alike."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.core.errors import SettingsError, StoreUnavailable, Unverified
from airlock.ledger import Checkpoint
from airlock.ledger.checkpoint import stamp_key, verify_and_publish
from airlock.registry import MlflowSettings
from airlock.signing.timestamp import Authority
from airlock.store import open_store
from tests.authority import made, stamping
from tests.judged import NOW
from tests.registered import ledger_below

pytest.importorskip("rfc3161_client", reason="the extra [timestamp] is not installed")
if shutil.which("openssl") is None:
    pytest.skip("openssl is not on this machine", allow_module_level=True)

LINE = Checkpoint(model="churn", size=5, head="a" * 64).line().encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with stamping(tmp_path_factory.mktemp("tsa") / "here") as here:
        yield Authority(url=here.url, roots=here.roots)


@pytest.fixture(scope="module")
def stamp(authority: Authority) -> bytes:
    return authority.stamp(LINE)


def test_a_stamp_is_read_by_openssl_too(authority: Authority, stamp: bytes, tmp_path: Path):
    (tmp_path / "line").write_bytes(LINE)
    (tmp_path / "stamp").write_bytes(stamp)
    command = ["openssl", "ts", "-verify", "-data", "line", "-in", "stamp", "-CAfile"]

    said = subprocess.run([*command, str(authority.roots)], cwd=tmp_path, capture_output=True)

    assert said.returncode == 0, said.stderr
    assert authority.verify(stamp, LINE).utcoffset() is not None


def test_a_stamp_of_other_bytes_is_refused(authority: Authority, stamp: bytes):
    with pytest.raises(Unverified, match="does not verify"):
        authority.verify(stamp, LINE.replace(b"5", b"6"))


def test_every_flipped_byte_of_a_stamp_that_is_accepted_says_the_same(
    authority: Authority, stamp: bytes
):
    when = authority.verify(stamp, LINE)

    for place in range(0, len(stamp), 7):
        flipped = bytearray(stamp)
        flipped[place] ^= 1
        # Some bytes of the answer are under no signature: the certificates that it brings.
        with contextlib.suppress(Unverified):
            assert authority.verify(bytes(flipped), LINE) == when


def test_a_stamp_of_another_authority_is_refused(
    authority: Authority, stamp: bytes, tmp_path: Path
):
    stranger = replace(authority, roots=made(tmp_path / "stranger"))

    with pytest.raises(Unverified, match="does not verify"):
        stranger.verify(stamp, LINE)


@pytest.mark.parametrize("answer", [b"", b"nothing", b"\x30\x03\x02\x01\x00", b"x" * (2 << 20)])
def test_what_is_no_stamp_is_refused(authority: Authority, answer: bytes):
    with pytest.raises(Unverified):
        authority.verify(answer, LINE)


def test_an_authority_that_is_away_can_be_asked_again(authority: Authority):
    with pytest.raises(StoreUnavailable, match="gave no answer"):
        replace(authority, url="http://127.0.0.1:9/").stamp(LINE)


def test_an_answer_to_another_question_is_refused(
    authority: Authority, stamp: bytes, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(Unverified, match="does not verify"):
        authority.verify(stamp, LINE, nonce=1)


@pytest.mark.parametrize(
    "extra",
    [
        {"timestamps": "https://tsa.example/"},
        {"timestamps": "ftp://tsa.example/", "timestamp_roots": "roots.pem"},
        {"timestamps": 5, "timestamp_roots": "roots.pem"},
    ],
)
def test_half_a_setting_is_refused(extra: dict[str, object], tmp_path: Path):
    with pytest.raises(SettingsError, match="airlock_checkpoints"):
        Authority.of_extra(extra, tmp_path)


def test_nobody_has_to_have_an_authority(tmp_path: Path):
    assert Authority.of_extra({"uri": "s3://x"}, tmp_path) is None


def test_roots_that_are_none_are_named(authority: Authority, stamp: bytes, tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read"):
        replace(authority, roots=tmp_path / "nothing.pem").verify(stamp, LINE)


def test_an_authority_that_answers_an_older_question_is_refused(tmp_path: Path):
    with stamping(tmp_path / "stuck") as here:
        authority = Authority(url=here.url, roots=here.roots)
        authority.stamp(LINE)
        here.stuck.touch()

        with pytest.raises(Unverified, match="does not verify"):
            authority.stamp(LINE)


def test_verify_names_the_time_that_an_authority_saw_a_chain_and_refuses_another_stamp(
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    ledger, second = ledger_below(tmp_path, "churn"), open_store(str(tmp_path / "second"))
    ledger.append("incident", {"what": "Somebody came."}, id="one", at=NOW)
    noted = verify_and_publish(second, ledger, stamp=authority.stamp)
    assert noted is not None
    here = SimpleNamespace(
        store=lambda zone="store": ledger.store,
        ledger=lambda model, to_write=False: ledger,
        checkpoints=lambda: second,
        timestamps=lambda: authority,
        mlflow=lambda: MlflowSettings(tracking_uri="http://127.0.0.1:9"),
    )
    monkeypatch.setattr(Settings, "read", lambda: here)

    assert cli.main(["verify"]) == 0
    assert "a time stamp of " in capsys.readouterr().out

    second.put(stamp_key(noted), authority.stamp(LINE))
    assert cli.main(["verify"]) == 1
