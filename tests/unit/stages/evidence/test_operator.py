"""The task behind promote packs once, and whoever asks later gets what the ledger names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.core.content import sha256
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Receipt
from airlock.engine.seals import give_sealed
from airlock.evidence import published_pack
from airlock.stages.evidence.operator import EvidenceOperator
from airlock.stages.promote.record import Promotion
from tests.audited import MODEL, NEXT, Installation, holding, installed
from tests.packed_evidence import SAID, pack

Said = pytest.CaptureFixture[str]


class Xcoms(dict[str, Any]):
    def xcom_push(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A champion; commands and operators find it in their settings."""
    made = installed(tmp_path / "here")
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=made.keys,
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    places = {"store": made.store, "raw": made.raw}
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": places[zone])
    monkeypatch.setattr(
        Settings, "ledger", lambda self, model, to_write=False: made.ledger(model, by=NEXT)
    )
    return made


def promoted(here: Installation) -> str:
    """What promote of this run left, with its receipt."""
    record = Promotion(
        model=MODEL,
        version=1,
        bundle="b" * 64,
        sequence=6,
        replaced_version=None,
        alias_follows=True,
    )
    one = holding(record, {}, {})
    here.keep(one, {})
    give_sealed(
        here.store,
        NEXT,
        publication.load(here.store, one.address),
        Receipt(
            stage="promote",
            dag_id="churn",
            run_id="manual__1",
            task_id="promote",
            try_number=1,
            night="2026-01-05",
            address=one.address,
            sha256=one.sha256,
            reused=False,
            seconds=1.0,
            at=datetime(2026, 1, 6, 2, 30, tzinfo=UTC),
        ),
    )
    return one.address


def run(address: str) -> str:
    with DAG("churn"):
        task = EvidenceOperator(task_id="evidence", promotion=address, model=MODEL, governance=SAID)
    ti = Xcoms()
    ti.__dict__.update(
        dag_id="churn", run_id="manual__1", task_id="evidence", try_number=1, map_index=-1
    )
    dag_run = SimpleNamespace(
        dag_id="churn",
        run_id="manual__1",
        partition_key=None,
        run_after=datetime(2026, 1, 6, 2, tzinfo=UTC),
        triggering_user_name=None,
        conf={},
    )
    return task.execute({"ti": ti, "dag_run": dag_run, "dag": task.dag, "params": {}})


def test_the_task_leaves_the_pack_under_an_entry_of_the_ledger(here: Installation):
    address = promoted(here)
    made = pack(here, governance=SAID)

    first, again = run(address), run(address)

    assert first == again
    stores: Stores = {"store": here.store, "raw": here.raw}
    found = published_pack(here.ledger(), 1)
    assert found is not None
    assert found.read(stores) == made.data
    assert (found.record.sha256, found.record.unsaid) == (made.sha256, made.unsaid)
    entries = [one for one in here.ledger().entries() if one.body.get("stage") == "evidence"]
    assert [one.sequence for one in entries] == [found.sequence]


def test_a_published_pack_that_was_altered_is_given_to_nobody(here: Installation):
    run(promoted(here))
    found = published_pack(here.ledger(), 1)
    assert found is not None
    here.store.put(found.key, b"another zip")

    with pytest.raises(Unverified, match="was altered after it was published"):
        found.read({"store": here.store, "raw": here.raw})


def test_the_command_writes_the_same_pack_and_replaces_nothing(here: Installation, capsys: Said):
    to = here.folder / "pack.zip"

    assert cli.main(["evidence", MODEL, "1", "--to", str(to)]) == 0

    assert sha256(to.read_bytes()) == pack(here).sha256
    assert f"SHA-256 {pack(here).sha256}" in capsys.readouterr().out
    assert cli.main(["evidence", MODEL, "1", "--to", str(to)]) == 2


def test_strict_names_what_is_missing_and_writes_nothing(here: Installation, capsys: Said):
    to = here.folder / "pack.zip"

    assert cli.main(["evidence", MODEL, "1", "--strict", "--to", str(to)]) == 1

    assert "Nobody has said it: annex_iv 1(e)" in capsys.readouterr().out
    assert not to.exists()


def test_the_command_reads_what_people_said_where_the_project_keeps_it(
    here: Installation, tmp_path: Path, capsys: Said
):
    folder = tmp_path / "include/governance"
    folder.mkdir(parents=True)
    (folder / f"{MODEL}.yaml").write_text(f"model: {MODEL}\nsystem: {{hardware: Two cores.}}\n")

    assert cli.main(["evidence", MODEL, "1"]) == 0

    said = capsys.readouterr().out
    assert "annex_iv 1(e)" not in said
    assert "annex_iv 1(b)" in said
    assert (tmp_path / f"evidence-{MODEL}-1.zip").exists()


def test_what_does_not_verify_is_not_written(here: Installation, capsys: Said):
    shelf = here.folder / "store/policies"
    next(shelf.iterdir()).unlink()

    assert cli.main(["evidence", MODEL, "1", "--to", str(here.folder / "pack.zip")]) == 1

    assert "is gone, or was never kept" in capsys.readouterr().err
    assert not (here.folder / "pack.zip").exists()


def test_only_the_task_publishes(here: Installation, capsys: Said):
    assert cli.main(["evidence", MODEL, "1", "--published"]) == 2
    run(promoted(here))
    assert cli.main(["evidence", MODEL, "1", "--published"]) == 0
