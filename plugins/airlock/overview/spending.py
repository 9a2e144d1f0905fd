"""Counts what the months of models took, behind the answers of a server.

Each attempt leaves a sheet that never changes: it is read once. Nobody who looks at a list waits
for a thousand small objects.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from airlock.catalogs.usage import Total, Usage, months, usage_at, usage_keys
from airlock.store import Store

_COUNTED_ANEW = 60.0  # seconds
_COUNTERS = 2


@dataclass(slots=True)
class _Month:
    """What is known of one month of one model; changed by whoever holds its lock."""

    sheets: dict[str, Usage] = field(default_factory=dict)
    total: Total | None = None
    at: float = -_COUNTED_ANEW
    lock: threading.Lock = field(default_factory=threading.Lock)


class Spending:
    """Counts what the months of all models took.

    Args:
        store: where the sheets are.
        clock: seconds that only go forward.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._months: dict[tuple[str, str], _Month] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_COUNTERS, thread_name_prefix="spending")

    def known(self, model: str, month: str) -> Total | None:
        """What a month took, as it was counted last; None before it was. It is counted behind."""
        one = self._of(model, month)
        if self._clock() - one.at >= _COUNTED_ANEW and not one.lock.locked():
            self._pool.submit(self.count, model, month)
        return one.total

    def count(self, model: str, month: str) -> tuple[Usage, ...]:
        """The sheets of a month, as they are now.

        Raises:
            Unverified: what lies there is none.
        """
        one = self._of(model, month)
        with one.lock:
            one.at = self._clock()
            for key in usage_keys(self._store, model, month):
                if key not in one.sheets and (sheet := usage_at(self._store, key)) is not None:
                    one.sheets[key] = sheet
            one.total = Total.of(one.sheets.values())
            return tuple(one.sheets.values())

    def of_run(self, model: str, run: tuple[str, str]) -> Total:
        """What one run took, in whatever months.

        Args:
            run: DAG and run id.
        """
        return Total.of(
            one
            for month in months(self._store, model)
            for one in self.count(model, month)
            if (one.dag_id, one.run_id) == run
        )

    def _of(self, model: str, month: str) -> _Month:
        with self._lock:
            return self._months.setdefault((model, month), _Month())
