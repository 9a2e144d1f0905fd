"""The content of a page before its layout: a headline, a few figures, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, singledispatch
from typing import Any, ClassVar, Literal, Protocol

from airlock.engine.record import Record, record_of
from airlock.hooks import registry
from airlock.reports.plots import Pair, Trend

Tone = Literal["good", "bad", "unsure", "plain"]
Who = Literal["candidate", "champion", "difference", "better", "worse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that a person looks for first."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with a colour, and a sign for whoever does not see the colour."""

    text: str
    tone: Tone
    kind: ClassVar[str] = "badge"


@dataclass(frozen=True, slots=True)
class Name:
    """A digest, a path, a column: something to copy rather than to read."""

    text: str
    kind: ClassVar[str] = "name"


@dataclass(frozen=True, slots=True)
class Digest:
    """A SHA-256: its first digits, and the others for whoever points at it, to be copied whole."""

    text: str
    kind: ClassVar[str] = "digest"

    @property
    def first(self) -> str:
        """What is always seen."""
        return short(self.text)

    @property
    def rest(self) -> str:
        """What is seen by whoever points at it."""
        return self.text.removeprefix(self.first)


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a whole. `share` is from 0 to 1."""

    share: float
    text: str
    kind: ClassVar[str] = "bar"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the interval that it lies in, in words."""

    value: str
    spread: str
    kind: ClassVar[str] = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value with its interval on a plot's axis."""

    who: Who
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Values with intervals on one axis.

    Args:
        marks: one line each.
        bound: a value that they are held against, drawn across all of them.
        side: whether the bound is the least (`min`) or the most (`max`); the other side of it is
            shaded.
        axis: the ends of the axis; from the values themselves if not given.
        ends_said: what the left and the right end mean, such as "worse" and "better".
        verdict: what it comes to.
    """

    marks: tuple[Mark, ...]
    bound: float | None = None
    side: Literal["min", "max"] | None = None
    axis: tuple[float, float] | None = None
    ends_said: tuple[str, str] | None = None
    verdict: Badge | None = None
    kind: ClassVar[str] = "plot"

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the axis, with some air around the outermost value."""
        if self.axis is not None:
            return self.axis
        values = [end for mark in self.marks for end in (mark.low, mark.high, mark.value)]
        values += [] if self.bound is None else [self.bound]
        low, high = min(values), max(values)
        air = (high - low) * 0.08 or 0.01
        return low - air, high + air

    def share(self, value: float) -> float:
        """Where a value lies on the axis, from 0 to 1."""
        low, high = self.ends
        return min(max((value - low) / (high - low), 0.0), 1.0)

    @property
    def beyond(self) -> tuple[float, float] | None:
        """Where the shade begins and how wide it is, as shares of the axis."""
        if self.bound is None or self.side is None:
            return None
        at = self.share(self.bound)
        return (0.0, at) if self.side == "min" else (at, 1 - at)

    @property
    def words(self) -> str:
        """The same for whoever does not see it."""
        said = [f"{m.who} {m.value:.4f}, from {m.low:.4f} to {m.high:.4f}" for m in self.marks]
        said += [] if self.bound is None else [f"bound {self.bound:g}"]
        if self.ends_said is not None:
            said.append(f"left is {self.ends_said[0]}, right is {self.ends_said[1]}")
        return "; ".join(said)


Cell = str | Badge | Name | Digest | Bar | Estimate | Plot | Pair | Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """Rows under a caption.

    Args:
        columns: their titles; one that starts with "#" holds numbers and is aligned right.
        note: what the reader should know about the figures.
        legend: what the drawings mean.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    legend: str = ""


class Drawing(Protocol):
    """A picture of a page: what stands inside its SVG element, and the same in words."""

    @property
    def title(self) -> str: ...

    @property
    def words(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def inner(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a record says to a person.

    Args:
        headline: one short sentence without a full stop.
        figures: three to six.
        tables: the details.
        charts: pictures of what the figures are about, above the tables.
        charts_title: what they show.
        charts_note: what the reader should know about them.
    """

    headline: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    charts: tuple[Drawing, ...] = ()
    charts_title: str = "How it learnt, and how it did on the validation fold"
    charts_note: str = ""


def contents_table(**digests: str) -> ReportTable:
    """What exactly it is about, for whoever compares digests.

    Args:
        digests: by what they are of; one that is empty is left out.
    """
    return ReportTable(
        title="Which content exactly",
        columns=("", "Name"),
        rows=tuple(
            (name.replace("_", " "), Digest(digest)) for name, digest in digests.items() if digest
        ),
    )


@singledispatch
def describe(record: Record) -> Page:
    """The page of a record; a kind without a description of its own shows its fields."""
    simple: Iterable[tuple[str, Any]] = (
        (field.name, getattr(record, field.name))
        for field in fields(record)  # type: ignore[arg-type]  # every record is a dataclass
    )
    rows = tuple(
        (name.replace("_", " "), Name(str(value)))
        for name, value in simple
        if isinstance(value, str | int | float | bool) or value is None
    )
    return Page(
        headline=f"{record.stage.replace('_', ' ').capitalize()} is done",
        tables=(ReportTable(title="The record", columns=("Field", "Value"), rows=rows),),
    )


@cache
def kinds() -> Mapping[str, type[Record]]:
    """Every kind of record that the tab shows, by its stage's word."""
    return {word: record_of(word) for word, stage in registry.stages().items() if stage.in_flow}


def share_bar(count: int, whole: int) -> Bar:
    """A count as a part of a whole, with both in words."""
    share = count / whole if whole else 0.0
    return Bar(share, f"{count:,} ({percent(count, whole)})" if count else "0")


def percent(count: int, whole: int) -> str:
    """A share for people: never "0 %" or "100 %" unless it is exactly that."""
    share = 100 * count / whole if whole else 0.0
    if 0 < share < 0.1:
        return "< 0.1 %"
    if 99.9 < share < 100:
        return "> 99.9 %"
    return f"{share:.0f} %" if share in (0.0, 100.0) else f"{share:.1f} %"


def short(name: str) -> str:
    """The first digits of a digest, enough to tell it from others."""
    return name[:12] if re.fullmatch(r"[0-9a-f]{16,}", name) else name


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
