"""The expectations file: the data contract, and what must hold of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from airlock.core.contract import ColumnType, Contract
from airlock.core.problems import Misplaced, Where
from airlock.core.spec import Spec
from airlock.core.spelling import advice
from airlock.stages.validate.arguments import NUMBERS, SHAPES, ExpectationType, fits
from airlock.stages.validate.limits import Skew

Severity = Literal["critical", "warning", "info"]

_OF_CELLS = frozenset(
    {
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_not_be_in_set",
    }
)


class Expectation(Spec):
    """One sentence about the table.

    Args:
        type: the expectation's name in Great Expectations.
        severity: `critical` stops the chain, `warning` is carried to the gate, `info` is recorded.
        on_fail: `quarantine` sets the failing rows aside and lets the rest go on; only for
            expectations about single rows.
        kwargs: the expectation's own arguments, such as `column` and `max_value`.
    """

    type: ExpectationType
    severity: Severity = "critical"
    on_fail: Literal["report", "quarantine"] = "report"
    kwargs: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it speaks of; none if it speaks of the table."""
        if "column" in self.kwargs:
            return (self.kwargs["column"],)
        if "column_A" in self.kwargs:
            return (self.kwargs["column_A"], self.kwargs["column_B"])
        return tuple(self.kwargs.get("column_list", ()))

    @property
    def values(self) -> tuple[Any, ...]:
        """The bounds, or the members of the set."""
        bounds = (self.kwargs.get("min_value"), self.kwargs.get("max_value"))
        return (*(b for b in bounds if b is not None), *self.kwargs.get("value_set", ()))

    @property
    def by_row(self) -> bool:
        """Whether it holds or fails of each row."""
        return SHAPES[self.type].by_row

    @model_validator(mode="after")
    def _arguments_fit(self) -> Expectation:
        shape = SHAPES[self.type]
        if missing := sorted(shape.needs - set(self.kwargs)):
            raise ValueError(f"{self.type} needs {', '.join(missing)}")
        if unknown := sorted(set(self.kwargs) - shape.takes):
            raise Misplaced(
                [
                    (
                        ("kwargs", name),
                        f"{self.type} takes no {name}",
                        advice(name, sorted(shape.takes), what="it takes"),
                    )
                    for name in unknown
                ]
            )
        if shape.bounded and not {"min_value", "max_value"} & set(self.kwargs):
            raise ValueError(f"{self.type} needs min_value or max_value")
        if self.on_fail == "quarantine" and not (self.by_row and "mostly" not in self.kwargs):
            what = "on_fail: quarantine is for single rows, and goes without mostly"
            do = "Leave out mostly." if self.by_row else "Leave out on_fail; severity stays."
            raise Misplaced([(("on_fail",), what, do)])
        return self

    @model_validator(mode="after")
    def _values_make_sense(self) -> Expectation:
        given = self.kwargs
        names = (given.get(name, "") for name in ("column", "column_A", "column_B"))
        if not all(isinstance(name, str) for name in names):
            raise ValueError("column must be the name of one column")
        if not _is_list(given.get("column_list", ["any"]), of=str):
            raise ValueError("column_list must be a list of columns")
        if not _is_list(given.get("value_set", ["any"]), of=object):
            raise ValueError("value_set must be a list of values")
        if not _is_count(given.get("value", 0)) or not isinstance(
            given.get("or_equal", True), bool
        ):
            raise ValueError("value must be a whole number from 0 on, and or_equal true or false")
        mostly = given.get("mostly", 1)
        if not fits(mostly, "number") or not 0 <= mostly <= 1:
            raise ValueError("mostly must be a share from 0 to 1")
        low, high = given.get("min_value"), given.get("max_value")
        # Two texts may be the days of a column; whether they fit it, the whole file knows.
        if low is not None and high is not None and type(low) is type(high) and low > high:
            do = "Exchange the two."
            what = "min_value is above max_value, and nothing lies between them"
            raise Misplaced([(("kwargs", "min_value"), what, do)])
        # Bounds of anything but the cells themselves are lengths, means, shares or counts.
        if self.type not in _OF_CELLS and not all(fits(value, "number") for value in self.values):
            raise ValueError("min_value and max_value must be numbers")
        try:
            re.compile(given.get("regex", ""))
        except (re.error, TypeError):
            raise ValueError("regex is not a regular expression") from None
        return self


