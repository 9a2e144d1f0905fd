"""The only code that talks to MLflow: runs, versions, and the alias of the champion.

MLflow's client waits four minutes for a dead server, makes duplicate versions in a race, and lets
the last writer of an alias win. Here every call ends in seconds and in an error a person can act
on, a bundle has one canonical version, and the alias is only a view of the ledger.

Heavy: only a stage.py, or what it imports, may import this.
"""

from __future__ import annotations

from airlock.bundle.flavor import LOADER
from airlock.config.mlflow_settings import MlflowSettings
from airlock.registry.registered import RegisteredVersion
from airlock.registry.runs import OpenRun, family_tags, open_run
from airlock.registry.versions import ALIAS, SMOKE, Registry, open_registry, point_alias

__all__ = [
    "ALIAS",
    "LOADER",
    "SMOKE",
    "MlflowSettings",
    "OpenRun",
    "RegisteredVersion",
    "Registry",
    "family_tags",
    "open_registry",
    "open_run",
    "point_alias",
]
