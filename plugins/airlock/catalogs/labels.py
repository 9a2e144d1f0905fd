"""The catalog of labels: what turned out to be true of the rows of a night, as far as known.

An entry `labelled` of the model's ledger names what one delivery says of one night; for one key the
highest number counts. Labels come late and in pieces. The rows (row_key, label; for what people
answered also reviewer) stay where the stage `labels` published them, by pseudonymised keys; the
entry names that result and its SHA-256. `labels/<model>/<night>/<number>.json` is a view of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.catalogs.base import Catalog
from airlock.core.names import PROBABILITY
from airlock.ledger import Chain, Kind, Ledger

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class NightLabels:
    """The labels of one night that came with one delivery.

    Args:
        model: registered name.
        night: whose predictions they are about, ISO.
        number: 1 for the first of the night; 0 before it is entered.
        labelling: address of the `Labelled` result.
        sha256: of that result, as stored.
        path: of the file in its data folder.
        rows: how many labels.
        files: digest of the list of the result's files; "" where an earlier version wrote it.
        data: digest of the redacted delivery's content.
        entry: the ledger entry that holds all this; 0 if none does.
    """

    FOLDER: ClassVar[str] = "labels"
    KINDS: ClassVar[frozenset[Kind]] = frozenset({"labelled"})
    WHAT: ClassVar[str] = "entry of labels"

    model: str
    night: str
    number: int = 0
    labelling: str
    sha256: str
    path: str
    rows: int
    files: str = ""
    data: str = ""
    entry: int = 0

    @property
    def key(self) -> str:
        """Where its view is stored."""
        return f"labels/{self.model}/{self.night}/{self.number:06d}.json"

    @property
    def id(self) -> str:
        """One delivery says one thing about a night."""
        return f"labelled/{self.night}/{self.sha256}"


LABELS = Catalog(NightLabels)


def publish(
    ledger: Ledger,
    labels: NightLabels,
    *,
    at: datetime,
    results: Mapping[str, Any] | None = None,
) -> NightLabels:
    """Enter labels, once: those of the same result are found, not entered again.

    Args:
        ledger: of their model, to be written to.
        at: when, UTC.
        results: what the entry names besides.

    Returns:
        The labels with their number.
    """
    return LABELS.append(ledger, labels, as_kind="labelled", at=at, results=results)


def deliveries(chain: Chain, night: str) -> list[NightLabels]:
    """All labels of a night, oldest first.

    Raises:
        Unverified: some lie there that no entry of the ledger names.
    """
    LABELS.refuse_unsigned(chain, night=night)
    return LABELS.read(chain, night=night)


def nights(chain: Chain) -> list[str]:
    """The nights of a model with labels, in order, with or without a signature."""
    return LABELS.nights(chain)


def classes_of(predicted: pd.DataFrame) -> tuple[str, ...]:
    """The classes that predictions tell apart, in order; none for numbers."""
    return tuple(
        name.removeprefix(PROBABILITY)
        for name in map(str, predicted.columns)
        if name.startswith(PROBABILITY)
    )


def as_text(values: pd.Series) -> pd.Series:
    """Labels as a bundle names its classes, whether they were predicted or delivered."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"})
    return values.astype(str)
