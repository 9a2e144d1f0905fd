"""The command line: exit status, one clear line, and the first bad sequence number."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airlock.bundle import manifest
from airlock.cli import main as cli
from airlock.config.mlflow_settings import MlflowSettings
from airlock.config.settings import Settings
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, Result
from airlock.engine.vouching import sign_champions
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from airlock.store.folder import FolderStore
from tests.judged import NOW, ORIGIN


@dataclass(frozen=True)
class Here:
    """What the command line asks of the settings."""

    stores: Stores
    trusted: TrustedKeys
    signer: Signer
    second: Store | None = None

    def checkpoints(self) -> Store | None:
        return self.second

    def timestamps(self) -> None:
        return None

    def store(self, zone: str = "store") -> Store:
        return self.stores[zone]

    def mlflow(self) -> MlflowSettings:
        return MlflowSettings(tracking_uri="http://127.0.0.1:9")

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        return Ledger(self.stores["store"], model, trusted=self.trusted, signer=self.signer)


@pytest.fixture
def here(
    stores: Stores, trusted: TrustedKeys, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> Here:
    settings = Here(stores, trusted, signer)
    monkeypatch.setattr(Settings, "read", lambda: settings)
    return settings


@pytest.fixture
def two_champions(here: Here, tmp_path: Path) -> Here:
    """Entry 1 is an incident, entries 2 and 3 are champions, entry 4 is a rollback to the first."""
    ledger = here.ledger("churn")
    ledger.append("incident", {"what": "The alias was moved by hand."}, id="i", at=NOW)
    bodies = [_body(here.stores, tmp_path, version) for version in (1, 2)]
    for body in bodies:
        ledger.append("promoted", {"champion": body}, id=body["bundle"], at=NOW)
    sign_champions(ledger)
    withdrawal = {
        "champion": bodies[0],
        "from_bundle": bodies[1]["bundle"],
        "from_version": 2,
        "by": "admin",
        "reason": "too many [false] alarms",
    }
    ledger.append("rolled_back", withdrawal, id="r", at=NOW)
    return here


def _body(stores: Stores, scratch: Path, version: int) -> dict[str, object]:
    bundle = scratch / f"bundle-{version}"
    bundle.mkdir()
    (bundle / "weights.safetensors").write_bytes(bytes([version]) * 100)
    manifest.seal(bundle)
    training = _published(stores, "train", bundle, f"{version}" * 64, scratch)
    validation = _published(stores, "validate", bundle, f"{version}" * 64, scratch)
    return {
        "version": version,
        "bundle": training.result.data.digest,
        "training": training.address,
        "training_sha256": training.sha256,
        "validation": validation.address,
        "validation_sha256": validation.sha256,
        "split": "s" * 16,
        "night": "2026-01-05",
    }


def _published(stores: Stores, stage: str, folder: Path, key: str, scratch: Path) -> Published:
    data = publication.upload(folder, stage=stage, part="data", zone="store", stores=stores)
    result = Result(
        stage=stage,
        version=1,
        inputs={},
        record={"model": key[:1]},
        data=data,
        report=Folder(zone="store", prefix=f"attempts/{stage}/none/report"),
        made_by=ORIGIN,
    )
    return publication.publish(stores, key, result, scratch / "in")


def test_all_holds(two_champions: Here, capsys: pytest.CaptureFixture[str]):
    status = cli.main(["verify"])

    said = capsys.readouterr().out
    assert status == 0
    assert said.startswith("! churn: what was looked at holds (4 entries, 2 champions' bundles")
    assert "MLflow's copies were not: MLflow at http://127.0.0.1:9 does not answer" in said
    # Of what was asked for a part is no yes.
    assert cli.main(["verify", "--deep"]) == 1


def test_what_was_not_seen_is_said(two_champions: Here, capsys: pytest.CaptureFixture[str]):
    ledger = two_champions.ledger("churn")
    training = ledger.entries()[1].body["champion"]
    named = {"address": training["training"], "sha256": training["training_sha256"]}
    body = {"results": {"train": named}, "night": None, "run": {"dag_id": "d", "run_id": "r"}}
    ledger.append("run", body, id="run/d/r/0", at=NOW)
    evidence = {"policy": "p" * 64}
    judged = {"evidence": evidence, "decision": "d" * 64, "bundle": "b" * 64, "version": 9}
    ledger.append("decided", judged, id="d", at=NOW)

    cli.main(["verify"])

    said = " ".join(capsys.readouterr().out.split())
    assert "result(s), the first by entry 2, are named without a receipt" in said
    assert "2 policies and decisions, the first of entry 6, are not in the store" in said
    assert "The bundle bbbbbbbbbbbbbbbb, which entry 6 decided about, has no signature." in said
    assert "Not looked at: whether the last entries, or a whole ledger, were deleted." in said


def flip(store: Store, key: str, position: int) -> None:
    content = bytearray(store.get(key))
    content[position] ^= 1
    store.put(key, bytes(content))


def one_byte_of_an_entry(store: Store) -> None:
    flip(store, "ledger/churn/00000003.json", 40)


def one_byte_of_the_first_champions_weights(store: Store) -> None:
    [stat] = [
        one
        for one in store.list("attempts/train/")
        if one.key.endswith("weights.safetensors") and store.get(one.key)[0] == 1
    ]
    flip(store, stat.key, 50)


def one_byte_of_the_second_training_result(store: Store) -> None:
    address = f"stages/train/{'2' * 64}/0000.json"
    store.put(address, store.get(address).replace(b'{"model":"2"}', b'{"model":"3"}'))


def a_validation_that_is_gone(store: Store) -> None:
    store.delete(f"stages/validate/{'2' * 64}/0000.json")


def a_file_beside_the_weights(store: Store) -> None:
    [stat] = [
        one
        for one in store.list("attempts/train/")
        if one.key.endswith("weights.safetensors") and store.get(one.key)[0] == 2
    ]
    store.put(stat.key.replace("weights.safetensors", "evil.py"), b"print()")


@pytest.mark.parametrize(
    ("harm", "bad"),
    [
        (one_byte_of_an_entry, 3),
        (one_byte_of_the_first_champions_weights, 2),
        (one_byte_of_the_second_training_result, 3),
        (a_validation_that_is_gone, 3),
        (a_file_beside_the_weights, 3),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_first_sequence_that_does_not_hold_is_named(
    two_champions: Here,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Store], None],
    bad: int,
):
    harm(store)

    status = cli.main(["verify", "churn"])

    assert status == 1
    assert f"✘ churn: entry {bad} does not hold." in capsys.readouterr().out


def test_a_file_of_an_earlier_champion_comes_before_a_later_entry(
    two_champions: Here, store: Store, capsys: pytest.CaptureFixture[str]
):
    one_byte_of_the_first_champions_weights(store)
    one_byte_of_an_entry(store)

    cli.main(["verify"])

    assert "entry 2 does not hold" in capsys.readouterr().out


def test_history_says_what_was_decided_and_by_whom(
    two_champions: Here, capsys: pytest.CaptureFixture[str]
):
    status = cli.main(["history", "churn"])

    said = " ".join(capsys.readouterr().out.split())
    assert status == 0
    for part in (
        "The alias was moved by hand.",
        "Version 2 is champion",
        "admin went back from version 2 to 1: too many [false] alarms",
        "2026-01-06 02:30:00",
    ):
        assert part in said


@pytest.mark.parametrize("command", ["verify", "history"])
def test_an_unknown_model_is_one_clear_line(
    two_champions: Here, capsys: pytest.CaptureFixture[str], command: str
):
    status = cli.main([command, "churm"])

    assert status == 2
    assert capsys.readouterr().err == (
        "airlock: No model 'churm' has a ledger. Models with one: churn.\n"
    )


def test_a_broken_chain_ends_history_in_one_line(
    two_champions: Here, store: Store, capsys: pytest.CaptureFixture[str]
):
    one_byte_of_an_entry(store)

    status = cli.main(["history", "churn"])

    assert status == 1
    assert capsys.readouterr().err.startswith("airlock: Entry 3 of the ledger of churn")


def test_without_any_model_verify_says_so(here: Here, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["verify"]) == 1
    assert "nothing was verified" in capsys.readouterr().out


def test_help_names_the_commands_without_loading_airflow():
    script = """
