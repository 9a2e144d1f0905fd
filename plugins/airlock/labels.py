"""The catalogue of labels: what turned out to be true of the rows of a night, as far as known.

    labels/<model>/<night>/<number>.json    written once each; for one key the highest number counts

Labels come late and in pieces. The rows (row_key, label) stay where the stage `labels` published
them, by pseudonymised keys; an entry names that result and its SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from airlock.content import canonical_json
from airlock.errors import StoreError, Unverified
from airlock.store import Store

_TRIES = 100  # far more writers than one night of one model ever has at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of one night that came with one delivery.

    Args:
        model: registered name.
        night: whose predictions they are about, ISO.
        number: 1 for the first of the night; 0 before it is entered.
        labelling: address of the `Labelled` result.
        sha256: of that result, as stored.
        path: of the file in its data folder.
        rows: how many labels.
    """

    model: str
    night: str
    number: int = 0
    labelling: str
    sha256: str
    path: str
    rows: int


def publish(store: Store, labels: Labels) -> Labels:
    """Enter labels, once: those of the same result are found, not entered again.

    Returns:
        The labels with their number.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    for _ in range(_TRIES):
        known = list(deliveries(store, labels.model, labels.night))
        for one in known:
            if one.sha256 == labels.sha256:
                return one
        numbered = replace(labels, number=len(known) + 1)
        if store.create(_key(numbered), canonical_json(asdict(numbered))):
            return numbered
    raise StoreError(
        f"The labels of {labels.model} for {labels.night} cannot be entered.",
        do="Look for a number that is missing below labels/ in the store.",
    )


def deliveries(store: Store, model: str, night: str | None = None) -> Iterator[Labels]:
    """All labels of a model, night by night, each night's oldest first.

    Args:
        night: of this night alone.

    Raises:
        Unverified: an entry is not written as entries are.
    """
    prefix = f"labels/{model}/" + (f"{night}/" if night else "")
    for stat in store.list(prefix):
        yield _read(stat.key, store.get(stat.key))


def _key(labels: Labels) -> str:
    return f"labels/{labels.model}/{labels.night}/{labels.number:06d}.json"


def _read(key: str, data: bytes) -> Labels:
    try:
        labels = Labels(**json.loads(data))
    except (TypeError, ValueError):
        raise Unverified(f"{key} is no entry of labels.", do="It was altered.") from None
    if key != _key(labels):
        raise Unverified(f"{key} is not the entry it says it is.", do="It was altered.")
    return labels
