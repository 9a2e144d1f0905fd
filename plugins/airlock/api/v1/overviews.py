"""Keeps the overview of each model, and reads it anew when its ledger has grown.

One model is asked for as it is now. All of them are answered as they were some seconds ago, and
looked at again behind the answer: a first look at many long ledgers takes longer than anybody
waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from airlock.config.settings import Settings
from airlock.core.content import sha256 as digest_of
from airlock.core.errors import LedgerError, Unverified
from airlock.engine import publication
from airlock.engine.publication import Published
from airlock.engine.record import Folder
from airlock.ledger import Entry, Ledger, models
from airlock.overview.model import ModelOverview, overview_of
from airlock.overview.needs import Need, broken
from airlock.overview.spending import Spending
from airlock.store import Store

# Seconds. An entry that vanished is found by a whole listing; a new one, by asking for its place.
_LISTED_ANEW = 60.0
_NAMES_ANEW = 10.0
_LOOKED_ANEW = 5.0
# Ledgers that are read at once behind an answer. More of them would share the interpreter with
# whoever asks for one model: eight made a first answer wait for 1.4 s of their work.
_READERS = 4
_STANDS_BACK = 1.0  # seconds that a reader lets those go first who wait for an answer


_UNREADABLE = (
    "An entry is signed and says something that this version of Airlock does not read. Upgrade the "
    "API server; `airlock history` shows the entries."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one model at one moment: whoever holds it sees no other one's half.

    Args:
        overview: at its last entry; None if it does not verify.
        broken: why it does not; None if it does.
        dags: that wrote to it; none where nobody can tell.
    """

    overview: ModelOverview | None
    broken: Need | None
    dags: frozenset[str]


@dataclass(slots=True)
class _Looked:
    """How one model was looked at last; changed by whoever holds the lock.

    Args:
        ledger: which keeps what it verified, and reads what was added.
        listed: when its ledger was listed whole, for what is known of it.
        counted: likewise, for its entries alone.
        at: when anybody looked.
    """

    ledger: Ledger
    known: Known | None = None
    listed: float = -_LISTED_ANEW
    counted: float = -_LISTED_ANEW
    at: float = -_LOOKED_ANEW
    lock: threading.Lock = field(default_factory=threading.Lock)


