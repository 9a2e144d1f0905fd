"""Verifies the catalogs: each view agrees with its entry; views without an entry are listed."""

from __future__ import annotations

from airlock.catalogs import base as catalog
from airlock.catalogs.drifts import Judged
from airlock.catalogs.labels import NightLabels
from airlock.catalogs.predictions import Partition
from airlock.catalogs.retrains import Retrain
from airlock.core.content import canonical_json, sha256
from airlock.core.errors import ObjectMissing
from airlock.ledger import Entry
from airlock.verify.look import Look

_CATALOGUES: tuple[type[catalog.NumberedEntry], ...] = (Partition, NightLabels, Judged, Retrain)


def check_views(look: Look) -> None:
    """Compare them, in every catalog."""
    known: set[str] = set()
    for entry in look.entries:
        for kind in _CATALOGUES:
            if entry.kind in kind.KINDS:
                one = catalog.of_body(kind, entry.body, entry=entry.sequence)
                known.add(one.key)
                _view(look, entry, one.key, sha256(canonical_json(catalog.stored(one))))
        if entry.kind == "adopted":
            for key, name in entry.body["views"].items():
                known.add(key)
                _view(look, entry, key, name)
    for kind in _CATALOGUES:
        for stat in look.store.list(f"{kind.FOLDER}/{look.ledger.model}/"):
            if stat.key not in known:
                look.warnings.append(
                    f"{stat.key} is not under a signature: nobody acts on it until `airlock adopt`."
                )


def _view(look: Look, entry: Entry, key: str, name: str) -> None:
    look.cover(key, entry.sequence)
    try:
        data = look.store.get(key)
    except ObjectMissing:
        if entry.kind == "adopted":
            look.bad(entry.sequence, f"{key}, which it adopted, is gone.")
            return
        look.warnings.append(
            f"{key}, the view of entry {entry.sequence}, is missing. Readers go by the entry; "
            "clearing the task that wrote it writes it again."
        )
        return
    if sha256(data) != name:
        look.bad(entry.sequence, f"{key} says something else than the entry that it is a view of.")
