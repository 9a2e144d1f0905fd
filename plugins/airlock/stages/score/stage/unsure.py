"""Picks the rows that a person should review, and what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.catalogs.review_queue import ANSWER, REVIEWER, WHY
from airlock.core.errors import SpecError
from airlock.stages.redact.record import Redaction
from airlock.stages.score.spec import ScoreSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """When a row is unsure, by one of two limits, and which columns of the table are shown."""

    below: float | None
    wider: float | None
    shown: tuple[str, ...]

    @classmethod
    def of(cls, spec: ScoreSpec, redaction: Redaction, predicted: pa.Schema) -> Self | None:
        """What the spec asks for.

        Args:
            predicted: the columns of predictions.

        Returns:
            None if no row is ever put to people.

        Raises:
            SpecError: the limit is for the other kind of prediction, or a column cannot be shown.
        """
        if spec.unsure_below is None and spec.unsure_wider is None:
            return None
        classes = any(name.startswith("probability_") for name in predicted.names)
        if classes != (spec.unsure_below is not None):
            wrong, right = ("unsure_wider", "unsure_below")[:: 1 if classes else -1]
            told = "classes" if classes else "numbers"
            raise SpecError(
                f"{wrong} is set, and the champion predicts {told}.", do=f"Set {right} instead."
            )
        _may_be_shown(spec.review, redaction, predicted)
        return cls(below=spec.unsure_below, wider=spec.unsure_wider, shown=spec.review)

    def which(self, predicted: pa.Table) -> tuple[pa.Array, str]:
        """Which rows are unsure, as booleans, and why. One that nothing is known of is."""
        if self.below is not None:
            sure = predicted["confidence"].to_numpy() >= self.below
            return pa.array(~sure), f"confidence below {self.below:g}"
        if self.wider is None or predicted["band_low"].null_count:
            return pa.array(np.ones(len(predicted), dtype=bool)), "no band"
        low, high = (predicted[name].to_numpy() for name in ("band_low", "band_high"))
        sure = high - low <= self.wider * np.abs(predicted["prediction"].to_numpy())
        return pa.array(~sure), f"band wider than {self.wider:g} times the prediction"


class Questions:
    """The file with the unsure rows of one part; none is written where no row is unsure.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path, unsure: Unsure | None) -> None:
        self.rows = 0
        self._path, self._unsure = path, unsure
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
        """Keep the unsure ones of some rows.

        Args:
            batch: the same rows of the redacted table.
        """
        if self._unsure is None:
            return
        which, why = self._unsure.which(predicted)
        found = predicted.filter(which)
        if not found.num_rows:
            return
        told = found.append_column(WHY, pa.repeat(why, found.num_rows))
        shown = pa.Table.from_batches([batch]).select(list(self._unsure.shown)).filter(which)
        for name in self._unsure.shown:
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
