"""Lists what no ledger entry names, so that nobody can verify it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import get_args

from airlock.core.names import may_be_model
from airlock.core.quoting import line
from airlock.engine.publication import Stores
from airlock.ledger import KEYS
from airlock.reading import read_json
from airlock.store import Store, Zone
from airlock.verify.look import Verification

_ENTRY = re.compile(r"[0-9]{8}\.json")
NEVER = (
    "MLflow's experiments, runs and logged models (metrics, parameters, plots), the texts on its "
    "pages, who made a version and when, and the tags airlock.card and airlock.proven",
    "Airflow's own database, logs and XComs",
    "the tables that a SqlOutput fills, and the CSV or sheets that people took elsewhere",
    "the file of trusted keys, the connections and the settings",
    "what attempts took (usage/), and how far sinks were told (outbox/)",
    "what lies in the store before an entry names it: a result before the gate or the score",
)
"""What is never under a signature of the ledger."""


def outside(stores: Stores, findings: Iterable[Verification]) -> list[tuple[Zone, str]]:
    """Every object of both zones that was held against no entry, and what is none at all.

    An object behind a link can hold today, and be another one for the next reader: links are named
    though an entry reaches what they lead to.

    Args:
        findings: of all models.
    """
    covered = {one for finding in findings for one in finding.covered}
    zones: list[Zone] = list(get_args(Zone))
    if stores["raw"].uri == stores["store"].uri:
        zones = ["store"]
        covered = {("store", key) for _, key in covered}
    found: set[tuple[Zone, str]] = set()
    for zone in zones:
        every = {(zone, stat.key) for stat in stores[zone].list("")}
        found |= {one for one in every if not one[1].startswith(("outbox/", "usage/"))} - covered
        found |= {(zone, place) for place in stores[zone].strange()}
    return sorted(found)


def stray_ledgers(store: Store, known: Iterable[str]) -> Iterator[str]:
    """A sentence for every folder of entries that is the ledger of no model.

    Nobody reads one; whoever copied or moved a ledger may mean to put it back in another's place.

    Args:
        known: the chains that are verified.
    """
    chains = {f"ledger/{name}" for name in known}
    folders: dict[str, list[str]] = {}
    for stat in store.list("ledger/"):
        folder, _, name = stat.key.rpartition("/")
        if folder not in chains and _ENTRY.fullmatch(name):
            folders.setdefault(folder, []).append(stat.key)
    for folder, keys in sorted(folders.items()):
        yield (
            f"{line(folder, 120)} holds {len(keys)} entries{_whose(store.get(min(keys)))}, and can "
            "be no model's ledger: somebody copied or moved one."
        )


def _whose(entry: bytes) -> str:
    try:
        model = str(read_json(entry)["model"])
    except (ValueError, KeyError, TypeError):
        return ""
    return f" of the ledger of {model}" if may_be_model(model) or model == KEYS else ""
