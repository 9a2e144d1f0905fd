"""What became of the customers of a night: the labels, as they are known a month later.

    python -m include.data.labels 2026-01-05 --data var/data

reads `subscriptions/date=2026-01-05/` below the folder and leaves `labels/date=2026-02-04/`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

# `churned` says who gave notice within so many days of the export.
KNOWN_AFTER = timedelta(days=30)


def write_labels(night: date, *, data: Path) -> Path:
    """Write what the business knows of a night's customers once the month is over.

    Args:
        night: whose export is there already.
        data: the folder that holds `subscriptions` and `labels`.

    Returns:
        The path of a CSV file with `customer_id`, `scored_on` and `churned`, in the folder of the
        night on which it comes.

    Raises:
        FileNotFoundError: nobody exported that night.
    """
    part = data / "subscriptions" / f"date={night}" / "part-0.parquet"
    rows = pq.read_table(part, columns=["customer_id", "churned"], partitioning=None)
    scored = pa.repeat(pa.scalar(night.isoformat()), len(rows))
    file = data / "labels" / f"date={night + KNOWN_AFTER}" / "labels.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    pyarrow.csv.write_csv(rows.add_column(1, "scored_on", scored), fresh)
    fresh.replace(file)  # an interrupted delivery leaves no half file for a snapshot to read
    return file


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one night's labels from the command line."""
    parser = argparse.ArgumentParser(prog="python -m include.data.labels")
    parser.add_argument("night", type=date.fromisoformat, help="that was scored, as 2026-01-05")
    parser.add_argument("--data", type=Path, required=True, help="folder with subscriptions")
    given = parser.parse_args(arguments)
    try:
        file = write_labels(given.night, data=given.data)
    except OSError as problem:
        parser.error(str(problem))
    print(f"{file}: what became of the customers of {given.night}")


if __name__ == "__main__":
    main()
