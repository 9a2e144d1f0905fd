"""What `make demo` measures, shows and says."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from airlock.core.errors import DataError, SettingsError, Unverified
from airlock.engine import publication
from airlock.engine.record import Folder, Origin, Receipt, Record, Result
from airlock.ledger import State
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.gate.record import Decision, Evidence, RuleVerdict
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.snapshot.record import Part, Snapshot
from airlock.stages.validate.record import Check, Validation
from local.demo.closing import closing
from local.demo.facts import RunFacts, ended, stores_of
from local.demo.failure import sentence
from local.demo.headline import headline
from local.demo.show import Show
from local.demo.story import empty, preload_seconds
from local.demo.summary import DemoSummary, Start, Verified
from local.demo.truth import Truth, _recall, _replaced, compare
from local.home import Home
from local.runs import DagRun, TaskInstance
from local.services import LOCK, alone_in

NIGHT = "2026-01-05"
RUN = DagRun(dag_id="customer_churn_training", run_id="manual__1")
PHONE, MAIL = "+49 30 23125 001", "ada@example.org"
NOTES = [f"Call {PHONE}.", f"Write to {MAIL}.", None, f"{PHONE}, or {MAIL}"]
ROWS = {"customer_id": ["C1", "C2", "C3", "C4"], "support_note": NOTES, "fee": [1.0, 2.0, 2.0, 4.0]}
SPANS = [
    {"customer_id": "C1", "column": "support_note", "start": 5, "end": 21, "entity": "PHONE"},
    {"customer_id": "C2", "column": "support_note", "start": 9, "end": 24, "entity": "MAIL"},
    {"customer_id": "C4", "column": "support_note", "start": 0, "end": 16, "entity": "PHONE"},
    {"customer_id": "C4", "column": "support_note", "start": 21, "end": 36, "entity": "MAIL"},
    {"customer_id": "C9", "column": "support_note", "start": 0, "end": 16, "entity": "PHONE"},
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for zone in ("store", "raw", "logs"):
        (tmp_path / "var" / zone).mkdir(parents=True)
    return Home(tmp_path, tmp_path / "var")


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    path = tmp_path / "planted.json"
    defects = [{"customer_id": "C9", "column": "fee"}, {"customer_id": "C3", "column": "fee"}]
    path.write_text(json.dumps({"night": NIGHT, "spans": SPANS, "defects": defects}))
    return path


def leave(home: Home, tmp_path: Path, record: Record, **parts: Mapping[str, Sequence[Any]]) -> None:
    """Publish what a stage would have left: its record, its parts and a receipt."""
    stores = stores_of(home)
    folder = tmp_path / record.stage
    for name, columns in parts.items():
        part = folder / name / "part-00000.parquet"
        part.parent.mkdir(parents=True)
        pq.write_table(pa.table(columns), part)
    data = (
        publication.upload(folder, stage=record.stage, part="data", zone="raw", stores=stores)
        if parts
        else Folder(zone="raw", prefix="attempts/none/data")
    )
    origin = Origin(dag_id=RUN.dag_id, run_id=RUN.run_id, task_id=record.stage, try_number=1)
    result = Result(
        stage=record.stage,
        version=1,
        inputs={},
        record=record.to_json(),
        data=data,
        report=Folder(zone="store", prefix="attempts/none/report"),
        made_by=origin,
    )
    published = publication.publish(stores, "0" * 64, result, tmp_path / "scratch")
    receipt = Receipt(
        stage=record.stage,
        dag_id=RUN.dag_id,
        run_id=RUN.run_id,
        task_id=record.stage,
        try_number=1,
        night=NIGHT,
        address=published.address,
        sha256=published.sha256,
        reused=record.stage == "snapshot",
        seconds=1.5,
        at=datetime(2026, 1, 6, tzinfo=UTC),
    )
    publication.give_receipt(stores["store"], receipt)


def a_run(home: Home, tmp_path: Path, clean: Mapping[str, Sequence[Any]]) -> RunFacts:
    """A run that validated `ROWS` and left `clean` after redaction."""
    part = "part-00000.parquet"
    rows = len(clean["fee"])
    leave(home, tmp_path, SNAPSHOT)
    leave(
        home,
        tmp_path,
        Validation(
            suite="s",
            night=NIGHT,
            rows=5,
            quarantined=1,
            checks=(CHECK,),
            parts=(Part(path=f"passed/{part}", rows=4),),
            quarantine=(Part(path=f"quarantine/{part}", rows=1),),
        ),
        passed=ROWS,
        quarantine={"customer_id": ["C9"]},
    )
    leave(
        home,
        tmp_path,
        Redaction(
            spec="r",
            night=NIGHT,
            rows=rows,
            quarantined=0,
            columns=(
                RedactedColumn(name="customer_id", action="pseudonym", changed=4, found={}),
                RedactedColumn(name="support_note", action="scan", changed=3, found={"PHONE": 2}),
                RedactedColumn(name="fee", action="keep", changed=0, found={}),
            ),
            schema=(("fee", "number"),),
            entity="customer_id",
            pseudonym_key="k",
            split="s",
            folds={"train": rows},
            parts=(Part(path=f"clean/{part}", rows=rows),),
        ),
        clean=clean,
    )
    leave(home, tmp_path, EVALUATION)
    leave(home, tmp_path, DECISION)
    found = ended(stores_of(home), RUN)
    return RunFacts(
        name="first night",
        run=RUN,
        night=NIGHT,
        seconds=20.5,
        tasks=[task(stage) for stage in (*found, "promote")],
        ended=found,
    )


def task(stage: str, state: str = "success", seconds: float = 2.0) -> TaskInstance:
    at = datetime(2026, 1, 6, tzinfo=UTC)
    return TaskInstance(
        task_id=stage, map_index=-1, state=state, tries=1, started=at, ended=at, seconds=seconds
    )


CHECK = Check(
    expectation="x", column=None, severity="critical", success=True, unexpected=0, sentence="x"
)
SNAPSHOT = Snapshot(
    source="x", night=NIGHT, rows=5, columns=(("fee", "number"),), sha256="ab" * 32, parts=()
)
EVALUATION = Evaluation(
    spec="e",
    split="s",
    rows=100,
    classes={"0": 70, "1": 30},
    candidate_bundle="b",
    champion_bundle=None,
    champion_version=None,
    champion_sequence=0,
    champion_problem=None,
    candidate={"auroc": Interval(value=0.85, low=0.83, high=0.87)},
    champion={},
    difference={},
    slices=(),
)
DECISION = Decision(
    model="customer_churn",
    version=1,
    bundle="b",
    night=NIGHT,
    policy="churn",
    outcome="rejected",
    champion_sequence=0,
    champion_version=None,
    rulings=(RuleVerdict(rule="auroc", outcome="fail", sentence="auroc is 0.85, must be 0.9"),),
    evidence=Evidence(*(), **dict.fromkeys(Evidence.__slots__, "d")),
    approval_reasons=(),
    approvers=(),
    expires_after_hours=20,
    triggered_by="admin",
)
CLEAN = {"support_note": ["Call <X>.", "Write to <X>.", None, "<X>, or <X>"], "fee": ROWS["fee"]}


def test_recall_counts_what_was_planted_in_the_rows_that_went_through(home, tmp_path, planted):
    leaky = {**CLEAN, "support_note": [*CLEAN["support_note"][:3], f"<X>, or {MAIL}"]}
    facts = a_run(home, tmp_path, leaky)

    truth = compare(facts, stores_of(home), planted, tmp_path / "scratch")

    found = {entity: (one.planted, one.removed) for entity, one in truth.recall.items()}
    assert found == {"MAIL": (2, 1), "PHONE": (2, 2), "X": (0, 0)}
    assert truth.overall.share == 0.75
    assert (truth.spoilt, truth.caught) == (2, 1)


def test_a_row_that_redaction_left_out_moves_no_other_row(home, tmp_path, planted):
    without_second = {name: [values[0], *values[2:]] for name, values in CLEAN.items()}
    facts = a_run(home, tmp_path, without_second)

    truth = compare(facts, stores_of(home), planted, tmp_path / "scratch")

    assert truth.recall["PHONE"].planted == 2
    assert truth.overall.share == 1.0


def test_rows_in_another_order_are_not_compared(home, tmp_path, planted):
    facts = a_run(home, tmp_path, {name: values[::-1] for name, values in CLEAN.items()})

    with pytest.raises(DataError, match="must keep the order"):
        compare(facts, stores_of(home), planted, tmp_path / "scratch")


def test_a_result_that_was_altered_is_not_reported(home, tmp_path):
    leave(home, tmp_path, SNAPSHOT)
    slot = next((home.var / "store" / "stages" / "snapshot").rglob("*.json"))

    slot.chmod(0o600)
    slot.write_bytes(slot.read_bytes().replace(b'"rows":5', b'"rows":6'))

    with pytest.raises(Unverified, match="SHA-256 differs"):
        ended(stores_of(home), RUN)


def test_the_summary_holds_the_facts_and_no_raw_value(home, tmp_path, planted):
    facts = a_run(home, tmp_path, CLEAN)
    summary = DemoSummary(
        model="customer_churn",
        home=home,
        start=Start(seconds=12.0, preload=8.0),
        runs=(facts,),
        truth=compare(facts, stores_of(home), planted, tmp_path / "scratch"),
        verified=Verified(entries=(), state=State(model="customer_churn"), said="holds"),
        seconds=90.0,
    )
    console = Console(file=io.StringIO(), width=100, record=True)

    summary.write(tmp_path / "summary.json")
    console.print(closing(summary))

    written = (tmp_path / "summary.json").read_text()
    told = json.loads(written)
    page = console.export_text()
    assert told["snapshot"] == {"night": NIGHT, "rows": 5, "columns": 1, "sha256": "ab" * 32}
    assert told["identifiers"]["recall"]["all"]["recall"] == 1.0
    assert told["candidates"][0]["metrics"]["auroc"] == {"value": 0.85, "low": 0.83, "high": 0.87}
    assert told["runs"][0]["stages"]["snapshot"]["reused"] is True
    for fact in ("abababababababab", "100.00%", "0.8500 [0.8300, 0.8700]", "must be 0.9", "↺ 2.0"):
        assert fact in page
    assert not [raw for raw in (PHONE, MAIL, "C1") if raw in page + written]


def test_where_nobody_watches_each_stage_is_one_line_when_it_is_over():
    console = Console(file=io.StringIO(), width=60, record=True)

    with Show(console).board(["snapshot", "gate", "promote"]) as board:
        board.update(task("snapshot", "running"))
        board.update(task("snapshot"), headline(SNAPSHOT), reused=True)
        board.update(task("gate"), headline(DECISION))
        board.update(task("promote", "skipped"))

    assert console.export_text().splitlines()[:-1] == [
        "  snapshot  reused    2.0 s  5 rows, 1 columns, content abababababab",
        "  gate      done      2.0 s  rejected: auroc is 0.85, must be 0.9",
        "  promote   skipped",
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(
            [
                {"event": "TaskInstance failed", "level": "error", "error_detail": [
                    {"exc_type": "AirflowFailException", "exc_value": "DataError: No rows."},
                    {"exc_type": "KeyError", "exc_value": "'a cause'"},
                ]},
                {"event": "::endgroup::", "level": "info"},
            ],
            "DataError: No rows.",
            id="the error's own sentence, not its cause",
        ),
        pytest.param(
            [{"event": "Process exited with -9", "level": "error"}],
            "Process exited with -9",
            id="the last error line",
        ),
        pytest.param([], "it left no word", id="nothing at all"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_the_error_s_own_words(lines, said):
    assert sentence(lines).startswith(said)


def test_the_demo_forgets_the_one_before_it_but_not_one_that_runs(home):
    (home.var / "store" / "old.json").touch()
    (home.var / "summary.json").touch()

    with alone_in(home), pytest.raises(SettingsError, match="Another process"):
        empty(home)
    kept = sorted(path.name for path in home.var.iterdir())
    empty(home)

    assert "summary.json" in kept
    assert [path.name for path in home.var.iterdir()] == [LOCK]


def test_the_seconds_of_the_preload_come_from_the_scheduler_s_log(tmp_path):
    log = tmp_path / "scheduler.log"

    log.write_text("... Preloaded the libraries that the stages need in 8.3 s (612 MB).")
    loaded = preload_seconds(log)
    log.write_text("Starting the scheduler")

    assert (loaded, preload_seconds(log)) == (8.3, None)


def test_an_identifier_that_was_never_planted_has_no_bad_recall():
    assert Truth(spoilt=0, caught=0, recall={}).overall.share == 1.0


def test_what_was_found_and_not_planted_counts_against_precision():
    before, after = "call 030 at 12.50 EUR", "call <PHONE> at <PHONE> EUR"
    [(first, _), (second, place)] = _replaced(before, after)

    assert (first, second) == ("PHONE", "PHONE")
    assert before[place.start : place.stop] == "12.50"
    assert list(_replaced("no change", "no change")) == []
    assert [one for one, _ in _replaced("a@b c@d", "<MAIL> <MAIL>")] == ["MAIL", "MAIL"]

    strangers = [{"customer_id": "C1", "start": 5, "end": 8, "entity": "PERSON"}]
    notes = {"C1": ("call Ilse at 12", "call <PERSON> at <PHONE>")}
    counted = _recall([], strangers, notes)

    assert (counted["PERSON"].unplanted, counted["PHONE"].unplanted) == (0, 1)
    assert (counted["PERSON"].precision, counted["PHONE"].precision) == (1.0, 0.0)