class Expectations(Spec):
    """The whole file.

    Args:
        contract: what the source promises.
        expectations: what must hold of the rows.
        max_quarantined: the largest share of rows, 0 to 1, that may be set aside.
        skew: how far the columns may be from the data that the champion was trained on.
    """

    contract: Contract
    expectations: tuple[Expectation, ...] = Field(min_length=1)
    max_quarantined: float = Field(default=0.05, ge=0, le=1)
    skew: Skew = Skew()

    def without(self, name: str) -> Expectations:
        """What holds of a table that may lack a column; nothing is asked of it then."""
        contract = self.contract.without(name)
        asked = tuple(one for one in self.expectations if name not in one.columns)
        # A table of which nothing else is asked has rows.
        some = Expectation(type="expect_table_row_count_to_be_between", kwargs={"min_value": 1})
        columns = {key: one for key, one in self.skew.columns.items() if key != name}
        ignored = tuple(one for one in self.skew.ignore if one != name)
        skew = self.skew.model_copy(update={"columns": columns, "ignore": ignored})
        return self.model_copy(
            update={"contract": contract, "expectations": asked or (some,), "skew": skew}
        )

    @model_validator(mode="after")
    def _columns_fit(self) -> Expectations:
        found = [
            (("expectations", at, *where), f"{one.type}: {what}", do)
            for at, one in enumerate(self.expectations)
            for where, what, do in self._misfits(one)
        ]
        if found:
            raise Misplaced(found)
        return self

    @model_validator(mode="after")
    def _skewed_columns_exist(self) -> Expectations:
        named = {*self.skew.columns, *self.skew.ignore}
        if unknown := sorted(named - set(self.contract.columns)):
            raise Misplaced(
                [
                    (
                        ("skew", "columns", name) if name in self.skew.columns else ("skew",),
                        f"skew: the contract has no column {name}",
                        advice(name, self.contract.columns, what="declared"),
                    )
                    for name in unknown
                ]
            )
        return self

    def _misfits(self, expectation: Expectation) -> Iterator[tuple[Where, str, str]]:
        shape = SHAPES[expectation.type]
        for name in expectation.columns:
            if name not in self.contract.columns:
                do = advice(name, self.contract.columns, what="declared")
                yield (_place_of(expectation, name), f"the contract has no column {name}", do)
                continue
            kind = self.contract.columns[name].type
            if kind not in shape.types:
                types = ", ".join(sorted(shape.types))
                do = f"It is for columns of the type {types}."
                yield (_place_of(expectation, name), f"{name} is of the type {kind}", do)
            elif expectation.type in _OF_CELLS and not all(
                fits(value, kind) for value in expectation.values
            ):
                # Unquoted Yes, No, On and Off are booleans to YAML.
                what = f"{name} is of the type {kind}, the values that it is compared with are not"
                yield ("kwargs", _misfit(expectation, kind)), what, _QUOTED[kind == "string"]
        if "column_A" in expectation.kwargs and not self._alike(expectation.columns):
            what = f"{' and '.join(expectation.columns)} cannot be compared"
            yield ("kwargs", "column_B"), what, "Name two columns of one type, or two of numbers."

    def _alike(self, names: tuple[str, ...]) -> bool:
        columns = self.contract.columns
        kinds = {columns[name].type for name in names if name in columns}
        return len(kinds) < 2 or kinds <= NUMBERS


_QUOTED = {
    True: "Put words such as 'Yes' and 'No' in quotes; without them YAML reads true and false.",
    False: "Write the values as the type has them; numbers and days go without quotes.",
}


def _place_of(expectation: Expectation, name: str) -> Where:
    for key in ("column", "column_A", "column_B"):
        if expectation.kwargs.get(key) == name:
            return ("kwargs", key)
    return ("kwargs", "column_list", list(expectation.columns).index(name))


def _misfit(expectation: Expectation, kind: ColumnType) -> str:
    bounds = ("min_value", "max_value")
    wrong = (key for key in bounds if not fits(expectation.kwargs.get(key, None), kind))
    given = set(expectation.kwargs)
    return next((key for key in wrong if key in given), "value_set")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list(value: Any, *, of: type) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, of) for v in value)
