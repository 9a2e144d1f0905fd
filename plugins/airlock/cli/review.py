"""airlock review: list the rows that wait for people, and write the sheet that they fill in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.nights import HOW
from airlock.cli.nights import night as named_night
from airlock.cli.outcome import OK, WrongCall
from airlock.core.quoting import cell
from airlock.core.scratch import private_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from rich.console import Console

    from airlock.catalogs.archive import Archive
    from airlock.catalogs.review_queue import Queue


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `review`."""
    one = commands.add_parser(
        "review",
        help="the rows that a model was unsure of, for people to judge",
        description="How many rows wait for an answer, since when, and how often people said "
        "something else than the model. With --to the open rows are written as a sheet: fill in "
        "answer and reviewer, and deliver it to the model's DAG for answers.",
    )
    one.add_argument("model", metavar="MODEL", help="its registered name")
    one.add_argument(
        "--night", metavar="NIGHT", help="of this one alone: a day, an hour, a week or a month"
    )
    one.add_argument("--to", metavar="FILE.csv", type=Path, help="a sheet to be written")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Say how the queue stands, and write the sheet."""
    if parsed.to is not None and parsed.to.exists():
        raise WrongCall(
            f"{parsed.to} is there already.", do="Somebody may be filling it in: name another file."
        )
    with private_folder("review") as scratch:
        archive = _archive(parsed.model, Path(scratch))
        told = _queue(archive, parsed.night and named_night(parsed.night))
        for line in _lines(told):
            console.print(line, markup=False, soft_wrap=True)
        if parsed.to is not None:
            rows = _write(archive, [one.night for one in told.nights if one.open], parsed.to)
            console.print(f"{parsed.to}: {rows:,} rows to be answered.", soft_wrap=True)
    return OK


def _queue(archive: Archive, night: str | None) -> Queue:
    from airlock.catalogs.review_queue import Queue, of_night, queue

    known = archive.nights()
    if not known or night not in {None, *known}:
        raise WrongCall(
            f"{archive.model} scored no night{f' {night}' if night else ''}.",
            do=f"Name a model and a night that was scored: {HOW}.",
        )
    if night is None:
        return queue(archive, known[-1])
    one = of_night(archive, night)
    return Queue(last=night, nights=(one,) if one else (), rows=one.rows if one else 0)


def _lines(told: Queue) -> Iterator[str]:
    yield from told.facts() or ("No row was put to people.",)
    for one in told.nights:
        yield (
            f"{one.night}: {one.asked:,} of {one.rows:,} rows put to people, {one.open:,} open, "
            f"{one.answered:,} answered, {one.overridden:,} overridden."
        )
    for night in told.unreadable:
        yield f"{night}: its rows cannot be read any more."


def _archive(model: str, scratch: Path) -> Archive:
    from airlock.config.settings import Settings
    from airlock.engine import publication
    from airlock.engine.past_nights import archive_of
    from airlock.engine.publication import Stores

    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    return archive_of(
        settings.ledger(model),
        lambda folder, *, only=None: publication.fetch(stores, folder, scratch, only=only),
    )


def _write(archive: Archive, nights: Sequence[str], to: Path) -> int:
    """A file that nobody else may read, written night by night: one night is in memory."""
    from airlock.catalogs.review_queue import ANSWER, REVIEWER, open_rows

    # Nights may have been scored with other columns to be shown.
    partitions = [found for night in nights if (found := archive.serving(night)) is not None]
    columns = dict.fromkeys(name for one in partitions for name in open_rows(archive, one).columns)
    for name in ("model", "sequence"):
        columns.pop(name, None)
    rows = 0
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        for one in partitions:
            frame = _harmless(open_rows(archive, one)).reindex(
                columns=[cell(name) for name in columns]
            )
            frame = frame.assign(**{ANSWER: "", REVIEWER: ""})
            frame.to_csv(file, index=False, header=not rows)
            rows += len(frame)
    return rows


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that no spreadsheet takes for a formula; `labels` takes key and answer back."""
    texts = frame.select_dtypes(include=["object", "string"]).columns
    quoted = frame.assign(**{name: frame[name].map(cell, na_action="ignore") for name in texts})
    return quoted.rename(columns=cell)