import sys
from airlock.cli.main import main
try:
    main(["--help"])
except SystemExit:
    print("airflow" in sys.modules)
"""

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "verify" in done.stdout
    assert "history" in done.stdout
    assert done.stdout.endswith("False\n")


def test_a_wrong_call_is_status_2(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        cli.main(["verifi"])

    assert caught.value.code == 2


def test_a_chain_that_was_cut_is_found_by_the_checkpoint_alone(
    two_champions: Here, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    cli.main(["checkpoint"])
    kept = tmp_path / "checkpoint.jsonl"
    kept.write_text(capsys.readouterr().out)

    unchanged = cli.main(["verify", "--checkpoint", str(kept)])
    assert "1 checkpoint(s)" in capsys.readouterr().out
    store.delete("ledger/churn/00000004.json")
    alone = cli.main(["verify"])
    compared = cli.main(["verify", "--checkpoint", str(kept)])

    assert (unchanged, alone, compared) == (0, 0, 1)
    assert "entry 4 does not hold" in capsys.readouterr().out


def test_a_ledger_that_was_deleted_whole_is_missed(
    two_champions: Here, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    cli.main(["checkpoint", "churn"])
    kept = tmp_path / "checkpoint.jsonl"
    kept.write_text(capsys.readouterr().out)
    for stat in list(store.list("ledger/churn/")):
        store.delete(stat.key)

    assert cli.main(["verify", "--checkpoint", str(kept)]) == 1
    assert "churn: entry 1 does not hold" in capsys.readouterr().out


def test_a_checkpoint_goes_to_the_second_place_and_verify_looks_there(
    two_champions: Here,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    second = FolderStore(tmp_path / "second")
    settings = replace(two_champions, second=second)
    monkeypatch.setattr(Settings, "read", lambda: settings)

    cli.main(["checkpoint"])
    cli.main(["checkpoint"])
    store.delete("ledger/churn/00000004.json")

    assert [stat.key for stat in second.list("checkpoints/")] == ["checkpoints/churn/00000004.json"]
    assert cli.main(["verify"]) == 1


def test_history_at_a_time_tells_who_was_champion_and_why(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    ledger = here.ledger("churn")
    champion = dict.fromkeys(
        ["training", "training_sha256", "validation", "validation_sha256", "split"], "x"
    )
    for day, version in ((6, 1), (8, 2)):
        at = NOW.replace(day=day)
        run = {"run": {"dag_id": "d", "run_id": f"r{version}"}, "night": f"2026-01-0{day}"}
        ledger.append("run", run, id=f"run/d/r{version}/0", at=at)
        said = {"policy": "p", "version": version, "outcome": "passed", "reasons": [f"{version}!"]}
        decided = ledger.append(
            "decided", said | {"approval_required": False}, id=f"decided/d/r{version}/0", at=at
        )
        body = champion | {"version": version, "bundle": f"{version}" * 64, "night": None}
        ledger.append(
            "promoted",
            {"champion": body, "decided": decided.sequence, "approved": 0},
            id=f"promoted/{version}",
            at=at,
        )

    told = {}
    for at in ("2026-01-05", "2026-01-06", "2026-01-08T02:00", "2026-01-09"):
        assert cli.main(["history", "churn", "--at", at]) == 0
        told[at] = " ".join(capsys.readouterr().out.split())

    assert told["2026-01-05"] == "churn had no champion then."
    assert "Version 1 is champion" in told["2026-01-06"]
    assert "Version 1 is champion" in told["2026-01-08T02:00"]
    assert "d run r2, night 2026-01-08" in told["2026-01-09"]
    assert "version 2: passed" in told["2026-01-09"]
    assert "Version 1" not in told["2026-01-09"]


def test_history_at_a_time_names_everybody_who_said_yes(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    ledger = here.ledger("churn")
    yes = [
        ledger.append(
            "approved",
            {"by": name, "version": 1, "approved": True, "reason": "It is better."},
            id=f"approved/{name}",
            at=NOW,
        )
        for name in ("ann", "ben")
    ]
    body = dict.fromkeys(
        ["training", "training_sha256", "validation", "validation_sha256", "split"], "x"
    )
    promoted = ledger.append(
        "promoted",
        {
            "champion": body | {"version": 1, "bundle": "1" * 64, "night": None},
            "decided": 0,
            "approved": yes[-1].sequence,
            "approvals": [one.sequence for one in yes],
        },
        id="promoted/1",
        at=NOW,
    )
    ledger.append(
        "confirmed",
        {"by": "eve", "version": 1, "confirms": promoted.sequence, "reason": "It holds."},
        id="confirmed/1",
        at=NOW.replace(day=8),
    )

    told = {}
    for day in ("2026-01-07", "2026-01-09"):
        assert cli.main(["history", "churn", "--at", day]) == 0
        told[day] = " ".join(capsys.readouterr().out.split())

    assert "ann approved version 1" in told["2026-01-07"]
    assert "ben approved version 1" in told["2026-01-07"]
    assert "eve" not in told["2026-01-07"]
    assert "eve lets version 1 stay champion" in told["2026-01-09"]
