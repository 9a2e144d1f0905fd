"""The catalogue of drift: which nights of a model were judged, and what each went on from.

    drift/<model>/<night>/<number>.json    written once each; the highest number is what counts

An entry pins the night before it: the same night judged again goes on from the same one, whatever
was judged since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock.catalogs import base as catalogue
from airlock.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One judgement of one night.

    Args:
        model: registered name.
        night: partition date, ISO.
        number: 1 for the first of the night; 0 before it is entered.
        basis: digest of what was judged: rows, predictions, limits.
        drift: address of the `Drift` result.
        sha256: of that result, as stored.
        previous: address of the result that it goes on from; None for a model's first night.
        previous_sha256: of that result.
        late: whether a later night had been judged before; such a night asks for nothing.
    """

    model: str
    night: str
    number: int = 0
    basis: str
    drift: str = ""
    sha256: str = ""
    previous: str | None
    previous_sha256: str | None
    late: bool

    @property
    def key(self) -> str:
        """Where it is stored."""
        return f"drift/{self.model}/{self.night}/{self.number:06d}.json"


def outlook(store: Store, model: str, night: str, *, basis: str) -> Judged:
    """What a judgement of a night goes on from: as it did the first time, or from the night before.

    Returns:
        The entry that was made, or one with the number 0 that is still to be made.

    Raises:
        Unverified: an entry is not written as entries are.
    """
    keys = _keys(store, model)
    for key in keys.get(night, []):
        if (known := _read(store, key)).basis == basis:
            return known
    earlier = [one for one in sorted(keys) if one < night]
    before = _read(store, keys[earlier[-1]][-1]) if earlier else None
    return Judged(
        model=model,
        night=night,
        basis=basis,
        previous=before.drift if before else None,
        previous_sha256=before.sha256 if before else None,
        late=any(one > night for one in keys),
    )


def enter(store: Store, judged: Judged) -> Judged:
    """Enter a judgement, once: the same basis is found, not entered again.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    return catalogue.enter(
        store,
        judged,
        known=lambda: [
            _read(store, key) for key in _keys(store, judged.model).get(judged.night, [])
        ],
        same=lambda one: one.basis == judged.basis,
    )


def earlier(store: Store, model: str, night: str, *, last: int) -> list[Judged]:
    """What counts of the nights before one, oldest first.

    Args:
        last: how many of them, counted back from the night.
    """
    keys = _keys(store, model)
    return [_read(store, keys[one][-1]) for one in [n for n in sorted(keys) if n < night][-last:]]


def _keys(store: Store, model: str) -> dict[str, list[str]]:
    """The entries' keys by night, each night's oldest first."""
    found: dict[str, list[str]] = {}
    for stat in store.list(f"drift/{model}/"):
        if match := re.fullmatch(r".*/(\d{4}-\d\d-\d\d)/\d{6}\.json", stat.key):
            found.setdefault(match[1], []).append(stat.key)
    return {night: sorted(keys) for night, keys in found.items()}


def _read(store: Store, key: str) -> Judged:
    return catalogue.read(Judged, key, store.get(key), what="judgement")
