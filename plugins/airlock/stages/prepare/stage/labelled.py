"""Makes the labels of a night: those that came behind its end, and in time; one for each key."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import DataError
from airlock.core.nights import night_named
from airlock.stages.prepare.spec import LABELS, NamedLabels
from airlock.stages.prepare.stage.database import DELIVERED, JoinDatabase
from airlock.stages.prepare.stage.known import after, literal, quoted

# In a schema that the SELECT of people cannot name.
_ANSWERS = f"{DELIVERED}.answers"


def show_labels(database: JoinDatabase, labels: NamedLabels, night: str) -> int:
    """Let the join see the labels of a night.

    Returns:
        How many rows of the source count for it.

    Raises:
        DataError: a key has two last labels that contradict each other.
    """
    keys = [quoted(name) for name in labels.keys.values()]
    called = ", ".join(f"{key} AS key_{at}" for at, key in enumerate(keys))
    assert labels.table.contract.event_time is not None
    name = labels.table.contract.event_time
    when, kind = quoted(name), labels.table.contract.columns[name].type
    until = night_named(night).end + timedelta(days=labels.days)
    source = (
        f"{DELIVERED}.{quoted(LABELS)} WHERE {after(name, kind, night)} "
        f"AND {when} < {literal(kind, until)}"
    )
    if labels.label is None:
        view = f"SELECT {called}, true AS label, 1 AS labels FROM {source} GROUP BY ALL"
    else:
        label = quoted(labels.label)
        source += f" AND {label} IS NOT NULL"
        # The last one counts; several of one moment must say the same.
        last = f"rank() OVER (PARTITION BY {', '.join(keys)} ORDER BY {when} DESC)"
        view = (
            f"SELECT {called}, min({label}) AS label, count(DISTINCT {label}) AS labels "
            f"FROM (SELECT *, {last} AS place FROM {source}) WHERE place = 1 GROUP BY ALL"
        )
    database.create_view(_ANSWERS, view)
    if twice := database.count(f"{_ANSWERS} WHERE labels > 1"):
        raise DataError(
            f"{twice:,} keys have two labels of one moment that contradict each other, for the "
            f"night {night}.",
            do="Ask whoever delivers them which ones hold; deliver the time to the second.",
        )
    return database.count(source)


def label_of(labels: NamedLabels) -> str:
    """The expression of the target, where the labels are joined."""
    return "answered.label" if labels.label else "coalesce(answered.label, false)"


def joined_by(labels: NamedLabels) -> str:
    """What joins the labels to the rows, which are called `prepared`."""
    on = " AND ".join(
        f"prepared.{quoted(ours)} = answered.key_{at}" for at, ours in enumerate(labels.keys)
    )
    return f" LEFT JOIN {_ANSWERS} AS answered ON {on}"


def without_unlabelled(table: pa.Table, target: str) -> tuple[pa.Table, int]:
    """The rows with a label, and how many have none."""
    missing = table.column(target).null_count
    return (table.filter(pc.is_valid(table.column(target))) if missing else table), missing


def labelled(table: pa.Table, labels: NamedLabels) -> int:
    """How many of these rows a label came for; all have a target."""
    if labels.label is not None:
        return int(table.num_rows)
    # What happened is true of the row, in whatever type the target has.
    return int(pc.sum(pc.cast(table.column(labels.target), pa.bool_())).as_py() or 0)
