"""Merges the predictions of two models by share, and measures how far they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from airlock.core.errors import DataError, SpecError
from airlock.core.routing import routed
from airlock.core.table import for_csv
from airlock.stages.route.record import ModelDistance, Routing
from airlock.stages.score.record import Scoring
from airlock.stages.shadow.record import Shadowing
from airlock.stages.snapshot.record import Part

_NONE = "no value"


def route(
    scoring: Scoring,
    shadowing: Shadowing,
    *,
    share: float,
    canary: int,
    slices: Sequence[str],
    least_rows: int,
    table: Path,
    served: Path,
    beside: Path,
    out: Path,
    csv: bool = False,
) -> Routing:
    """Merge the predictions of two models by the share, and compare them.

    Args:
        scoring: the champion's predictions.
        shadowing: the rival's, of the same rows.
        share: of the keys that the rival answers; 0 for a shadow.
        canary: the ledger entry that gives it the share.
        slices: columns of the table by whose values they are compared.
        least_rows: smaller slices are left out, so that none is about a person.
        table: local, verified folder of the redacted parts.
        served: that of the champion's predictions.
        beside: that of the rival's.
        out: empty folder.
        csv: whether the routed rows are written as CSV too.

    Raises:
        DataError: the two did not score the same rows, or in another form.
        SpecError: a slice is no column of the table.
    """
    rival = shadowing.scoring
    told = Routing(
        model=scoring.model,
        night=scoring.night,
        champion_version=scoring.version,
        rival_version=rival.version if rival else None,
        rival_bundle=rival.bundle if rival else None,
        share=share if rival else 0.0,
        canary=canary if rival and share else 0,
        sequence=scoring.sequence,
        rows=scoring.rows,
        routed=0,
        apart=(),
        parts=(),
    )
    if rival is None:
        return told
    count, frames = 0, []
    for part in scoring.parts:
        ours, theirs = (pq.read_table(folder / part.path) for folder in (served, beside))
        if ours.schema != theirs.schema or not ours["row_key"].equals(theirs["row_key"]):
            raise DataError(
                f"Version {scoring.version} and version {rival.version} did not score the same "
                f"rows of {scoring.night} in the same form.",
                do="Clear score and shadow of this run; until then the champion answers all rows.",
            )
        chosen = routed(scoring.model, ours["row_key"].to_pylist(), share)
        if share:
            merged = _merged(ours, theirs, chosen)
            pq.write_table(merged, out / part.path, compression="zstd")
            if csv:
                target = (out / "csv" / part.path).with_suffix(".csv")
                target.parent.mkdir(parents=True, exist_ok=True)
                pa.csv.write_csv(for_csv(merged), target)
        count += int(chosen.sum())
        frames.append(_compared(ours, theirs, _cut(table / part.path, slices)))
    every = pd.concat(frames, ignore_index=True)
    # Who has no score for a row is not near to anybody on it.
    frame = every.dropna(subset=["_ours", "_theirs"])
    return replace(
        told,
        routed=count,
        unscored=len(every) - len(frame),
        apart=tuple(_apart(frame, slices, least_rows)),
        parts=_parts(scoring) if share else (),
        review=tuple(_write_review(scoring, rival, share, served=served, beside=beside, out=out))
        if share
        else (),
    )


def _parts(scoring: Scoring) -> tuple[Part, ...]:
    return tuple(Part(path=part.path, rows=part.rows) for part in scoring.parts)


def _write_review(
    scoring: Scoring, rival: Scoring, share: float, *, served: Path, beside: Path, out: Path
) -> Iterator[Part]:
    """The unsure rows of whoever answers them, in the order of the night."""
    known = [
        (folder, {part.path for part in one.review}, answers)
        for folder, one, answers in ((served, scoring, False), (beside, rival, True))
    ]
    for path in sorted(known[0][1] | known[1][1]):
        found = []
        for folder, paths, answers in known:
            if path in paths:
                rows = pq.read_table(folder / path)
                chosen = routed(scoring.model, rows["row_key"].to_pylist(), share)
                found.append(rows.filter(pa.array(chosen == answers)))
        merged = pa.concat_tables(found).sort_by("row")
        if len(merged):
            (out / path).parent.mkdir(exist_ok=True)
            pq.write_table(merged, out / path, compression="zstd")
            yield Part(path=path, rows=len(merged))


def _merged(ours: pa.Table, theirs: pa.Table, chosen: np.ndarray) -> pa.Table:
    # Row n of the one stands at n, and of the other at n + rows.
    at = np.arange(len(ours)) + np.where(chosen, len(ours), 0)
    return pa.concat_tables([ours, theirs]).take(pa.array(at))


def _cut(path: Path, slices: Sequence[str]) -> pd.DataFrame:
    missing = sorted(set(slices) - set(pq.read_schema(path).names))
    if missing:
        raise SpecError(
            f"The comparison is sliced by columns that the table lacks: {', '.join(missing)}.",
            do="Keep them in the redaction file, or leave them out.",
        )
    found: pd.DataFrame = pq.read_table(path, columns=list(slices)).to_pandas()
    return found


def _compared(ours: pa.Table, theirs: pa.Table, cut: pd.DataFrame) -> pd.DataFrame:
    probabilities = [name for name in ours.schema.names if name.startswith("probability_")]
    judged = probabilities[-1] if probabilities else "prediction"
    same = np.full(len(ours), np.nan)
    if probabilities:
        same = np.equal(
            ours["prediction"].to_pandas().to_numpy(), theirs["prediction"].to_pandas().to_numpy()
        ).astype(np.float64)
    return cut.astype(object).assign(
        _same=same, _ours=ours[judged].to_numpy(), _theirs=theirs[judged].to_numpy()
    )


def _apart(frame: pd.DataFrame, slices: Sequence[str], least_rows: int) -> Iterator[ModelDistance]:
    if frame.empty:
        return
    yield _one(frame, "", "")
    for column in slices:
        values = frame[column].astype(str).where(frame[column].notna(), _NONE)
        for value, rows in frame.groupby(values, sort=True):
            if len(rows) >= least_rows:
                yield _one(rows, column, str(value))


def _one(rows: pd.DataFrame, column: str, value: str) -> ModelDistance:
    same = float(rows["_same"].mean())
    return ModelDistance(
        column=column,
        value=value,
        rows=len(rows),
        agreement=None if np.isnan(same) else same,
        champion=float(rows["_ours"].mean()),
        rival=float(rows["_theirs"].mean()),
        distance=float((rows["_ours"] - rows["_theirs"]).abs().mean()),
    )
