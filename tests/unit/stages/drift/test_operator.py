"""Night after night on a real champion: what each goes on from, and who may ask for a retrain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.exceptions import AirflowException
from airflow.sdk.execution_time.context import OutletEventAccessors

from airlock import RETRAIN, DriftOperator, DriftSpec, signing
from airlock.bundle import manifest
from airlock.catalogs.predictions import Partition, publish
from airlock.catalogs.retrains import Retrain, retrains
from airlock.config.settings import Settings
from airlock.core.content import canonical_json
from airlock.distribution.histograms import histograms
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Receipt, Record, Result
from airlock.ledger import Ledger, Signer
from airlock.reports import INDEX
from airlock.stages.drift.record import Drift
from airlock.stages.score.record import Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from airlock.stages.validate.record import Validation
from tests.redacted import customers, redacted
from tests.sealing import give
from tests.trained import Trained, trained

NOW = datetime(2026, 1, 6, 2, 30, tzinfo=UTC)
SPEC = DriftSpec(nights_to_raise=2, cooldown_nights=7)


@dataclass(frozen=True)
class Judged:
    address: str
    record: Drift
    report: set[str]
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("champion"), customers(4000))


@dataclass
class Deployment:
    """A store with a champion, in which nights are scored and judged."""

    champion: Trained
    stores: Stores
    ledger: Ledger
    folder: Path
    runs: int = 0

    def publish(
        self, record: Record, data: Path, *, run_id: str, report: Path, **inputs: str
    ) -> Published:
        stage = record.stage
        self.runs += 1
        scratch = self.folder / f"found {self.runs}"
        result = Result(
            stage=stage,
            version=1,
            inputs=inputs,
            record=record.to_json(),
            data=publication.upload(
                data, stage=stage, part="data", zone="store", stores=self.stores
            ),
            report=publication.upload(
                report, stage=stage, part="report", zone="store", stores=self.stores
            ),
            made_by=Origin(dag_id="churn", run_id=run_id, task_id=stage, try_number=1),
        )
        made = publication.publish(self.stores, f"{stage} {self.runs}", result, scratch)
        receipt = Receipt(
            stage=stage,
            dag_id="churn",
            run_id=run_id,
            task_id=stage,
            try_number=1,
            night=None,
            address=made.address,
            sha256=made.sha256,
            reused=False,
            seconds=1.0,
            at=NOW,
        )
        give(self.stores["store"], made, receipt)
        return made

    def crown(self, signer: Signer) -> None:
        """Train on a table, sign, and promote, as the training chain does."""
        empty, report = self.folder / "empty", self.folder / "histograms"
        empty.mkdir(exist_ok=True)
        report.mkdir(exist_ok=True)
        made, store = self.champion, self.stores["store"]
        frame = customers(4000).drop(columns="fold")
        table = pa.Table.from_pandas(frame, preserve_index=False)
        large = pa.large_string()
        fields = [one.with_type(pa.string()) if one.type == large else one for one in table.schema]
        told = histograms(table.cast(pa.schema(fields)))
        (report / "histograms.json").write_bytes(canonical_json(told))
        run: dict[str, Any] = {"run_id": "training"}
        redaction = self.publish(made.redaction, made.table, report=empty, **run)
        training = self.publish(
            made.record, made.bundle, report=empty, redaction=redaction.result.content, **run
        )
        checked = Validation(
            suite="0" * 64, night=None, rows=4000, quarantined=0, checks=(), parts=(), quarantine=()
        )
        validation = self.publish(checked, empty, report=report, **run)
        signing.sign(store, signer, manifest.files_of(made.bundle), model="churn")
        body = made.champion().body() | {
            "training": training.address,
            "training_sha256": training.sha256,
            "validation": validation.address,
            "validation_sha256": validation.sha256,
        }
        self.ledger.append("promoted", {"champion": body}, id=f"p{self.runs}", at=NOW)

    def try_out(self, *, version: int, share: float, step: int, because: str) -> None:
        """Write what the policy says of a challenger."""
        self.runs += 1
        champion = self.ledger.state().champion
        assert champion is not None
        body = {
            "promotion": {
                "champion": self.champion.champion(version=version, bundle="2" * 64).body(),
                "replaces": champion.sequence,
            },
            "rule": {"steps": [0.05, 0.25, 1.0], "nights": 2},
            "share": share,
            "step": step,
            "because": because,
        }
        self.ledger.append("canary", body, id=f"c{self.runs}", at=NOW)

    def enter(self, day: int, frame: pd.DataFrame, **spec: Any) -> Scoring:
        """Score a night as its own task does, and enter it where consumers look."""
        night, self.runs = f"2026-01-{day:02d}", self.runs + 1
        folder = self.folder / f"entered {self.runs}"
        redaction = redacted(frame, folder / "table")
        for name in ("out", "report"):
            (folder / name).mkdir()
        state = self.ledger.state()
        assert state.champion is not None
        record = score(
            NightToScore(
                redaction=redaction,
                champion=state.champion,
                model="churn",
                night=night,
                spec=ScoreSpec(**spec),
            ),
            Workspace(
                table=folder / "table",
                bundle=self.champion.bundle,
                out=folder / "out",
            ),
        )
        self.sign(
            record, self.publish(record, folder / "out", run_id=night, report=folder / "report")
        )
        return record

    def sign(self, record: Scoring, made: Published) -> None:
        """Enter a scoring in the ledger, as the task `score` does."""
        partition = Partition(
            model="churn",
            night=record.night,
            role="served",
            versions=(record.version,),
            sequence=record.sequence,
            scoring=made.address,
            sha256=made.sha256,
            rows=record.rows,
        )
        publish(self.ledger, partition, at=NOW)

    def night(
        self,
        day: int,
        frame: pd.DataFrame,
        *,
        run_id: str = "",
        retrain: str | None = "churn_training",
        **params: Any,
    ) -> Judged:
        """Score a night, and hold it against the champion's data."""
        night, run_id = f"2026-01-{day:02d}", run_id or f"night {day}"
        self.runs += 1
        folder = self.folder / f"scored {self.runs}"
        redaction = redacted(frame, folder / "table")
        (folder / "out").mkdir()
        (folder / "report").mkdir()
        state = self.ledger.state()
        assert state.champion is not None
        scoring = score(
            NightToScore(
                redaction=redaction,
                champion=state.champion,
                model="churn",
                night=night,
            ),
            Workspace(
                table=folder / "table",
                bundle=self.champion.bundle,
                out=folder / "out",
            ),
        )
        given: dict[str, Any] = {"run_id": run_id, "report": folder / "report"}
        scored = self.publish(scoring, folder / "out", **given)
        self.sign(scoring, scored)
        with DAG("churn", params={"source": Param(None), "night": Param(None)}) as dag:
            task = DriftOperator(
                task_id="drift",
                redaction=self.publish(redaction, folder / "table", **given).address,
                scoring=scored.address,
                model="churn",
                drift=SPEC,
                retrain=retrain,
            )
        events = OutletEventAccessors()
        context: Any = {
            "ti": SimpleNamespace(
                dag_id="churn", run_id=run_id, task_id="drift", try_number=1, map_index=-1
            ),
            "dag_run": SimpleNamespace(
                dag_id="churn",
                run_id=run_id,
                triggering_user_name=None,
                run_after=max(NOW, datetime.fromisoformat(f"{night}T02:30+00:00")),
            ),
            "dag": dag,
            "params": {**dag.params.dump(), "night": night, **params},
            "outlet_events": events,
        }
        address = task.execute(context)
        found = publication.load(self.stores["store"], address).result
        return Judged(
            address,
            Drift.from_json(found.record),
            {file.path for file in found.report.files},
            [one.extra for one in events[RETRAIN].asset_alias_events],
        )


