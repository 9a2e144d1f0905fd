"""Verifies everything that a ledger names; docs/ledger.md says what is checked."""

from __future__ import annotations

from airlock.verify.look import Look, Problem, Verification
from airlock.verify.model import verify
from airlock.verify.outside import NEVER, outside, stray_ledgers

__all__ = ["NEVER", "Look", "Problem", "Verification", "outside", "stray_ledgers", "verify"]
