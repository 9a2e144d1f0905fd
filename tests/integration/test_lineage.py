"""A whole story as OpenLineage is told of it: every event as its classes demand, and as a graph.

A training and a scoring run in a sandbox; what the provider would ask of each operator is asked,
sent through its own client into a file, and read back.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import attr
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from airlock.cli import main as cli
from airlock.engine.operator import StageOperator
from airlock.testing import Sandbox, SandboxRun, made_up_rows
from tests.newcomers import bring

pytest.importorskip("openlineage.client", reason="The extra openlineage is not installed.")
pytest.importorskip("airflow.providers.openlineage")

from airlock.lineage.facets import lineage_of  # after what it needs was looked for

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/lineage/AirlockLedgerRunFacet.json").read_text()
)
MARKS = ("zqmarked", "6.7123789", "6.712379", "6.71238")
TRAINING, SCORING = "dags/flowers_training.py", "dags/flowers_scoring.py"


class Story:
    """What was told of each task, in order."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "events.jsonl"
        self.asked: list[tuple[str, str]] = []

    def tell(self, task: StageOperator, run_id: str) -> None:
        from openlineage.client import OpenLineageClient
        from openlineage.client.event_v2 import Job, RunEvent, RunState
        from openlineage.client.event_v2 import Run as OlRun
        from openlineage.client.transport.file import FileConfig, FileTransport
        from openlineage.client.uuid import generate_new_uuid

        told = lineage_of(task)
        config = FileConfig(log_file_path=str(self.file), append=True)
        failed = task.attempted is None or task.attempted.record is None
        OpenLineageClient(transport=FileTransport(config)).emit(
            RunEvent(
                eventType=RunState.FAIL if failed else RunState.COMPLETE,
                eventTime="2026-01-06T02:00:00.000Z",
                run=OlRun(runId=str(generate_new_uuid()), facets=told.run_facets),
                job=Job(
                    namespace="airflow", name=f"{run_id}.{task.task_id}", facets=told.job_facets
                ),
                producer="https://github.com/apache/airflow",
                inputs=told.inputs,
                outputs=told.outputs,
            )
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def of(self, run: str, task: str) -> dict[str, Any]:
        return next(one for one in self.events if one["job"]["name"] == f"{run}.{task}")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("lineage")
    told, plain = Story(folder), StageOperator.pass_through

    def listening(self: StageOperator, context: Any, work: Callable[..., Any]) -> Any:
        try:
            return plain(self, context, work)
        finally:
            told.tell(self, RUNS[-1])

    root = folder / "project"
    root.mkdir()
    assert cli.main(bring("flowers", root)) == 0
    rows = made_up_rows(root / "include/expectations/flowers.yaml", target="kind", rows=1_500)
    box = Sandbox(folder=folder / "box", project=root)
    patched = pytest.MonkeyPatch()
    patched.setattr(StageOperator, "pass_through", listening)
    try:
        for name, dag, table, night in (
            ("training", TRAINING, marked(rows), "2026-01-05"),
            ("again", TRAINING, marked(rows), "2026-01-05"),
            ("scoring", SCORING, marked(rows).drop(columns="kind"), "2026-01-06"),
            ("broken", SCORING, marked(rows).drop(columns="width"), "2026-01-07"),
        ):
            RUNS.append(name)
            runs[name] = box.run(dag, rows=table, night=night)
    finally:
        patched.undo()
    return told


RUNS: list[str] = []
runs: dict[str, SandboxRun] = {}


def marked(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows, one of which has values that stand nowhere else."""
    found = rows.copy()
    found.loc[3, "plant"] = "plant zqmarked"
    found.loc[3, "length"] = 6.7123789
    return found


def test_every_event_is_what_the_specs_classes_demand(story: Story):
    from openlineage.client import facet_v2

    known = {
        one._get_schema(): one
        for module in vars(facet_v2).values()
        if hasattr(module, "__file__")
        for one in vars(module).values()
        if isinstance(one, type) and attr.has(one) and hasattr(one, "_get_schema")
    }

    for event in story.events:
        facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
        for dataset in (*event["inputs"], *event["outputs"]):
            for kind in ("facets", "inputFacets", "outputFacets"):
                facets += (dataset.get(kind) or {}).values()
        for facet in facets:
            if "airlock" in facet["_schemaURL"]:
                Draft202012Validator(SCHEMA).validate(facet)
                continue
            kind = known[facet["_schemaURL"]]
            fields = {one.name for one in attr.fields(kind)}
            assert {name for name in facet if not name.startswith("_")} <= fields
            required = {one.name for one in attr.fields(kind) if one.default is attr.NOTHING}
            assert required <= facet.keys()


def test_from_the_predictions_the_graph_reaches_the_source(story: Story):
    made_by = {
        (out["namespace"], out["name"]): event for event in story.events for out in event["outputs"]
    }
    [predictions] = story.of("scoring", "score")["outputs"]

    seen, open_ = set(), [(predictions["namespace"], predictions["name"])]
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        inputs = made_by[name]["inputs"] if name in made_by else ()
        open_ += [(one["namespace"], one["name"]) for one in inputs]

    stages = {name.partition("/")[0] for space, name in seen if space == "airlock"}
    sources = {name for space, name in seen if space == "file"}
    assert {"score", "model", "redact", "validate", "snapshot"} <= stages
    assert len(sources) == 1
    links = predictions["facets"]["symlinks"]["identifiers"]
    assert {"predictions/flowers/2026-01-06"} <= {one["name"] for one in links}


def test_a_prediction_says_which_columns_it_was_learnt_from(story: Story):
    event = story.of("scoring", "score")
    fields = event["outputs"][0]["facets"]["columnLineage"]["fields"]["prediction"]["inputFields"]
    features = {name for name, _ in runs["training"].train.features}

    assert {one["field"] for one in fields} == features
    assert {one["transformations"][0]["type"] for one in fields} == {"INDIRECT"}
    assert {one["name"] for one in fields} <= {one["name"] for one in event["inputs"]}


def test_a_column_says_whether_it_was_masked(story: Story):
    fields = story.of("training", "redact")["outputs"][0]["facets"]["columnLineage"]["fields"]
    masking = {
        name: {one["transformations"][0]["masking"] for one in told["inputFields"]}
        for name, told in fields.items()
    }

    assert masking["plant"] == {True}
    assert masking["kind"] == {False}


def test_checks_of_the_data_and_rules_of_the_gate_are_told(story: Story):
    [table] = story.of("training", "validate")["inputs"]
    asserted = table["inputFacets"]["dataQualityAssertions"]["assertions"]
    tests = story.of("training", "gate")["run"]["facets"]["test"]["tests"]

    assert len(asserted) == len(runs["training"].validate.checks)
    assert {one["success"] for one in asserted} == {True}
    assert len(tests) == len(runs["training"].gate.rulings)
    assert {one["status"] for one in tests} <= {"pass", "skip"}


def test_a_model_is_a_model_and_the_ledgers_entries_are_named(story: Story):
    [model] = story.of("training", "train")["outputs"]
    ledger = story.of("training", "gate")["run"]["facets"]["airlock_ledger"]

    assert model["facets"]["datasetType"]["datasetType"] == "MODEL"
    assert ledger["outcome"] == "done"
    assert ledger["model"] == "flowers"


def test_what_was_reused_stopped_or_failed_says_so(story: Story):
    def outcome(run: str, task: str) -> dict[str, Any]:
        found: dict[str, Any] = story.of(run, task)["run"]["facets"]["airlock_ledger"]
        return found

    again = outcome("again", "train")
    broken = outcome("broken", "snapshot")

    assert again["outcome"] == "reused"
    assert again["madeBy"]["runId"] == runs["training"].run_id
    # The candidate is the champion already: nothing behind the gate runs.
    assert outcome("again", "gate")["outcome"] == "stopped"
    assert (broken["outcome"], broken["error"]) == ("failed", "DataError")
    assert story.of("broken", "snapshot")["outputs"] == []


def test_no_event_holds_a_cells_value(story: Story):
    text = story.file.read_text()

    assert [mark for mark in MARKS if mark in text] == []
    assert len(story.events) >= 20


def test_the_provider_knows_how_to_ask(story: Story):
    from airflow.providers.openlineage.extractors.manager import ExtractorManager

    class Some(StageOperator):
        stage = "count"

    assert ExtractorManager().get_extractor_class(Some(task_id="some")) is not None
    assert "openlineage" in sys.modules


class Receiver(HTTPServer):
    """Takes events; one that hangs answers none before it is told to."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.taken: list[dict[str, Any]] = []
        self.asked = threading.Event()
        self.answers = threading.Event()
        if not hangs:
            self.answers.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Take(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.asked.set()
        self.server.answers.wait(60)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.taken.append(json.loads(body))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def emitted(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the provider does for a task that ended: it forks, sends, and waits for so long."""
    from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter
    from airflow.providers.openlineage.plugins.listener import OpenLineageListener
    from openlineage.client.event_v2 import Job, RunEvent, RunState
    from openlineage.client.event_v2 import Run as OlRun
    from openlineage.client.uuid import generate_new_uuid

    at = {"type": "http", "url": f"http://127.0.0.1:{receiver.server_port}", "timeout": 60}
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(at))
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT", "4")
    event = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime="2026-01-06T02:00:00.000Z",
        run=OlRun(runId=str(generate_new_uuid())),
        job=Job(namespace="airflow", name="churn.train"),
        producer="https://github.com/apache/airflow",
    )
    OpenLineageListener()._fork_execute(lambda: OpenLineageAdapter().emit(event), "on_success")


def test_a_receiver_takes_the_events(monkeypatch: pytest.MonkeyPatch):
    receiver = Receiver(hangs=False)

    emitted(receiver, monkeypatch)

    assert [one["job"]["name"] for one in receiver.taken] == ["churn.train"]


def test_a_receiver_that_hangs_does_not_keep_the_task(monkeypatch: pytest.MonkeyPatch):
    receiver = Receiver(hangs=True)

    emitted(receiver, monkeypatch)

    # The task went on while the receiver was still holding the line.
    assert receiver.taken == []
    assert not receiver.answers.is_set()
