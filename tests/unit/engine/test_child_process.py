"""A stage that signs works in a process without a key, and signs when that has ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from airlock.config import confinement
from airlock.config.keys import SIGNING, KeyName
from airlock.config.settings import Settings
from airlock.core.content import sha256
from airlock.core.errors import (
    AirlockError,
    DataError,
    Preempted,
    ProcessLost,
    StoreUnavailable,
)
from airlock.engine import child_process, confined, publication
from airlock.engine.attempt import Attempt
from airlock.engine.attested import append_attestation
from airlock.engine.child_process import Later, Unexpected
from airlock.engine.description import receipt_of
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Record
from airlock.ledger import Ledger, named
from tests.counted import Count, CountOperator, attempt_of

Work = Callable[[Attempt], None]


class ApartOperator(CountOperator):
    """Does what a test says, in a process of its own."""

    keys: ClassVar[frozenset[KeyName]] = frozenset()
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    does: Work = staticmethod(lambda attempt: None)

    def run_stage(self, attempt: Attempt) -> Record:
        (attempt.data / "rows.csv").write_text(str(os.getpid()))
        self.does(attempt)
        return Count(rows=3)


@pytest.fixture
def stage(stores: Stores, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> ApartOperator:
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    monkeypatch.setattr(confined, "is_task", lambda: True)
    monkeypatch.setattr(Settings, "mlflow", _no_mlflow)
    return ApartOperator()


def _no_mlflow(settings: Settings) -> None:
    raise DataError("There is none.", do="Nothing.")


def passed(
    stage: ApartOperator, folder: Path, does: Work, *, run_id: str = "manual__1"
) -> Published:
    """One attempt, with a key that lies where the settings say."""
    stage.does = does
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "airlock_signing.key").write_text("the seed")
    attempt = attempt_of(folder, run_id=run_id)
    attempt = replace(attempt, settings=replace(attempt.settings, keys=keys, withheld=(keys,)))
    record, published, reused = stage._obtain(attempt, stage.run_stage)
    assert published is not None
    receipt = receipt_of(attempt, stage.stage, published, reused=reused, seconds=1.0)
    stage._seal(attempt, record, published, receipt)
    return published


def test_the_work_is_done_elsewhere_and_signed_here(
    stage: ApartOperator, stores: Stores, ledger: Ledger, tmp_path: Path
):
    made = passed(stage, tmp_path, lambda attempt: None)

    folder = publication.fetch(stores, made.result.data, tmp_path / "look")
    assert (folder / "rows.csv").read_text() != str(os.getpid())
    assert {one.sha256 for entry in ledger.entries() for one in named(entry)} == {made.sha256}
    assert any(file.path == "index.html" for file in made.result.report.files)


class CatalogOperator(ApartOperator):
    """Enters its result once, whatever run finds it again, as score and drift do."""

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        if not attempt.signed("churn", published):
            append_attestation(attempt, "churn", published)


def test_a_run_that_finds_a_signed_result_again_has_its_receipt_named_as_well(
    stage: ApartOperator, stores: Stores, ledger: Ledger, tmp_path: Path
):
    again = CatalogOperator()
    made = {
        passed(again, tmp_path, lambda _: None, run_id=f"manual__{n}").address for n in range(3)
    }

    receipts = {
        sha256(one.stored())
        for n in range(3)
        for one in publication.receipts(stores["store"], dag_id="churn", run_id=f"manual__{n}")
    }
    assert (len(made), len(receipts)) == (1, 3)
    assert receipts <= {one.receipt for entry in ledger.entries() for one in named(entry)}


def landlock(version: int = 2) -> bool:
    offered = confinement._LIBC.syscall(444, None, 0, 1)
    return sys.platform == "linux" and offered >= version


def keeps_signals() -> bool:
    return landlock(6)


@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_the_seed_is_out_of_reach_of_what_works_and_in_reach_of_what_signs(
    stage: ApartOperator, tmp_path: Path
):
    key = tmp_path / "keys/airlock_signing.key"

    def steal(attempt: Attempt) -> None:
        (attempt.data / "loot").write_text(key.read_text())

    with pytest.raises(Unexpected, match="PermissionError"):
        passed(stage, tmp_path, steal)
    assert key.read_text() == "the seed"


@pytest.mark.parametrize("until", [datetime(2026, 1, 5, 3, tzinfo=UTC), None])
def test_work_that_has_to_wait_says_until_when(
    stage: ApartOperator, tmp_path: Path, until: datetime | None
):
    def wait(attempt: Attempt) -> None:
        raise Later("Nothing is there yet.", until=until)

    with pytest.raises(Later, match="Nothing is there yet") as told:
        passed(stage, tmp_path, wait)

    assert told.value.until == until


@pytest.mark.parametrize(
    "error",
    [
        DataError("No rows.", do="Deliver them."),
        StoreUnavailable("No answer.", do="Wait."),
        Preempted("Taken away.", do="Nothing."),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_error_of_ours_comes_over_as_it_is(
    stage: ApartOperator, tmp_path: Path, error: AirlockError
):
    def fail(attempt: Attempt) -> None:
        raise error

    with pytest.raises(AirlockError) as told:
        passed(stage, tmp_path, fail)

    assert (type(told.value), str(told.value)) == (type(error), str(error))


class _Moved(DataError):
    """A class of the stage's own, which the parent does not know."""

    retry_can_help: ClassVar[bool] = True


