"""Does a stage's work in a confined process of its own, and takes what it hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from airlock.core.disk import full_disk
from airlock.core.scratch import temporary_files_in
from airlock.engine.child_process import ChildProcess, refuse_links
from airlock.engine.confined import confine
from airlock.engine.description import with_page
from airlock.engine.record import Record

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.operator import StageOperator


def work_confined(
    stage: StageOperator, child: ChildProcess, attempt: Attempt, work: Callable[[Attempt], Record]
) -> tuple[Record, Attempt]:
    """The record, and the attempt in whose folders the files lie that the child made.

    Args:
        child: the process that works.
        work: makes the record.
    """
    # A folder of its own: nothing that the child made is read but what it hands over.
    folder = attempt.scratch / "apart"
    folder.mkdir(parents=True)
    # Nothing is shared that two processes cannot both use, such as a line to S3.
    childs = replace(attempt, scratch=folder, _inputs={}, _ledgers={})

    def whole() -> Record:
        with temporary_files_in(folder / "tmp"), full_disk(folder):
            return with_page(childs, work)

    record = child.record(
        whole,
        stage.record_class(),
        first=lambda: confine(stage, childs.settings, childs.stores, folder),
        stop=stage.on_kill,
    )
    refuse_links(folder)
    return record, replace(attempt, scratch=folder)
