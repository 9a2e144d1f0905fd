"""Whoever answers too late is told what was decided, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from airlock.stages.approve.record import Approval
from airlock.stages.approve.stage import told

ADA, GRACE = {"id": "3", "name": "ada"}, {"id": "7", "name": "grace"}


def said(**changes: Any) -> Approval:
    fields: dict[str, Any] = {
        "model": "churn",
        "version": 3,
        "decision": "d" * 64,
        "required": True,
        "approved": True,
        "by": "ada",
        "answered_at": "2026-01-05T12:00:00+00:00",
        "reason": "looks right",
        "sequence": 8,
    }
    return Approval(**(fields | changes))


def answered(user: dict[str, str] | None, *chosen: str, reason: str = "looks right") -> Any:
    return {
        "responded_by_user": user,
        "chosen_options": list(chosen),
        "params_input": {"reason": reason},
    }


def test_everybody_who_was_asked_is_told_who_approved_and_why():
    message = told(said(), answered(ADA, "Approve"), answered(ADA, "Approve"))

    assert message is not None
    assert "ada approved it at 2026-01-05T12:00:00+00:00: looks right" in message
    assert "entry 8" in message


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(answered(GRACE, "Reject", reason="wait"), id="the opposite"),
        pytest.param(answered(GRACE, "Approve"), id="the same by another person"),
        pytest.param(answered(ADA, "Reject"), id="another word of the same person"),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
def test_who_answered_in_the_same_moment_is_told_by_name(later: dict[str, Any], approved: bool):
    first = answered(ADA, "Approve" if approved else "Refuse")

    message = told(said(approved=approved), first, later)

    assert message is not None
    late = later["responded_by_user"]["name"]
    assert f"The answer of {late} came after it and does not count" in message
    assert message.startswith("ada ")


def test_who_answered_when_the_time_was_over_is_told():
    nobody = said(approved=False, by=None, answered_at=None, reason=None)

    message = told(nobody, {"error_type": "timeout"}, answered(GRACE, "Approve"))

    assert message is not None
    assert "Nobody answered in time" in message
    assert "grace" in message


def test_a_no_is_told_once_where_it_ends_the_run():
    no = answered(ADA, "Reject")

    assert told(said(approved=False), no, no) is None


def test_nobody_is_told_where_nobody_was_asked():
    assert told(said(required=False), {}, {}) is None
