"""Whom a storm hits is told from a process's title."""

from __future__ import annotations

import pytest

from tests.faults.processes import kind_of

TASK = "019ad2c4-5e1f-7aa0-8c11-4b6f0b0a1d55"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        (f"airflow worker -- LocalExecutor: {TASK}", "supervisor"),
        ("airflow worker -- LocalExecutor: <idle>", None),
        (f"airflow worker -- {TASK}", "task"),
        ("python -m airlock.stages.register.smoke /tmp/a", "smoke process"),
        ("airflow api_server -- host:127.0.0.1 port:8080", None),
        ("python -m airflow scheduler --skip-serve-logs", None),
    ],
)
def test_a_process_is_known_by_its_title(title: str, kind: str | None):
    assert kind_of(title) == kind
