"""Every query of the shipped dashboard and alert rules, asked of a real Prometheus.

It scrapes what `/airlock/metrics` gives about a model with weeks of history, on two evenings.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from airlock.catalogs import kept
from airlock.catalogs.outbox import begin
from airlock.catalogs.review_queue import NightOfQueue, Queue
from airlock.catalogs.usage import Usage
from airlock.ledger import Moment, State
from airlock.overview.exposition import CONTENT_TYPE, exposition, metric_name
from airlock.overview.measures import KNOWN, counters, gauges
from airlock.stages.live.record import Live
from airlock.store import open_store
from tests.history import BEGIN, History, told
from tests.registered import ledger_below
from tests.unit.engine.test_usage import ONE

SHIPPED = Path(__file__).parents[2] / "docs/operate"
BOARD = json.loads((SHIPPED / "grafana.json").read_text())
RULES = [
    rule
    for group in yaml.safe_load((SHIPPED / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [(panel["title"], one["expr"]) for panel in BOARD["panels"] for one in panel["targets"]]
NOW = BEGIN + timedelta(days=4, hours=1)
ASKED = NightOfQueue(night="2026-01-08", rows=100, asked=9, open=4, answered=5, overridden=1)
LIVE = Live(
    model="retention",
    nights=(),
    versions=(),
    pairs=(),
    queue=Queue(last="2026-01-08", nights=(ASKED,), rows=100),
)


def attempts(evenings: int) -> list[Usage]:
    """Trainings that failed once and then went well, an evening each."""
    found = []
    for evening in range(evenings):
        at = datetime(2026, 1, 6 + evening, 2, tzinfo=UTC)
        one = replace(ONE, model="retention", queue_seconds=4.0, rows=800, money=0.5, at=at)
        failed = replace(one, ended="failed", failure="DataError", rows=None)
        found += [failed, replace(one, try_number=2, at=at + timedelta(hours=1))]
    return found


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The answers to a first scrape, and to all later ones."""
    folder = tmp_path_factory.mktemp("operate")
    stores = {zone: open_store(str(folder / zone)) for zone in ("store", "raw")}
    ledger = ledger_below(folder, "retention")
    history = History(ledger=ledger, stores=stores, scratch=folder / "scratch")
    begin(ledger, "hook")
    policy = {"name": "retention", "deadline": {"done_by": "06:00"}}
    name = kept.store_text(stores["store"], kept.POLICIES, policy)
    told(history)
    body = {**history.decide(5, 0.8, passed=False).body, "evidence": {"policy": name}}
    ledger.append("decided", body, id="decided/x", at=history.at)
    alarm = {"alarm": "2026-01-08", "training": history.training}
    ledger.append("retrain", alarm, id="retrain/1", at=history.at - timedelta(days=1))
    history.promote(history.decide(6, 0.86))
    ledger.append("retrain", {**alarm, "alarm": "2"}, id="retrain/2", at=history.at)
    history.decide(7, 0.86, asks=True)
    chain = Moment.of(ledger)
    state = State.of("retention", chain.entries())
    return [
        exposition(
            [
                *gauges(chain, state, LIVE, attempts(evenings), sinks=["hook"], now=NOW),
                *counters("retention", attempts(evenings)),
            ]
        )
        for evenings in (1, 2)
    ]


