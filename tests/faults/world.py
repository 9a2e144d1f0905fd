"""What a fault is given: a site with one champion, nights to come, and lines to break."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.dags import OPERATIONS
from tests.faults.invariants import violations
from tests.faults.line import Line
from tests.faults.site import MODEL, NIGHTS, Site
from tests.faults.tasks import Blocked, Run, Try, in_process

FIRST, NIGHT, NEXT, NEXT_BUT_ONE = NIGHTS[:4]
CLEAN = NIGHTS[8]
"""The champion's night, those that a fault is about, and the one that must run through after it."""

READY = f"scheduled__{NIGHT}-ready"
_LATE = ("gate", "approve", "promote")


@dataclass(kw_only=True)
class World:
    """A site, what it leans on, and what happened there.

    Args:
        site: version 1 is its champion, trained on the first night, which is scored, too.
        lines: to its services, by what the fault needs.
        ready: whether the night's run has come as far as the gate already.
    """

    site: Site
    lines: Mapping[str, Line] = field(default_factory=dict)
    ready: bool = False
    runs: int = 0

    def training(self, night: str = NIGHT, **how: Any) -> Run:
        return self._run(f"{MODEL}_training", night, how)

    def scoring(self, night: str = NIGHT, **how: Any) -> Run:
        return self._run(f"{MODEL}_scoring", night, how)

    def operate(self, task: str, *, by: str = "ada", **how: Any) -> Try:
        """Run one operation once, as a person started it."""
        return self.operation(by=by).once(task, **how)

    def operation(self, *, by: str = "ada") -> Run:
        return self._run(OPERATIONS, NIGHT, {"by": by})

    def _run(self, dag_id: str, night: str, how: dict[str, Any]) -> Run:
        self.runs += 1
        if not (self.site.folder / "data" / f"{night}.csv").exists():
            self.site.deliver(night)
        name = f"{'manual' if how.get('by') else 'scheduled'}__{night}-{self.runs}"
        return Run(site=self.site, night=night, dag_id=dag_id, **{"run_id": name} | how)

    def trained(self, until: str = "promote") -> Run:
        """A run of the night that went well so far."""
        run = self.training()
        run.whole(until=until)
        return run

    def before(self, task: str) -> Run:
        """A run that is about to try a task."""
        run = self.scoring() if task == "score" else self.training()
        begin, end = 0, run.tasks.index(task)
        if self.ready and task in _LATE:
            run = self.training(run_id=READY)
            begin = run.tasks.index("gate")
        if begin < end:
            run.whole(*run.tasks[begin:end])
        return run

    def command(self, *arguments: str, told: str = "") -> str:
        """Give a command of `airlock` in the site's environment; what it prints."""

        def give() -> str:
            from airlock.cli.main import main

            said = io.StringIO()
            sys.stdin = io.StringIO(told)
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                status = main(list(arguments))
            return f"{status}\n{said.getvalue()}"

        status, _, said = str(in_process(self.site, give)).partition("\n")
        if status != "0":
            raise Blocked(f"airlock {' '.join(arguments)}: {said}")
        return said

    # Afterwards

    def settle(self) -> None:
        """What the schedule does by itself: reconcile."""
        ended = self.operate("reconcile")
        if ended.state != "success":
            raise Blocked(f"reconcile: {ended.error}")

    def hold(self) -> None:
        """The invariants, looked at from files and the public key by a process of its own."""
        folder = self.site.mirror(self.site.folder / "mirror")
        broken = in_process(self.site, lambda: violations(folder))
        assert broken == [], "; ".join(broken)

    def run_through(self, chains: tuple[str, ...]) -> None:
        """Nothing is blocked: the next night runs, is promoted, and is scored."""
        if "training" in chains:
            before = self.site.champion()
            self.training(CLEAN).whole()
            assert self.site.champion() != before, "the next night made no champion"
        if "scoring" in chains:
            self.scoring(CLEAN).whole()


@contextlib.contextmanager
def small_disk(folder: Path, *, kilobytes: int) -> Iterator[Path]:
    """A folder on a real file system of its own that is soon full; only root may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder.with_name(f"{folder.name}.kept")
    shutil.copytree(folder, kept)
    how = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    subprocess.run(how, check=True, capture_output=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(kept)
        shutil.copytree(folder, kept)
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)
        # What was written there stays.
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        shutil.rmtree(kept)


def remount(folder: Path, *how: str) -> None:
    """Change how the disk below a folder is mounted, such as `ro` or `size=1g`."""
    command = ["mount", "-o", f"remount,{','.join(how)}", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


def size(folder: Path) -> int:
    """Bytes below a folder, in kilobytes, as a disk counts them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(-(-path.stat().st_size // 4096) * 4 for path in files)


def may_mount() -> bool:
    return os.getuid() == 0 and shutil.which("mount") is not None
