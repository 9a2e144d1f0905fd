"""The data contract: a table's columns, their types, what may be missing, and when data comes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from airlock.core.nights import night_named
from airlock.core.problems import Misplaced, Where
from airlock.core.quoting import line, seen
from airlock.core.spec import Spec
from airlock.core.spelling import advice

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
"""`number` is a float; CSV text is read as exactly the declared type, never inferred.

A `timestamp` is in UTC, to the microsecond. A NaN is no number: it counts as a missing value. An
infinity is none either, and is refused.
"""

DIRECTIVES: Mapping[str, str] = {
    "d": r"\d{1,2}",
    "m": r"\d{1,2}",
    "b": r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "H": r"\d{1,2}",
    "M": r"\d{1,2}",
    "S": r"\d{1,2}",
    "f": r"\d{1,6}",
    "z": r"Z|[+-]\d{2}(?::?\d{2})?",
}
"""What a format of days and times may name, as in Python's strptime, and how each is written."""

_DAY = ("d", "m", "Y")
_CLOCK = ("H", "M", "S", "f")

# Names that Airlock gives to columns of its own.
_RESERVED = frozenset({"fold", "_reasons"})
_LONGEST_NAME = 200
# Keys that came later: left out of a contract's name where they say nothing.
_LATER = frozenset({"passed_over", "event_time", "ahead"})
_LATENESS = re.compile(r"(?=\d)(?:(\d{1,2})d)?(?:(\d{1,3})h)?(?:(\d{1,4})m)?")


class Column(Spec):
    """One column.

    Args:
        type: how its cells are read.
        nullable: whether a value may be missing.
        not_after_night: whether a day or time after the end of the run's night is refused.
        case: whether capitals count; with `ignore` a text is read in lower case, so that Yes and
            yes are one value.
        format: how days and times are written in a CSV file, such as "%d.%m.%Y"; None for the
            year first, as in 2026-01-31 and 2026-01-31T10:00:00Z.
    """

    type: ColumnType
    nullable: bool = False
    not_after_night: bool = False
    case: Literal["keep", "ignore"] = "keep"
    format: str | None = None

    @model_validator(mode="after")
    def _has_a_time(self) -> Column:
        if self.not_after_night and self.type not in {"date", "timestamp"}:
            raise ValueError("not_after_night is for the types date and timestamp alone")
        if self.case != "keep" and self.type != "string":
            raise ValueError("case is for the type string alone")
        if self.format is not None:
            _check_format(self.format, self.type)
        return self


