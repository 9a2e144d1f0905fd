"""airlock checkpoint | airlock witness sign, and airlock verify that counts who saw what."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.config.mlflow_settings import MlflowSettings
from airlock.config.settings import Settings
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.signing.timestamp import Authority
from airlock.store import Store, open_store
from tests.judged import NOW

ACME = Signer.from_seed(base64.b64encode(bytes(range(7, 39))).decode())


@dataclass
class Here:
    """What the command line asks of the settings."""

    stores: dict[str, Store]
    key: Signer
    second: Store | None = None
    trusted: TrustedKeys = field(init=False)

    def __post_init__(self) -> None:
        public = base64.b64encode(self.key.public).decode()
        self.trusted = TrustedKeys({self.key.key_id: public})

    def checkpoints(self) -> Store | None:
        return self.second

    def timestamps(self) -> Authority | None:
        return None

    def store(self, zone: str = "store") -> Store:
        return self.stores[zone]

    def mlflow(self) -> MlflowSettings:
        return MlflowSettings(tracking_uri="http://127.0.0.1:9")

    def signer(self) -> Signer:
        return self.key

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        return Ledger(self.stores["store"], model, trusted=self.trusted, signer=self.key)


@pytest.fixture
def here(stores: dict[str, Store], signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Here:
    here = Here(stores, signer)
    monkeypatch.setattr(Settings, "read", lambda: here)
    for number in range(3):
        append(here, f"{number}")
    return here


def append(here: Here, name: str) -> None:
    here.ledger("churn").append("incident", {"what": name}, id=name, at=NOW)


def checkpoint(capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["checkpoint"]) == 0
    return capsys.readouterr().out


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], here: Here):
    """Another installation that signs what it is given."""

    def sign(text: str, *options: str) -> tuple[int, str]:
        with monkeypatch.context() as there:
            there.setattr(Settings, "read", lambda: Here({}, ACME))
            there.setattr("sys.stdin", io.StringIO(text))
            status = cli.main(["witness", "sign", *options])
        return status, capsys.readouterr().out

    return sign


@pytest.fixture
def witnesses(tmp_path: Path) -> list[str]:
    file = tmp_path / "witnesses.json"
    file.write_text(json.dumps({"Acme audit": base64.b64encode(ACME.public).decode()}))
    return ["--witnesses", str(file)]


def test_verify_says_how_far_each_witness_vouches(
    here: Here, acme, witnesses: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seen = tmp_path / "seen.jsonl"
    seen.write_text(acme(checkpoint(capsys))[1])
    append(here, "four")

    status = cli.main(["verify", "--checkpoint", str(seen), *witnesses])

    assert status == 0
    assert "The first 3 entries were seen by Acme audit." in capsys.readouterr().out


def test_verify_refuses_what_a_witness_saw_otherwise(
    here: Here, acme, witnesses: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seen = tmp_path / "seen.jsonl"
    seen.write_text(acme(checkpoint(capsys))[1])
    for stat in list(here.store().list("ledger/churn/")):
        here.store().delete(stat.key)
    for name in "abc":
        append(here, name)

    status = cli.main(["verify", "--checkpoint", str(seen), *witnesses])

    assert status == 1
    assert "entry 3 does not hold" in capsys.readouterr().out


def test_verify_refuses_a_fork_whichever_branch_is_here(
    here: Here, acme, witnesses: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    line = checkpoint(capsys)
    other = json.dumps({**json.loads(line), "head": "b" * 64})
    notes = tmp_path / "notes.jsonl"
    notes.write_text(line + acme(other)[1])

    status = cli.main(["verify", "--checkpoint", str(notes), *witnesses])

    assert status == 1
    assert "name different ends" in capsys.readouterr().err


def test_verify_refuses_a_witness_that_nobody_knows(
    here: Here, acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    notes = tmp_path / "notes.jsonl"
    notes.write_text(acme(checkpoint(capsys))[1])

    assert cli.main(["verify", "--checkpoint", str(notes)]) == 1
    assert "signed by no witness" in capsys.readouterr().err


def test_a_witness_that_remembers_signs_no_second_history(
    here: Here, acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    line, memory = checkpoint(capsys), tmp_path / "memory.jsonl"
    other = json.dumps({**json.loads(line), "head": "b" * 64})

    first = acme(line, "--seen", str(memory))
    again = acme(line, "--seen", str(memory))
    fork = acme(other, "--seen", str(memory))

    assert first[0] == 0
    assert again == first
    assert fork == (1, "")
    assert memory.read_text() == first[1]


def test_what_cannot_be_remembered_is_not_signed(
    here: Here, acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    status, said = acme(checkpoint(capsys), "--seen", str(tmp_path / "nowhere" / "memory.jsonl"))

    assert (status, said) == (2, "")


def test_a_checkpoint_by_hand_compares_with_the_second_place(
    here: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    here.second = open_store(str(tmp_path / "second"))
    checkpoint(capsys)
    here.store().delete("ledger/churn/00000003.json")

    assert cli.main(["checkpoint"]) == 1
    assert "once had 3 entries" in capsys.readouterr().err
