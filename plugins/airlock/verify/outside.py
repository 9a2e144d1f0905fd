"""Lists what no ledger entry names, so that nobody can verify it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from airlock.engine.publication import Stores
from airlock.store import Zone
from airlock.verify.look import Verification

NEVER = (
    "MLflow's experiments, runs and logged models (metrics, parameters, plots), the texts on its "
    "pages, who made a version and when, and the tags airlock.card and airlock.proven",
    "Airflow's own database, logs and XComs",
    "the tables that a SqlOutput fills, and the CSV or sheets that people took elsewhere",
    "the file of trusted keys, the connections and the settings",
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
        found |= {(zone, stat.key) for stat in stores[zone].list("")} - covered
        found |= {(zone, place) for place in stores[zone].strange()}
    return sorted(found)
