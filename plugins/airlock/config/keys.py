"""The installation's three keys: each in its own file, read only by the stages that need it.

A connection of Airflow is open to every task and every template (`{{ conn.… }}`): a key in one is
no secret from the code that trains. So keys are files, `<name>.key` in the folder `[airlock] keys`,
and only a process that holds a file can use the key. An installation that still keeps a key in the
password of the connection of that name goes on to work, with a warning.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import logging
import os
import resource
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from airlock.core.errors import SettingsError

KeyName = Literal["airlock_signing", "airlock_pseudonym", "airlock_split"]

SIGNING: KeyName = "airlock_signing"
PSEUDONYM: KeyName = "airlock_pseudonym"
SPLIT: KeyName = "airlock_split"
NAMES: tuple[KeyName, ...] = (SIGNING, PSEUDONYM, SPLIT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """32 secret bytes and the name by which records call them."""

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """The first 16 hexadecimal digits of a SHA-256 over the key, under a label of its own."""
        from airlock.core.content import sha256

        return sha256(b"airlock key id" + self.secret)[:16]


@dataclass(slots=True)
class _ProcessKeys:
    """Which keys this process may read: all, outside of a task; in one, what its stage is given."""

    granted: frozenset[str] | None = None
    warned: set[str] = field(default_factory=set)
    stage: str = "This task"


_PROCESS = _ProcessKeys()


def withhold_all() -> None:
    """Give this process no key until a stage is granted one: a task begins."""
    _PROCESS.granted = frozenset()


@contextlib.contextmanager
def granted(names: Collection[KeyName], *, stage: str) -> Iterator[None]:
    """Let the block read these keys, and no other.

    Args:
        names: what the stage needs.
        stage: its word, for messages.
    """
    before = (_PROCESS.granted, _PROCESS.stage)
    _PROCESS.granted, _PROCESS.stage = frozenset(names), stage
    try:
        yield
    finally:
        _PROCESS.granted, _PROCESS.stage = before


def path_of(folder: Path, name: str) -> Path:
    """The file of a key."""
    return folder / f"{name}.key"


def read_key(name: KeyName, folder: Path, *, connection: Callable[[str], str | None]) -> str:
    """A key as it is written, in base64; nobody has checked yet that it is one.

    Args:
        name: which.
        folder: that holds the files.
        connection: the password of a connection, or None if there is no such connection.

    Raises:
        SettingsError: this stage is not given the key, there is none, or others can read its file.
    """
    if _PROCESS.granted is not None and name not in _PROCESS.granted:
        raise SettingsError(
            f"{_PROCESS.stage} is not given the key {name}.",
            do="Only stages that name it in `keys` of their operator are; docs/keys.md says which.",
        )
    _leave_no_core()
    path = path_of(folder, name)
    try:
        _refuse_if_open(path)
        return path.read_text(encoding="ascii", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise SettingsError(
            f"The key file {path} cannot be read: {error.strerror}.",
            do="Give it to the user that runs this stage, mode 0600; docs/keys.md says who needs "
            "which.",
        ) from None
    if (password := connection(name)) is None:
        raise SettingsError(
            f"There is no key {name}: neither the file {path} nor a connection of that name.",
            do="`make prepare` makes it; docs/keys.md shows how a deployment does.",
        )
    if name not in _PROCESS.warned:
        _PROCESS.warned.add(name)
        log.warning(
            "The key %s is the password of a connection, which every task and every template can "
            "read. Move it into a file: `airlock keys move` (docs/keys.md).",
            name,
        )
    return password


def secret_key(name: KeyName, written: str) -> SecretKey:
    """32 bytes from their base64.

    Raises:
        SettingsError: it is something else.
    """
    try:
        secret = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != 32:
        raise SettingsError(
            f"The key {name} is not 32 bytes in base64.",
            do="Write `openssl rand -base64 32` into its file, once, and keep a copy.",
        )
    return SecretKey(secret)


def write_key(folder: Path, name: str, written: str) -> Path:
    """Write a key file that only its owner can read; refuses to replace another key.

    Raises:
        SettingsError: the file holds another key.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = path_of(folder, name)
    if path.exists():
        if path.read_text().strip() == written.strip():
            return path
        raise SettingsError(
            f"{path} holds another key already.",
            do="Find out which of the two signed or pseudonymised last, and remove the other.",
        )
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(written.strip() + "\n")
    unfinished.replace(path)
    return path


def _leave_no_core() -> None:
    """Have the kernel write no memory of this process to disk, should it crash.

    A limit of 1 byte and not of 0: that is what ends a dump through a pipe as well, to systemd's
    collector for one, which no other limit does (fs/coredump.c).
    """
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    least = 1 if hard == resource.RLIM_INFINITY else min(hard, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))


def _refuse_if_open(path: Path) -> None:
    """As ssh does: a key file of ours that others can read is none."""
    stat = path.stat()
    if stat.st_uid == os.getuid() and stat.st_mode & 0o077:
        raise SettingsError(
            f"Others than its owner can read the key file {path}.",
            do=f"chmod 600 {path}, and make a new key if somebody may have read this one.",
        )
