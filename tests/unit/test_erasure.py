"""Erasure: every table that somebody is in, whatever happens, and no trace of who it was."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from airlock.catalogs.suppression import suppress, suppressed
from airlock.cli import subject as subject_command
from airlock.cli.erase import add
from airlock.cli.outcome import WrongCall
from airlock.config.settings import SecretKey, Settings
from airlock.core.errors import DataError, Held, SettingsError, SpecError, StoreUnavailable
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Record, Result
from airlock.erasure import Reach, Subject, concerns, erase, page, reach, subject
from airlock.ledger import Champion, Ledger, Signer, TrustedKeys, hold, models, release
from airlock.stages.labels.record import Labelled
from airlock.stages.prepare.record import ColumnLineage, Preparation
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.pseudonym import Pseudonyms
from airlock.stages.redact.stage.redact import RedactionContext, redact
from airlock.stages.score.record import ScoredShare, Scoring
from airlock.stages.shadow.record import Shadowing
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.store import Zone
from tests.judged import NOW, ORIGIN
from tests.tables import validation_of

KEY = SecretKey(bytes(32))
SECRET = "C0000007"


@dataclass(frozen=True)
class World:
    """A store with two nights: the person is in the first one alone."""

    stores: Stores
    ledger_of: Callable[[str], Ledger]
    scratch: Path
    nights: tuple[dict[str, Published], ...]

    def subject(self, identifier: str = f" {SECRET.lower()} ") -> Subject:
        return subject(self.stores, identifier, "customer", key=KEY)

    def reach(self) -> Reach:
        ledgers = [self.ledger_of(name) for name in models(self.stores["store"])]
        return reach(self.stores, ledgers, self.subject(), self.scratch)

    def erase(self) -> Any:
        return erase(self.stores, self.subject(), self.reach, ledger_of=self.ledger_of, at=NOW)

    def keys(self) -> set[str]:
        return {stat.key for zone in self.stores.values() for stat in zone.list("")}


def publish(
    stores: Stores,
    scratch: Path,
    record: Record,
    columns: dict[str, list[str]],
    inputs: dict[str, str],
    zone: Zone,
) -> Published:
    folder = scratch / f"{record.stage}-{len(list(scratch.iterdir()))}"
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "part-00000.parquet")
    data = publication.upload(folder, stage=record.stage, part="data", zone=zone, stores=stores)
    empty = scratch / f"empty-{len(list(scratch.iterdir()))}"
    empty.mkdir()
    report = publication.upload(
        empty, stage=record.stage, part="report", zone="store", stores=stores
    )
    result = Result(
        stage=record.stage,
        version=1,
        inputs=inputs,
        record=record.to_json(),
        data=data,
        report=report,
        made_by=ORIGIN,
    )
    key = f"{record.stage}{len(list(scratch.iterdir()))}"
    return publication.publish(stores, key, result, scratch)


def redaction(**changes: Any) -> Redaction:
    column = RedactedColumn(
        name="customer_id", action="pseudonym", changed=2, found={}, domain="customer"
    )
    fields: dict[str, Any] = {
        "spec": "0" * 64,
        "night": "2026-01-05",
        "rows": 2,
        "quarantined": 0,
        "columns": (column,),
        "schema": (("customer_id", "string"),),
        "entity": "customer_id",
        "pseudonym_key": KEY.key_id,
        "split": None,
        "folds": {},
        "parts": (),
    }
    return Redaction(**(fields | changes))


@pytest.fixture
def world(stores: Stores, trusted: TrustedKeys, signer: Signer, tmp_path: Path) -> World:
    def ledger_of(model: str) -> Ledger:
        return Ledger(stores["store"], model, trusted=trusted, signer=signer)

    scratch = tmp_path / "made"
    scratch.mkdir()
    nights = tuple(
        _night(stores, scratch, night, people)
        for night, people in enumerate((["C0000001", SECRET], ["C0000001", "C0000002"]), start=5)
    )
    for version, night in enumerate(nights, start=1):
        ledger_of("churn").append(
            "decided",
            {
                "version": version,
                "evidence": {"redaction": night["redact"].result.content, "policy": "p"},
            },
            id=f"decided/{version}",
            at=NOW,
        )
    return World(stores, ledger_of, tmp_path / "scratch", nights)


def _night(stores: Stores, scratch: Path, night: int, people: list[str]) -> dict[str, Published]:
    of = Pseudonyms(KEY, "customer").of
    snapshot = Snapshot(
        source="x", night=f"2026-01-0{night}", rows=2, columns=(), sha256="0" * 64, parts=()
    )
    frozen = publish(stores, scratch, snapshot, {"customer_id": people}, {}, "raw")
    pseudonyms = [of(person) for person in people]
    redacted = publish(
        stores,
        scratch,
        redaction(night=f"2026-01-0{night}"),
        {"customer_id": pseudonyms},
        {"validation": frozen.result.content},
        "store",
    )
    scoring = Scoring(
        model="upsell",
        night=f"2026-01-0{night}",
        rows=2,
        version=1,
        sequence=1,
        bundle="b" * 64,
        mean_score=0.5,
        parts=(),
    )
    scored = publish(
        stores,
        scratch,
        scoring,
        {"row_key": pseudonyms},
        {"redaction": redacted.result.content},
        "store",
    )
    return {"snapshot": frozen, "redact": redacted, "score": scored}


def test_everything_that_somebody_reaches_is_listed(world: World):
    found = world.reach()

    first = world.nights[0]
    assert {table.results for table in found.tables} == {
        (published.address,) for published in first.values()
    }
    assert [(one.version, one.sure, one.champion) for one in found.versions] == [(1, True, False)]
    # The ledger of the model that scored them must say so, too.
    assert found.models == ("churn", "upsell")


def test_labels_about_them_are_found_by_pseudonym(world: World, stores: Stores, tmp_path: Path):
    scratch = tmp_path / "labels"
    scratch.mkdir()
    row_key = Pseudonyms(KEY, "customer").of(SECRET)
    labels = Labelled(model="churn", rows=1, repeated=0, nights=())
    columns = {"row_key": [row_key], "label": ["1"]}
    came = publish(stores, scratch, labels, columns, {}, "store")

    assert came.result.data.prefix in {one.prefix for one in world.reach().tables}


def test_a_share_of_a_scoring_is_found_by_pseudonym(world: World, stores: Stores, tmp_path: Path):
    scratch = tmp_path / "share"
    scratch.mkdir()
    record = ScoredShare(
        model="churn",
        night="2026-01-05",
        recipe="r",
        share=0,
        shares=2,
        version=1,
        sequence=3,
        parts=(),
        scored=(),
    )
    columns = {"row_key": [Pseudonyms(KEY, "customer").of(SECRET)]}
    came = publish(stores, scratch, record, columns, {}, "raw")

    assert came.result.data.prefix in {one.prefix for one in world.reach().tables}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("attempts/labels/x/data/part-00000.parquet", id="labels"),
        pytest.param("attempts/score/x/data/review/part-00000.parquet", id="rows put to people"),
        pytest.param("attempts/search/x/data/trial-3/rows.parquet", id="a trial of a search"),
        pytest.param("attempts/later_stage/x/data/part-00000.parquet", id="a stage of tomorrow"),
    ],
)
def test_rows_are_found_in_whatever_stage_left_them(world: World, tmp_path: Path, key: str):
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"row_key": [Pseudonyms(KEY, "customer").of(SECRET)]}), file)
    world.stores["store"].put(key, file.read_bytes())

    assert "/".join(key.split("/")[:4]) in {table.prefix for table in world.reach().tables}
    world.erase()
    left = world.keys()
    assert key not in left


@pytest.mark.parametrize(
    "typed",
    [SECRET, "C\u200b0000007", "Ｃ００００００７", " c0000007 "],
    ids=["as it is", "zero width", "full width", "case and blanks"],
)
def test_a_person_is_found_however_the_id_is_spelt(world: World, typed: str):
    somebody = world.subject(typed)

    found = reach(world.stores, [], somebody, world.scratch)

    assert len(found.tables) == 3


@pytest.mark.parametrize(
    ("lineage", "same"),
    [
        pytest.param(
            ("customers.customer_id",),
            (("customers.customer_id", "orders.buyer"),),
            id="which the SQL joins by another name",
        ),
        pytest.param(None, None, id="of which nobody can say what the SQL joins by"),
    ],
)
def test_a_person_is_found_in_a_source_that_was_joined(
    world: World, stores: Stores, lineage: tuple[str, ...] | None, same: Any
):
    made = world.scratch.parent / "made"
    snapshot = Snapshot(
        source="orders",
        night="2026-01-05",
        rows=2,
        columns=(("buyer", "string"), ("amount", "integer")),
        sha256="1" * 64,
        parts=(),
    )
    bought = {"buyer": ["C0000001", SECRET], "amount": [1, 2]}
    orders = publish(stores, made, snapshot, bought, {}, "raw")
    others = replace(snapshot, sha256="2" * 64)
    nobody = publish(stores, made, others, {**bought, "buyer": ["C1", "C2"]}, {}, "raw")
    joined = Preparation(
        **{name: getattr(snapshot, name) for name in ("source", "night", "rows", "parts")},
        columns=(("customer_id", "string"),),
        sha256="3" * 64,
        sql="",
        sql_sha256="",
        path="x.sql",
        tables=(),
        made=(),
        lineage=(ColumnLineage(column="customer_id", reads=lineage),),
        same=same,
    )
    for source in (orders, nobody):
        inputs = {"orders": source.result.content}
        publish(stores, made, joined, {"customer_id": ["C0000001"]}, inputs, "raw")

    reached = {table.prefix for table in world.reach().tables}

    assert orders.result.data.prefix in reached
    assert nobody.result.data.prefix not in reached


def test_tables_of_the_first_versions_are_found(world: World, tmp_path: Path):
    old = Pseudonyms(KEY, "customer", as_before=True)
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"customer_id": [old.of("12.0")]}), file)
    world.stores["store"].put("attempts/redact/old/data/part-00000.parquet", file.read_bytes())

    found = reach(world.stores, [], world.subject("12"), world.scratch)

    assert [table.prefix for table in found.tables] == ["attempts/redact/old/data"]


# Legal holds


def test_a_legal_hold_stops_an_erasure_by_its_name(world: World):
    snapshot = world.nights[0]["snapshot"].address
    hold(world.ledger_of("churn"), by="Counsel", reason="case 12", at=NOW, result=snapshot)
    before = world.keys()

    with pytest.raises(Held, match=r"Nothing was deleted: Entry 3 of the ledger of churn holds .*"):
        world.erase()

    assert {key for key in before if not key.startswith("suppressed/")} <= world.keys()
    release(world.ledger_of("churn"), 3, by="Counsel", reason="closed", at=NOW)
    assert world.erase().objects == 3


def test_a_hold_of_a_version_keeps_what_it_was_made_of(world: World):
    hold(world.ledger_of("churn"), by="Counsel", reason="case 12", at=NOW, version=1)

    [held] = world.reach().held

    assert (held.version, held.by, held.reason) == (1, "Counsel", "case 12")


def test_nobody_holds_anything_without_a_name_and_a_reason(world: World):
    ledger = world.ledger_of("churn")
    with pytest.raises(SpecError, match="Nobody answers for it"):
        hold(ledger, by=" ", reason="case 12", at=NOW, version=1)
    with pytest.raises(SpecError, match="Entry 1 of the ledger of churn is no hold that stands"):
        release(ledger, 1, by="Counsel", reason="closed", at=NOW)


# Subject access

TRAINED = Training(
    spec="t" * 64,
    code="c" * 64,
    model_class="include.models.churn:ChurnClassifier",
    night="2026-01-05",
    task="classification",
    target="churned",
    entity="customer_id",
    classes=("0", "1"),
    features=(("plan", "string"),),
    split="s",
    seed=0,
    rows={},
    epochs=1,
    metrics={},
    mlflow_run="run",
    training={},
)


def test_what_concerns_somebody_is_listed_without_saying_who(world: World):
    ledgers = [world.ledger_of(name) for name in ("churn", "upsell")]
    found = reach(world.stores, ledgers, world.subject(), world.scratch)

    told = concerns(world.stores, ledgers, world.subject(), found, world.scratch)

    assert {one["stage"] for one in told.nights} == {"snapshot", "redact", "score"}
    assert {one["night"] for one in told.nights} == {"2026-01-05"}
    assert [(one["model"], one["version"]) for one in told.models] == [("churn", 1)]
    text = json.dumps(told.to_json()) + page(told)
    assert SECRET.lower() not in text.lower()
    assert "<script" not in page(told)


def test_what_was_computed_beside_the_champion_names_its_own_version(
    world: World, stores: Stores, tmp_path: Path
):
    scratch = tmp_path / "shadow"
    scratch.mkdir()
    training = publish(stores, scratch, TRAINED, {"x": ["1"]}, {}, "store")
    champion = Champion(
        sequence=0,
        version=1,
        bundle="b" * 64,
        training=training.address,
        training_sha256=training.sha256,
        validation="v",
        validation_sha256="0" * 64,
        split="s",
        night="2026-01-05",
    )
    promoted = world.ledger_of("churn").append(
        "promoted",
        {"champion": champion.body(), "approvals": [], "decided": 1},
        id="promoted/1",
        at=NOW,
    )
    shadowing = Shadowing(
        model="churn",
        night="2026-01-05",
        champion_version=2,
        champion_sequence=9,
        kind="before",
        scoring=None,
        problem=None,
    )
    columns: dict[str, Any] = {
        "row_key": [Pseudonyms(KEY, "customer").of(SECRET)],
        "prediction": ["1"],
        "version": [1],
        "sequence": [promoted.sequence],
    }
    publish(stores, scratch, shadowing, columns, {}, "store")
    ledgers = [world.ledger_of("churn")]
    found = reach(stores, ledgers, world.subject(), world.scratch)

    told = concerns(stores, ledgers, world.subject(), found, world.scratch)

    [said] = told.decisions
    assert (said["version"], said["delivered"], said["fields_used"]) == (1, False, ["plan"])
    assert said["decided_in_entry"] == 1
    assert "<dt>fields used</dt><dd>plan</dd>" in page(told)


def test_an_attempt_that_lost_is_found_as_well(world: World):
    orphan = "attempts/redact/lost/data/part-00000.parquet"
    stored = world.nights[0]["redact"].result.data
    kept = world.stores["store"].get(f"{stored.prefix}/part-00000.parquet")
    world.stores["store"].put(orphan, kept)

    assert "attempts/redact/lost/data" in {table.prefix for table in world.reach().tables}


def test_an_erasure_deletes_the_tables_and_leaves_everybody_elses(world: World):
    done = world.erase()

    assert (done.suppressed, done.objects, done.ledgers) == (True, 3, ("churn", "upsell"))
    assert world.reach().tables == ()
    for published in world.nights[0].values():
        key = published.address.split("/")[2]
        stage = published.result.stage
        assert publication.find(world.stores, stage, key, world.scratch) is None
    for published in world.nights[1].values():
        key = published.address.split("/")[2]
        stage = published.result.stage
        assert publication.find(world.stores, stage, key, world.scratch) is not None


def test_trials_that_learnt_from_them_and_what_is_unfinished_go_too(world: World, tmp_path: Path):
    """A search leaves many bundles that no ledger names; a decided candidate's stays."""
    store, scratch = world.stores["store"], tmp_path / "trials"
    scratch.mkdir()
    tried = [
        publish(
            world.stores,
            scratch,
            replace(TRAINED, seed=night),
            {"weights": ["1"]},
            {"redaction": world.nights[night]["redact"].result.content},
            "store",
        )
        for night in (0, 1)
    ]
    store.put("checkpoints/train/abc/7-one.pt", b"weights")

    world.erase()

    assert [any(store.list(one.result.data.prefix)) for one in tried] == [False, True]
    assert not any(store.list("checkpoints/"))


