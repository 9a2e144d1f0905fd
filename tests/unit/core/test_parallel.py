"""Work on several processes comes back in order, and no process is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airlock.core.errors import DataError, SpecError
from airlock.core.parallel import map_in_processes

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_results_come_in_the_order_of_the_items(processes: int):
    def slow_at_first(item: int) -> tuple[int, int]:
        time.sleep(0.05 if item == 0 else 0)
        return item * item, os.getpid()

    results = list(map_in_processes(slow_at_first, range(7), processes=processes))

    assert [square for square, _ in results] == [0, 1, 4, 9, 16, 25, 36]
    used = {process for _, process in results}
    assert used == {os.getpid()} if processes == 1 else len(used) == min(processes, 7)


def test_no_more_items_are_read_than_processes_can_work_on():
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(9):
            read.append(item)
            yield item

    results = map_in_processes(lambda item: item, items(), processes=2)
    ahead = []
    for result in results:
        ahead.append(len(read) - result)

    assert max(ahead) <= 3


def test_every_process_is_initialized_first():
    ready: list[int] = []

    results = map_in_processes(
        lambda _: ready[:], range(4), processes=2, initializer=lambda: ready.append(os.getpid())
    )

    assert {len(one) for one in results} == {1}
    assert ready == []


def test_an_error_of_ours_comes_through_as_it_is():
    def fail(_: int) -> None:
        raise SpecError("It is wrong.", do="Make it right.")

    with pytest.raises(SpecError, match=r"It is wrong\. Make it right\."):
        list(map_in_processes(fail, range(3), processes=2))


def test_of_other_errors_only_the_kind_is_told():
    def fail(_: int) -> None:
        raise ValueError("maria@example.org")

    with pytest.raises(RuntimeError, match="ValueError") as raised:
        list(map_in_processes(fail, range(3), processes=2))

    assert "maria" not in str(raised.value)


def _exit(_: int) -> None:
    os._exit(3)


def _is_killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("end", [_exit, _is_killed])
def test_a_process_that_dies_is_an_error_and_no_wait_for_ever(end: Callable[[int], None]):
    with pytest.raises(DataError, match="died"):
        list(map_in_processes(end, range(3), processes=2))


def test_an_initializer_that_fails_is_an_error():
    with pytest.raises(DataError, match="died"):
        list(map_in_processes(str, range(3), processes=2, initializer=lambda: [][1]))


def test_no_process_outlives_what_it_worked_for():
    def work(item: int) -> int:
        # Nobody has so much time when the first result is all that was wanted.
        time.sleep(3600 if item else 0)
        return os.getpid()

    results = map_in_processes(work, range(4), processes=2)
    process = next(results)

    results.close()  # type: ignore[attr-defined]  # mypy knows an iterator; it is a generator

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_processes_die_with_their_parent(end: signal.Signals, tmp_path: Path):
    program = f"""
import os, time
from pathlib import Path
from airlock.core.parallel import map_in_processes
def work(item):
    Path({str(tmp_path)!r}, str(os.getpid())).touch()
    time.sleep(60)
list(map_in_processes(work, range(4), processes=2))
"""
    environment = {"PYTHONPATH": str(ROOT / "plugins")}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    _wait(lambda: len(list(tmp_path.iterdir())) == 2)
    children = [int(path.name) for path in tmp_path.iterdir()]

    parent.send_signal(end)
    parent.wait(60)

    _wait(lambda: not any(map(_is_alive, children)))


def _wait(until: Callable[[], bool]) -> None:
    for _ in range(400):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError("It never came.")


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody has looked yet how it ended


LEFT_BEHIND = """
import gc, os
from airlock.core.parallel import map_in_processes

class Left:
    def __init__(self):
        self.myself, self.mine = self, os.getpid()
    def __del__(self):
        print("collected", "here" if os.getpid() == self.mine else "in the fork", flush=True)

gc.disable()
Left()
list(map_in_processes(lambda _: gc.collect() and None, [0], processes=2))
gc.collect()
"""


def test_what_a_task_left_behind_is_not_collected_in_its_processes():
    done = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["collected here"]
