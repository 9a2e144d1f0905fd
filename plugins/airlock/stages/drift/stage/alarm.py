"""Decides when drift becomes an alarm, when it ends, and when it asks for a retrain.

A course depends on the night before it, which is recorded, and on nothing else: no file is changed,
the same night judged twice gives the same answer, and an old night cannot alarm today.
"""

from __future__ import annotations

from dataclasses import replace

from airlock.core.nights import nights_between
from airlock.stages.drift.record import Course
from airlock.stages.drift.spec import DriftSpec


def follow(
    before: Course,
    spec: DriftSpec,
    *,
    night: str,
    drifted: bool,
    enough: bool = True,
    silent: str = "",
) -> Course:
    """One night further.

    Args:
        before: the course after the night before; of a new champion's first night only what was
            asked last.
        night: partition date, ISO.
        drifted: whether this night has.
        enough: whether its rows say anything; if not, everything stays as it was.
        silent: why this night may not ask for a retrain, in a sentence; "" if it may.
    """
    stays = replace(before, asks=False, because="")
    if not enough:
        return stays
    after = _drifted(stays, spec, night) if drifted else _calm(stays, spec)
    if after.standing != "alarm":
        return after
    waits = silent or _cooling(after, spec, night)
    if waits or not drifted:
        return replace(after, because=waits or "This night is without drift.")
    return replace(after, asks=True, asked=night)


def afresh(before: Course) -> Course:
    """What a new champion inherits: nothing but the cooldown."""
    return Course(asked=before.asked)


def _drifted(course: Course, spec: DriftSpec, night: str) -> Course:
    streak = course.streak + 1
    raised = course.standing == "alarm" or streak >= spec.nights_to_raise
    return replace(
        course,
        standing="alarm" if raised else "drifting",
        streak=streak,
        calm=0,
        since=course.since or night,
    )


def _calm(course: Course, spec: DriftSpec) -> Course:
    calm = course.calm + 1
    if course.standing == "alarm" and calm < spec.nights_to_clear:
        return replace(course, streak=0, calm=calm)
    return Course(calm=calm, asked=course.asked)


def _cooling(course: Course, spec: DriftSpec, night: str) -> str:
    if course.asked is None:
        return ""
    if nights_between(course.asked, night) > spec.cooldown_nights:
        return ""
    return (
        f"A retrain was asked for on {course.asked}, and the next one waits "
        f"{spec.cooldown_nights} nights."
    )
