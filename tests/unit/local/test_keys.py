from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from airlock.ledger.keys import Signer, TrustedKeys
from local.home import Home
from local.keys import make_keys, secret


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path, tmp_path / "var")
    make_keys(home)
    return home


def test_only_their_owner_can_read_secrets(home: Home):
    files = [home.passwords, *home.keys.iterdir()]

    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_keys_and_passwords_stay_what_they_are(home: Home):
    def contents() -> dict[str, str]:
        return {file.name: file.read_text() for file in [home.passwords, *home.keys.iterdir()]}

    before = contents()

    make_keys(home)

    assert contents() == before


def test_the_platform_trusts_its_own_signature(home: Home):
    signer = Signer.from_seed(secret(home, "airlock_signing"))
    trusted = TrustedKeys(json.loads(home.trusted_keys.read_text()))

    signature = signer.sign(b"promoted")

    assert trusted.signed(b"promoted", by=signer.key_id, signature=signature)


def test_a_new_signing_key_joins_the_ones_already_trusted(home: Home):
    before = json.loads(home.trusted_keys.read_text())
    (home.keys / "airlock_signing.key").unlink()

    make_keys(home)

    after = json.loads(home.trusted_keys.read_text())
    assert before.items() < after.items()


def test_airflow_can_encrypt_with_its_key(home: Home):
    # Standard base64 holds + or / in three keys of four, which Fernet would refuse.
    (home.keys / "fernet.key").write_text("+/" * 21 + "8=")

    fernet = Fernet(secret(home, "fernet"))

    assert fernet.decrypt(fernet.encrypt(b"x")) == b"x"
