"""Does all that the ledger says still hold? One idea a file; docs/ledger.md says what holds."""

from __future__ import annotations

from airlock.verify.look import Finding, Look, Problem
from airlock.verify.model import verify
from airlock.verify.outside import NEVER, outside

__all__ = ["NEVER", "Finding", "Look", "Problem", "outside", "verify"]
