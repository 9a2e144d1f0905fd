"""Property tests with a short search in `make test`, and a long one in `make soak`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

LONGER = 200
"""How many times as many examples the long search tries."""


def searched(examples: int, *strategies: Any, **named: Any) -> Callable[[Any], Any]:
    """A short search, and a long one under `soak`.

    Args:
        examples: that the short one tries.
        strategies: as `given` takes them.
        named: the same, by the names of arguments.
    """

    def twice(check: Callable[..., None]) -> Any:
        def search(effort: int) -> None:
            settings(max_examples=effort, deadline=None, suppress_health_check=list(HealthCheck))(
                given(*strategies, **named)(check)
            )()

        search.__doc__ = check.__doc__
        return pytest.mark.parametrize(
            "effort",
            [
                pytest.param(examples, id="short"),
                pytest.param(
                    LONGER * examples,
                    id="long",
                    marks=[pytest.mark.soak, pytest.mark.timeout(7200)],
                ),
            ],
        )(search)

    return twice