@pytest.fixture
def deployment(
    champion: Trained,
    stores: Stores,
    ledger: Ledger,
    signer: Signer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Deployment:
    settings = Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    made = Deployment(champion, stores, ledger, tmp_path)
    made.crown(signer)
    return made


def usual(seed: int = 9) -> pd.DataFrame:
    return customers(900, seed).drop(columns=["fold", "churned"])


def strange(seed: int = 9) -> pd.DataFrame:
    frame = usual(seed)
    return frame.assign(tenure=frame["tenure"] // 4)


def asked(deployment: Deployment) -> list[Retrain]:
    return retrains(deployment.ledger)


def test_nights_go_on_from_one_another_and_the_second_strange_one_asks(deployment: Deployment):
    calm = deployment.night(5, usual())
    first = deployment.night(6, strange())
    second = deployment.night(7, strange(10))

    assert [one.record.course.standing for one in (calm, first, second)] == [
        "calm", "drifting", "alarm",
    ]  # fmt: skip
    assert second.record.previous == first.address
    (retrain,) = asked(deployment)
    assert retrain.night == "2026-01-07"
    assert retrain.training == "churn_training"
    assert "tenure (PSI" in retrain.reason
    assert (calm.events, first.events) == ([], [])
    assert second.events == [{"retrain": retrain.key, "reason": retrain.reason}]


def test_every_night_has_a_page_and_what_the_champion_says_is_asked_once(deployment: Deployment):
    first, second = deployment.night(5, usual()), deployment.night(6, usual(10))

    assert first.report >= {INDEX, "baseline.json"}
    said = [one for one in second.record.distances if one.column == "prediction"]
    assert len(said) == 1
    # Without the table that it was trained on, the night before is the only one who knows.
    for path in (deployment.folder / "store/runs/churn").glob("training/redact-*.json"):
        path.unlink()
    third = deployment.night(7, usual(11))
    assert "prediction" in {one.column for one in third.record.distances}


def test_where_the_champions_table_is_gone_its_predictions_are_not_compared(
    deployment: Deployment,
):
    trained_on = publication.load(deployment.stores["store"], "stages/redact/redact 1/0000.json")
    file = trained_on.result.data.files[0]
    (deployment.folder / "store" / trained_on.result.data.prefix / file.path).unlink()

    found = deployment.night(5, usual())

    assert found.record.left_out["prediction"].endswith("was trained on is gone")
    assert "tenure" in {one.column for one in found.record.distances}


def test_the_same_night_judged_again_is_the_same_whatever_was_judged_since(
    deployment: Deployment,
):
    deployment.night(6, strange())
    second = deployment.night(7, strange(10))
    deployment.night(8, usual())
    deployment.night(5, usual())

    again = deployment.night(7, strange(10), run_id="somebody's own")

    assert again.record == second.record
    # The first run asked; this one has nothing to add.
    assert (again.events, len(asked(deployment))) == ([], 1)


def test_a_task_that_died_before_airflow_heard_of_it_asks_again(deployment: Deployment):
    deployment.night(6, strange())
    first = deployment.night(7, strange(10))

    again = deployment.night(7, strange(10))

    assert again.events == first.events
    assert len(asked(deployment)) == 1


def test_an_older_night_raises_no_alarm_for_today(deployment: Deployment):
    deployment.night(6, strange())
    deployment.night(9, usual())

    late = deployment.night(7, strange(10))

    assert late.record.course.standing == "alarm"
    assert not late.record.course.asks
    assert late.record.course.because == "A later night was judged before this one."
    assert asked(deployment) == []


def test_a_run_that_somebody_changed_asks_for_nothing_and_no_night_goes_on_from_it(
    deployment: Deployment,
):
    first = deployment.night(6, strange())

    changed = deployment.night(7, strange(10), source="mine.parquet")
    then = deployment.night(8, strange(11))

    assert changed.record.course.because == "Somebody changed source for this run."
    assert changed.events == []
    assert then.record.previous == first.address
    assert [one.night for one in asked(deployment)] == ["2026-01-08"]


def test_without_a_training_to_start_people_are_told_and_nothing_is_asked_for(
    deployment: Deployment,
):
    deployment.night(6, strange(), retrain=None)

    found = deployment.night(7, strange(10), retrain=None)

    assert found.record.course.asks
    assert found.events == []
    assert asked(deployment) == []


def test_a_new_champion_begins_afresh_and_inherits_the_cooldown(
    deployment: Deployment, signer: Signer
):
    deployment.night(6, strange())
    deployment.night(7, strange(10))
    deployment.crown(signer)

    first, second = deployment.night(8, strange(11)), deployment.night(9, strange(12))

    assert (first.record.course.standing, first.record.course.streak) == ("drifting", 1)
    assert second.record.course.standing == "alarm"
    assert "was asked for on 2026-01-07" in second.record.course.because
    assert len(asked(deployment)) == 1


def test_an_altered_night_is_found(deployment: Deployment):
    first = deployment.night(6, strange())
    path = deployment.folder / "store" / first.address
    path.write_bytes(path.read_bytes().replace(b'"streak":1', b'"streak":0'))

    with pytest.raises(AirflowException, match="not what was recorded"):
        deployment.night(7, strange(10))


def page(deployment: Deployment, judged: Judged) -> str:
    report = publication.load(deployment.stores["store"], judged.address).result.report
    return deployment.stores["store"].get(f"{report.prefix}/{INDEX}").decode()


def test_the_nights_page_says_that_nobody_is_on_trial_and_nothing_waits(deployment: Deployment):
    text = page(deployment, deployment.night(5, usual()))

    assert "No challenger is on trial." in text
    assert "Put to people" in text


def test_the_nights_page_says_who_is_on_trial_and_how_far(deployment: Deployment):
    deployment.try_out(version=2, share=0.25, step=2, because="It did well on 5% of the keys.")

    text = page(deployment, deployment.night(5, usual()))

    assert "No challenger is on trial." not in text
    assert "version 2" in text
    assert "2 of 3" in text
    assert "It did well on 5% of the keys." in text
    assert "0, 2 with labels needed" in text


def test_the_nights_page_says_how_the_last_trial_ended(deployment: Deployment):
    deployment.try_out(version=2, share=0.05, step=1, because="The gate let it through.")
    deployment.try_out(version=2, share=0.0, step=2, because="auroc is 0.31.")

    text = page(deployment, deployment.night(5, usual()))

    assert "No challenger is on trial. Version 2 fell back by ledger entry 3." in text
    assert "auroc is 0.31." in text


def test_a_trial_that_made_a_champion_is_over(deployment: Deployment, signer: Signer):
    deployment.try_out(version=2, share=0.25, step=2, because="It did well on 5% of the keys.")
    deployment.crown(signer)

    text = page(deployment, deployment.night(5, usual()))

    assert "No challenger is on trial." in text
    assert "It did well" not in text


def test_the_nights_page_shows_what_waits_for_people(deployment: Deployment):
    scored = deployment.enter(5, usual(), unsure_below=0.65)

    text = page(deployment, deployment.night(6, usual()))

    assert f"{scored.unsure:,} (" in text
    assert "2026-01-05, 1 night old" in text


def test_a_page_is_written_though_the_night_cannot_be_read(deployment: Deployment):
    gone = Partition(
        model="churn",
        night="2026-01-04",
        role="served",
        versions=(1,),
        sequence=1,
        scoring="stages/score/gone/0000.json",
        sha256="0" * 64,
        rows=1,
    )
    publish(deployment.ledger, gone, at=NOW)
    deployment.try_out(version=2, share=0.05, step=1, because="The gate let it through.")

    judged = deployment.night(5, usual())

    text = page(deployment, judged)
    assert "stages/score/gone/0000.json" in text
    assert judged.record.course.standing == "calm"
