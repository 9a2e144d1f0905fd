"""Keeps secrets from a task's process: inherited variables, and files that hold some.

LocalExecutor forks its workers and they fork the tasks, so a task begins with the environment and
the configuration of the scheduler. `shed_secrets` takes out what only services need.
`confine_process` has the kernel refuse files (Landlock, Linux 5.19 and later): the code of a model
runs under the same user as all else, and file modes alone cannot tell the two apart.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What services sign, encrypt and store with; a task has a token of its own, and no need of these.
SERVICE_SECRETS: tuple[tuple[str, str], ...] = (
    ("core", "fernet_key"),
    ("api", "secret_key"),
    ("api_auth", "jwt_secret"),
    ("api_auth", "jwt_private_key_path"),
    ("webserver", "secret_key"),
    ("database", "sql_alchemy_conn"),
    ("database", "sql_alchemy_conn_async"),
    ("core", "sql_alchemy_conn"),
    ("celery", "broker_url"),
    ("celery", "result_backend"),
)

# linux/landlock.h
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # of all architectures
_VERSION = 1
_BENEATH = 1
_NO_NEW_PRIVS = 38  # prctl(2)
_WRITE_FILE, _READ_FILE = 1 << 1, 1 << 2
_REMOVE, _MAKE, _REFER, _TRUNCATE = 0b11 << 4, 0b1111111 << 6, 1 << 13, 1 << 14
_SIGNALS = 1 << 1  # scoped
_ENOUGH, _KNOWS_TRUNCATE, _KNOWS_SIGNALS = 2, 3, 6  # versions of its interface
# linux/capability.h: with one of these a process reads the environment of all others regardless.
_CAPABILITIES = 0x20080522
_LOOKS_INTO_OTHERS = (19, 21, 38)  # CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON
_LIBC = ctypes.CDLL(None, use_errno=True)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


_tasks: list[int] = []


def begin_task() -> None:
    """Note that this process runs one task, and nothing else after it."""
    _tasks.append(os.getpid())


def is_task() -> bool:
    """Whether it does: a process that goes on to do other things must not be confined."""
    return os.getpid() in _tasks


def shed_secrets() -> None:
    """Take the services' secrets out of this process: environment, its memory, configuration."""
    names = [
        f"AIRFLOW__{section}__{key}{how}".upper()
        for section, key in SERVICE_SECRETS
        for how in ("", "_cmd", "_secret")
    ]
    _overwrite([name for name in names if name in os.environ])  # noqa: TID251 -- to empty it
    for name in names:
        os.environ.pop(name, None)  # noqa: TID251 -- as above
    for module in ("airflow.configuration", "airflow.sdk.configuration"):
        # Only what is loaded has something to forget.
        conf: Any = getattr(sys.modules.get(module), "conf", None)
        for section, key in SERVICE_SECRETS if conf is not None else ():
            for option in (key, f"{key}_cmd", f"{key}_secret"):
                with suppress(Exception):  # an option that is not there, of whatever parser
                    conf.remove_option(section, option)


def _overwrite(names: Collection[str]) -> None:
    """Blank values where they still lie after `unsetenv`: /proc/self/environ shows that memory."""
    for name in names:
        # What `unsetenv` would merely forget.
        if value := ctypes.c_void_p(_getenv(name)).value:
            ctypes.memset(value, ord("-"), len(os.environb[name.encode()]))
    with suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[47]), int(fields[48])  # env_start and env_end
        block = ctypes.string_at(start, end - start) if 0 < start < end else b""
        for name in names:
            for found in re.finditer(rb"(?:^|\0)" + name.encode() + rb"=([^\0]*)", block):
                ctypes.memset(start + found.start(1), ord("-"), len(found.group(1)))


def _getenv(name: str) -> int | None:
    get = _LIBC.getenv
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    found: int | None = get(name.encode())
    return found


