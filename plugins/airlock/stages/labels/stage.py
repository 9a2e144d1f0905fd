"""Read a redacted delivery of labels, and write one file of them for every night."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.errors import DataError, SpecError
from airlock.stages.labels.record import Labelled, LabelledNight
from airlock.stages.redact.record import Redaction
from airlock.table import read_parts

Keys = Callable[[str], Collection[str] | None]
Known = Callable[[str], pd.Series]


def collect(
    redaction: Redaction,
    *,
    model: str,
    night: str,
    label: str,
    scored: str | None,
    table: Path,
    keys: Keys,
    known: Known,
    out: Path,
) -> Labelled:
    """Join a delivery of labels with what was scored.

    Args:
        redaction: the record of the delivery; its entity is the key.
        night: of the run, ISO.
        label: the column with the label.
        scored: the column with the night whose predictions a row is about; None if all rows are
            about the run's own.
        table: local, verified folder of the redacted parts.
        keys: of the rows that were scored in a night; None if it never was.
        known: label by key of a night, from earlier deliveries.
        out: empty folder.

    Raises:
        SpecError: the delivery lacks a column, or has others than these.
        DataError: a cell is missing, rows contradict each other, or a night was never scored.
    """
    frame = _read(redaction, table, label=label, scored=scored, night=night)
    unique = frame.drop_duplicates()
    if contradicting := int(unique.duplicated(["night", "row_key"]).sum()):
        raise DataError(
            f"{contradicting:,} keys have two different labels for one night.",
            do="Ask whoever delivers them which ones hold, and deliver again.",
        )
    nights = []
    for name, rows in unique.groupby("night", sort=True):
        of_night, there = str(name), keys(str(name))
        if there is None:
            raise DataError(
                f"The delivery has labels for {of_night}, which {model} never scored.",
                do="Score that night first, or take its rows out of the delivery.",
            )
        labels = rows.set_index("row_key")["label"].sort_index()
        before = known(of_night)
        common = labels.index.intersection(before.index)
        path = f"{of_night}.parquet"
        _write(labels, out / path)
        nights.append(
            LabelledNight(
                night=of_night,
                path=path,
                labels=len(labels),
                joined=int(labels.index.isin(there).sum()),
                corrected=int((labels.loc[common] != before.loc[common]).sum()),
                late=max(0, (date.fromisoformat(night) - date.fromisoformat(of_night)).days),
            )
        )
    return Labelled(
        model=model, rows=len(frame), repeated=len(frame) - len(unique), nights=tuple(nights)
    )


def _read(
    redaction: Redaction, table: Path, *, label: str, scored: str | None, night: str
) -> pd.DataFrame:
    wanted = [redaction.entity, label, *([scored] if scored else [])]
    present = [name for name, _ in redaction.schema if name != "fold"]
    if sorted(wanted) != sorted(present):
        raise SpecError(
            f"A delivery of labels has exactly the columns {', '.join(wanted)}; this one has "
            f"{', '.join(present)} after the redaction.",
            do="Drop the others in the redaction file, and name label and night as they are.",
        )
    parts = [part.path for part in redaction.parts]
    frame = pa.concat_tables(read_parts(table, parts, columns=wanted)).to_pandas()
    if missing := int(frame.isna().any(axis=1).sum()):
        raise DataError(
            f"{missing:,} rows lack the key, the label or the night.",
            do="Declare them nullable: false in the contract, so that validate refuses them.",
        )
    if frame.empty:
        raise DataError("The delivery holds no label.", do="Look at what snapshot read.")
    return pd.DataFrame(
        {
            "row_key": frame[redaction.entity].astype(str),
            "night": _nights(frame[scored]) if scored else night,
            "label": _text(frame[label]),
        }
    )


def _nights(column: pd.Series) -> pd.Series:
    try:
        days = pd.to_datetime(column)
    except (TypeError, ValueError):
        # Its own text quotes the cell.
        raise DataError(
            "A night of the delivery is no date.", do="Write it as year-month-day."
        ) from None
    return days.dt.strftime("%Y-%m-%d")


def _text(column: pd.Series) -> pd.Series:
    """Labels as a bundle names its classes."""
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "true", False: "false"})
    return column.astype(str)


def _write(labels: pd.Series, path: Path) -> None:
    schema = pa.schema([("row_key", pa.string()), ("label", pa.string())])
    table = pa.Table.from_pandas(labels.reset_index(), schema=schema, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(), path, compression="zstd")
