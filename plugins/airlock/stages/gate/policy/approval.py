"""Policy section on people: who approves, how many, how long, and who may break the glass."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from airlock.core.spec import Spec


class BreakGlassRule(Spec):
    """Who may make a champion past the gate and the approvers, and for how long.

    Args:
        people: user names of Airflow, as it shows who triggered a run.
        max_hours: after which the champion before is champion again, unless another person
            confirms the new one.
    """

    people: tuple[str, ...] = Field(min_length=1)
    max_hours: float = Field(default=24, gt=0, le=168)


Asked = Literal["never", "first", "always"]


class ApprovalRule(Spec):
    """Whether people are asked, whom, how many, and for how long.

    Args:
        required: `never`, for the `first` champion only, or `always`. A run whose source or
            hyperparameters a person overrode needs approval in any case.
        scheduled: the same for runs that no person triggered; as `required` if left out. Nobody
            asked for such a run, so nobody is kept from approving it.
        approvers: user names of Airflow who may answer; empty for everybody with the right to.
        roles: names of `[airlock] roles` whose members may answer as well.
        count: how many different people must say yes; one no is enough to end it.
        remind_after_hours: when everybody is told again, after the decision; None for never.
        escalate_after_hours: when `[airlock] escalation_notifier` is told; None for never.
        expires_after_hours: an answer that has not come by then, after the decision, is a no.
        break_glass: whether anybody may go past gate and approvers; nobody if left out.
    """

    required: Asked = "never"
    scheduled: Asked | None = None
    approvers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    count: int = Field(default=1, ge=1, le=9)
    remind_after_hours: float | None = Field(default=None, gt=0)
    escalate_after_hours: float | None = Field(default=None, gt=0)
    expires_after_hours: float = Field(default=20, gt=0)
    break_glass: BreakGlassRule | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> ApprovalRule:
        if self.approvers and not self.roles and len(set(self.approvers)) < self.count:
            raise ValueError("approvers names fewer people than count asks for")
        for name in ("remind_after_hours", "escalate_after_hours"):
            hours = getattr(self, name)
            if hours is not None and hours >= self.expires_after_hours:
                raise ValueError(f"{name} must be less than expires_after_hours")
        return self

    def asks_about(self, *, scheduled: bool) -> Asked:
        """When people are asked about runs that the schedule started, or that a person did."""
        return self.scheduled or self.required if scheduled else self.required
