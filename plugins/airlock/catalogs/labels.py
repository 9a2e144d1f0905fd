"""The catalogue of labels: what turned out to be true of the rows of a night, as far as known.

    labels/<model>/<night>/<number>.json    written once each; for one key the highest number counts

Labels come late and in pieces. The rows (row_key, label; for what people answered also reviewer)
stay where the stage `labels` published them, by pseudonymised keys; an entry names that result and
its SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airlock.catalogs import base as catalogue
from airlock.store import Store

if TYPE_CHECKING:
    import pandas as pd


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

    @property
    def key(self) -> str:
        """Where it is stored."""
        return f"labels/{self.model}/{self.night}/{self.number:06d}.json"


def publish(store: Store, labels: Labels) -> Labels:
    """Enter labels, once: those of the same result are found, not entered again.

    Returns:
        The labels with their number.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    return catalogue.enter(
        store,
        labels,
        known=lambda: list(deliveries(store, labels.model, labels.night)),
        same=lambda one: one.sha256 == labels.sha256,
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
        yield catalogue.read(Labels, stat.key, store.get(stat.key), what="entry of labels")


def as_text(values: pd.Series) -> pd.Series:
    """Labels as a bundle names its classes, whether they were predicted or delivered."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    return values.astype(str)
