"""How long raw rows are kept, and when an attempt counts as dead."""

from __future__ import annotations

from pydantic import Field

from airlock.core.spec import Spec


class GcSpec(Spec):
    """Retention, in days since an object was written.

    Args:
        raw_days: rows that were snapshotted or passed validation.
        quarantine_days: rows that validation set aside; somebody may still want to repair them.
        dead_days: files of attempts that never published anything: killed, failed, or second. No
            attempt lives for a day, so that none is robbed of its files.
    """

    raw_days: float = Field(default=30, ge=1, allow_inf_nan=False)
    quarantine_days: float = Field(default=90, ge=1, allow_inf_nan=False)
    dead_days: float = Field(default=2, ge=1, allow_inf_nan=False)
