"""The retrains that drift asked for: one chain per model, and each alarm is in it once.

    retrains/<model>/<number>.json    written once each, without a gap

Whoever asks reads the whole chain and takes the next number. Who loses it reads again: two alarms
at once, or two attempts of one task, therefore never start two trainings within one cooldown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date

from airlock.catalogs import base as catalogue
from airlock.core.content import canonical_json
from airlock.core.errors import StoreError, Unverified
from airlock.store import Store

_TRIES = 100  # far more alarms of one model than ever are raised at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrain:
    """One training that drift asked for.

    Args:
        model: registered name.
        number: 1 for the model's first; 0 before it is entered.
        alarm: name of the alarm: the night that raised it, and the champion's ledger entry.
        night: whose data drifted, and are trained on.
        reason: why, in one sentence.
        training: the DAG that trains.
        drift: address of the `Drift` result that says more.
        sha256: of that result, as stored.
        dag_id: of the run that asks.
        run_id: of the run that asks.
    """

    model: str
    number: int = 0
    alarm: str
    night: str
    reason: str
    training: str
    drift: str
    sha256: str
    dag_id: str
    run_id: str

    @property
    def key(self) -> str:
        """Where it is stored."""
        return f"retrains/{self.model}/{self.number:06d}.json"

    @property
    def training_run(self) -> str:
        """The id of the run that it starts; Airflow lets no DAG have two runs of one id."""
        return f"drift__{self.alarm}"


def ask(store: Store, retrain: Retrain, *, cooldown_nights: int) -> Retrain | None:
    """Enter a retrain, unless its alarm or another one in the cooldown is entered already.

    Returns:
        The entry, if it is of this very run: a task that died before Airflow heard of it asks
        again. None if another run asked.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    for _ in range(_TRIES):
        known = list(retrains(store, retrain.model))
        for one in known:
            if one.alarm == retrain.alarm:
                return one if (one.dag_id, one.run_id) == (retrain.dag_id, retrain.run_id) else None
        if any(_nights(one, retrain) <= cooldown_nights for one in known):
            return None
        numbered = replace(retrain, number=len(known) + 1)
        if store.create(numbered.key, canonical_json(asdict(numbered))):
            return numbered
    raise StoreError(
        f"A retrain of {retrain.model} cannot be entered.",
        do="Look for a number that is missing below retrains/ in the store.",
    )


def retrains(store: Store, model: str) -> Iterator[Retrain]:
    """Every retrain that drift ever asked for, oldest first.

    Raises:
        Unverified: an entry is not written as entries are.
    """
    for key in sorted(stat.key for stat in store.list(f"retrains/{model}/")):
        yield read(store, key)


def read(store: Store, key: str) -> Retrain:
    """One entry by its key, which may come from an event that anybody made up.

    Raises:
        ObjectMissing: no such entry was made.
        Unverified: it is no key of an entry, or the entry is not written as entries are.
    """
    if not re.fullmatch(r"retrains/[^/]+/\d{6}\.json", key):
        raise Unverified("An event names no retrain.", do="Find out who made it.")
    return catalogue.read(Retrain, key, store.get(key), what="retrain")


def _nights(one: Retrain, other: Retrain) -> int:
    return abs((date.fromisoformat(one.night) - date.fromisoformat(other.night)).days)
