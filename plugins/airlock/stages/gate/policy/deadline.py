"""Policy section on time: until when a night is done, and how long people and alarms may wait."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from airlock.core.clock import Span, TimeOfDay
from airlock.core.spec import Spec


class DeadlineRule(Spec):
    """Deadlines whose end somebody is told of, once each; none of them stops or fails a run.

    Args:
        done_by: a time of day, UTC: a run that the schedule began is over by the next one, such as
            06:00. One that failed was told of already.
        alarm_to_production: from an alarm of drift that asked for a training to the promotion of
            whatever answers it, such as 8h.
        approval: from the gate's decision to the answer of people, such as 20h.
    """

    done_by: TimeOfDay | None = None
    alarm_to_production: Span | None = None
    approval: Span | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.done_by or self.alarm_to_production or self.approval):
            raise ValueError("give done_by, alarm_to_production or approval")
        return self
