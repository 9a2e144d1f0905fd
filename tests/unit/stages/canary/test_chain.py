"""From a redacted table to the policy's verdict, through the operators as a worker runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException

from airlock import signing
from airlock.catalogs.predictions import partitions, serving
from airlock.config.settings import Settings
from airlock.core.content import sha256
from airlock.engine import publication
from airlock.engine.operator import StageOperator
from airlock.engine.publication import Stores
from airlock.engine.record import Origin, Receipt, Record, Result
from airlock.ledger import Ledger
from airlock.pipelines.challengers import shadowed
from airlock.stages.canary.operator import CanaryOperator
from airlock.stages.canary.record import Judgement
from airlock.stages.labels.operator import LabelsOperator
from airlock.stages.live.operator import LiveOperator
from airlock.stages.live.record import Live
from airlock.stages.redact.record import Redaction
from airlock.stages.score.operator.score import ScoreOperator
from airlock.stages.snapshot.record import Part
from tests.judged import NOW
from tests.redacted import customers, redacted
from tests.sealing import give
from tests.trained import Trained, trained
from tests.watched import RULE

NIGHT, RUN = "2026-01-05", "night"
TRUTH = customers(seed=5)
ONCE = {**RULE, "nights": 1}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def poison(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Learnt that whoever stays leaves."""
    frame = customers()
    return trained(tmp_path_factory.mktemp("poison"), frame.assign(churned=1 - frame["churned"]))


@pytest.fixture(autouse=True)
def _configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stores: Stores, ledger: Ledger
) -> None:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    monkeypatch.setattr(Settings, "mlflow", lambda self: None)
    monkeypatch.setattr("airlock.stages.canary.stage.point_alias", lambda *_: False)


@pytest.fixture
def put(stores: Stores, tmp_path: Path) -> Callable[[Record, Path], Any]:
    """Publishes a result of this run."""
    empty = tmp_path / "empty"
    empty.mkdir()

    def published(record: Record, data: Path) -> Any:
        origin = Origin(dag_id="churn", run_id=RUN, task_id=record.stage, try_number=1)
        result = Result(
            stage=record.stage,
            version=1,
            inputs={},
            record=record.to_json(),
            data=publication.upload(
                data, stage=record.stage, part="data", zone="store", stores=stores
            ),
            report=publication.described(empty, stage=record.stage, part="report", zone="store"),
            made_by=origin,
        )
        made = publication.publish(stores, sha256(str(data).encode()), result, empty)
        receipt = Receipt(
            stage=record.stage,
            dag_id="churn",
            run_id=RUN,
            task_id=record.stage,
            try_number=1,
            night=NIGHT,
            address=made.address,
            sha256=made.sha256,
            reused=False,
            seconds=1,
            at=NOW,
        )
        give(stores["store"], made, receipt)
        return made

    return published


@pytest.fixture
def made(
    put: Callable[[Record, Path], Any], ledger: Ledger
) -> Callable[[Trained, int], dict[str, Any]]:
    """The body of a promotion of a training that is in the store, signed, and decided about."""

    def body(who: Trained, version: int) -> dict[str, Any]:
        training = put(who.record, who.bundle)
        files = {file.path: file.sha256 for file in training.result.data.files}
        signing.sign(ledger.store, ledger.key(), files, model="churn")
        decided = {"bundle": who.name, "version": version, "canary": ONCE}
        entry = ledger.append("decided", decided, id=f"d{version}", at=NOW)
        address = {"training": training.address, "training_sha256": training.sha256}
        champion = who.champion(version=version).body() | address
        return {"champion": champion, "decided": entry.sequence, "approved": 0}

    return body


def executed(task: StageOperator, stores: Stores, **fields: str) -> str:
    """Run a task as a worker does, its templates filled in."""
    for name, value in fields.items():
        setattr(task, name, value)

    class Xcoms(dict[str, Any]):
        def xcom_push(self, key: str, value: Any) -> None:
            self[key] = value

    ti = Xcoms()
    ti.__dict__.update(
        dag_id="churn", run_id=RUN, task_id=task.task_id, try_number=1, map_index=-1, log_url=""
    )
    dag_run = SimpleNamespace(
        dag_id="churn",
        run_id=RUN,
        partition_key=NIGHT,
        triggering_user_name=None,
        conf={},
        run_after=NOW,
    )
    return task.execute({"ti": ti, "dag_run": dag_run, "dag": task.dag, "params": {}})


@pytest.fixture
def night(put: Callable[[Record, Path], Any], stores: Stores, tmp_path: Path) -> Callable[[], None]:
    """Scores the night with whoever the ledger names, and with whoever stands beside."""

    def scored() -> None:
        table = tmp_path / "table"
        redaction = put(redacted(TRUTH.drop(columns=["churned", "fold"]), table), table)
        with DAG("churn", schedule=None):
            score = ScoreOperator(task_id="score", redaction=redaction.address, model="churn")
            route = shadowed(score, slices=("plan",))
        first = executed(score, stores)
        second = executed(route.dag.get_task("shadow"), stores)
        executed(route, stores, scoring=first, shadowing=second)

    return scored


