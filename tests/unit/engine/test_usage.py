"""What an attempt took is written down once, whatever became of it, and nothing is made up."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airflow.sdk.exceptions import DownstreamTasksSkipped

from airlock.catalogs.usage import Energy, Total, Usage, note_usage, usages
from airlock.config.prices import Prices
from airlock.config.settings import Settings
from airlock.core.errors import DataError, SettingsError, Unverified
from airlock.engine import usage as measuring
from airlock.engine.publication import Stores
from airlock.engine.usage import Reading, device_energy, metered, money, processor_energy
from airlock.ledger import Ledger
from airlock.store import Store
from tests.unit.engine.test_operator import CountOperator, context, in_dag

NOTHING = Energy(watt_hours=None, method="none", scope="process")
ONE = Usage(
    model="churn", stage="train", dag_id="churn", run_id="manual__1", task_id="train",
    try_number=1, map_index=-1, ended="done", wall_seconds=60.0, cpu_seconds=90.0,
    device_seconds=36.0, peak_rss_bytes=10**9, read_bytes=None, written_bytes=None,
    processor=NOTHING, devices=NOTHING, money=None, currency="", spot=None,
    at=datetime(2026, 1, 6, tzinfo=UTC),
)  # fmt: skip


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stores: Stores, ledger: Ledger
) -> Settings:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
        # So dear that a look for an earlier result would cost something, too.
        prices=Prices(core_hour=1e6, currency="EUR", core_watts=10.0, spot=True),
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    # Whether this machine has such a counter is no matter here.
    monkeypatch.setattr(measuring, "_RAPL", tmp_path / "none")
    return settings


@pytest.fixture
def counting(settings: Settings) -> type[CountOperator]:
    class Fresh(CountOperator):
        runs: ClassVar[int] = 0
        model: ClassVar[str] = "churn"

    return Fresh


def noted(store: Store) -> list[Usage]:
    month = f"{datetime.now(UTC):%Y-%m}"
    return sorted(usages(store, "churn", month), key=lambda one: one.at)


def test_every_attempt_leaves_what_it_took_and_a_reused_one_costs_nothing(
    counting: type[CountOperator], store: Store
):
    task = in_dag(counting)

    task.execute(context(task, run_id="manual__1"))
    task.execute(context(task, run_id="manual__2"))

    first, again = noted(store)
    assert (first.ended, again.ended) == ("done", "reused")
    assert first.money is not None
    assert first.cpu_seconds > 0
    assert (first.currency, first.spot, first.peak_rss_bytes > 10**6) == ("EUR", True, True)
    assert (first.processor.method, first.processor.scope) == ("tdp", "process")
    assert (again.money, again.device_seconds) == (0.0, 0.0)


def test_an_attempt_that_failed_leaves_what_it_took(counting: type[CountOperator], store: Store):
    counting.error = DataError("Nothing came.", do="Wait.")
    task = in_dag(counting)

    with pytest.raises(Exception, match="Nothing came"):
        task.execute(context(task))

    [one] = noted(store)
    assert (one.ended, one.device_seconds) == ("failed", None)


def test_it_is_no_part_of_the_results_name(
    counting: type[CountOperator], store: Store, monkeypatch: pytest.MonkeyPatch
):
    task = in_dag(counting)
    first = task.execute(context(task, run_id="manual__1"))

    monkeypatch.setattr(measuring, "peak_rss", lambda: 7)
    monkeypatch.setattr(Settings, "prices", Prices(), raising=False)

    assert task.execute(context(task, run_id="manual__2", recompute=False)) == first
    assert "usage" not in json.dumps([stat.key for stat in store.list("stages/")])


def test_a_store_that_takes_no_note_stops_no_run(
    counting: type[CountOperator], monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: Any) -> bool:
        raise OSError("no space")

    monkeypatch.setattr("airlock.catalogs.usage.note_usage", refuse)
    task = in_dag(counting)

    assert task.execute(context(task))


def test_a_second_note_of_one_attempt_changes_nothing(store: Store):
    assert note_usage(store, ONE)

    assert not note_usage(store, replace(ONE, cpu_seconds=1.0))
    assert [one.cpu_seconds for one in usages(store, "churn", "2026-01")] == [90.0]


def test_children_count(settings: Settings):
    with metered() as meter:
        subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)

    assert Reading.now().cpu - meter.began.cpu > 0.02


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        pytest.param(Prices(), None, id="nobody said, and that is not 0"),
        pytest.param(Prices(device_hour=2.0), 0.02, id="devices alone"),
        pytest.param(Prices(core_hour=0.4), 0.01, id="cores alone"),
        pytest.param(Prices(core_hour=0.4, device_hour=2.0), 0.03, id="both"),
    ],
)
def test_money_is_what_was_priced(prices: Prices, cost: float | None):
    assert money(90.0, 36.0, prices) == cost


def test_a_stage_without_a_device_has_no_price_where_only_devices_have_one():
    assert money(90.0, 0.0, Prices(device_hour=2.0)) is None


def reading(**changes: Any) -> Reading:
    return replace(Reading(wall=0.0, cpu=0.0, io={}, rapl={}, nvml={}), **changes)


def test_energy_is_read_where_there_is_a_counter_and_estimated_where_somebody_said_how():
    rapl = processor_energy(
        reading(rapl={"a": 0}), reading(cpu=3600.0, rapl={"a": 7_200_000_000}), Prices()
    )
    tdp = processor_energy(reading(), reading(cpu=3600.0), Prices(core_watts=12.0))
    none = processor_energy(reading(), reading(cpu=3600.0), Prices())

    assert (rapl.watt_hours, rapl.method, rapl.scope) == (2.0, "rapl", "node")
    assert (tdp.watt_hours, tdp.method, tdp.scope) == (12.0, "tdp", "process")
    assert (none.watt_hours, none.method) == (None, "none")


def test_a_counter_that_began_anew_is_understood(tmp_path: Path):
    (tmp_path / "max_energy_range_uj").write_text("1000000000000")
    zone = str(tmp_path)

    found = processor_energy(
        reading(rapl={zone: 999_999_999_999}), reading(rapl={zone: 3_599_999_999}), Prices()
    )

    assert found.watt_hours == pytest.approx(1.0)


def test_a_gpus_counter_is_of_the_whole_node():
    found = device_energy(reading(nvml={0: 0}), reading(nvml={0: 3_600_000}), Prices(), 10.0)

    assert (found.watt_hours, found.method, found.scope) == (1.0, "nvml", "node")
    assert device_energy(reading(), reading(), Prices(device_watts=700.0), 3600).watt_hours == 700


def test_a_sum_tells_what_has_no_price():
    reused = replace(ONE, ended="reused", money=0.0)
    priced = replace(ONE, money=3.0, currency="EUR")

    assert Total.of([ONE]).money is None
    assert Total.of([ONE]).in_words == "nobody said what it costs"
    assert Total.of([reused]).money == 0.0
    assert Total.of([ONE, reused, priced]).in_words == (
        "3.00 EUR, and 1 attempt(s) without a price"
    )
    assert Total.of([]).money is None


def test_what_somebody_else_wrote_there_is_refused(store: Store):
    store.put("usage/churn/2026-01/x.json", b'{"money": 0}')

    with pytest.raises(Unverified, match=r"usage/churn/2026-01/x\.json"):
        list(usages(store, "churn", "2026-01"))


@pytest.mark.parametrize(
    ("option", "written"),
    [("core_hour_price", "free"), ("core_watts", "-1"), ("spot", "maybe")],
)
def test_a_price_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, option: str, written: str
):
    monkeypatch.setenv(f"AIRFLOW__AIRLOCK__{option.upper()}", written)

    with pytest.raises(SettingsError, match=option):
        Settings.read()


def test_work_that_is_refused_is_green_skips_the_rest_and_leaves_no_usage(
    counting: type[CountOperator], store: Store, monkeypatch: pytest.MonkeyPatch
):
    told: list[str] = []
    monkeypatch.setattr(
        "airlock.engine.verdict.notify", lambda _, *, subject, message: told.append(message)
    )
    monkeypatch.setattr(counting, "refuses", lambda self, attempt: "The budget is used up.")
    task = in_dag(counting)

    with pytest.raises(DownstreamTasksSkipped) as skipped:
        task.execute(context(task))

    assert set(skipped.value.tasks) == {"next", "after_next"}
    assert told == ["The budget is used up."]
    assert (counting.runs, noted(store)) == (0, [])


def test_a_result_that_is_there_is_reused_whatever_the_budget(
    counting: type[CountOperator], monkeypatch: pytest.MonkeyPatch
):
    task = in_dag(counting)
    first = task.execute(context(task, run_id="manual__1"))
    monkeypatch.setattr(counting, "refuses", lambda self, attempt: "The budget is used up.")

    assert task.execute(context(task, run_id="manual__2")) == first
