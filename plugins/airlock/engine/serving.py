"""Publishes predictions: first into the catalog, then to the outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from airlock.catalogs import predictions
from airlock.core.names import PROBABILITY
from airlock.hooks import registry

if TYPE_CHECKING:
    from airlock.catalogs.predictions import Partition
    from airlock.config.settings import Settings
    from airlock.core.outputs import OutputSpec
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published


class PartFile(Protocol):
    """One file of a table."""

    @property
    def path(self) -> str:
        """Below the result's data folder."""


# Columns of predictions around the probabilities, as score writes them.
_BEFORE = ("row_key", "row", "prediction")
_BEHIND = (
    *("confidence", "band_low", "band_high"),
    *("model", "version", "sequence", "night"),
)


def written_by(settings: Settings, outputs: Sequence[OutputSpec]) -> list[Path]:
    """The local files that outputs write, such as the database of SQLite."""
    kinds = [(one, registry.output_of(one)) for one in outputs]
    return [
        path
        for one, kind in kinds
        if kind.files is not None
        for path in registry.load(kind.files)(settings, one)
    ]


def check_outputs(
    settings: Settings, outputs: Sequence[OutputSpec], classes: Sequence[str]
) -> None:
    """Refuse a night that cannot be delivered, before it is scored: no retry would help.

    Args:
        classes: of the model, which become names of columns; none for a regression.

    Raises:
        DataError: an output cannot have these columns.
    """
    names = [*_BEFORE, *(f"{PROBABILITY}{name}" for name in classes), *_BEHIND]
    for one in outputs:
        if (check := registry.output_of(one).check) is not None:
            registry.load(check)(settings, one, names)


def serve(
    attempt: Attempt,
    partition: Partition,
    published: Published,
    *,
    parts: Sequence[PartFile],
    outputs: Sequence[OutputSpec],
    results: Mapping[str, Any],
    again: bool = False,
    shares: Mapping[str, str] | None = None,
) -> Partition:
    """Enter a partition, signed, and send it on unless something newer serves. Idempotent.

    Args:
        partition: what is entered, without its number.
        published: the result that holds it.
        parts: its files, in that result's data.
        outputs: to which what serves is sent.
        results: what stands behind it, for its entry.
        again: whether it replaces what a withdrawn version said.
        shares: what it was put together from, by address.

    Returns:
        The partition with its number.
    """
    ledger = attempt.ledger(partition.model, to_write=True)
    entered = predictions.publish(
        ledger,
        replace(partition, files=published.result.data.digest),
        at=attempt.now,
        again=again,
        results=results,
        shares=shares,
    )
    if outputs and predictions.serving(ledger, entered.night) == entered:
        folder = attempt.fetch(published.result.data)
        files = [folder / part.path for part in parts]
        for one in outputs:
            kind = registry.output_of(one)
            registry.load(kind.deliver)(attempt.settings, one, entered, files)
    return entered
