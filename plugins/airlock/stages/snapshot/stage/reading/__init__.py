"""Reads files of every kind as canonical tables, or refuses them.

Arrow's errors quote cells. Everything that it raises is raised anew, with file, column and row.
"""

from __future__ import annotations

from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.formats import tables

__all__ = ["DeliveredFile", "tables"]
