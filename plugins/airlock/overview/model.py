"""Everything about one model at one moment of its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airlock.ledger import Ledger, Moment, State
from airlock.overview.candidates import (
    Candidate,
    LoadRecord,
    candidates,
    higher_is_better,
    key_metric,
)
from airlock.overview.champions import Reign, reigns
from airlock.overview.needs import Need, needs
from airlock.overview.nights import NightOverview, latest_live, nights
from airlock.overview.worth import Worth, worth_by_night
from airlock.stages.live.record import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTrial:
    """The challenger that a canary gives a share of the keys to.

    Args:
        version: of the challenger.
        share: of the keys, 0 to 1.
        step: how many steps it has taken, from 1.
        steps: how many there are.
    """

    version: int
    share: float
    step: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOverview:
    """A model, as a person asks about it.

    Args:
        model: registered name.
        entries: of its ledger, all of them verified.
        head: SHA-256 of the last one: as long as it stands, so does all this but `needs`.
        champions: the oldest first; the last one is in production.
        candidates: the oldest first.
        nights: the last scored ones, the oldest first.
        worth: of the predictions, night by night, where labels came.
        live: what the predictions were worth; None without labels.
        trial: the canary; None without one.
        key_metric: that stands for the model; None before anything was measured.
        better: of each metric, whether higher is better.
        needs: what waits for a person, the most pressing first.
    """

    model: str
    entries: int
    head: str
    champions: tuple[Reign, ...]
    candidates: tuple[Candidate, ...]
    nights: tuple[NightOverview, ...]
    worth: tuple[Worth, ...]
    live: Live | None
    trial: OnTrial | None
    key_metric: str | None
    better: Mapping[str, bool]
    needs: tuple[Need, ...]


def overview_of(ledger: Ledger, load: LoadRecord, *, now: datetime) -> ModelOverview:
    """Read a ledger, and what it names, as far as the overview shows it.

    Args:
        load: reads the record of a result by address and SHA-256, verified.
        now: UTC.

    Raises:
        BrokenChain: the ledger does not verify.
        Unverified: a record is not what the ledger names.
    """
    chain = Moment.of(ledger)
    entries, state = chain.entries(), State.of(ledger.model, chain.entries())
    judged, scored = candidates(entries, load), nights(chain, load)
    live = latest_live(entries, load)
    figures = [name for one in judged for name in one.figures]
    return ModelOverview(
        model=ledger.model,
        entries=state.size,
        head=state.head,
        champions=reigns(entries),
        candidates=judged,
        nights=scored,
        worth=worth_by_night(entries, load),
        live=live,
        trial=_trial(state),
        key_metric=key_metric(dict.fromkeys(figures)),
        better={name: higher_is_better(name) for name in sorted(set(figures))},
        needs=needs(chain, state, scored, live, now=now),
    )


def _trial(state: State) -> OnTrial | None:
    if (one := state.canary) is None:
        return None
    return OnTrial(
        version=one.challenger.version,
        share=one.share,
        step=one.step,
        steps=len(one.rule.get("steps", ())),
    )
