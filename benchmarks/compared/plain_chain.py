"""The training chain as one plain Python process: the same stage functions, no Airflow around them.

    python -m benchmarks.compared.plain_chain FOLDER NIGHT…

Prints one JSON object a night: seconds per stage. All libraries are imported before the clock
starts, as the preload does for tasks. Needs the environment of a prepared home.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from airlock import EvaluateSpec, TrainSpec
from airlock.config.settings import Settings
from airlock.core.content import sha256_of_file
from airlock.engine.record import File, Folder, Input, Origin, Record, Result
from airlock.listener import preload
from airlock.pipelines.crosscheck import demanded
from airlock.stages.approve.record import Approval
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations

ROOT = Path(__file__).parents[2]
INCLUDE = ROOT / "include"
MODEL = "customer_churn"
SOURCE = "subscriptions/date={night}/*.parquet"
TRAIN = TrainSpec(
    model="include.models.churn:ChurnClassifier",
    target="churned",
    entity="customer_id",
    hyperparameters={"dropout": 0.2},
    batch_size=512,
    max_epochs=12,
    patience=6,
)
EVALUATION = EvaluateSpec(slices=("plan", "region"))
ORIGIN = Origin(dag_id="plain", run_id="plain", task_id="plain", try_number=1)
R = TypeVar("R", bound=Record)


class PlainChain:
    """One night after another; each stage's wall time is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings.read()
        self.champion: tuple[Any, Path] | None = None
        self.seconds: dict[str, float] = {}

    def run(self, night: str) -> None:
        """Run all stages of one night, to a promoted champion."""
        from airlock.stages.evaluate.stage.evaluate import ReferenceModel, evaluate
        from airlock.stages.gate.stage import Case, gate
        from airlock.stages.promote.stage import promote
        from airlock.stages.redact.stage.redact import RedactionContext, redact
        from airlock.stages.register.stage import register
        from airlock.stages.snapshot.stage.snapshot import snapshot
        from airlock.stages.train.identity import code_digest
        from airlock.stages.train.stage.run_context import Folders, TrainingIdentity
        from airlock.stages.train.stage.train import train
        from airlock.stages.validate.stage.validate import validate

        settings, self.seconds = self.settings, {}
        expectations = Expectations.load(INCLUDE / "expectations/customer_churn.yaml")
        redaction = RedactionSpec.load(INCLUDE / "redaction/customer_churn.yaml")
        policy = Policy.load(INCLUDE / "policies/customer_churn.yaml")
        ledger = settings.ledger(MODEL, to_write=True)
        now = datetime.now(UTC)

        frozen, rows = self._timed(
            lambda out, _: snapshot(
                SOURCE,
                expectations.contract,
                night=night,
                sources=settings.sources,
                root=settings.root,
                remote=settings.source,
                scratch=self._scratch(night, "source"),
                out=out,
            ),
            night,
        )
        valid, good = self._timed(
            lambda out, report: validate(
                frozen.record, expectations, table=rows, out=out, report=report
            ),
            night,
            snapshot=frozen,
        )
        clean, table = self._timed(
            lambda out, _: redact(
                valid.record,
                redaction,
                RedactionContext(
                    entity=TRAIN.entity,
                    model=MODEL,
                    pseudonym_key=settings.pseudonym_key(),
                    split_key=settings.split_key(),
                    processes=len(os.sched_getaffinity(0)),
                ),
                table=good,
                out=out,
            ),
            night,
            validation=valid,
        )
        trained, bundle = self._timed(
            lambda out, report: train(
                clean.record,
                TRAIN,
                identity=TrainingIdentity(
                    model=MODEL,
                    key=night,
                    origin=ORIGIN,
                    code=code_digest(TRAIN.model, root=settings.root),
                ),
                folders=Folders(
                    table=table, scratch=self._scratch(night, "train"), out=out, report=report
                ),
                mlflow=settings.mlflow(),
            ),
            night,
            redaction=clean,
        )
        champion = ledger.state().champion
        reference = None
        if champion is not None and self.champion is not None:
            record, files = self.champion
            reference = ReferenceModel(champion=champion, record=record, bundle=files)
        measured, _ = self._timed(
            lambda _, report: evaluate(
                clean.record,
                trained.record,
                demanded(EVALUATION, policy),
                table=table,
                bundle=bundle,
                bundle_digest=trained.result.data.digest,
                reference=reference,
                report=report,
            ),
            night,
            redaction=clean,
            training=trained,
        )
        registered, _ = self._timed(
            lambda *_: register(
                trained.record,
                measured.record,
                model=MODEL,
                bundle=bundle,
                bundle_digest=trained.result.data.digest,
                data_digest=clean.content,
                ledger=ledger,
                mlflow=settings.mlflow(),
                scratch=self._scratch(night, "register"),
            ),
            night,
            training=trained,
        )
        case = Case(
            snapshot=frozen,
            validation=valid,
            redaction=clean,
            training=trained,
            evaluation=measured,
            registration=registered,
            today=now.date(),
        )
        decided, _ = self._timed(
            lambda *_: gate(policy, case, ledger=ledger, origin=ORIGIN, now=now), night
        )
        nobody = Approval(
            model=MODEL,
            version=decided.record.version,
            decision=decided.content,
            required=False,
            approved=True,
        )
        asked, _ = self._timed(lambda *_: nobody, night, decision=decided)
        self._timed(
            lambda *_: promote(
                decided,
                asked,
                training=trained,
                validation=valid,
                ledger=ledger,
                mlflow=settings.mlflow(),
                now=now,
            ),
            night,
        )
        self.champion = trained.record, bundle

    def _timed(
        self, work: Callable[[Path, Path], R], night: str, **inputs: Input[Any]
    ) -> tuple[Input[R], Path]:
        """Run one stage into fresh folders; its record as later stages get it, and its files."""
        out = self._scratch(night, f"out{len(self.seconds)}")
        report = self._scratch(night, f"report{len(self.seconds)}")
        began = time.perf_counter()
        record = work(out, report)
        self.seconds[record.stage] = round(time.perf_counter() - began, 3)
        result = Result(
            stage=record.stage,
            version=1,
            inputs={name: part.content for name, part in inputs.items()},
            record=record.to_json(),
            data=_listed(out),
            report=Folder(zone="store", prefix="report"),
            made_by=ORIGIN,
        )
        return Input(address=record.stage, sha256="0" * 64, result=result, record=record), out

    def _scratch(self, night: str, name: str) -> Path:
        folder = self.folder / night / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _listed(folder: Path) -> Folder:
    files = tuple(
        File(
            path=path.relative_to(folder).as_posix(),
            sha256=sha256_of_file(path),
            bytes=path.stat().st_size,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    return Folder(zone="store", prefix="data", files=files)


def main(folder: str, *nights: str) -> None:
    """Run the nights in order."""
    preload()
    chain = PlainChain(Path(folder))
    for night in nights:
        began = time.perf_counter()
        chain.run(night)
        total = round(time.perf_counter() - began, 3)
        print(json.dumps({"night": night, "total": total, **chain.seconds}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
