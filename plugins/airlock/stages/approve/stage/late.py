"""Tells approvers whose answer came too late to count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.stages.approve.record import Approval


def told(said: Approval, event: Mapping[str, Any], stored: Mapping[str, Any]) -> str | None:
    """The sentences for everybody who was asked; None where nobody waits for any.

    Airflow takes one answer. It refuses a later one without saying what was decided, and of two in
    the same moment it may take both, show the second, and act on the first.

    Args:
        said: what counts, as the ledger has it.
        event: the answer that Airflow acted on.
        stored: the answer that its page shows now.
    """
    if not said.required:
        return None
    late = _name(stored)
    if late is not None and _answer(stored) != _answer(event):
        return (
            f"{said.facts()[0]} The answer of {late} came after it and does not count, whatever "
            f"the page under Required Actions shows. Ledger entry {said.sequence} says what counts."
        )
    if said.approved:
        return (
            f"{said.facts()[0]} Ledger entry {said.sequence} says so; no later answer to this "
            "question counts."
        )
    # A no is told where it ends the run.
    return None


def _answer(given: Mapping[str, Any]) -> tuple[Any, ...]:
    return _name(given), list(given.get("chosen_options") or ()), given.get("params_input") or {}


def _name(given: Mapping[str, Any]) -> str | None:
    user = given.get("responded_by_user") or {}
    return user.get("name") or user.get("id") or None
