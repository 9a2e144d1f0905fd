"""Whatever breaks: what is promised holds, so do the invariants, and the next night runs through.

`make test` tries a sample; `make soak ONLY=faults` tries all and writes docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.faults.catalog import Fault, every_fault
from tests.faults.world import World

STAGE = [one for one in every_fault() if one.level != "airflow"]


def cases(faults: Sequence[Fault]) -> list[Any]:
    found = []
    for one in faults:
        marks = [] if one.kept else [pytest.mark.xfail(reason=one.why, strict=True)]
        found.append(pytest.param(one, id=one.name, marks=marks))
    return found


def ridden_out(fault: Fault, world: World, note: Callable[[str, object], None]) -> None:
    """Break it, look, and go on as a schedule does."""
    note("fault", fault.name)
    note("seen", fault.run(world))
    for line in world.lines.values():
        line.be("up")
    world.settle()
    world.hold()
    world.run_through(fault.after)
    world.settle()
    world.hold()


@pytest.mark.parametrize("fault", cases([one for one in STAGE if one.sample]))
def test_a_fault_is_ridden_out(
    fault: Fault,
    world_for: Callable[[Fault], World],
    record_property: Callable[[str, object], None],
):
    ridden_out(fault, world_for(fault), record_property)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", cases(STAGE))
def test_every_fault_is_ridden_out(
    fault: Fault,
    world_for: Callable[[Fault], World],
    record_property: Callable[[str, object], None],
):
    ridden_out(fault, world_for(fault), record_property)