def test_the_ledgers_say_what_is_gone_and_not_who(world: World):
    world.erase()

    for model in ("churn", "upsell"):
        tombstone = world.ledger_of(model).entries()[-1]
        assert tombstone.kind == "tombstone"
        assert sorted(tombstone.body["results"]) == sorted(
            one.address for one in world.nights[0].values()
        )
        assert tombstone.body["digests"] == sorted(world.subject().digests)
    everything = b"".join(
        zone.get(key)
        for zone in world.stores.values()
        for key in (stat.key for stat in zone.list(""))
        if not key.endswith(".parquet")
    )
    published = Pseudonyms(KEY, "customer").of(SECRET)
    assert SECRET.encode().lower() not in everything.lower()
    assert published.encode() not in everything


def test_the_person_is_on_the_list_before_anything_is_deleted(world: World):
    with pytest.raises(StoreUnavailable):
        erase(world.stores, world.subject(), _unreachable, ledger_of=world.ledger_of, at=NOW)

    listed = suppressed(world.stores["store"], ["customer"], key_id=KEY.key_id)
    assert listed == {"customer": frozenset(world.subject().digests)}


def _unreachable() -> Reach:
    raise StoreUnavailable("gone", do="wait")


@pytest.mark.parametrize("after", range(3))
def test_an_erasure_that_was_killed_is_finished_by_the_next_one(
    world: World, after: int, monkeypatch: pytest.MonkeyPatch
):
    deleted: list[str] = []
    real = type(world.stores["store"]).delete

    def dying(store: Any, key: str) -> None:
        if len(deleted) == after:
            raise KeyboardInterrupt
        deleted.append(key)
        real(store, key)

    monkeypatch.setattr(type(world.stores["store"]), "delete", dying)
    with pytest.raises(KeyboardInterrupt):
        world.erase()
    monkeypatch.setattr(type(world.stores["store"]), "delete", real)

    done = world.erase()

    assert (done.suppressed, done.objects) == (False, 3 - after)
    assert world.reach().tables == ()


