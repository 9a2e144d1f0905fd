"""A made-up subscription business: one Parquet part a night, the same for the same seed.

    python -m include.data.subscriptions 2026-01-05 --into var/data/subscriptions

leaves `date=2026-01-05/part-0.parquet`, and beside it `planted/date=2026-01-05.json`, which says
where in the notes an identifier was planted and which rows were spoilt, for measuring against.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.data.behaviour import OPENING, Behaviour, behave
from include.data.chance import Chance, IntArray
from include.data.notes import PlantedSpan, support_notes
from include.data.people import Person, people

SMALLEST = 100  # rows; in a smaller table three defects would be more than a few
SPARE = 10  # per cent more customers than a night has rows: some are left out
TURNOVER = 1  # per mille of the customers who leave, and who join, every day
DEFECT_SHARE = 0.003  # of the rows
DEFECTS = {"monthly_fee": -19.99, "tenure_months": 9_999, "plan": "unknown"}

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "full_name": pa.string(),
        "email": pa.string(),
        "phone": pa.string(),
        "address": pa.string(),
        "card_number": pa.string(),
        "birth_date": pa.date32(),
        "signed_up": pa.date32(),
        "region": pa.string(),
        "plan": pa.string(),
        "payment_method": pa.string(),
        "tenure_months": pa.int64(),
        "monthly_fee": pa.float64(),
        "usage_hours": pa.float64(),
        "tickets_90d": pa.int64(),
        "late_payments": pa.int64(),
        "last_login_days": pa.int64(),
        "support_note": pa.string(),
        "churned": pa.int64(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A value that was spoilt on purpose, for validation to find."""

    customer_id: str
    column: str


def write_night(night: date, *, into: Path, rows: int = 20_000, seed: int = 7) -> Path:
    """Write what the business exports on one night.

    The same arguments give the same bytes. The customers are fixed by `seed` and `rows`: nine in
    ten of them return the next night, a little older; one in a thousand leaves each day and a
    new one joins. `churned` is 1 for those who gave notice within the 30 days that followed.

    Args:
        night: 2024-01-01 or later.
        into: the folder that holds one `date=...` folder a night.
        rows: at least 100.
        seed: at least 0.

    Returns:
        The path of the Parquet part; `planted_path` tells where the answers are.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check(night, rows, seed)
    since_opening = (night - OPENING).days
    members = rows + rows * SPARE // 100
    gone = since_opening * members * TURNOVER // 1000
    chance = Chance(seed=seed, customers=gone + members)

    who = _awake(chance, night, first=gone, rows=rows)
    crowd = people(chance, who)
    signed_up = _signed_up(chance, members)[who]
    behaviour = behave(chance, night, who=who, days=since_opening - signed_up)
    notes, spans, strangers = support_notes(chance, night, crowd, who)
    columns = _columns(crowd, signed_up, behaviour, notes)
    defects = _spoil(columns, chance, night)

    part = into / f"date={night}" / "part-0.parquet"
    planted = planted_path(into, night)
    _write_planted(planted, night, spans, strangers, defects)
    part.parent.mkdir(parents=True, exist_ok=True)
    fresh = part.with_name(f"{part.name}.new")
    pq.write_table(pa.table(columns, schema=SCHEMA), fresh, compression="zstd")
    fresh.replace(part)  # an interrupted night leaves no half part for a snapshot to read
    return part


def planted_path(into: Path, night: date) -> Path:
    """Where the night's answers are: outside the folder that a pipeline reads.

    The JSON object holds `night`, `spans` (each a `PlantedSpan`), `strangers` (likewise:
    people whom the row does not know) and `defects` (each a `Defect`).
    """
    return into / "planted" / f"date={night}.json"


def _check(night: date, rows: int, seed: int) -> None:
    if night < OPENING:
        raise ValueError(f"night is {night}: the business opened on {OPENING}, name a later night")
    if rows < SMALLEST:
        raise ValueError(f"rows is {rows}: ask for at least {SMALLEST}")
    if seed < 0:
        raise ValueError(f"seed is {seed}: choose 0 or more")


def _awake(chance: Chance, night: date, *, first: int, rows: int) -> IntArray:
    """Choose the numbers of the customers that the night's export holds, in rising order."""
    luck = chance.uniform("awake", night)[first:]
    return first + np.sort(np.argsort(luck, kind="stable")[:rows])


def _signed_up(chance: Chance, members: int) -> IntArray:
    """Give the day each customer signed up, counted from the opening; negative is before it."""
    number = np.arange(chance.customers, dtype=np.int64)
    # Many new customers, few old ones, nobody from before 2018.
    past = np.minimum(-np.log1p(-chance.uniform("signed up")) * 720, 2190).astype(np.int64)
    joined = -((number - members + 1) * 1000 // -(members * TURNOVER))
    return np.where(number < members, -1 - past, joined)


def _columns(
    crowd: list[Person], signed_up: IntArray, behaviour: Behaviour, notes: list[str | None]
) -> dict[str, list[object]]:
    personal = ("customer_id", "full_name", "email", "phone", "address", "card_number")
    columns: dict[str, list[object]] = {
        name: [getattr(person, name) for person in crowd]
        for name in (*personal, "birth_date", "region")
    }
    columns["signed_up"] = [OPENING + timedelta(days=day) for day in signed_up.tolist()]
    columns |= behaviour.columns()
    columns["support_note"] = list(notes)
    return columns


def _spoil(columns: dict[str, list[object]], chance: Chance, night: date) -> list[Defect]:
    """Spoil a few rows in one column each; together they are far from spoiling the table."""
    customers = columns["customer_id"]
    count = max(len(DEFECTS), round(len(customers) * DEFECT_SHARE))
    luck = chance.uniform("defect", night)[: len(customers)]
    defects = []
    for turn, row in enumerate(np.sort(np.argsort(luck, kind="stable")[:count]).tolist()):
        column = list(DEFECTS)[turn % len(DEFECTS)]
        columns[column][row] = DEFECTS[column]
        defects.append(Defect(customer_id=str(customers[row]), column=column))
    return defects


def _write_planted(
    path: Path,
    night: date,
    spans: list[PlantedSpan],
    strangers: list[PlantedSpan],
    defects: list[Defect],
) -> None:
    answers = {
        "night": night.isoformat(),
        "spans": [asdict(span) for span in spans],
        "strangers": [asdict(span) for span in strangers],
        "defects": [asdict(defect) for defect in defects],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(answers))
    fresh.replace(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one night from the command line."""
    parser = argparse.ArgumentParser(prog="python -m include.data.subscriptions")
    parser.add_argument("night", type=_night, help="a date, such as 2026-01-05")
    parser.add_argument("--into", type=Path, required=True, help="folder that holds the nights")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    try:
        part = write_night(given.night, into=given.into, rows=given.rows, seed=given.seed)
    except (ValueError, OSError) as problem:
        parser.error(str(problem))
    print(f"{part}: {given.rows} rows; answers in {planted_path(given.into, given.night)}")


def _night(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write 2026-01-05") from None


if __name__ == "__main__":
    main()
