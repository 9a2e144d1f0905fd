"""What it takes to freeze a table of ten million rows.

The source is one CSV file of some 1.5 GB, fourteen columns, made up in chunks. A process of its own
freezes it: parsed, checked against its contract with a key, named, and written as Parquet.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.claim import Claim

ROWS = 10_000_000
CHUNK = 250_000
NIGHT = "2026-01-05"
PLANS = ("basic", "plus", "family", "business")
COLUMNS = {
    "customer_id": "string",
    "day": "date",
    "plan": "string",
    "note": "string",
    **{f"amount_{number}": "number" for number in range(6)},
    **{f"count_{number}": "integer" for number in range(4)},
}


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        write_rows(source, ROWS)
        size = source.stat().st_size
        print(f"{size / 1e9:.2f} GB written", file=sys.stderr)
        command = [sys.executable, "-m", "benchmarks.snapshot", folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        measured = json.loads(done.stdout.splitlines()[-1])
    Claim(
        claim="snapshot.rss_gb_10m",
        value=measured["rss_gb"],
        target=1.5,
        facts={
            "rows": measured["rows"],
            "csv_gb": round(size / 1e9, 3),
            "seconds": measured["seconds"],
            "rows_per_s": round(measured["rows"] / measured["seconds"]),
            "cpu_s": measured["cpu_s"],
        },
    ).report()


def write_rows(path: Path, rows: int) -> None:
    """Write a CSV file in bounded memory."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    chance = np.random.default_rng(0)
    first_day = np.datetime64("2020-01-01")
    with path.open("wb") as file:
        for start in range(0, rows, CHUNK):
            many = min(CHUNK, rows - start)
            table = pa.table(
                {
                    "customer_id": [f"C{number:09d}" for number in range(start, start + many)],
                    "day": first_day + chance.integers(0, 2000, many).astype("timedelta64[D]"),
                    "plan": chance.choice(PLANS, many),
                    "note": [f"called, {'again ' * (number % 6)}" for number in range(many)],
                    **{f"amount_{at}": chance.normal(size=many).round(6) for at in range(6)},
                    **{f"count_{at}": chance.integers(0, 10**6, many) for at in range(4)},
                }
            )
            csv.write_csv(table, file, csv.WriteOptions(include_header=start == 0))


def freeze(folder: Path) -> None:
    """Freeze the file there, and print what this process took."""
    from airlock.core.contract import Contract
    from airlock.stages.snapshot.stage.snapshot import snapshot
    from airlock.store import open_store

    contract = Contract.model_validate(
        {
            "key": ["customer_id"],
            "columns": {name: {"type": kind} for name, kind in COLUMNS.items()},
        }
    )
    began = time.monotonic()
    frozen = snapshot(
        "rows.csv",
        contract,
        night=NIGHT,
        sources=(str(folder),),
        root=folder,
        remote=open_store,
        scratch=folder / "scratch",
        out=folder / "out",
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "rows": frozen.rows,
                "seconds": round(time.monotonic() - began, 1),
                "cpu_s": round(used.ru_utime + used.ru_stime, 1),
                # Linux counts in KiB.
                "rss_gb": round(used.ru_maxrss * 1024 / 1e9, 3),
            }
        )
    )


if __name__ == "__main__":
    freeze(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