class Overviews:
    """Of all models in a store.

    Args:
        store: which one.
        open_ledger: opens a model's.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        store: Store,
        open_ledger: Callable[[str], Ledger],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = self.store = store
        self._open = open_ledger
        self.spending = Spending(store)
        self._clock = clock
        self._looked: dict[str, _Looked] = {}
        self._names: tuple[str, ...] = ()
        self._named = -_NAMES_ANEW
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="overviews")
        self._waiting = 0
        self._nobody_waits = threading.Event()
        self._nobody_waits.set()
        self._looking: dict[str, Future[Known | None]] = {}
        # A record under a digest is what it was: read and verified once.
        self._load = lru_cache(maxsize=4096)(self._read)
        self.published = lru_cache(maxsize=1024)(self._published)
        self.beside = lru_cache(maxsize=512)(self._beside)

    def names(self) -> tuple[str, ...]:
        """Every model that has a ledger, in alphabetical order; some seconds old."""
        stale = self._clock() - self._named >= _NAMES_ANEW
        return self._named_anew() if stale else self._names

    def _named_anew(self) -> tuple[str, ...]:
        with self._lock:
            self._names = tuple(models(self._store))
            self._named = self._clock()
            return self._names

    def of(self, model: str, *, now: datetime) -> Known | None:
        """What is known of a model; None if it has no ledger.

        Args:
            model: whatever somebody asked for.
            now: UTC; a time that is over by then is asked of nobody.
        """
        with self._first():
            return self._look(model, now)

    @contextmanager
    def _first(self) -> Iterator[None]:
        """Let nobody begin a ledger behind an answer while somebody waits for one."""
        with self._lock:
            self._waiting += 1
            self._nobody_waits.clear()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._nobody_waits.set()

    def _behind(self, model: str, now: datetime) -> Known | None:
        self._nobody_waits.wait(timeout=_STANDS_BACK)
        return self._look(model, now)

    def _look(self, model: str, now: datetime) -> Known | None:
        # Looked up rather than opened: a name from an address must not become a path.
        if model not in self.names() and model not in self._named_anew():
            return None
        looked = self._of(model)
        with looked.lock:
            looked.known = known = self._known_now(model, looked, now)
            looked.at = self._clock()
            return known

    def entries(self, model: str) -> tuple[Entry, ...]:
        """The whole chain of a ledger that there is, verified; what was read is not read again.

        Args:
            model: as `chains` names it: a name from an address must not become a path.

        Raises:
            LedgerError: it does not verify.
        """
        looked = self._of(model)
        with looked.lock:
            size = len(looked.ledger.verified())
            stale = not size or self._clock() - looked.counted >= _LISTED_ANEW
            if stale or self._store.exists(_entry(model, size + 1)):
                try:
                    looked.ledger.entries()
                except LedgerError:
                    looked.ledger = self._open(model)
                    raise
                looked.counted = self._clock()
            return looked.ledger.verified()

    def _of(self, model: str) -> _Looked:
        with self._lock:
            if model not in self._looked:
                self._looked[model] = _Looked(ledger=self._open(model))
            return self._looked[model]

    def all(self, *, now: datetime, within: float) -> dict[str, Known | None]:
        """What is known of every model, some seconds old; None of one that is still being read.

        Args:
            now: UTC, as of `of`.
            within: seconds to wait for those of which nothing is known yet.
        """
        names = self.names()
        with self._lock:
            due = [name for name in names if self._due(name)]
            for name in due:
                self._looking[name] = self._pool.submit(self._behind, name, now)
            first = [self._looking[name] for name in names if self._last(name) is None]
        wait(first, timeout=within)
        with self._lock:
            return {name: self._last(name) for name in names}

    def _due(self, name: str) -> bool:
        begun, looked = self._looking.get(name), self._looked.get(name)
        if begun is not None and not begun.done():
            return False
        return looked is None or self._clock() - looked.at >= _LOOKED_ANEW

    def _last(self, name: str) -> Known | None:
        looked = self._looked.get(name)
        return looked.known if looked is not None else None

    def _known_now(self, model: str, looked: _Looked, now: datetime) -> Known:
        stale = self._clock() - looked.listed >= _LISTED_ANEW
        known = looked.known
        if known is not None and not stale:
            if known.overview is None:
                return known
            if not self._grew(known.overview):
                return replace(known, overview=_in_time(known.overview, now))
        overview, why = None, None
        try:
            overview = overview_of(looked.ledger, self._load, now=now)
        except (LedgerError, Unverified) as error:
            why = broken(model, f"{error.what} {error.do}")
        except (KeyError, TypeError, ValueError):
            why = broken(model, _UNREADABLE)
        # Of a broken chain too: what holds before the break says who may be told of it.
        dags = _dags(looked.ledger.verified()) or (known.dags if known else frozenset())
        if why is not None:
            # Another process may have verified more, or less, of what is there now.
            looked.ledger = self._open(model)
        looked.listed = self._clock()
        return Known(overview=overview, broken=why, dags=dags)

    def _grew(self, overview: ModelOverview) -> bool:
        return self._store.exists(_entry(overview.model, overview.entries + 1))

    def _published(self, address: str, sha256: str) -> Published:
        """A result as the ledger names it, verified."""
        return publication.load(self._store, address, expected=sha256)

    def _beside(self, report: Folder, path: str) -> bytes | None:
        """A file beside a report, verified; None if there is none.

        Raises:
            Unverified: it was altered.
        """
        file = next((one for one in report.files if one.path == path), None)
        if file is None:
            return None
        data = self._store.get(f"{report.prefix}/{file.path}")
        if digest_of(data) != file.sha256:
            raise Unverified(
                f"{path} was altered after it was published.",
                do="Recompute the run that made it, and find out by whom.",
            )
        return data

    def _read(self, address: str, sha256: str) -> Mapping[str, Any]:
        record: Mapping[str, Any] = publication.load(
            self._store, address, expected=sha256
        ).result.record
        return record


def _entry(model: str, sequence: int) -> str:
    return f"ledger/{model}/{sequence:08d}.json"


def _dags(entries: tuple[Entry, ...]) -> frozenset[str]:
    runs = (entry.body.get("run") for entry in entries if entry.kind == "run")
    return frozenset(run["dag_id"] for run in runs if isinstance(run, dict) and "dag_id" in run)


def _in_time(overview: ModelOverview, now: datetime) -> ModelOverview:
    left = tuple(one for one in overview.needs if one.until is None or now < one.until)
    return overview if len(left) == len(overview.needs) else replace(overview, needs=left)


@lru_cache(maxsize=1)
def overviews() -> Overviews:
    """Those of this server's store."""
    settings = Settings.read()
    return Overviews(settings.store(), settings.ledger)


def now() -> datetime:
    """The time of a request, UTC."""
    return datetime.now(UTC)
