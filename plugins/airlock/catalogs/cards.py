"""Model cards that MLflow does not show yet.

    cards/<model>/<sequence>.json    the decision in that ledger entry has a card, and it is due

A card is due from the moment the gate has published it until MLflow has it. Whoever is killed in
between, or finds MLflow away, leaves it to reconcile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from airlock.core.content import canonical_json
from airlock.core.errors import ObjectMissing, Unverified
from airlock.reading import read_json
from airlock.store import Store

HTML, MARKDOWN = "card.html", "card.md"
"""The files of a card in the report of its decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCard:
    """Where a version's card lies, and where it belongs.

    Args:
        sequence: the ledger entry of the decision that it describes.
        run_id: the MLflow run that trained the version.
        decision: address of the gate's result, whose report holds the card.
        sha256: of that result, as stored.
    """

    model: str
    version: int
    sequence: int
    run_id: str
    decision: str
    sha256: str


def note_pending(store: Store, card: PendingCard) -> None:
    """Note that MLflow is to show a card; again is no change."""
    store.create(_key(card), canonical_json(asdict(card)))


def pending(store: Store, model: str) -> Iterator[PendingCard]:
    """The cards that MLflow has not got yet, the oldest decision first.

    Raises:
        Unverified: what lies there is no card.
    """
    for stat in list(store.list(f"cards/{model}/")):
        try:
            yield PendingCard(**read_json(store.get(stat.key)))
        except ObjectMissing:
            continue  # settled in this moment
        except (ValueError, TypeError):
            raise Unverified(
                f"{stat.key} does not read as a card.",
                do="Delete it, and find out who wrote it; the card is on the gate's page.",
            ) from None


def remove_pending(store: Store, card: PendingCard) -> None:
    """Forget a card that MLflow has."""
    store.delete(_key(card))


def _key(card: PendingCard) -> str:
    return f"cards/{card.model}/{card.sequence:08d}.json"
