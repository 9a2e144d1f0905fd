"""Which process of an Airflow is which, by the titles that Airflow 3.3.2 and Airlock give them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator

import psutil

_SUPERVISOR = "airflow worker -- LocalExecutor: "
_TASK = "airflow worker -- "
_IDLE = "<idle>"
_SMOKE = "airlock.stages.register.smoke"


def kind_of(title: str) -> str | None:
    """`supervisor`, `task` or `smoke process`; None for whatever else runs.

    Args:
        title: the command line, or what `setproctitle` made of it.
    """
    if _SMOKE in title:
        return "smoke process"
    if title.startswith(_SUPERVISOR):
        return None if _IDLE in title else "supervisor"
    return "task" if title.startswith(_TASK) else None


def working(sessions: Collection[int]) -> Iterator[tuple[str, int, str]]:
    """Kind, process id and title of all that work on a task.

    Args:
        sessions: of the services; what they start stays in their sessions.
    """
    for process in psutil.process_iter(["cmdline"]):
        title = " ".join(process.info["cmdline"] or ()).strip("\0 ")
        kind = kind_of(title)
        with contextlib.suppress(ProcessLookupError):
            if kind is not None and os.getsid(process.pid) in sessions:
                yield kind, process.pid, title