def test_an_error_of_the_stages_own_keeps_its_words_and_its_word_on_retries(
    stage: ApartOperator, tmp_path: Path
):
    def fail(attempt: Attempt) -> None:
        raise _Moved("The rows moved.", do="Wait.")

    with pytest.raises(DataError, match="The rows moved") as told:
        passed(stage, tmp_path, fail)

    assert told.value.retry_can_help
    assert not told.value.outage


def test_of_another_error_the_place_is_told_and_not_the_text(stage: ApartOperator, tmp_path: Path):
    def fail(attempt: Attempt) -> None:
        raise ValueError("maria@example.org")

    with pytest.raises(Unexpected, match="ValueError at test_child_process") as told:
        passed(stage, tmp_path, fail)

    assert "maria" not in str(told.value)


def test_a_process_that_is_killed_is_a_try(stage: ApartOperator, stores: Stores, tmp_path: Path):
    with pytest.raises(ProcessLost, match="SIGKILL"):
        passed(stage, tmp_path, lambda attempt: os.kill(os.getpid(), signal.SIGKILL))

    assert not list(stores["store"].list("stages/"))


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b'{"record": {"rows": "x"}}', b'{"error": "os"}']
)
def test_an_answer_that_is_none_signs_nothing(answer: bytes):
    with pytest.raises(AirlockError):
        child_process._told(answer, 0, Count)


def leave_daemon(tell: Path) -> None:
    """In a session of its own, twice forked, as one that means to stay."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.write(writing, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    partial = tell.with_name("partial")
    partial.write_bytes(os.read(reading, 20))
    partial.rename(tell)


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where confined work can make a file: not in the project's root."""
    return tmp_path_factory.mktemp("room")


def wait_for(holds: Callable[[], bool]) -> None:
    while not holds():  # pytest's own limit ends a test that waits for ever
        time.sleep(0.01)


def is_gone(process: int) -> bool:
    """Ended, whether or not somebody has asked how."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def test_a_daemon_ends_with_the_work(stage: ApartOperator, stores: Stores, tmp_path: Path):
    made = passed(stage, tmp_path, lambda attempt: leave_daemon(attempt.data / "daemon"))

    folder = publication.fetch(stores, made.result.data, tmp_path / "look")
    assert is_gone(int((folder / "daemon").read_text()))


def test_a_daemon_ends_with_a_task_that_is_killed(stage: ApartOperator, tmp_path: Path, room: Path):
    tell = room / "daemon"

    def work(attempt: Attempt) -> None:
        leave_daemon(tell)
        time.sleep(600)

    task = os.fork()
    if task == 0:
        try:
            passed(stage, tmp_path, work)
        finally:
            os._exit(0)
    wait_for(tell.exists)
    daemon = int(tell.read_text())
    assert not is_gone(daemon)

    os.kill(task, signal.SIGKILL)
    os.waitpid(task, 0)

    wait_for(lambda: is_gone(daemon))


def test_work_cannot_rid_itself_of_who_ends_it(
    stage: ApartOperator, stores: Stores, tmp_path: Path, room: Path
):
    """The kernel refuses the signal (Linux 6.12), or the task hears of it."""
    tell = room / "daemon"

    def work(attempt: Attempt) -> None:
        leave_daemon(tell)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    with pytest.raises((Unexpected, ProcessLost)) as told:
        passed(stage, tmp_path, work)

    if keeps_signals():
        assert "PermissionError" in str(told.value)
    assert is_gone(int(tell.read_text()))
    assert not list(stores["store"].list("stages/"))


@pytest.mark.parametrize("where", ["data", "report", "out"])
def test_a_link_that_the_child_leaves_is_not_followed(
    stage: ApartOperator, stores: Stores, tmp_path: Path, where: str
):
    """The parent may read the seed: it must not publish it."""
    keys = tmp_path / "keys"

    def link(attempt: Attempt) -> None:
        if where == "out":
            out = attempt.data.parent
            out.rename(out.with_name("gone"))
            out.symlink_to(keys)
        else:
            (getattr(attempt, where) / "x").symlink_to(keys)

    stage.reusable = False  # type: ignore[misc]  # of this one
    with pytest.raises((DataError, Unexpected)):
        passed(stage, tmp_path, link)

    assert not list(stores["store"].list("attempts/"))


def test_a_task_that_is_asked_to_stop_asks_the_work(
    stage: ApartOperator, tmp_path: Path, room: Path
):
    stopped: list[bool] = []
    asked = stage.on_kill

    def on_kill() -> None:
        asked()
        stopped.append(True)

    stage.on_kill = on_kill  # type: ignore[method-assign]  # as a stage of its own would
    begun = room / "begun"
    me = os.getpid()
    if (airflow := os.fork()) == 0:
        wait_for(begun.exists)
        os.kill(me, signal.SIGTERM)
        os._exit(0)

    def work(attempt: Attempt) -> None:
        begun.touch()
        until = time.monotonic() + 10
        while not stopped and time.monotonic() < until:
            time.sleep(0.01)
        raise Preempted("It was asked." if stopped else "Nobody asked.", do="Nothing.")

    before = signal.signal(signal.SIGTERM, lambda *_: stage.on_kill())
    try:
        with pytest.raises(Preempted, match="It was asked"):
            passed(stage, tmp_path, work)
    finally:
        signal.signal(signal.SIGTERM, before)
        os.waitpid(airflow, 0)