def test_a_second_erasure_changes_nothing(world: World):
    world.erase()
    before = world.keys()

    done = world.erase()

    assert (done.suppressed, done.objects, done.ledgers) == (False, 0, ())
    assert world.keys() == before


def test_somebody_in_no_table_is_left_out_from_here_on_and_every_ledger_says_so(world: World):
    nobody = subject(world.stores, "nobody@example.org", "customer", key=KEY)

    def reached() -> Reach:
        ledgers = [world.ledger_of(name) for name in models(world.stores["store"])]
        return reach(world.stores, ledgers, nobody, world.scratch)

    done = erase(world.stores, nobody, reached, ledger_of=world.ledger_of, at=NOW)
    again = erase(world.stores, nobody, reached, ledger_of=world.ledger_of, at=NOW)

    stone = world.ledger_of("churn").entries()[-1]
    assert (stone.kind, stone.body["tables"]) == ("tombstone", [])
    assert stone.body["digests"] == sorted(nobody.digests)
    assert (done.ledgers, again.ledgers) == (("churn",), ())


def test_a_model_whose_rows_are_gone_may_have_learnt_from_anybody(world: World):
    gone = world.nights[1]["redact"].result.data
    for stat in list(world.stores["store"].list(gone.prefix)):
        world.stores["store"].delete(stat.key)

    versions = {one.version: one.sure for one in world.reach().versions}

    assert versions == {1: True, 2: False}


