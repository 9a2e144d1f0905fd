"""Reads a redacted delivery of labels, and writes one file of them for every night."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock.catalogs.labels import as_text
from airlock.catalogs.review_queue import REVIEWER
from airlock.core.errors import DataError, SpecError
from airlock.core.nights import night_named, nights_between
from airlock.core.quoting import from_cell
from airlock.core.table import key_texts, read_parts, value_texts
from airlock.core.values import LabelReader
from airlock.stages.labels.record import Labelled, LabelledNight
from airlock.stages.redact.record import Redaction

Keys = Callable[[str], Collection[str] | None]
Classes = Callable[[str], Sequence[str]]
# Classes that a message names.
_NAMED = 10
Known = Callable[[str], pd.Series]


def collect(
    redaction: Redaction,
    *,
    model: str,
    night: str,
    label: str,
    scored: str | None,
    reviewer: str | None = None,
    table: Path,
    keys: Keys,
    erased: Callable[[str], bool] = lambda night: False,
    known: Known,
    classes: Classes = lambda night: (),
    out: Path,
) -> Labelled:
    """Join a delivery of labels with what was scored.

    Args:
        redaction: the record of the delivery; its entity is the key.
        night: of the run, ISO.
        label: the column with the label.
        scored: the column with the night whose predictions a row is about; None if all rows are
            about the run's own.
        reviewer: the column with the person who answered; None for labels that nobody was asked
            for. A row with neither a label nor a reviewer waits.
        table: local, verified folder of the redacted parts.
        keys: of the rows that were scored in a night; None if it never was.
        erased: whether a night's predictions were deleted for somebody's sake.
        known: label by key of a night, from earlier deliveries.
        classes: that the models of a night tell apart, as text; empty for numbers.
        out: empty folder.

    Raises:
        SpecError: the delivery lacks a column, or has others than these.
        DataError: a cell is missing, rows contradict each other, a label is no class of the model,
            or a night was never scored.
    """
    frame, unanswered = _read(
        redaction, table, label=label, scored=scored, reviewer=reviewer, night=night
    )
    gone = {name for name in map(str, frame["night"].unique()) if erased(name)}
    there = {name: keys(name) for name in map(str, frame["night"].unique()) if name not in gone}
    for unknown in sorted(name for name, found in there.items() if found is None):
        raise DataError(
            f"The delivery has labels for {unknown}, which {model} never scored.",
            do="Score that night first, or take its rows out of the delivery.",
        )
    frame = _as_classes(frame, {name: classes(name) for name in there})
    unique = frame.drop_duplicates(["row_key", "night", "label"])
    if contradicting := int(unique.duplicated(["night", "row_key"]).sum()):
        raise DataError(
            f"{contradicting:,} keys have two different labels for one night.",
            do="Ask whoever delivers them which ones hold, and deliver again.",
        )
    nights = []
    for name, rows in unique.groupby("night", sort=True):
        of_night = str(name)
        scored_keys = there.get(of_night) or frozenset[str]()
        kept = rows.set_index("row_key").drop(columns="night").sort_index()
        if not _is_checked(redaction):
            kept = kept[kept.index.isin(scored_keys)]
        labels, before = kept["label"], known(of_night)
        common = labels.index.intersection(before.index)
        path = f"{of_night}.parquet"
        _write(kept, out / path)
        nights.append(
            LabelledNight(
                night=of_night,
                path=path,
                labels=len(labels),
                joined=int(labels.index.isin(scored_keys).sum()),
                corrected=int((labels.loc[common] != before.loc[common]).sum()),
                late=max(0, nights_between(of_night, night)),
                answered=len(labels) if reviewer else 0,
                left_out=len(rows) - len(labels),
                erased=of_night in gone,
            )
        )
    return Labelled(
        model=model,
        rows=len(frame),
        repeated=len(frame) - len(unique),
        nights=tuple(nights),
        suppressed=redaction.suppressed,
        unanswered=unanswered,
    )


def _as_classes(frame: pd.DataFrame, classes: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Labels as the model spells its classes: 1.0, " 1" and True may all mean 1.

    Raises:
        DataError: some are no class of the model that scored their night.
    """
    read, strangers = frame["label"].copy(), 0
    for night, names in classes.items():
        if not names:
            continue
        rows = frame["night"] == night
        reading = LabelReader(names)
        meant = {label: reading(label) for label in frame.loc[rows, "label"].unique()}
        found = frame.loc[rows, "label"].map(meant)
        strangers += int(found.isna().sum())
        read[rows] = found
    if strangers:
        known = dict.fromkeys(name for names in classes.values() for name in names)
        told = ", ".join(list(known)[:_NAMED]) + (", …" if len(known) > _NAMED else "")
        raise DataError(
            f"{strangers:,} of {len(frame):,} labels are no class of the model, which knows "
            f"{told}.",
            do="Deliver the labels as the model was taught them; capitals make another class.",
        )
    return frame.assign(label=read)


def _is_checked(redaction: Redaction) -> bool:
    """Whether redact made the keys pseudonyms, and so left out whoever was erased.

    It recognises an erased person by their identifier. A key that comes as a pseudonym already, as
    in a sheet of answers, is checked against what the night holds instead.
    """
    return any(
        one.name == redaction.entity and one.action == "pseudonym" for one in redaction.columns
    )


