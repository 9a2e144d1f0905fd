"""Chooses which stages the kernel keeps from files of secrets, and where they may write."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol
from urllib.parse import unquote, urlsplit

from airlock.config.confinement import confine_process, is_task
from airlock.config.keys import SIGNING, KeyName, path_of
from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    from airlock.config.settings import Settings
    from airlock.store import Store, Zone

log = logging.getLogger(__name__)


class _Stage(Protocol):
    keys: ClassVar[frozenset[KeyName]]

    def local_files(self, settings: Settings) -> Iterable[Path]: ...


# Where programs start others from: a user who is root could write there.
_SYSTEM = ("/bin", "/boot", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/var/spool/cron")


def is_confined(stage: _Stage, settings: Settings) -> bool:
    """Whether a stage decides nothing, and runs where it can be kept from what could let it."""
    return is_task() and SIGNING not in stage.keys and settings.confine


def confine(stage: _Stage, settings: Settings, stores: Mapping[Zone, Store], scratch: Path) -> None:
    """Keep this process, and all that it starts, from what could let it decide, for good.

    Args:
        stage: one that `is_confined`.
        settings: say what is withheld.
        stores: that the stage works with. They are open: one whose folder did not exist could not
            make it any more.
        scratch: this process's private folder.
    """
    addresses = [urlsplit(store.uri) for store in stores.values()]
    room = [Path(unquote(uri.path)) for uri in addresses if uri.scheme == "file"]
    room += [file.parent for file in stage.local_files(settings)]
    # Not what it seals with: another process does that, when this one has ended.
    mine = [path_of(settings.keys, name) for name in stage.keys] if settings.keys else []
    # Public keys often lie beside the secret ones: everybody reads them, and nobody writes them.
    mine.append(settings.trusted_keys)
    why = confine_process(
        settings.withheld,
        kept=[*_code(settings)],
        room=room,
        spared=[scratch, *_cache(), *_mlflow(settings)],
        allowed=mine,
    )
    if why:
        log.warning("This task may read what every process of this user may: %s.", why)


def _code(settings: Settings) -> Iterator[Path]:
    """What processes run that are not confined: whoever can write there has what they have."""
    yield settings.root
    yield from settings.code
    # Empty is the working directory, whatever that is at the moment.
    yield from (Path(one) for one in sys.path if one)
    yield from map(Path, (sys.prefix, sys.base_prefix, *_SYSTEM))
    if (home := _home()) is not None:
        # Shells, Python, git and ssh read files there of themselves.
        yield home


def _home() -> Path | None:
    with suppress(RuntimeError):  # a user without one
        home = Path.home().resolve()
        return home if home.is_dir() and home != Path(home.anchor) else None
    return None


def _cache() -> Iterator[Path]:
    """What libraries keep between tasks, in the user's home."""
    if (home := _home()) is not None:
        cache = home / ".cache"
        with suppress(OSError):  # a home that is not ours
            cache.mkdir(exist_ok=True)
            yield cache


def _mlflow(settings: Settings) -> Iterator[Path]:
    """The folders of an MLflow without a server."""
    with suppress(AirlockError):
        mlflow = settings.mlflow()
        for address in (mlflow.tracking_uri, mlflow.artifacts or ""):
            uri = urlsplit(address)
            path = Path(unquote(uri.path)).absolute()
            if uri.scheme == "sqlite":
                yield path.parent
            elif uri.scheme in {"", "file"} and address:
                yield path
