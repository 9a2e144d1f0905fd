"""A thousand planted identifiers, a chain that works and chains that fail: none gets out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.subscriptions import write_night
from local.home import Home
from local.runs import DagRun
from local.services import Airflow
from tests.e2e.conftest import started

PEOPLE = 200
# Everything planted can be told by how it begins. Long enough that a signature, a password or a
# weight does not look like it by chance: once in tens of thousands of runs.
PLANTED = re.compile(rb"zqxv[a-j]{5}|4915199\d{6}|400099\d{10}|(?<![0-9a-z])c99\d{5}(?![0-9a-z])")

GOOD, UNREADABLE, REJECTED, LEAKING, WEAK = (date(2026, 2, day) for day in range(1, 6))


def word(number: int) -> str:
    """Five letters that no two numbers share."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05d}")


def card(number: int) -> str:
    start = f"400099{number:09d}"
    doubled = (sum(divmod(2 * int(one), 10)) for one in start[::-2])
    return start + str(-(sum(doubled) + sum(map(int, start[-2::-2]))) % 10)


def somebody(number: int) -> dict[str, str]:
    """Five identifiers and a note that repeats them."""
    first, last = f"Zqxv{word(number)}", f"Zqxv{word(number + 10_000)}"
    person = {
        "full_name": f"{first} {last}",
        "email": f"zqxv{word(number + 20_000)}@example.org",
        "phone": f"+49 151 99{number:06d}",
        "card_number": card(number),
        "address": f"{number} Zqxv{word(number + 30_000)} Street, Berlin",
    }
    forms = (
        "Customer {full_name} called from {phone}.",
        "{0}, {1}. wrote from {email} about {card_number}.",
        "New address: {address}; mail to {email}",
        "NAME: {full_name}\nTEL: {phone}\nCARD: {card_number}",
    )
    note = forms[number % len(forms)].format(last, first[0], **person)
    return {**person, "support_note": note, "customer_id": f"C99{number:05d}"}


def write_planted(home: Home, night: date, *, rows: int = 5_000) -> pa.Table:
    """A night in which the last rows are about the planted people."""
    folder = home.var / "data" / "subscriptions"
    part = write_night(night, into=folder, rows=rows)
    table = pq.read_table(part)
    people = [somebody(number) for number in range(PEOPLE)]
    for name in people[0]:
        own = table.column(name).to_pylist()[:-PEOPLE] + [one[name] for one in people]
        table = table.set_column(
            table.schema.get_field_index(name), name, pa.array(own, pa.string())
        )
    pq.write_table(table, part)
    return table


def rewrite(home: Home, night: date, table: pa.Table, name: str, values: list[str]) -> None:
    """The same night with other last cells in one column."""
    own = table.column(name).cast(pa.string()).to_pylist()[: -len(values)] + values
    place = table.schema.get_field_index(name)
    part = home.var / "data" / "subscriptions" / f"date={night}" / "part-0.parquet"
    pq.write_table(table.set_column(place, name, pa.array(own, pa.string())), part)


@pytest.fixture(scope="module")
def lived(home: Home, airflow: Airflow) -> dict[date, dict[str, str | None]]:
    """Every task's state in a night that works and in nights that fail at one door each."""
    mails = [somebody(number)["email"] for number in range(PEOPLE)]
    names = [somebody(number)["full_name"] for number in range(PEOPLE)]
    write_planted(home, GOOD, rows=10_000)
    rewrite(home, UNREADABLE, write_planted(home, UNREADABLE, rows=1_000), "tenure_months", names)
    rewrite(home, REJECTED, write_planted(home, REJECTED, rows=1_000), "customer_id", mails)
    rewrite(home, LEAKING, write_planted(home, LEAKING, rows=1_000), "payment_method", mails)
    write_planted(home, WEAK, rows=800)
    runs = {
        night: started(airflow, "customer_churn_training", night=night.isoformat())
        for night in (GOOD, UNREADABLE, REJECTED, LEAKING, WEAK)
    }
    states = {night: airflow.client.wait(run) for night, run in runs.items()}
    scored = started(airflow, "customer_churn_scoring", night=GOOD.isoformat())
    states[GOOD]["score"] = airflow.client.wait(scored)["score"]
    fail_later(airflow, scored, {"score": "redact"})
    fail_later(airflow, runs[GOOD], LATER if states[GOOD]["promote"] == "success" else JUDGED)
    return states


# Behind redact no row can fail a stage by what it says: an XCom that somebody changed does. The
# last door first, so that what is before it has ended well.
JUDGED = {"gate": "register", "register": "train", "evaluate": "train", "train": "redact"}
LATER = {"promote": "gate", "approve": "gate", **JUDGED}


def fail_later(airflow: Airflow, run: DagRun, doors: dict[str, str]) -> None:
    """Let stages of a run that is over run again and fail, each by another one's XCom."""
    for stage, source in doors.items():
        airflow.client.request(
            "PATCH",
            f"{run.path}/taskInstances/{source}/xcomEntries/return_value",
            json={"value": f"stages/{source}/somebody-elses/0000.json", "map_index": -1},
        )
        airflow.client.request(
            "POST",
            f"/dags/{run.dag_id}/clearTaskInstances",
            json={
                "dry_run": False,
                "dag_run_id": run.run_id,
                "task_ids": [stage],
                "only_failed": False,
                "reset_dag_runs": True,
            },
        )
        states = airflow.client.wait(run)
        assert states[stage] == "failed", (stage, states)


def test_every_door_was_tried(lived: dict[date, dict[str, str | None]]):
    assert (lived[GOOD]["gate"], lived[GOOD]["score"]) == ("success", "success")
    assert lived[UNREADABLE]["snapshot"] == "failed"
    assert lived[REJECTED]["validate"] == "failed"
    assert lived[LEAKING]["redact"] == "failed"
    assert (lived[WEAK]["gate"], lived[WEAK]["promote"]) == ("success", "skipped")


def test_what_was_planted_is_found_where_it_may_be(home: Home, lived: object):
    raw = {one for path in files(home.var / "raw") for one in planted_in(path)}

    assert len(raw) >= 5 * PEOPLE


def test_not_one_byte_of_it_is_anywhere_else(home: Home, lived: object):
    allowed = (home.var / "raw", home.var / "data", home.keys)

    seen = [path for path in files(home.var) if not any(map(path.is_relative_to, allowed))]
    hits = {
        str(path.relative_to(home.var)): len(found) for path in seen if (found := planted_in(path))
    }

    kinds = {path.suffix for path in seen}
    assert hits == {}
    # The store's tables and records, Airflow's and MLflow's databases, logs and pages were read.
    assert kinds >= {".parquet", ".json", ".db", ".log", ".html"}


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def planted_in(path: Path) -> set[bytes]:
    """What was planted and stands in a file, as bytes or in the cells of a table."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        data += json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
    data = data.lower()
    return {*PLANTED.findall(data), *PLANTED.findall(data.translate(None, b" -+()"))}