def confine_process(
    withheld: Collection[Path],
    *,
    kept: Collection[Path] = (),
    room: Collection[Path] = (),
    spared: Collection[Path] = (),
    allowed: Collection[Path] = (),
) -> str | None:
    """Have the kernel refuse this thread, and all that it starts, some files for good.

    They can neither be read, written nor replaced, nor can the memory and the environment of
    processes that are not confined; from Linux 6.12 on those get no signal of it either. In the
    folders on the way to what is withheld nothing new can be made: the kernel's rules name what is
    allowed, and what does not exist yet has no name.

    Args:
        withheld: files and folders; those that do not exist are left out.
        kept: files and folders that may be read, and stay as they are: what processes run that are
            not confined. Of a folder on the way to what is withheld that is all beside the way.
        room: folders in which files must be made.
        spared: more such folders, without which it would be confined all the same.
        allowed: files below withheld folders that may be read all the same.

    Returns:
        Why it was not done, or None.
    """
    hidden = {path.resolve() for path in withheld if path.exists()}
    ways = {parent for path in hidden for parent in path.parents}
    if not hidden:
        return "there is nothing to withhold"
    if blocked := sorted(str(place) for place in room if place.resolve() in ways):
        return f"{blocked[0]} must be written, and lies on the way to what is withheld"
    plan = _Plan.of(hidden, kept, spaces=[*room, *spared])
    version = _LIBC.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    if sys.platform != "linux" or version < _ENOUGH:
        return "the kernel has no Landlock of version 2 (Linux 5.19), or does not offer it here"
    files = _WRITE_FILE | _READ_FILE | (_TRUNCATE if version >= _KNOWS_TRUNCATE else 0)
    everything = files | _REMOVE | _MAKE | _REFER
    # Files, network, scopes; an older kernel takes no more than the first.
    wanted = (ctypes.c_uint64 * 3)(everything, 0, _SIGNALS)
    size = ctypes.sizeof(wanted) if version >= _KNOWS_SIGNALS else 8
    rules = _called(_CREATE, ctypes.byref(wanted), ctypes.c_size_t(size), 0)
    try:
        for path, closed in plan.beside():
            full = everything if path.is_dir() else files
            _allow(rules, path, _READ_FILE if closed else full)
        for path in allowed:
            _allow(rules, path.resolve(), _READ_FILE)
        _check(_LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _drop_capabilities()
        _called(_RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return None


@dataclass(frozen=True)
class _Plan:
    """Which folders are gone through entry by entry, and what their entries are given.

    Attributes:
        hidden: what is given to nobody.
        kept: what is given to be read.
        spaces: what is given whole, wherever it lies.
        ways: the folders above all these, as far as a rule for the whole of one would say too much.
        leading: those that lead to what is hidden; what lies in one is kept only if it is itself.
    """

    hidden: frozenset[Path]
    kept: frozenset[Path]
    spaces: frozenset[Path]
    ways: frozenset[Path]
    leading: frozenset[Path]

    @classmethod
    def of(
        cls, hidden: Collection[Path], kept: Collection[Path], spaces: Collection[Path]
    ) -> _Plan:
        open_ = frozenset(path.resolve() for path in spaces)
        # What lies in a place that must be written cannot be kept.
        fixed = frozenset(
            path
            for path in {one.resolve() for one in kept if one.exists()}
            if not open_ & {path, *path.parents}
        )
        leading = frozenset(parent for path in hidden for parent in path.parents)
        ways = leading.union(
            (parent for path in fixed for parent in path.parents),
            (
                parent
                for path in open_
                for parent in path.parents
                if fixed & {parent, *parent.parents} and not open_ & {parent, *parent.parents}
            ),
        )
        return cls(frozenset(hidden), fixed, open_, ways, leading)

    def beside(self) -> Iterator[tuple[Path, bool]]:
        """Every entry that gets a rule, and whether it may only be read."""
        for way in self.ways:
            with suppress(OSError):  # not ours to list: then it is not ours to allow
                closed = self._closed(way)
                for entry in way.iterdir():
                    # A link lends its target nothing: what it points to has a rule of its own.
                    if entry in self.hidden or entry in self.ways or entry.is_symlink():
                        continue
                    yield entry, entry not in self.spaces and (closed or entry in self.kept)

    def _closed(self, way: Path) -> bool:
        for folder in (way, *way.parents):
            if folder in self.kept:
                return True
            if folder in self.leading or folder in self.spaces:
                return False
        return False


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # gone meanwhile, or not to be entered
        return
    try:
        rule = _Beneath(access, place)
        with suppress(OSError):  # a socket, or what else no rule can be about
            _called(_ADD, rules, _BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _drop_capabilities() -> None:
    """Root alone has any, and gets them back from no program that it starts afterwards."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: 32 bits each, twice
    _check(_LIBC.capget(header, held))
    for capability in _LOOKS_INTO_OTHERS:
        for kind in range(3):
            held[3 * (capability // 32) + kind] &= ~(1 << (capability % 32)) & 0xFFFFFFFF
    _check(_LIBC.capset(header, held))


def _called(number: int, *arguments: object) -> int:
    return _check(_LIBC.syscall(number, *arguments))


def _check(answer: int) -> int:
    if answer < 0:
        code = ctypes.get_errno() or errno.EIO
        raise OSError(code, os.strerror(code))
    return answer
