"""Chooses how a table is trained on, from what a sample of it shows."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above

from airlock.core.entity import ROW, is_row
from airlock.core.errors import DataError
from airlock.core.quoting import some
from airlock.core.spelling import nearest
from airlock.drafts.sample import Sample
from airlock.stages.redact.stage.profile import advised, profile

_HOLDOUT = 0.2  # of the entities
_MOST_CLASSES = 50
# Whole numbers of so many different values are counts and amounts, and no classes.
_NUMBERS = 20
# Of a holdout some of these may be missing: entities are drawn by chance.
_SLACK = 0.6
_FEW_ENTITIES = 50

_NUMBER_OF = re.compile(r"(?:^|[_ -]|(?<=[a-z])(?=[A-Z]))(?i:id|key|no|number)$")

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the files of a new pipeline say.

    Args:
        target: the column to predict.
        entity: whom a row is about; `row` where no column says so.
        key: columns that name a row; empty if the entity repeats and nothing else does.
        task: of the model.
        classes: how many; 0 of a regression.
        rows: of the sample.
        rarest: rows of the class with the fewest; 0 of a regression.
        spread: standard deviation of the target, rounded; 0 of classes.
        actions: of each column, as YAML, with the reason.
    """

    target: str
    entity: str
    key: tuple[str, ...]
    task: Task
    classes: int
    rows: int
    rarest: int
    spread: float
    actions: dict[str, tuple[str, str]]

    @property
    def min_rows(self) -> int:
        """Of the holdout that may be demanded."""
        return _rounded(self.rows * _HOLDOUT * _SLACK)

    @property
    def min_rarest_class(self) -> int:
        """The same of the class with the fewest rows."""
        return _rounded(self.rarest * _HOLDOUT * _SLACK)


def choose(sample: Sample, *, target: str, entity: str | None = None) -> Choices:
    """Decide everything that the files say.

    Raises:
        DataError: a column is not there, there is nothing to predict, or nothing names rows.
    """
    table = sample.table
    _check(table, target)
    if not table.num_rows:
        raise DataError("The sample has no rows.", do="Name a table that has some.")
    labels = table.column(target)
    if labels.null_count:
        raise DataError(
            f"The target {target} lacks a value in {labels.null_count:,} of {table.num_rows:,} "
            "rows, and a training refuses such a table.",
            do="Name a table of rows whose target is known.",
        )
    task, classes = _task(target, labels)
    if entity is None:
        entity = _entity(table, target)
    of_rows = is_row(entity, table.column_names)
    if not of_rows:
        _check(table, entity)
    different = 0 if of_rows else pc.count_distinct(table.column(entity)).as_py()
    if not of_rows and (different < _FEW_ENTITIES or entity == target):
        raise DataError(
            f"The column {entity} has {different:,} different values, and cannot say whom a row is "
            "about: folds are drawn by it.",
            do="Name another column by --entity, such as a customer's number.",
        )
    counts = pc.value_counts(labels).field("counts").to_pylist() if classes else [0]
    spread = 0.0 if classes else float(pc.stddev(labels).as_py() or 0)
    return Choices(
        target=target,
        entity=entity,
        key=(entity,) if different == table.num_rows else (),
        task=task,
        classes=classes,
        rows=table.num_rows,
        rarest=min(counts),
        spread=_one_digit(spread),
        actions={name: _action(table, name, target, entity) for name in table.column_names},
    )


def _check(table: pa.Table, name: str) -> None:
    if name not in table.column_names:
        meant = nearest(name, table.column_names)
        raise DataError(
            f"The table has no column {name}.",
            do=f"Did you mean {meant}?" if meant else f"It has {some(table.column_names)}.",
        )


def _task(target: str, labels: pa.ChunkedArray) -> tuple[Task, int]:
    different = pc.count_distinct(labels).as_py()
    if different < 2:
        raise DataError(
            f"The target {target} has the same value in every row.", do="Name another --target."
        )
    kind = labels.type
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and different > _NUMBERS):
        return "regression", 0
    if pa.types.is_temporal(kind) or different > _MOST_CLASSES:
        raise DataError(
            f"The target {target} has {different:,} different values and is no number.",
            do="Name a column of classes or of numbers as --target.",
        )
    return "classification", different


def _entity(table: pa.Table, target: str) -> str:
    """The first column that names every row: one that is called so, or any; else the row."""
    unique: list[str] = [
        str(name)
        for name in table.column_names
        # What has no name is a number that somebody's tool wrote before the rows.
        if name and name != target and _names_rows(table.column(name))
    ]
    called = [name for name in unique if _NUMBER_OF.search(name)]
    return (called or unique or [ROW])[0]


def _names_rows(column: pa.ChunkedArray) -> bool:
    kind = pa.types.is_string(column.type) or pa.types.is_integer(column.type)
    return bool(kind and pc.count_distinct(column, mode="all").as_py() == len(column))


def _action(table: pa.Table, name: str, target: str, entity: str) -> tuple[str, str]:
    """What happens to a column, as YAML, and why."""
    column = table.column(name)
    if name == target:
        return "{action: keep}", "the target"
    if name == entity:
        return "{action: pseudonym}", "whom a row is about"
    there = column.drop_null()
    different = pc.count_distinct(there).as_py() if len(there) else 0
    if different < 2:
        return "{action: drop}", "no value in any row" if not different else "one value in all rows"
    if pa.types.is_temporal(column.type):
        return "{action: drop}", "a day may say who somebody is; keep has its year, month, weekday"
    said = advised(profile(name, column))
    if "pseudonym" in said:
        return "{action: drop}", "looks like somebody's number"
    if "scan" in said:
        # Who wants the text scans it knowingly: docs/redact.md says what that finds.
        return "{action: drop}", "free text; action: scan replaces what is found in it"
    why = "" if "keep" in said else "may say who somebody is, or is different in too many rows"
    return said, why


def _rounded(number: float) -> int:
    """With one significant digit, downwards; at least one."""
    step = 10 ** max(math.floor(math.log10(max(number, 1))), 0)
    return max(int(number // step * step), 1)


def _one_digit(number: float) -> float:
    return float(f"{number:.1g}")
