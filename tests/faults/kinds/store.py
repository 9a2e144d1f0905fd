"""The disk of the store: full, read-only, or without hard links."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tests.faults.catalog import fault
from tests.faults.kinds.killed import LATE
from tests.faults.world import World, remount, size, small_disk

# No room


def _full(task: str, zone: str, spare: int) -> None:
    @fault(
        f"disk full at {task}",
        broken=f"`{task}` finds {spare} KB left on the disk of the {zone}; later there is room.",
        promised="An error that says so and is tried again; nothing half-written counts.",
        level="stage",
        needs=("root",),
        ready=task in LATE,
        after=("scoring",),
    )
    def full(world: World) -> str:
        run = world.before(task)
        folder = world.site.folder / zone
        with small_disk(folder, kilobytes=size(folder) + spare + 64) as disk:
            (disk / "ballast").write_bytes(b"x" * _left(disk, spare))
            ended = run.once(task)
            assert ended.state == "again", ended
            assert "full" in ended.error.lower(), ended.error
            (disk / "ballast").unlink()
            remount(disk, "size=1g")
            run.rest(task)
        return f"“{ended.error[:120]}”; with room it went on"


def _left(disk: Path, spare: int) -> int:
    stat = os.statvfs(disk)
    return max(0, stat.f_bavail * stat.f_frsize - spare * 1024)


_full("snapshot", "raw", 8)
_full("redact", "store", 8)
_full("train", "store", 8)
_full("gate", "store", 0)
_full("promote", "store", 0)
_full("score", "store", 8)


@fault(
    "temporary files: disk full",
    broken="The folder of temporary files has 4 KB left while train and score work.",
    promised="An error that says so and is tried again.",
    level="stage",
    needs=("root",),
    after=(),
)
def _no_scratch(world: World) -> str:
    run, scores = world.before("train"), world.before("score")
    with small_disk(world.site.folder / "tmp", kilobytes=256) as disk:
        (disk / "ballast").write_bytes(b"x" * _left(disk, 4))
        first = [run.once("train"), scores.once("score")]
        (disk / "ballast").unlink()
        remount(disk, "size=1g")
        assert {one.state for one in first} == {"again"}, first
        assert all("full" in one.error.lower() for one in first), first
        run.rest("train")
        scores.rest("score")
    return f"“{first[0].error[:90]}”, “{first[1].error[:90]}”"


def _read_only(task: str) -> None:
    @fault(
        f"read-only store at {task}",
        broken=f"The disk of the store is read-only while `{task}` works; then it is not.",
        promised="An error that names the place; nothing changes; a later run goes on.",
        level="stage",
        needs=("root",),
        ready=task in LATE,
        after=("scoring",),
    )
    def read_only(world: World) -> str:
        run = world.before(task)
        folder = world.site.folder / "store"
        with small_disk(folder, kilobytes=1 << 20) as disk:
            remount(disk, "ro")
            ended = run.once(task)
            remount(disk, "rw")
            assert ended.state in {"again", "failed"}, ended
            assert "Read-only" in ended.error or "permission" in ended.error, ended.error
            run.rest(task)
        return f"{ended.state}: “{ended.error[:120]}”"


for _task in ("train", "promote"):
    _read_only(_task)


@fault(
    "store without hard links",
    broken="link(2) is refused where the store lies (EPERM), as on FAT or some network shares.",
    promised="It says by name that this file system cannot hold a store; nothing is written.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _no_links(world: World) -> str:
    run = world.before("promote")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    kinds = world.site.kinds()
    ended = run.once("promote", broken=lambda: setattr(os, "link", refuse))
    assert ended.state in {"again", "failed"}, ended
    assert "link" in ended.error.lower(), ended.error
    assert world.site.kinds() == kinds
    run.rest("promote")
    return f"{ended.state}: “{ended.error[:120]}”"
