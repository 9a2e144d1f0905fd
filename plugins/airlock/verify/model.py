"""Verifies everything that one model's ledger names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.core.scratch import private_folder
from airlock.ledger import Checkpoint, Ledger
from airlock.verify.bundles import check_bundles
from airlock.verify.chain import check_chain
from airlock.verify.erasures import check_nights, check_suppressed
from airlock.verify.look import Look, Verification
from airlock.verify.mlflow import check_copies
from airlock.verify.receipts import check_receipts
from airlock.verify.results import check_results
from airlock.verify.texts import check_texts
from airlock.verify.views import check_views

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings
    from airlock.engine.publication import Stores


def verify(
    ledger: Ledger,
    *,
    stores: Stores,
    mlflow: MlflowSettings,
    checkpoints: Sequence[Checkpoint] = (),
    deep: bool = False,
    raw_days: float = 30,
    quarantine_days: float = 90,
    now: datetime | None = None,
) -> Verification:
    """Verify one model: every entry, and all that it names, directly or by digest.

    Args:
        deep: also MLflow's copies of every version and all that lies beside them, its alias and
            tags, and whether rows before redaction were kept for their time.
        checkpoints: notes about this model's chain from outside of the store.
        raw_days: how long such rows must be kept, as `gc` was told.
        quarantine_days: the same of what validation set aside.
        now: UTC; the clock's if left out.

    Raises:
        StoreUnavailable: whether it holds cannot be said now.
    """
    with private_folder("verify") as scratch:
        look = Look(
            ledger=ledger,
            stores=stores,
            scratch=scratch,
            now=now or datetime.now(UTC),
            raw_days=raw_days if deep else None,
            quarantine_days=quarantine_days if deep else None,
        )
        check_chain(look, checkpoints)
        check_results(look)
        check_bundles(look)
        check_views(look)
        check_texts(look)
        check_receipts(look)
        check_suppressed(look)
        check_nights(look)
        note = check_copies(look, mlflow, deep=deep)
        return replace(look.finding(), note=note)