@pytest.fixture(scope="module")
def prometheus(scraped: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one that has scraped both evenings."""
    program = shutil.which("prometheus")
    if program is None:
        assert not os.environ.get("CI"), "CI installs Debian's prometheus; it is missing."
        pytest.skip("Debian's prometheus is not installed.")
    folder, seen = tmp_path_factory.mktemp("prometheus"), []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.end_headers()
            self.wfile.write(scraped[min(len(seen) - 1, 1)].encode())

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (folder / "token").write_text("a token of Airflow")
        scrape = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", OPERATE, re.DOTALL)[0])
        job = scrape["scrape_configs"][0]
        job["authorization"]["credentials_file"] = str(folder / "token")
        job["static_configs"] = [{"targets": [f"127.0.0.1:{server.server_port}"]}]
        job |= {"scrape_interval": "300ms", "scrape_timeout": "300ms", "scheme": "http"}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(scrape))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
        with subprocess.Popen(command, cwd=folder) as running:
            try:
                for _ in range(300):
                    if len(seen) >= 4:
                        break
                    time.sleep(0.2)
                assert seen[:1] == ["Bearer a token of Airflow"]
                yield f"http://127.0.0.1:{port}"
            finally:
                running.terminate()
        server.shutdown()


OPERATE = (SHIPPED.parent / "operate.md").read_text()


def ask(prometheus: str, expr: str) -> list[Any]:
    expr = expr.replace("$model", ".*").replace("$__rate_interval", "1m")
    with urlopen(f"{prometheus}/api/v1/query?{urlencode({'query': expr})}", timeout=20) as answer:
        told = json.load(answer)
    assert told["status"] == "success"
    found: list[Any] = told["data"]["result"]
    return found


def test_every_panel_of_the_dashboard_shows_something(prometheus: str):
    empty = [title for title, expr in PANELS if not ask(prometheus, expr)]

    assert empty == []


def test_every_alert_rule_can_be_evaluated_over_figures_that_there_are(prometheus: str):
    for rule in RULES:
        ask(prometheus, rule["expr"])
        for name in set(re.findall(r"airlock_\w+", rule["expr"])):
            assert ask(prometheus, name), name


def test_no_alert_rises_where_nothing_is_wrong(prometheus: str):
    assert [rule["alert"] for rule in RULES if ask(prometheus, rule["expr"])] == []


SICK = {
    "AirlockNotScraped": "up 0x60",
    "AirlockLedgerBroken": 'airlock_ledger_verifies{model="m"} 0x60',
    "AirlockStageFails": 'airlock_stage_failures_total{model="m",stage="train",error="E"} 0+1x60',
    "AirlockPredictionsOld": 'airlock_data_age_seconds{model="m",of="predictions"} 200000x60',
    "AirlockNightsLate": 'airlock_nights_on_time_ratio{model="m"} 0.9x120',
    "AirlockAlarmUnanswered": 'airlock_alarms_oldest_seconds{model="m"} 90000x60',
    "AirlockApprovalWaits": 'airlock_approvals_oldest_seconds{model="m"} 30000x60',
    "AirlockReviewGrows": 'airlock_review_oldest_seconds{model="m"} 700000x60',
    "AirlockOverridden": 'airlock_review_override_ratio{model="m"} 0.5x120',
    "AirlockOutboxDead": 'airlock_outbox_dead{model="m",sink="s"} 1x60',
    "AirlockQueues": 'airlock_stage_queue_seconds_total{model="m",stage="train"} 0+9000x120',
}


def test_every_alert_rises_where_it_should(prometheus: str, tmp_path: Path):
    def told(alert: str) -> list[dict[str, str]]:
        series, _, values = SICK[alert].partition(" ")
        found = [{"series": series, "values": values}]
        if alert == "AirlockQueues":
            attempts = 'airlock_stage_attempts_total{model="m",stage="train",ended="done"}'
            found.append({"series": attempts, "values": "0+1x120"})
        return found

    tests = {
        "rule_files": [str(SHIPPED / "alerts.yaml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": told(rule["alert"]),
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{rule["alert"]}",alertstate="firing"}})',
                        "eval_time": "100m" if rule.get("for") == "1h" else "50m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                ],
            }
            for rule in RULES
        ],
    }
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests))

    ran = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "tests.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_list_of_models_that_one_chooses_from_is_filled(prometheus: str):
    [query] = [one["query"] for one in BOARD["templating"]["list"] if one["type"] == "query"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", query).groups()  # type: ignore[union-attr]

    found = {one["metric"][label] for one in ask(prometheus, metric)}

    assert found == {"retention"}


def test_every_figure_that_is_told_of_is_in_the_dashboard_and_in_the_docs():
    shown = " ".join(expr for _, expr in PANELS)

    for name in KNOWN:
        assert metric_name(name) in shown, name
        assert f"`{metric_name(name)}" in OPERATE, name


def test_every_alert_is_explained():
    for rule in RULES:
        assert f"`{rule['alert']}`" in OPERATE, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "do"}
