"""Makes up rows that a data contract and its expectations allow; nobody is behind them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.stages.validate.spec import Expectations

if TYPE_CHECKING:
    import pandas as pd

    from airlock.core.contract import Column

_USUAL_ROWS = 1_000
_LAST = date(2025, 12, 31)
_DAYS = 2_000
_NOISE = 0.5
_MISSING = 0.05


def made_up_rows(
    expectations: str | Path,
    *,
    target: str | None = None,
    rows: int | None = None,
    seed: int = 0,
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> pd.DataFrame:
    """A table as its expectations file describes it.

    Args:
        expectations: the YAML file.
        target: the column that a model shall learn: it follows from the others, with some noise.
        rows: how many; as many as the file expects if left out.
        seed: another one makes another night.
        columns: values for columns that no type and no bound describes, such as keys of a pattern.

    Returns:
        Columns with a set of values hold these, those with bounds numbers between them; texts
        without a set are made of the column's name and a number.
    """
    import pandas as pd

    spec = Expectations.load(Path(expectations))
    count = rows or _expected_rows(spec)
    chance = random.Random(seed)
    made: dict[str, list[Any]] = {}
    for name, column in spec.contract.columns.items():
        if columns and name in columns:
            made[name] = list(columns[name])[:count]
        elif name != target:
            made[name] = _values(name, column, spec, count, chance)
    if target is not None:
        made[target] = _learnable(target, spec, made, count, chance)
    # A whole number that is missing would make floats of all others.
    kinds = {"integer": "Int64", "boolean": "boolean"}
    columns_of = spec.contract.columns.items()
    return pd.DataFrame({name: made[name] for name, _ in columns_of}).astype(
        {name: kinds[one.type] for name, one in columns_of if one.type in kinds}
    )


def _expected_rows(spec: Expectations) -> int:
    low, high = _bounds(spec, "expect_table_row_count_to_be_between", None)
    if low is not None and high is not None:
        return int((low + high) / 2)
    return int(max(_USUAL_ROWS, low or 0))


def _values(
    name: str, column: Column, spec: Expectations, count: int, chance: random.Random
) -> list[Any]:
    allowed = _allowed(spec, name)
    values = [_value(name, at, column, spec, allowed, chance) for at in range(count)]
    if column.nullable:
        values = [None if chance.random() < _MISSING else one for one in values]
    return values


def _value(
    name: str,
    at: int,
    column: Column,
    spec: Expectations,
    allowed: Sequence[Any],
    chance: random.Random,
) -> Any:
    if allowed:
        return chance.choice(allowed)
    if column.type == "string":
        return f"{name} {at:06d}"
    if column.type == "boolean":
        return chance.random() < 1 / 2
    if column.type in {"date", "timestamp"}:
        day = _LAST - timedelta(days=chance.randrange(_DAYS))
        return day if column.type == "date" else datetime(day.year, day.month, day.day, tzinfo=UTC)
    if column.type == "integer" and name in spec.contract.key:
        return at + 1
    low, high = _bounds(spec, "expect_column_values_to_be_between", name)
    number = _between(low, high, chance)
    return round(number) if column.type == "integer" else number


def _between(low: float | None, high: float | None, chance: random.Random) -> float:
    least = low if low is not None else min(0.0, (high or 0) - 100)
    most = high if high is not None else least + 100
    return chance.uniform(least, most)


def _learnable(
    target: str, spec: Expectations, made: Mapping[str, Sequence[Any]], count: int, chance: Any
) -> list[Any]:
    """Values of the target that the other columns tell, in equal shares of its classes."""
    sums = [_NOISE * chance.gauss(0, 1) for _ in range(count)]
    for name, values in made.items():
        if name in spec.contract.key or len(places := sorted(set(map(str, values)))) > count // 2:
            places = []
        numbers = all(isinstance(one, int | float) or one is None for one in values)
        if not numbers and not places:
            continue
        order = {one: at for at, one in enumerate(places)}
        scale = max((abs(one) for one in values if one), default=1) if numbers else len(places)
        for at, one in enumerate(values):
            sums[at] += ((one or 0) if numbers else order[str(one)]) / scale
    ranks = sorted(range(count), key=lambda at: sums[at])
    place = {at: rank / count for rank, at in enumerate(ranks)}
    allowed = _allowed(spec, target)
    kind = spec.contract.columns[target].type
    if not allowed and kind in {"string", "boolean"}:
        allowed = [False, True] if kind == "boolean" else ["no", "yes"]
    if allowed:
        return [allowed[int(place[at] * len(allowed))] for at in range(count)]
    low, high = _bounds(spec, "expect_column_values_to_be_between", target)
    low = 0.0 if low is None else low
    high = low + 100 if high is None else high
    numbers_of = [low + place[at] * (high - low) for at in range(count)]
    return [round(one) for one in numbers_of] if kind == "integer" else numbers_of


def _allowed(spec: Expectations, name: str) -> list[Any]:
    return next(
        (
            list(one.kwargs["value_set"])
            for one in spec.expectations
            if one.type == "expect_column_values_to_be_in_set" and one.kwargs.get("column") == name
        ),
        [],
    )


def _bounds(spec: Expectations, kind: str, column: str | None) -> tuple[float | None, float | None]:
    for one in spec.expectations:
        if one.type == kind and one.kwargs.get("column") == column:
            return one.kwargs.get("min_value"), one.kwargs.get("max_value")
    return None, None
