"""Picks the rows that people are asked about, and what they are shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock.catalogs.review_queue import ANSWER, REVIEWER, WHY
from airlock.core.errors import SpecError
from airlock.core.names import PROBABILITY
from airlock.stages.redact.record import Redaction
from airlock.stages.score.spec import ScoreSpec

UNSCORED = "no finite score"
"""Why a row is put to people that the model computes no number for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """Which rows are put to people, and which columns of the table they are shown.

    A row without a finite score always is; besides it a row that is unsure by one of two limits.
    """

    below: float | None
    wider: float | None
    shown: tuple[str, ...]

    @classmethod
    def of(cls, spec: ScoreSpec, redaction: Redaction, predicted: pa.Schema) -> Self:
        """What the spec asks for.

        Args:
            predicted: the columns of predictions.

        Raises:
            SpecError: the limit is for the other kind of prediction, or a column cannot be shown.
        """
        classes = any(name.startswith(PROBABILITY) for name in predicted.names)
        limits = {"unsure_below": spec.unsure_below, "unsure_wider": spec.unsure_wider}
        wrong, right = ("unsure_wider", "unsure_below")[:: 1 if classes else -1]
        if limits[wrong] is not None:
            told = "classes" if classes else "numbers"
            raise SpecError(
                f"{wrong} is set, and the champion predicts {told}.", do=f"Set {right} instead."
            )
        _may_be_shown(spec.review, redaction, predicted)
        return cls(below=spec.unsure_below, wider=spec.unsure_wider, shown=spec.review)

    def which(self, predicted: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """Which rows are put to people, as booleans, and why."""
        unscored = predicted["prediction"].is_null()
        if self.below is None and self.wider is None:
            return unscored, pc.if_else(unscored, UNSCORED, "")
        unsure, why = self._unsure(predicted)
        return pc.or_(unsure, unscored), pc.if_else(unscored, UNSCORED, why)

    def _unsure(self, predicted: pa.Table) -> tuple[pa.Array, str]:
        """One that nothing is known of is unsure as well."""
        if self.below is not None:
            sure = predicted["confidence"].to_numpy() >= self.below
            return pa.array(~sure), f"confidence below {self.below:g}"
        bandless = predicted["band_low"].is_null()
        if self.wider is None or pc.all(bandless).as_py():
            return pa.array(np.ones(len(predicted), dtype=bool)), "no band"
        low, high = (predicted[name].to_numpy() for name in ("band_low", "band_high"))
        sure = high - low <= self.wider * np.abs(predicted["prediction"].to_numpy())
        return pa.array(~sure), f"band wider than {self.wider:g} times the prediction"


class Questions:
    """The file with the rows of one part that people are asked about; none is written without one.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path, rule: ReviewRule) -> None:
        self.rows = 0
        self._path, self._rule = path, rule
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, predicted: pa.Table, batch: pa.RecordBatch) -> None:
        """Keep those of some rows that people are asked about.

        Args:
            batch: the same rows of the redacted table.
        """
        which, why = self._rule.which(predicted)
        found = predicted.filter(which)
        if not found.num_rows:
            return
        told = found.append_column(WHY, why.filter(which))
        shown = pa.Table.from_batches([batch]).select(list(self._rule.shown)).filter(which)
        for name in self._rule.shown:
            told = told.append_column(shown.schema.field(name), shown[name])
        if self._writer is None:
            self._path.parent.mkdir(exist_ok=True)
            self._writer = pq.ParquetWriter(self._path, told.schema, compression="zstd")
        self._writer.write_table(told)
        self.rows += told.num_rows


def _may_be_shown(shown: Sequence[str], redaction: Redaction, predicted: pa.Schema) -> None:
    if hidden := sorted(set(shown) - redaction.shown):
        raise SpecError(
            f"People cannot be shown {', '.join(hidden)}: the redaction does not let it through, "
            "or makes it a pseudonym.",
            do="Take it out of `review`, or keep, generalise, mask or scan it in the redaction.",
        )
    if taken := sorted(set(shown) & {*predicted.names, WHY, ANSWER, REVIEWER}):
        raise SpecError(
            f"The sheet for people has columns of its own called {', '.join(taken)}.",
            do="Take them out of `review`, or call them something else in the source.",
        )
