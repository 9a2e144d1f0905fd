"""A candidate that learnt from several sources: the gate sees each, and the ledger names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock.core.errors import Unverified
from airlock.engine.legal_holds import held_folders
from airlock.engine.record import Input
from airlock.ledger import Ledger, hold, holds, named
from airlock.stages.gate.backtest import backtests
from airlock.stages.gate.case import Case
from airlock.stages.gate.stage import decide
from airlock.stages.prepare.record import ColumnLineage, Preparation, PreparedNight
from airlock.stages.snapshot.record import Snapshot
from airlock.store import Store
from tests.judged import NOBODY, NOW, POLICY, case, judged, result


def source(name: str) -> Input[Snapshot]:
    return result(
        Snapshot(
            source=f"{name}.csv",
            night="2026-01-05",
            rows=3,
            columns=(("id", "string"),),
            sha256=name * 8,
            parts=(),
        ),
        {},
        data=name,
    )


def joined() -> Case:
    """The usual candidate, whose table was joined of two sources."""
    usual = case()
    sources = {"customers": source("customers"), "orders": source("orders")}
    table = result(
        Preparation(
            source="customers, orders by shop.sql",
            night="2026-01-05",
            rows=3,
            columns=(("churned", "integer"),),
            sha256="0" * 64,
            parts=(),
            sql="SELECT 1",
            sql_sha256="1" * 64,
            path="shop.sql",
            tables=(),
            made=(PreparedNight(night="2026-01-05", rows=3, read=(3, 3)),),
            lineage=(ColumnLineage(column="churned", reads=None),),
        ),
        sources,
    )
    made = {"snapshot": table}
    for name, before in {
        "validation": ["snapshot"],
        "redaction": ["validation"],
        "training": ["redaction"],
        "evaluation": ["redaction", "training"],
        "registration": ["training"],
    }.items():
        one = usual.results[name]
        inputs = {key: made[key] for key in before}
        anew = result(one.record, inputs, data="candidate" if name == "training" else "data")
        made[name] = replace(anew, record=one.record)
    return replace(usual, **made, sources=sources)


def test_the_ledger_names_every_source_and_the_table_made_of_them(ledger: Ledger):
    one = joined()

    judged(one, ledger)

    run = next(entry for entry in ledger.entries() if entry.kind == "run")
    assert list(run.body["results"])[:4] == [
        *("snapshot_customers", "snapshot_orders", "prepare", "validate"),
    ]
    addresses = {told.address for told in named(run)}
    assert {source("customers").address, source("orders").address} <= addresses


def test_a_table_that_was_joined_of_other_rows_is_refused():
    one = joined()
    other = {**one.sources, "orders": source("refunds")}

    with pytest.raises(Unverified, match="not joined of this run's sources"):
        decide(POLICY, replace(one, sources=other), NOBODY)


def test_a_source_that_nobody_shows_the_gate_is_missed():
    one = joined()

    with pytest.raises(Unverified, match="not joined of this run's sources"):
        decide(POLICY, replace(one, sources={}), NOBODY)


def test_another_policy_can_be_tried_on_the_same_records(ledger: Ledger, store: Store):
    one = joined()
    for part in (*one.results.values(), *one.sources.values()):
        store.create(part.address, part.result.stored())
    judged(one, ledger)

    (trial,) = backtests(POLICY, ledger, store, last=1)

    assert trial.problem is None
    assert trial.decided == "passed"


def test_a_hold_of_a_version_keeps_every_source(ledger: Ledger):
    one = joined()
    judged(one, ledger)
    hold(ledger, version=1, by="ada", reason="case 7", at=NOW)
    results = {part.address: part.result for part in (*one.results.values(), *one.sources.values())}

    kept = held_folders(results, holds(ledger.model, ledger.entries()))

    for part in one.sources.values():
        assert part.result.data.prefix in kept
