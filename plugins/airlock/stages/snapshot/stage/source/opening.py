"""Opens a source of whatever kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from airlock.core.contract import Contract
from airlock.core.sources import AnySource, SourceSpec
from airlock.hooks import registry
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.files import open_files
from airlock.stages.snapshot.stage.source.interface import Source

Open = Callable[..., AbstractContextManager[Source]]
"""`open(source, contract, night=, window=, access=)`; `open_source` says what they mean."""


def open_source(
    source: AnySource, contract: Contract, *, night: str, window: int, access: Access
) -> AbstractContextManager[Source]:
    """Open a source of whatever kind, for one snapshot.

    Args:
        source: an address of files, or a table.
        contract: what it promises.
        night: ISO date.
        window: how many nights are read, `night` being the last of them.
        access: what may be reached.

    Raises:
        SpecError: it lies elsewhere, is of no known kind, or has no nights for a window.
        SourceMissing: there is nothing for one of the nights.
    """
    opened: Open = open_files
    if isinstance(source, SourceSpec):
        opened = registry.load(registry.table_of(source).open)
    return opened(source, contract, night=night, window=window, access=access)
