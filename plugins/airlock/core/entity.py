"""Whom a row is about: a column, several columns together, or nobody but itself.

A column of the redacted table, made of what it names, stands for an entity that is no column.
"""

from __future__ import annotations

from collections.abc import Collection

ROW = "row"
"""An entity that says: no column tells whom a row is about. A column of that name wins."""

MADE = "_entity"
"""The column of an entity that is no column of the table."""

Entity = str | tuple[str, ...]


def is_row(entity: Entity, columns: Collection[str]) -> bool:
    """Whether every row stands for itself."""
    return entity == ROW and ROW not in columns


def parts_of(entity: Entity, columns: Collection[str]) -> tuple[str, ...]:
    """The columns that tell entities apart; none where every row stands for itself.

    Args:
        columns: of the table.
    """
    if is_row(entity, columns):
        return ()
    return (entity,) if isinstance(entity, str) else entity


def is_made(entity: Entity, columns: Collection[str]) -> bool:
    """Whether the entity is no column of the table."""
    return not isinstance(entity, str) or is_row(entity, columns)


def called(entity: Entity) -> str:
    """What people call it."""
    return entity if isinstance(entity, str) else " + ".join(entity)


def stands_for(column: str, entity: Entity) -> bool:
    """Whether a column of a redacted table is that of an entity."""
    if isinstance(entity, str) and column == entity:
        return True
    return column == MADE and (entity == ROW or not isinstance(entity, str))
