"""Looks through what the store's slots name, for whoever erases somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Result
from airlock.stages.redact.record import Redaction
from airlock.store import Store

# Which stages leave rows behind, and where; raw columns are known by their values.
RAW = ("snapshot", "prepare", "validate")
ANSWERED = ("score", "score_share", "shadow", "route", "labels")
PSEUDONYMISED = ("redact", "redact_share", *ANSWERED)


def undecided(
    results: Iterable[tuple[str, Result]], reached: Collection[str], spared: Collection[str]
) -> tuple[str, ...]:
    """Prefixes of bundles that learnt from reached tables, and that nobody decided about.

    Args:
        reached: contents of these tables.
        spared: contents that were decided about, and prefixes that are held.
    """
    found = (
        one.data.prefix
        for _, one in results
        if one.stage == "train"
        and one.inputs.get("redaction") in reached
        and not {one.content, one.data.prefix} & {*spared}
    )
    return tuple(sorted(found))


def results_of(store: Store) -> Iterator[tuple[str, Result]]:
    """Every result by its address; one that cannot be read is passed over unless it has rows."""
    for stat in store.list("stages/"):
        try:
            yield stat.key, publication.load(store, stat.key).result
        except AirlockError:
            # What has rows must be known by its result; of others it makes no difference.
            if stat.key.split("/")[1] in RAW + PSEUDONYMISED:
                raise


def redactions_of(store: Store) -> Iterator[Redaction]:
    """The records of all redactions that this version can read."""
    for stat in store.list("stages/redact/"):
        try:
            yield Redaction.from_json(publication.load(store, stat.key).result.record)
        except AirlockError:
            continue  # of an older version: its parts are looked at all the same


def is_gone(stores: Stores, stage: str, folder: Folder) -> bool:
    """Whether the rows of a redaction were deleted, so that nobody can look into them."""
    return stage == "redact" and not any(True for _ in stores[folder.zone].list(folder.prefix))
