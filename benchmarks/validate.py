"""What it takes to validate ten million rows, against the same checks written by hand with polars.

Twelve columns, twelve expectations. Each side runs in a process of its own on the same Parquet
parts: `judge` gives the verdicts as the stage does, `polars` computes the same counts, and `stage`
is the whole stage, which also writes the rows that pass, the histograms and the reports. CPU is
counted from after the imports, which the scheduler does once for all tasks.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.claim import Claim

if TYPE_CHECKING:
    import pyarrow as pa

    from airlock.stages.validate.spec import Expectations

SIZES = (1_000_000, 10_000_000)
TRIALS = 3
CHUNK = 250_000
PLANS = ("basic", "plus", "family", "business")
COUNTRIES = ("DE", "FR", "SE", "PL", "IT")
COLUMNS = {
    "customer_id": "string",
    "number": "integer",
    "day": "date",
    "plan": "string",
    "country": "string",
    "note": "string",
    "fee": "number",
    "usage": "number",
    "score": "number",
    "months": "integer",
    "calls": "integer",
    "active": "boolean",
}
CHECKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("expect_column_values_to_not_be_null", {"column": "fee"}),
    ("expect_column_values_to_be_between", {"column": "fee", "min_value": 0, "max_value": 99}),
    ("expect_column_values_to_be_between", {"column": "months", "min_value": 0, "max_value": 119}),
    ("expect_column_values_to_be_between", {"column": "score", "min_value": -4, "max_value": 4}),
    ("expect_column_values_to_be_in_set", {"column": "plan", "value_set": list(PLANS[:3])}),
    ("expect_column_values_to_be_in_set", {"column": "country", "value_set": list(COUNTRIES)}),
    ("expect_column_values_to_match_regex", {"column": "customer_id", "regex": "^C[0-9]{9}$"}),
    ("expect_column_value_lengths_to_be_between", {"column": "note", "max_value": 30}),
    ("expect_column_values_to_be_unique", {"column": "customer_id"}),
    ("expect_column_mean_to_be_between", {"column": "usage", "min_value": -1, "max_value": 1}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
    (
        "expect_column_proportion_of_unique_values_to_be_between",
        {"column": "number", "min_value": 0.5},
    ),
)


def main() -> None:
    """Measure and report."""
    tries: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder) / "in", rows)
            # In turns, so that a busy minute hits both.
            for _ in range(TRIALS):
                for side in ("polars", "judge"):
                    tries.setdefault((side, rows), []).append(_measured(side, folder))
            tries["stage", rows] = [_measured("stage", folder)]
        if len({one["told"] for at, each in tries.items() if at[1] == rows for one in each}) != 1:
            raise SystemExit("The sides disagree about the same rows.")
    measured = {at: _median(each) for at, each in tries.items()}
    small, large = SIZES
    facts = {f"{side}_{rows}": figures for (side, rows), figures in measured.items()}
    cpu = {at: figures["cpu_s"] for at, figures in measured.items()}
    Claim(
        claim="validate.cpu_vs_polars_10m",
        value=round(cpu["judge", large] / cpu["polars", large], 2),
        target=3,
        facts=facts,
    ).report()
    Claim(
        claim="validate.rss_gb_10m",
        value=max(measured[side, large]["rss_gb"] for side in ("judge", "stage")),
        target=2,
    ).report()
    Claim(
        claim="validate.cost_growth_1m_10m",
        value=round(cpu["stage", large] / cpu["stage", small] * small / large, 3),
        target=1.15,
        facts={"judge": round(cpu["judge", large] / cpu["judge", small] * small / large, 3)},
    ).report()


def _median(tries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: round(statistics.median(one[name] for one in tries), 3)
        for name in ("cpu_s", "seconds", "rss_gb")
    }


def _measured(side: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.validate", side, folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _write(folder: Path, rows: int) -> None:
    from airlock.core.contract import ColumnType
    from airlock.core.table import arrow_schema, write_parts

    kinds: dict[str, ColumnType] = dict(COLUMNS)  # type: ignore[arg-type]  # literals above
    schema = arrow_schema(kinds.items())
    write_parts(_chunks(rows, schema), schema, folder)


def _chunks(rows: int, schema: pa.Schema) -> Iterator[pa.Table]:
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(0)
    notes = np.array([f"called, {'again ' * times}" for times in range(6)])
    for start in range(0, rows, CHUNK):
        numbers = np.arange(start, start + CHUNK)
        fee = chance.uniform(0, 100, CHUNK).round(2)
        yield pa.table(
            {
                "customer_id": [f"C{number % (rows - 7):09d}" for number in numbers],
                "number": chance.integers(0, rows, CHUNK),
                "day": np.datetime64("2020-01-01") + (numbers % 2000).astype("timedelta64[D]"),
                "plan": chance.choice(PLANS, CHUNK, p=(0.5, 0.3, 0.199, 0.001)),
                "country": chance.choice(COUNTRIES, CHUNK),
                "note": notes[chance.integers(0, 6, CHUNK)],
                "fee": pa.array(fee, mask=chance.random(CHUNK) < 0.001),
                "usage": chance.normal(size=CHUNK),
                "score": chance.normal(size=CHUNK),
                "months": chance.integers(0, 120, CHUNK),
                "calls": chance.poisson(3, CHUNK),
                "active": chance.random(CHUNK) < 0.5,
            },
            schema=schema,
        )


def _spec() -> Expectations:
    from airlock.stages.validate.spec import Expectations

    return Expectations.model_validate(
        {
            "contract": {
                "columns": {
                    name: {"type": kind, "nullable": True} for name, kind in COLUMNS.items()
                }
            },
            "expectations": [
                {"type": kind, "severity": "info", "kwargs": kwargs} for kind, kwargs in CHECKS
            ],
        }
    )


def _judge(folder: Path) -> Iterator[list[float]]:
    import pyarrow.parquet as pq

    from airlock.core.table import read_parts
    from airlock.stages.validate.stage.partitioner import blocks
    from airlock.stages.validate.stage.suite import Judge

    parts = sorted(path.name for path in (folder / "in").iterdir())
    asked = dict(enumerate(_spec().expectations))
    used = {name for one in asked.values() for name in one.columns}
    names = [name for name in COLUMNS if name in used]
    yield []
    judge = Judge(asked)
    schema = pq.read_schema(folder / "in" / parts[0])
    narrow = schema.empty_table().select(names).schema
    for block in blocks(read_parts(folder / "in", parts, columns=names), narrow):
        judge.watch(block)
    yield [one.unexpected for one in judge.outcomes().values()]


def _polars(folder: Path) -> Iterator[list[float]]:
    import polars as pl

    yield []
    column = pl.col
    text = column("customer_id")
    asked = [
        column("fee").is_null().sum(),
        (~column("fee").is_between(0, 99)).sum(),
        (~column("months").is_between(0, 119)).sum(),
        (~column("score").is_between(-4, 4)).sum(),
        (~column("plan").is_in(PLANS[:3])).sum(),
        (~column("country").is_in(COUNTRIES)).sum(),
        (~text.str.contains("^C[0-9]{9}$")).sum(),
        (column("note").str.len_chars() > 30).sum(),
        text.is_duplicated().sum(),
        column("usage").mean(),
        pl.len(),
        column("number").n_unique() / column("number").count(),
    ]
    rows = pl.scan_parquet(folder / "in" / "*.parquet")
    counts = rows.select(one.alias(str(at)) for at, one in enumerate(asked))
    found = counts.collect(engine="streaming").row(0)
    yield [*found[:9], 0, 0, 0]


def _stage(folder: Path) -> Iterator[list[float]]:
    import pyarrow.parquet as pq

    from airlock.stages.snapshot.record import Part, Snapshot
    from airlock.stages.validate.stage.validate import validate

    sizes = {path.name: pq.read_metadata(path).num_rows for path in (folder / "in").iterdir()}
    snapshot = Snapshot(
        source="rows",
        night=None,
        rows=sum(sizes.values()),
        columns=tuple(COLUMNS.items()),
        sha256="0" * 64,
        parts=tuple(Part(path=path, rows=rows) for path, rows in sorted(sizes.items())),
    )
    spec = _spec()
    yield []
    report = folder / "report"
    report.mkdir()
    done = validate(snapshot, spec, table=folder / "in", out=folder / "out", report=report)
    yield [one.unexpected for one in done.checks]


SIDES = {"judge": _judge, "polars": _polars, "stage": _stage}


def measure(side: str, folder: Path) -> None:
    """Run one side, and print what this process took."""
    work = SIDES[side](folder)
    next(work)
    began, before = time.monotonic(), _cpu()
    told = next(work)
    figures = {
        "told": str([int(count) for count in told]),
        "cpu_s": round(_cpu() - before, 2),
        "seconds": round(time.monotonic() - began, 2),
        # Linux counts in KiB.
        "rss_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 3),
    }
    print(json.dumps(figures))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2])) if len(sys.argv) > 1 else main()