@pytest.fixture
def judged(
    put: Callable[[Record, Path], Any], stores: Stores, tmp_path: Path
) -> Callable[[], Judgement]:
    """The labels come, and the policy judges by them."""

    def told() -> Judgement:
        table = tmp_path / "labels"
        table.mkdir()
        known = TRUTH.drop_duplicates("customer_id")[["customer_id", "churned"]]
        rows = pa.Table.from_pandas(known, preserve_index=False).replace_schema_metadata()
        pq.write_table(rows, table / "part-00000.parquet")
        record = replace(
            redacted(TRUTH, tmp_path / "other"),
            schema=(("customer_id", "string"), ("churned", "integer")),
            rows=len(rows),
            parts=(Part(path="part-00000.parquet", rows=len(rows)),),
        )
        assert isinstance(record, Redaction)
        redaction = put(record, table)
        with DAG("churn", schedule=None):
            labels = LabelsOperator(
                task_id="labels", redaction=redaction.address, model="churn", target="churned"
            )
            live = LiveOperator(task_id="live", labelled=labels.address, model="churn")
            canary = CanaryOperator(task_id="canary", live=live.address, model="churn")
        labelled = executed(labels, stores)
        assert executed(labels, stores) == labelled
        address = executed(canary, stores, live=executed(live, stores, labelled=labelled))
        return Judgement.from_json(publication.load(stores["store"], address).result.record)

    return told


def test_a_poisoned_champion_is_rolled_back_and_its_nights_are_named(
    good: Trained,
    poison: Trained,
    made: Callable[[Trained, int], dict[str, Any]],
    night: Callable[[], None],
    judged: Callable[[], Judgement],
    ledger: Ledger,
    stores: Stores,
):
    ledger.append("promoted", made(good, 1), id="p1", at=NOW)
    glass = {"by": "ada", "reason": "urgent", "hours": 4}
    ledger.append("promoted", {**made(poison, 2), "break_glass": glass}, id="p2", at=NOW)
    night()
    shadow = [one for one in partitions(ledger) if one.role == "shadow"]
    assert [one.versions for one in shadow] == [(1,)]
    assert serving(ledger, NIGHT).versions == (2,)

    judgement = judged()

    state = ledger.state()
    assert (judgement.outcome, judgement.nights) == ("roll back", (NIGHT,))
    assert (state.champion.version, state.unconfirmed) == (1, None)
    assert poison.name in state.rolled_back


def test_a_challenger_answers_its_share_and_falls_back_by_itself(
    good: Trained,
    poison: Trained,
    made: Callable[[Trained, int], dict[str, Any]],
    night: Callable[[], None],
    judged: Callable[[], Judgement],
    ledger: Ledger,
    stores: Stores,
):
    first = ledger.append("promoted", made(good, 1), id="p1", at=NOW)
    promotion = {**made(poison, 2), "replaces": first.sequence}
    begun = {"rule": ONCE, "share": 0.25, "step": 1, "because": "It passed.", "version": 2}
    ledger.append("canary", {"promotion": promotion, **begun}, id="c", at=NOW)
    night()
    served = serving(ledger, NIGHT)
    assert served is not None
    data = publication.load(stores["store"], served.scoring).result.data
    found = pd.concat(
        pq.read_table(stores["store"].local(f"{data.prefix}/{file.path}", Path())).to_pandas()
        for file in data.files
    )
    assert served.versions == (1, 2)
    assert 0.15 < float(np.mean(found["version"] == 2)) < 0.35
    assert found.groupby("row_key")["version"].nunique().max() == 1

    judgement = judged()

    state = ledger.state()
    assert (judgement.outcome, judgement.version, state.canary) == ("fall back", 2, None)
    assert state.champion.version == 1
    assert poison.name in state.rolled_back
    fallen, judged = ledger.entries()[-2:]
    assert fallen.body["because"].startswith("auroc is 0.")
    assert (judged.kind, judged.body["stage"]) == ("recorded", "canary")


def test_a_verdict_that_no_entry_names_moves_nobody(
    good: Trained,
    poison: Trained,
    made: Callable[[Trained, int], dict[str, Any]],
    put: Callable[[Record, Path], Any],
    ledger: Ledger,
    stores: Stores,
    tmp_path: Path,
):
    """Somebody who can write to the store puts a live verdict there, with its receipt."""
    ledger.append("promoted", made(good, 1), id="p1", at=NOW)
    (tmp_path / "forged").mkdir()
    forged = put(Live(model="churn", nights=(), versions=(), pairs=()), tmp_path / "forged")
    with DAG("churn", schedule=None):
        canary = CanaryOperator(task_id="canary", live=forged.address, model="churn")
    before = ledger.entries()

    with pytest.raises(AirflowFailException, match="it is not under a signature"):
        executed(canary, stores)
    assert ledger.entries() == before