def _read(
    redaction: Redaction,
    table: Path,
    *,
    label: str,
    scored: str | None,
    reviewer: str | None,
    night: str,
) -> tuple[pd.DataFrame, int]:
    wanted = [name for name in (redaction.entity, label, scored, reviewer) if name]
    present = [name for name, _ in redaction.schema if name != "fold"]
    if sorted(wanted) != sorted(present):
        raise SpecError(
            f"A delivery of labels has exactly the columns {', '.join(wanted)}; this one has "
            f"{', '.join(present)} after the redaction.",
            do="Drop the others in the redaction file, and name label and night as they are.",
        )
    parts = [part.path for part in redaction.parts]
    rows = pa.concat_tables(read_parts(table, parts, columns=wanted))
    unanswered = 0
    if reviewer:
        # Before pandas sees them: it would make a whole number beside a missing one a fraction.
        waits = _waits(rows, label=label, reviewer=reviewer)
        unanswered = pc.sum(waits).as_py() or 0
        rows = rows.filter(pc.invert(waits))
    frame = rows.to_pandas()
    if missing := int(frame.isna().any(axis=1).sum()):
        raise DataError(
            f"{missing:,} rows lack the key, the label or the night.",
            do="Declare them nullable: false in the contract, so that validate refuses them.",
        )
    if frame.empty:
        raise DataError("The delivery holds no label.", do="Look at what snapshot read.")
    read = pd.DataFrame(
        {
            "row_key": _keys(rows[redaction.entity], sheet=reviewer is not None),
            "night": _nights(rows[scored], until=night) if scored else night,
            "label": _unquoted(as_text(frame[label]), sheet=reviewer is not None),
        }
    )
    if reviewer:
        read[REVIEWER] = frame[reviewer].astype(str)
    return read, unanswered


def _keys(column: pa.ChunkedArray, *, sheet: bool) -> pd.Series:
    texts = _unquoted(pd.Series(value_texts(column).to_pylist(), dtype=object), sheet=sheet)
    return pd.Series(key_texts(pa.array(texts, pa.string())).to_pylist(), dtype=object)


def _unquoted(texts: pd.Series, *, sheet: bool) -> pd.Series:
    """Texts as they were before a sheet quoted those that a spreadsheet would compute."""
    return texts.map(from_cell) if sheet else texts


def _waits(rows: pa.Table, *, label: str, reviewer: str) -> pa.ChunkedArray:
    """Which rows of a sheet nobody has answered yet.

    Raises:
        DataError: a row has an answer and nobody who gave it, or the other way round.
    """
    silent = pc.is_null(rows[label])
    named = pc.fill_null(
        pc.not_equal(pc.utf8_trim_whitespace(rows[reviewer].cast(pa.string())), ""), False
    )
    if nameless := pc.sum(pc.and_not(pc.invert(silent), named)).as_py():
        raise DataError(
            f"{nameless:,} answers do not say who gave them.",
            do=f"Fill in the column {reviewer}, or deliver them as labels without one.",
        )
    if empty := pc.sum(pc.and_(silent, named)).as_py():
        raise DataError(
            f"{empty:,} rows have a reviewer and no answer.",
            do=f"Fill in the column {label}, or empty {reviewer} for as long as they wait.",
        )
    return silent


def _nights(column: pa.ChunkedArray, *, until: str) -> pd.Series:
    """The names of nights, never guessed: 04/01/2026 is one day here and another one there.

    Raises:
        DataError: a cell is no night of the run's kind, or comes after the run's night.
    """
    if night_named(until).every != "day":
        return _names(column, until=until)
    try:
        if not (pa.types.is_date(column.type) or pa.types.is_string(column.type)):
            raise pa.ArrowInvalid(str(column.type))
        # Arrow takes no other form of a day than year-month-day.
        days = column.cast(pa.date32())
    except pa.ArrowException:
        # Its own text quotes the cell.
        raise DataError(
            "A night of the delivery is no date.",
            do="Write it as year-month-day, such as 2026-01-31; or declare it a date in the "
            "contract, with the format that the export has.",
        ) from None
    late = pc.greater(days, pa.scalar(night_named(until).begin.date()))
    _refuse_future(pc.sum(late).as_py() or 0, until)
    return pd.Series(days.cast(pa.string()).to_pylist(), dtype=object)


def _names(column: pa.ChunkedArray, *, until: str) -> pd.Series:
    """Nights of a pipeline that works by the hour, the week or the month."""
    last = night_named(until)
    texts = column.to_pylist() if pa.types.is_string(column.type) else [None]
    try:
        known = {one: night_named(one) for one in set(texts)}
    except (TypeError, ValueError):
        known = {}
    if not known or any(one.every != last.every for one in known.values()):
        raise DataError(
            f"A night of the delivery is no {last.every}.",
            do=f"Write each as this pipeline calls its nights, such as {until}.",
        ) from None
    late = {text for text, one in known.items() if one > last}
    _refuse_future(sum(text in late for text in texts), until)
    return pd.Series([known[text].name for text in texts], dtype=object)


def _refuse_future(future: int, until: str) -> None:
    if future:
        raise DataError(
            f"{future:,} rows have labels for a night after {until}, the run's own.",
            do="Take them out of the delivery, or run the night on which they came.",
        )


def _write(labels: pd.DataFrame, path: Path) -> None:
    schema = pa.schema([("row_key", pa.string()), *((name, pa.string()) for name in labels)])
    table = pa.Table.from_pandas(labels.reset_index(), schema=schema, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(), path, compression="zstd")
