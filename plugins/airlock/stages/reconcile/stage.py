"""Compares MLflow's alias with the ledger, and corrects it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from airlock.catalogs import cards
from airlock.catalogs.cards import PendingCard
from airlock.core.errors import AirlockError, Unverified
from airlock.engine.record import Origin
from airlock.ledger import KEYS, Champion, Ledger
from airlock.ledger.checkpoint import forgotten, verify_and_publish
from airlock.ledger.pipelines import shared, trainers
from airlock.registry import ALIAS, MlflowSettings, Registry, open_registry
from airlock.registry.card import attach_card
from airlock.stages.reconcile.fall_back import FellBack, fall_back
from airlock.stages.reconcile.late import Late, tell_late
from airlock.stages.reconcile.record import Reconciliation
from airlock.stages.reconcile.reminders import Waiting, remind
from airlock.store import Store

# A promotion writes the ledger first and moves the alias a moment later: that is no incident.
_A_MOMENT = timedelta(minutes=2)


News = Waiting | FellBack | Late


def _nobody_told(_: News) -> bool:
    return False


def _unverifiable(model: str, champion: Champion) -> None:
    raise Unverified(
        f"Nobody can say whether the bundle of {model} version {champion.version} is as it was.",
        do="Give reconcile a way to verify it.",
    )


def _no_card(_: PendingCard) -> Path:
    raise Unverified("Nobody can say where model cards lie.", do="Give reconcile a way to them.")


def reconcile(
    ledgers: Iterable[Ledger],
    *,
    origin: Origin,
    mlflow: MlflowSettings,
    now: datetime,
    tell: Callable[[News], bool] = _nobody_told,
    verify: Callable[[str, Champion], None] = _unverifiable,
    card: Callable[[PendingCard], Path] = _no_card,
    second: Store | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> Reconciliation:
    """Let the alias of every model point at the champion that its ledger names.

    A model whose chain is broken does not keep the others from being put right. What the ledger
    alone asks for comes first: MLflow may be away.

    Args:
        ledgers: all there are, with a key to sign.
        origin: the run; what it sees is one observation.
        now: the time that incidents carry, UTC.
        tell: tells somebody of an approval that still waits, of a champion that fell back, or of a
            deadline that passed; says whether it could.
        verify: raises `Unverified` unless every file of a model's champion is as it was.
        card: a local folder with the files of a model card, verified.
        second: the place for checkpoints, if there is one.
        stamp: gets a time stamp over a checkpoint; None for none.

    Raises:
        LedgerError: a chain is broken, was cut off or was rewritten; raised after all else is done.
        RegistryUnavailable: MLflow does not answer.
        StoreUnavailable: the second place, or who makes time stamps, does not answer.
    """
    every = tuple(ledgers)
    errors: list[AirlockError] = []
    reminded, described, repaired, fell_back = 0, 0, [], []
    told: list[str | None] = []
    for ledger in every:
        with _collect_errors(errors):
            if second is not None:
                verify_and_publish(second, ledger, stamp=stamp)
        with _collect_errors(errors):
            if (fell := fall_back(ledger, verify=verify, now=now)) is not None:
                fell_back.append(ledger.model)
                tell(fell)
        with _collect_errors(errors):
            reminded += remind(ledger, now=now, tell=tell)
        with _collect_errors(errors):
            reminded += tell_late(ledger, now=now, tell=tell)
        with _collect_errors(errors):
            dags = trainers(ledger.entries(), now=now)
            told.append(shared(ledger.model, "training", dags))
    with _collect_errors(errors):
        if second is not None:
            errors += forgotten(second, (ledger.model for ledger in every))
    with _collect_errors(errors), open_registry(mlflow) as registry:
        for ledger in every:
            with _collect_errors(errors):
                if _repair_alias(registry, ledger, origin, now):
                    repaired.append(ledger.model)
            owed: list[PendingCard] = []
            with _collect_errors(errors):
                owed += cards.pending(ledger.store, ledger.model)
            for one in owed:
                with _collect_errors(errors):
                    attach_card(registry, one, card(one))
                    cards.remove_pending(ledger.store, one)
                    described += 1
    if errors:
        # That MLflow is away must not hide that a chain was rewritten.
        raise min(errors, key=lambda error: error.retry_can_help)
    return Reconciliation(
        models=tuple(ledger.model for ledger in every if ledger.model != KEYS),
        repaired=tuple(repaired),
        reminded=reminded,
        fell_back=tuple(fell_back),
        described=described,
        shared=tuple(one for one in told if one is not None),
    )


@contextmanager
def _collect_errors(errors: list[AirlockError]) -> Iterator[None]:
    """Go on with the other models, and keep the error for the end."""
    try:
        yield
    except AirlockError as error:
        errors.append(error)


def _repair_alias(registry: Registry, ledger: Ledger, origin: Origin, now: datetime) -> bool:
    champion = ledger.state().champion
    found = registry.champion(ledger.model)
    if champion is None:
        return found is not None and _withdraw_alias(registry, ledger, origin, now, found)
    if found == champion.version:
        registry.mark(ledger)
        return False
    if now - ledger.entries()[champion.sequence - 1].at > _A_MOMENT:
        pointed = f"at version {found}" if found else "at nothing"
        ledger.append(
            "incident",
            {
                "what": f"MLflow's alias {ALIAS} pointed {pointed} instead of at version "
                f"{champion.version}; it was put right.",
                "found": found,
                "champion": champion.version,
            },
            id=f"incident/{origin.dag_id}/{origin.run_id}/{found}",
            at=now,
        )
    return registry.follow(ledger)


def _withdraw_alias(
    registry: Registry, ledger: Ledger, origin: Origin, now: datetime, found: int
) -> bool:
    """Take away the alias of a model of which nothing was ever promoted."""
    if ledger.model == KEYS:
        return False
    ledger.append(
        "incident",
        {
            "what": f"MLflow's alias {ALIAS} pointed at version {found}, and the ledger names no "
            "champion; it was taken away.",
            "found": found,
            "champion": None,
        },
        id=f"incident/{origin.dag_id}/{origin.run_id}/{found}",
        at=now,
    )
    return registry.follow(ledger)