def test_nobody_is_erased_from_a_domain_that_nobody_knows(world: World):
    with pytest.raises(DataError, match=r"in the domain patients.*Domains so far: customer"):
        subject(world.stores, SECRET, "patients", key=KEY)


def test_an_older_key_is_told_because_its_pseudonyms_cannot_be_found(world: World):
    with pytest.raises(DataError, match="under other keys"):
        subject(world.stores, SECRET, "customer", key=SecretKey(b"x" * 32))


def test_a_list_under_another_key_stops_the_redaction(stores: Stores):
    suppress(stores["store"], domain="a/b", digest="d" * 32, key_id="old")

    with pytest.raises(SettingsError, match="another key"):
        suppressed(stores["store"], ["a/b"], key_id="new")


def test_the_next_night_leaves_the_person_out(world: World, tmp_path: Path):
    people = pa.table({"customer_id": ["C0000001", SECRET], "fee": [1, 2]})
    file = {
        "columns": {
            "customer_id": {"action": "pseudonym", "domain": "customer"},
            "fee": {"action": "keep"},
        }
    }
    spec = RedactionSpec.model_validate(file)
    world.erase()

    record = redact(
        validation_of(people, tmp_path / "in"),
        spec,
        RedactionContext(
            entity="customer_id",
            model=None,
            pseudonym_key=KEY,
            split_key=KEY,
            suppressed=suppressed(world.stores["store"], spec.domains, key_id=KEY.key_id),
        ),
        table=tmp_path / "in",
        out=tmp_path / "out",
    )

    assert (record.rows, record.suppressed) == (1, 1)
    assert pq.read_table(tmp_path / "out")["fee"].to_pylist() == [1]