class Csv(Spec):
    """How the text of a CSV file is written.

    Args:
        delimiter: one ASCII character between two cells; None finds out which of comma, semicolon
            and tab it is.
        encoding: any text encoding that Python knows.
        quote: one ASCII character around cells that hold a delimiter or a line break; None where
            quotes are text like any other.
        header: whether the first line names the columns; without it their order is the contract's.
        decimal: the mark before a number's fraction.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    quote: str | None = '"'
    header: bool = True
    decimal: Literal[".", ","] = "."

    @field_validator("delimiter", "quote")
    @classmethod
    def _is_one_character(cls, mark: str | None) -> str | None:
        printable = mark is not None and (mark == "\t" or mark.isprintable())
        if mark is not None and not (len(mark) == 1 and mark.isascii() and printable):
            raise ValueError("must be exactly one printable ASCII character, or a tab")
        return mark

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            # Some codecs turn bytes into bytes; asking for text is what tells them apart.
            "a".encode(name)
            codecs.getincrementaldecoder(name)
        except (LookupError, UnicodeError):
            raise ValueError("is no text encoding that Python knows, such as latin-1") from None
        return name

    @model_validator(mode="after")
    def _marks_differ(self) -> Csv:
        if self.delimiter is not None and self.delimiter in {self.quote, self.decimal}:
            raise ValueError("delimiter must be another character than quote and decimal")
        return self


class Contract(Spec):
    """What the source promises.

    Args:
        columns: every column by name, in any order.
        key: columns that together name a row; empty if nothing does.
        additive: whether columns that are not declared are allowed (and left behind) or refused.
        null_values: texts that mean "no value" in a CSV file, such as "" or " ".
        csv: how CSV files are written.
        lateness: how long after the end of its night the data may still come, such as "6h",
            "90m" or "1d12h"; None if it must be there when the run asks.
        repeated_nights: whether rows that were already processed as another night are refused.
        others: whether files of the source that are no table by their names are refused, or
            passed over and counted in the record.
        passed_over: columns that a file may have or lack, and that are left behind: those that only
            the training's table must have. `scoring(target=…)` names them; no file needs to.
        max_ratio: how many times its size a packed file may unpack to; None for 200 (text) and
            2,000 (Parquet, Arrow). Up to 256 MiB nothing is refused.
        event_time: the column that says since when a row is known, for a source that prepare
            joins; no row is read for a night that ended before. None for a state, or a list.
        ahead: other columns with days or times that are known before they come, such as a due date.
    """

    columns: Mapping[str, Column] = Field(min_length=1)
    key: tuple[str, ...] = ()
    additive: bool = False
    null_values: tuple[str, ...] = ("",)
    csv: Csv = Csv()
    lateness: str | None = None
    repeated_nights: Literal["allow", "refuse"] = "allow"
    others: Literal["refuse", "ignore"] = "refuse"
    max_ratio: int | None = Field(default=None, ge=1)
    passed_over: tuple[str, ...] = ()
    event_time: str | None = None
    ahead: tuple[str, ...] = ()

    def without(self, name: str) -> Contract:
        """The contract of a table that may lack a column, and whose column is left behind."""
        return self.model_copy(
            update={
                "columns": {one: spec for one, spec in self.columns.items() if one != name},
                "key": tuple(one for one in self.key if one != name),
                "passed_over": (*self.passed_over, name),
                "event_time": None if self.event_time == name else self.event_time,
                "ahead": tuple(one for one in self.ahead if one != name),
            }
        )

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Contracts from before there were these keys keep their names."""
        said: dict[str, Any] = written(self)
        return {key: one for key, one in said.items() if one or key not in _LATER}

    def deadline(self, night: str) -> datetime | None:
        """Until when the data of a night may come, UTC; None if nothing is waited for.

        Args:
            night: its name; one of a day ends at 00:00 UTC of the day after.
        """
        if self.lateness is None:
            return None
        try:
            return night_named(night).end + _duration(self.lateness)
        except OverflowError:
            # Behind the last night there is no other one: it is waited for to the end of time.
            return datetime.max.replace(tzinfo=UTC)

    @model_validator(mode="after")
    def _times_are_declared(self) -> Contract:
        named: list[tuple[Where, str]] = []
        if self.event_time is not None:
            named.append((("event_time",), self.event_time))
        named += [(("ahead", at), name) for at, name in enumerate(self.ahead)]
        wrong: list[tuple[Where, str, str]] = []
        for at, name in named:
            column = self.columns.get(name)
            if column is None:
                do = advice(name, self.columns, what="declared")
                wrong.append((at, f"names a column that is not declared: {name}", do))
            elif column.type not in {"date", "timestamp"}:
                do = "Declare it a date or a timestamp, or name another column."
                wrong.append((at, f"names {name}, which is no date and no timestamp", do))
            elif at == ("event_time",) and column.nullable:
                do = f"Write nullable: false at {name}: nobody could place such a row in time."
                wrong.append((at, f"names {name}, which may be missing", do))
        if wrong:
            raise Misplaced(wrong)
        return self

    @field_validator("lateness")
    @classmethod
    def _is_a_duration(cls, text: str | None) -> str | None:
        if text is not None and not _duration(text):
            raise ValueError('must be a duration such as "6h", "90m" or "1d12h"')
        return text

    @model_validator(mode="after")
    def _names_hold(self) -> Contract:
        if unfit := [name for name in self.columns if not seen(name) or len(name) > _LONGEST_NAME]:
            raise ValueError(
                f"{len(unfit):,} names of columns hold a character that is not seen, or are longer "
                f"than {_LONGEST_NAME}, such as {line(unfit[0], 60)}"
            )
        if unknown := sorted(set(self.key) - set(self.columns)):
            raise Misplaced(
                [
                    (
                        ("key", self.key.index(name)),
                        f"key names columns that are not declared: {name}",
                        advice(name, self.columns, what="declared"),
                    )
                    for name in unknown
                ]
            )
        if taken := sorted(_RESERVED & set(self.columns)):
            raise Misplaced(
                [
                    (
                        ("columns", name),
                        f"Airlock adds columns of these names itself: {name}",
                        "Name the column otherwise in the source.",
                    )
                    for name in taken
                ]
            )
        return self


def _check_format(text: str, kind: ColumnType) -> None:
    """A format names a whole day, each part of it once, and a time only where there is one."""
    if kind not in {"date", "timestamp"}:
        raise ValueError("format is for the types date and timestamp alone")
    named = re.findall(r"%(.)", text)
    if unknown := [f"%{name}" for name in named if name not in DIRECTIVES]:
        known = " ".join(f"%{name}" for name in DIRECTIVES)
        raise ValueError(f"format may name {known}; not {' '.join(unknown)}")
    parts = ["m" if name == "b" else "Y" if name == "y" else name for name in named]
    if len(set(parts)) < len(parts) or not set(_DAY) <= set(parts):
        raise ValueError("format must name day (%d), month (%m) and year (%Y), each once")
    clock = [name for name in _CLOCK if name in parts]
    if clock != list(_CLOCK[: len(clock)]) or ("z" in parts and not clock):
        raise ValueError("format must name hours, minutes, seconds, fractions without a gap")
    if kind == "date" and (clock or "z" in parts):
        raise ValueError("format of a date has no time; declare the column a timestamp")


def _duration(text: str) -> timedelta:
    """Days, hours and minutes; zero for a text that is no duration."""
    found = _LATENESS.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return timedelta(days=days, hours=hours, minutes=minutes)
