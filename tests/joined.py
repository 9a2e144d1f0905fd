"""Three small sources about customers, and the SQL that joins them, for tests of prepare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.table import arrow_schema, write_parts
from airlock.stages.prepare.record import Preparation
from airlock.stages.prepare.spec import NamedTable, Sql
from airlock.stages.prepare.stage.database import Bounds
from airlock.stages.prepare.stage.frozen import Frozen
from airlock.stages.prepare.stage.prepare import prepare
from airlock.stages.snapshot.record import Part, Snapshot

CUSTOMERS = Contract.model_validate(
    {
        "key": ["customer_id"],
        "event_time": "signed_up",
        "columns": {
            "customer_id": {"type": "string"},
            "plan": {"type": "string"},
            "signed_up": {"type": "date"},
        },
    }
)
ORDERS = Contract.model_validate(
    {
        "event_time": "ordered_at",
        "columns": {
            "buyer": {"type": "string"},
            "amount": {"type": "number"},
            "ordered_at": {"type": "timestamp"},
        },
    }
)
FEATURES = Contract.model_validate(
    {
        "key": ["customer_id", "night"],
        "columns": {
            "customer_id": {"type": "string"},
            "night": {"type": "date"},
            "plan": {"type": "string"},
            "orders": {"type": "integer"},
            "spent": {"type": "number"},
        },
    }
)
SELECT = """\
-- What is known of a customer when a night ends.
SELECT
  c.customer_id,
  $night AS night,
  c.plan,
  count(o.buyer) AS orders,
  coalesce(sum(o.amount), 0) AS spent
FROM customers AS c
LEFT JOIN orders AS o ON o.buyer = c.customer_id
GROUP BY ALL;
"""
# Canonical times are UTC without a zone.
moment = datetime.fromisoformat

PEOPLE = [("a", "basic", date(2026, 1, 1)), ("b", "plus", date(2026, 2, 20))]
BOUGHT = [
    ("a", 1.5, moment("2026-02-10 09:00:00")),
    ("a", 2.5, moment("2026-02-28 23:59:59")),
    ("b", 7.0, moment("2026-02-25 09:00:00")),
    # One second after the night of 2026-02-28.
    ("a", 100.0, moment("2026-03-01 00:00:00")),
]


def table(contract: Contract, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as a snapshot holds them."""
    schema = arrow_schema((name, column.type) for name, column in contract.columns.items())
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return pa.table(
        [pa.array(list(one), field.type) for one, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def frozen(
    folder: Path,
    name: str,
    contract: Contract,
    rows: list[tuple[Any, ...]],
    *,
    of_nights: Mapping[str, int] | None = None,
    **table_is: Any,
) -> Frozen:
    """A source as its snapshot left it.

    Args:
        of_nights: rows of each night, for a source that is delivered by night.
    """
    made = table(contract, rows)
    parts = write_parts([made], made.schema, folder / name)
    nights = dict(of_nights or {})
    return Frozen(
        table=NamedTable(source=name, contract=contract, **{"by_night": bool(nights), **table_is}),
        record=Snapshot(
            source=name,
            night=max(nights, default=None),
            rows=len(rows),
            columns=tuple((one, spec.type) for one, spec in contract.columns.items()),
            sha256="0" * 64,
            parts=tuple(Part(path=path, rows=count) for path, count in parts),
            nights=tuple(nights),
            of_nights=tuple(nights.values()),
        ),
        content=f"content of {name}",
        folder=folder / name,
    )


def shop(folder: Path) -> dict[str, Frozen]:
    """Customers and their orders."""
    return {
        "customers": frozen(folder, "customers", CUSTOMERS, PEOPLE),
        "orders": frozen(folder, "orders", ORDERS, BOUGHT),
    }


def joined(
    folder: Path,
    sources: Mapping[str, Frozen],
    sql: str = SELECT,
    contract: Contract = FEATURES,
    *,
    nights: tuple[str, ...] = ("2026-02-28",),
    bounds: Bounds | None = None,
    **more: Any,
) -> tuple[Preparation, pa.Table]:
    """The record and the rows of a join."""
    import pyarrow.parquet as pq

    made = prepare(
        Sql(text=sql, path="include/prepare/shop.sql"),
        sources,
        contract,
        night=nights[-1],
        nights=nights,
        bounds=bounds or Bounds(),
        scratch=folder / "scratch",
        out=folder / "out",
        **more,
    )
    return made, pa.concat_tables(pq.read_table(folder / "out" / part.path) for part in made.parts)
