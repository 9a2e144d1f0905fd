"""Which columns a column is made of, and whether its values are masked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airlock.lineage.datasets import Name, columns_of, input_name, source_name

if TYPE_CHECKING:
    from airlock.engine.record import Input

# What leaves a value as it was; everything else makes it another one, or hides parts of it.
_AS_IT_IS = frozenset({"keep"})
_PREDICTION = "prediction"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadColumn:
    """One column that another is made of.

    Args:
        dataset: that it stands in.
        direct: whether values are made of its values; else they are counted, chosen or learnt by.
        masked: whether what was there cannot be read any more.
        how: a word of the project's files: `pseudonym`, `sql`, `model`.
    """

    dataset: Name
    column: str
    direct: bool = True
    masked: bool = False
    how: str = ""


Columns = Mapping[str, tuple[ReadColumn, ...]]


def columns_made(
    stage: str, record: Any, inputs: Mapping[str, Input[Any]], features: tuple[str, ...], model: str
) -> Columns:
    """What each column of a stage's result is made of; empty where it makes no table.

    Args:
        inputs: what it read, by the names that its key calls them.
        features: columns that the model that scored looks at.
        model: registered name; "" for none.
    """
    if stage == "snapshot":
        source = source_name(record.source)
        return {name: (ReadColumn(dataset=source, column=name),) for name, _ in record.columns}
    if stage == "prepare":
        return dict(_joined(record, inputs))
    if stage == "validate":
        return dict(_passed("snapshot", inputs))
    if stage == "redact":
        return dict(_redacted(record, inputs))
    if stage in {"score", "shadow"} and (redacted := inputs.get("redaction")) is not None:
        of = input_name(redacted, model)
        read = (ReadColumn(dataset=of, column=one, direct=False, how="model") for one in features)
        return {_PREDICTION: tuple(read)}
    return {}


def _passed(
    name: str, inputs: Mapping[str, Input[Any]]
) -> Iterator[tuple[str, tuple[ReadColumn, ...]]]:
    if (one := inputs.get(name)) is not None:
        of = input_name(one, None)
        for column, _ in columns_of(one.record):
            yield column, (ReadColumn(dataset=of, column=column),)


def _joined(
    record: Any, inputs: Mapping[str, Input[Any]]
) -> Iterator[tuple[str, tuple[ReadColumn, ...]]]:
    """By the SQL; a column of which nobody can say it comes from all that was joined."""
    known = {name: input_name(one, None) for name, one in inputs.items()}
    for one in record.lineage:
        if one.reads is None:
            every = (
                ReadColumn(dataset=of, column="*", direct=False, how="sql") for of in known.values()
            )
            yield one.column, tuple(every)
            continue
        found = []
        for said in one.reads:
            table, _, column = said.partition(".")
            if table in known:
                # Of all columns, rows are counted; it is no value of theirs.
                direct = column != "*"
                found.append(
                    ReadColumn(dataset=known[table], column=column, direct=direct, how="sql")
                )
        yield one.column, tuple(found)


def _redacted(
    record: Any, inputs: Mapping[str, Input[Any]]
) -> Iterator[tuple[str, tuple[ReadColumn, ...]]]:
    if (one := inputs.get("validation") or inputs.get("snapshot")) is None:
        return
    of = input_name(one, None)
    actions = {column.name: column.action for column in record.columns}
    for name, _ in record.schema:
        made_of = (record.made_of or ()) if name == record.entity and name not in actions else ()
        how = "pseudonym" if made_of else actions.get(name, "")
        yield (
            name,
            tuple(
                ReadColumn(dataset=of, column=column, masked=how not in _AS_IT_IS, how=how)
                for column in made_of or (name,)
                if column in actions
            ),
        )
