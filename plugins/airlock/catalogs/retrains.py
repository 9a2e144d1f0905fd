"""The catalog of retrains that drift asked for: one chain per model, each alarm entered once.

Each is an entry `retrain` of the model's ledger; `retrains/<model>/<number>.json` is a view of it.
Whoever asks reads all and takes the next number. Who loses it reads again: two alarms at once, or
two attempts of one task, therefore never start two trainings within one cooldown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from airlock.catalogs.base import Catalog
from airlock.core.errors import Unverified
from airlock.core.nights import nights_between
from airlock.ledger import Chain, Kind, Ledger


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
        entry: the ledger entry that holds all this; 0 if none does.
    """

    FOLDER: ClassVar[str] = "retrains"
    KINDS: ClassVar[frozenset[Kind]] = frozenset({"retrain"})
    WHAT: ClassVar[str] = "retrain"

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
    entry: int = 0

    @property
    def key(self) -> str:
        """Where its view is stored."""
        return f"retrains/{self.model}/{self.number:06d}.json"

    @property
    def id(self) -> str:
        """One alarm asks once."""
        return f"retrain/{self.alarm}"

    @property
    def training_run(self) -> str:
        """The id of the run that it starts; Airflow lets no DAG have two runs of one id."""
        return f"drift__{self.alarm}"


RETRAINS = Catalog(Retrain)


def append_retrain(
    ledger: Ledger,
    retrain: Retrain,
    *,
    cooldown_nights: int,
    at: datetime,
    results: Mapping[str, Any] | None = None,
) -> Retrain | None:
    """Enter a retrain, unless its alarm or another one in the cooldown is entered already.

    Args:
        ledger: of its model, to be written to.
        at: when, UTC.
        results: what the entry names besides.

    Returns:
        The entry, if it is of this very run: a task that died before Airflow heard of it asks
        again. None if another run asked.

    Raises:
        StoreError: others write to the ledger without an end.
        Unverified: a retrain lies there that no entry of the ledger names.
    """
    entered = RETRAINS.append_unless(
        ledger,
        retrain,
        lambda: retrains(ledger),
        as_kind="retrain",
        at=at,
        more={"results": dict(results or {})},
        refused=lambda known: any(_nights(one, retrain) <= cooldown_nights for one in known),
    )
    if entered is None:
        return None
    own = (entered.dag_id, entered.run_id) == (retrain.dag_id, retrain.run_id)
    return entered if own else None


def retrains(chain: Chain) -> list[Retrain]:
    """Every retrain that drift ever asked for, oldest first.

    Raises:
        Unverified: one lies there that no entry of the ledger names.
    """
    RETRAINS.refuse_unsigned(chain)
    return sorted(RETRAINS.read(chain), key=lambda one: one.number)


def model_of(key: str) -> str:
    """Whose retrain a key names, which may come from an event that anybody made up.

    Raises:
        Unverified: it is no key of a retrain.
    """
    if not (match := re.fullmatch(r"retrains/([^/]+)/\d{6}\.json", key)):
        raise Unverified("An event names no retrain.", do="Find out who made it.")
    return match[1]


def read(chain: Chain, key: str) -> Retrain:
    """One retrain by the key of its view, as the ledger holds it.

    Raises:
        Unverified: it is no key of a retrain, or the ledger holds no such one.
    """
    model_of(key)
    for one in retrains(chain):
        if one.key == key:
            return one
    raise Unverified(
        f"The ledger of {chain.model} holds no retrain {key}.", do="Find out who made the event."
    )


def _nights(one: Retrain, other: Retrain) -> int:
    return abs(nights_between(one.night, other.night))