# The commands


def test_the_command_lists_what_concerns_somebody(
    here: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    parser = argparse.ArgumentParser()
    subject_command.add(parser.add_subparsers())
    given = ["--column-domain", "customer", "--html", str(tmp_path / "page.html")]
    parsed = parser.parse_args(["subject", *given, "--json", str(tmp_path / "told.json")])

    assert parsed.run(parsed, Console(width=400)) == 0

    told = json.loads((tmp_path / "told.json").read_text())
    assert len(told["nights"]) == 3
    assert (tmp_path / "told.json").stat().st_mode & 0o077 == 0
    assert "churn" in (tmp_path / "page.html").read_text()
    assert SECRET not in capsys.readouterr().out


@pytest.fixture
def here(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    class Here:
        def store(self, zone: Zone = "store") -> Any:
            return world.stores[zone]

        def pseudonym_key(self) -> SecretKey:
            return KEY

        def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
            return world.ledger_of(model)

    monkeypatch.setattr(Settings, "read", Here)
    return world


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = f"{SECRET}\n") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    parsed = parser.parse_args(["erase", "--column-domain", "customer", *arguments])
    status: int = parsed.run(parsed, Console(width=400))
    return status


def test_a_dry_run_lists_and_deletes_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before = here.keys()

    assert call(monkeypatch, "--dry-run") == 0

    told = capsys.readouterr().out
    assert here.keys() == before
    assert all(one.address in told for one in here.nights[0].values())
    assert "churn version 1 learnt from these rows." in told
    assert SECRET not in told


def test_the_command_erases(
    here: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert call(monkeypatch) == 0

    told = capsys.readouterr()
    assert "3 object(s) deleted; the person is on the suppression list now." in told.out
    assert here.reach().tables == ()
    assert SECRET not in told.out + told.err


def test_without_an_identifier_nothing_happens(here: World, monkeypatch: pytest.MonkeyPatch):
    before = here.keys()

    with pytest.raises(WrongCall, match="no identifier on standard input"):
        call(monkeypatch, typed="  \n")

    assert here.keys() == before


def test_the_list_holds_digests_alone(here: World, monkeypatch: pytest.MonkeyPatch):
    call(monkeypatch)

    [listed] = here.stores["store"].list("suppressed/")
    assert listed.key == f"suppressed/customer/{next(iter(here.subject().digests))}.json"
    assert json.loads(here.stores["store"].get(listed.key)) == {"key": KEY.key_id}
