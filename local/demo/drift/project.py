"""The shipped pipelines as this story runs them: people sign off, and one night is an alarm."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.data.subscriptions import write_night
from local.home import Home
from local.trackers.serving import TOKEN

MODEL = "customer_churn"
TRAINING, SCORING, RETRAIN = f"{MODEL}_training", f"{MODEL}_scoring", "airlock_retrain"
REPOSITORY = "acme/models"
_SINK = "airlock_releases"
_DEARER = 1.6  # what customers pay from one night to the next: no night before looked like it


def write_project(home: Home) -> Path:
    """Copies of the shipped DAGs with what differs here; the folder that Airflow reads.

    Nobody who tries the shipped ones wants to be asked, or to wait for a second night.
    """
    folder, include = home.var / "dags", home.root / "include"
    folder.mkdir()
    policy = (include / f"policies/{MODEL}.yaml").read_text()
    (folder / "policy.yaml").write_text(
        _changed(policy, "required: never", "required: never\n  scheduled: always")
    )
    drift = (include / f"drift/{MODEL}.yaml").read_text()
    (folder / "drift.yaml").write_text(_changed(drift, "nights_to_raise: 2", "nights_to_raise: 1"))
    here = "Path(__file__).parent"
    for name, written, instead in (
        (
            TRAINING,
            f'policy=INCLUDE / "policies/{MODEL}.yaml"',
            f'policy={here} / "policy.yaml",\n        '
            f'governance=INCLUDE / "governance/{MODEL}.yaml"',
        ),
        (SCORING, f'drift=INCLUDE / "drift/{MODEL}.yaml"', f'drift={here} / "drift.yaml"'),
    ):
        text = (home.root / f"dags/{name}.py").read_text()
        text = _changed(text, 'Path(__file__).parents[1] / "include"', f"Path({str(include)!r})")
        # Nights come by hand here; but what an asset starts must start.
        text = re.sub(r'schedule=nightly\("[^"]*"\)', "schedule=None", text)
        text = text.replace(", nightly", "")
        (folder / f"{name}.py").write_text(_changed(text, written, instead))
    retrain = (home.root / f"dags/{RETRAIN}.py").read_text()
    (folder / f"{RETRAIN}.py").write_text(retrain)
    return folder


def write_nights(home: Home, calm: date, dear: date, *, rows: int) -> None:
    """A night as usual, and one in which every fee is higher."""
    data = home.var / "data" / "subscriptions"
    write_night(calm, into=data, rows=rows)
    part = write_night(dear, into=data, rows=rows)
    table = pq.read_table(part)
    at = table.schema.get_field_index("monthly_fee")
    fees = [fee and round(fee * _DEARER, 2) for fee in table["monthly_fee"].to_pylist()]
    pq.write_table(
        table.set_column(at, table.schema.field(at), pa.array(fees, table.schema.field(at).type)),
        part,
    )


def environment(folder: Path, tracker: str) -> dict[str, str]:
    """What Airflow must know besides.

    Args:
        folder: of the DAGs.
        tracker: the address of the stand-in.
    """
    extra = {
        "kind": "github_release",
        "repository": REPOSITORY,
        "url": tracker,
        "private": True,
        "tickets": "drift",
    }
    known = {"conn_type": "generic", "password": TOKEN, "extra": extra}
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "True",
        "AIRFLOW__AIRLOCK__SINKS": _SINK,
        f"AIRFLOW_CONN_{_SINK.upper()}": json.dumps(known),
    }


def _changed(text: str, before: str, after: str) -> str:
    assert text.count(before) == 1, f"the shipped file no longer says {before!r}"
    return text.replace(before, after)
