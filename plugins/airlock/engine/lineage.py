"""Lets OpenLineage's provider, where it is installed, ask a stage's operator what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airlock.hooks import registry

if TYPE_CHECKING:
    from airlock.engine.usage import Meter


class ToldOfLineage:
    """What the provider calls, in a process of its own that it forks when the task has ended.

    Attributes:
        attempted: what the attempt came to; None before it began.
    """

    attempted: Meter | None = None

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Datasets, columns, checks and what the ledger says; also of what was reused."""
        # By its name: it knows every record, and the engine knows none.
        return registry.load("airlock.lineage.facets:lineage_of")(self)

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Any:
        """What was read, and the error's class."""
        return registry.load("airlock.lineage.facets:lineage_of")(self)
