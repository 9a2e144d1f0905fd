"""Chooses which stages the kernel keeps from files of secrets, and where they may write."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol
from urllib.parse import unquote, urlsplit

from airlock.config.confinement import confine_process, is_task
from airlock.config.keys import SIGNING, KeyName, path_of

if TYPE_CHECKING:
    from airlock.config.settings import Settings
    from airlock.store import Store, Zone

log = logging.getLogger(__name__)


class _Stage(Protocol):
    keys: ClassVar[frozenset[KeyName]]
    seals: ClassVar[frozenset[KeyName]]

    def local_files(self, settings: Settings) -> Iterable[Path]: ...


def confine(stage: _Stage, settings: Settings, stores: Mapping[Zone, Store]) -> None:
    """Keep a stage that decides nothing from what could let it decide, for the task's whole life.

    Args:
        stage: with the signing key it decides, and is left alone.
        settings: say what is withheld.
        stores: that the stage works with. They are open: one whose folder did not exist could not
            make it any more.
    """
    if not is_task() or SIGNING in stage.keys or not settings.confine:
        return
    addresses = [urlsplit(store.uri) for store in stores.values()]
    room = [Path(unquote(uri.path)) for uri in addresses if uri.scheme == "file"]
    room += [file.parent for file in stage.local_files(settings)]
    # One that signs in the end must be able to read the key then: the kernel takes nothing back.
    given = {*stage.keys, *stage.seals}
    mine = [path_of(settings.keys, name) for name in given] if settings.keys else []
    # Public keys often lie beside the secret ones: everybody reads them, and nobody writes them.
    mine.append(settings.trusted_keys)
    if why := confine_process(settings.withheld, room=room, allowed=mine):
        log.warning("This task may read what every process of this user may: %s.", why)
