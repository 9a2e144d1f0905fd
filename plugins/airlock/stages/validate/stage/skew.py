"""Compares tonight's rows with the champion's training rows, from counts alone.

`validate` makes one `Against`, shows it the rows that passed part by part, and asks for its shifts.
The reference keeps counts, never rows; tonight's rows are counted by the reference's own bins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from airlock.core.errors import Unverified
from airlock.core.table import contract_types
from airlock.distribution.divergence import (
    Counts,
    chance_of_psi,
    chance_of_share,
    js,
    psi,
    shares,
)
from airlock.distribution.histograms import FEW
from airlock.distribution.tally import BinnedColumn
from airlock.stages.validate.limits import Limit, Measure, Skew
from airlock.stages.validate.record import Shift

_WORDS: Mapping[Measure, str] = {
    "psi": "population stability index",
    "js": "Jensen-Shannon divergence",
    "nulls": "change of the share of missing values",
    "new_categories": "share of rows in new categories",
}


class Against:
    """Counts a table by a reference's bins, part by part, and says how far it is from it.

    Args:
        reference: histograms as `histograms.json` holds them; None compares with nothing.
        skew: the limits.

    Raises:
        Unverified: the reference does not read as histograms.
    """

    def __init__(self, reference: Mapping[str, Any] | None, skew: Skew) -> None:
        self._skew = skew
        self._strangers: dict[str, str] = {}
        self._watched: set[str] = set()
        compared = reference or {"rows": 0, "columns": {}}
        try:
            self._tallies = {
                name: BinnedColumn.of(told, compared["rows"])
                for name, told in compared["columns"].items()
                if name not in skew.ignore
            }
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Unverified(
                "The champion's histograms do not read as histograms.",
                do="They were written by another version of Airlock: promote a new champion.",
            ) from None

    def watch(self, table: pa.Table) -> None:
        """Count some of the rows.

        Args:
            table: canonical; its columns are the same each time.
        """
        if not self._tallies:
            return
        for name, kind in contract_types(table.schema):
            tally = self._tallies.get(name)
            if tally is not None and tally.kind == kind:
                tally.watch(table.column(name))
                self._watched.add(name)
            elif name not in self._skew.ignore:
                self._strangers[name] = "of another type" if tally else "not in it"

    def shifts(self) -> tuple[Shift, ...]:
        """Every measure of every column, column by column in the reference's order."""
        compared = (
            shift
            for name, tally in self._tallies.items()
            if tally.seen_rows
            for shift in self._shifts(name, tally)
        )
        seen = self._watched | self._strangers.keys()
        lost = (
            self._stranger(name, "not in tonight's table")
            for name in self._tallies
            if seen and name not in seen
        )
        strangers = (self._stranger(name, why) for name, why in self._strangers.items())
        return (*compared, *lost, *strangers)

    def _shifts(self, name: str, tally: BinnedColumn) -> Iterator[Shift]:
        yield self._nulls(name, tally)
        if tally.bins is None or len(tally.bins) < 2 or tally.bins.sum() < self._skew.least_rows:
            # Dates, texts of many values, a few rows. Only the share of missing values is compared.
            why = "without a shape there: a date, of too many values, or too few"
            yield self._stranger(name, why)
            return
        if tally.seen.sum() < self._skew.least_rows:
            yield from self._untold(name, tally)
            return
        noise = chance_of_psi(tally.bins, tally.seen)
        yield self._shift(name, "psi", psi(tally.bins, tally.seen), noise, _pairs(tally))
        # For small shifts the divergence in nats is an eighth of the index.
        yield self._shift(name, "js", js(tally.bins, tally.seen), noise / 8 / math.log(2))
        if tally.categories is not None:
            yield self._new_categories(name, tally.bins, tally.seen)

    def _stranger(self, name: str, why: str) -> Shift:
        """Nothing to compare: no pass for a column that the file gives a critical limit of its own.

        A limit for all columns does not speak of it: dates and texts never have a shape.
        """
        own = self._skew.columns.get(name)
        limits = (own.psi, own.js, own.new_categories) if own else ()
        critical = next((one.critical for one in limits if one and one.critical is not None), None)
        return Shift(
            column=name,
            measure="psi",
            value=None,
            limit=critical,
            severity="info" if critical is None else "critical",
            sentence=f"{name}: not compared with the champion's data, it is {why}.",
        )

    def _nulls(self, name: str, tally: BinnedColumn) -> Shift:
        was = tally.nulls / tally.rows if tally.rows else 0.0
        now = tally.seen_nulls / tally.seen_rows
        noise = chance_of_share(was, now, tally.rows, tally.seen_rows)
        return self._shift(name, "nulls", abs(now - was), noise)

    def _new_categories(self, name: str, bins: Counts, seen: Counts) -> Shift:
        was, now = float(shares(bins)[-1]), float(shares(seen)[-1])
        noise = 0.0
        if was:
            # The reference does not name its rare categories: only what goes beyond them is new.
            # And which ones it names was chosen by these very counts: those just above the bound
            # are there by luck, and tonight the same categories hold fewer rows.
            named = bins[:-1]
            noise = chance_of_share(was, now, int(bins.sum()), int(seen.sum()))
            noise += float(np.sum(np.sqrt(named[named < 3 * FEW])) / bins.sum())
        return self._shift(name, "new_categories", max(now - was, 0.0), noise)

    def _untold(self, name: str, tally: BinnedColumn) -> Iterator[Shift]:
        measures: tuple[Measure, ...] = ("psi", "js", "new_categories")
        for measure in measures[: 2 if tally.categories is None else 3]:
            limit = self._skew.limits(name).of(measure)
            strict = limit is not None and limit.critical is not None
            yield Shift(
                column=name,
                measure=measure,
                value=None,
                limit=limit.critical if limit else None,
                # What cannot be seen must not pass a limit that stops the chain.
                severity="critical" if strict else "info",
                sentence=f"{name}: too few values to tell the {_WORDS[measure]} against the "
                f"champion's data (at least {self._skew.least_rows:,} are needed).",
            )

    def _shift(
        self,
        name: str,
        measure: Measure,
        value: float,
        noise: float,
        counts: tuple[tuple[int, int], ...] = (),
    ) -> Shift:
        severity, limit = _judged(value, self._skew.limits(name).of(measure), noise)
        said = f"{name}: the {_WORDS[measure]} against the champion's data is {value:.4g}"
        if limit is None:
            said += ", without a limit."
        elif severity == "info" and value > limit:
            said += f", above {limit:g}, but so few rows differ that much by chance."
        else:
            said += f", {'at most' if severity == 'info' else 'and may be at most'} {limit:g}."
        return Shift(
            column=name,
            measure=measure,
            value=value,
            limit=limit,
            severity=severity,
            sentence=said,
            counts=counts,
        )


def _judged(value: float, limit: Limit | None, noise: float) -> tuple[str, float | None]:
    """The severity, and the limit that it comes from."""
    if limit is None:
        return "info", None
    if limit.critical is not None and value > max(limit.critical, noise):
        return "critical", limit.critical
    if limit.warning is not None and value > max(limit.warning, noise):
        return "warning", limit.warning
    return "info", limit.critical if limit.warning is None else limit.warning


def _pairs(tally: BinnedColumn) -> tuple[tuple[int, int], ...]:
    assert tally.bins is not None
    both = np.stack([tally.bins, tally.seen], axis=1)
    return tuple((int(was), int(now)) for was, now in np.where(both < FEW, 0, both))
