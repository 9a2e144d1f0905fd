"""The question to approvers, and the judgement of their answers."""

from __future__ import annotations

from airlock.stages.approve.stage.answer import TIMEOUT, answer, answered_before
from airlock.stages.approve.stage.late import told
from airlock.stages.approve.stage.question import APPROVE, REJECT, ApprovalQuestion, Links, question
from airlock.stages.approve.stage.standing import deadline, overtaken

__all__ = [
    "APPROVE",
    "REJECT",
    "TIMEOUT",
    "ApprovalQuestion",
    "Links",
    "answer",
    "answered_before",
    "deadline",
    "overtaken",
    "question",
    "told",
]
