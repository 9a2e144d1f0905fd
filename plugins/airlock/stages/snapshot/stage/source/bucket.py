"""Sources on S3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from airlock.stages.snapshot.stage.source.entry import Entry, is_table
from airlock.stages.snapshot.stage.source.glob import WILDCARD, outside
from airlock.store import Store


class BucketPlaces:
    """Prefixes below which a source may lie.

    Args:
        places: `s3://bucket/prefix`; folders are passed over.
        remote: opens `s3://bucket` for reading.
        scratch: where objects are downloaded to.
    """

    def __init__(
        self, places: Sequence[str], *, remote: Callable[[str], Store], scratch: Path
    ) -> None:
        self.places = places
        self._allowed = tuple(
            f"{place.rstrip('/')}/" for place in places if place.startswith("s3://")
        )
        # One client for all files of a bucket.
        self._remote = cache(remote)
        self._scratch = scratch

    def entries(self, address: str) -> list[Entry]:
        bucket, _, pattern = address.removeprefix("s3://").partition("/")
        wild = WILDCARD.search(pattern)
        fixed = pattern[: wild.start()] if wild else pattern
        if ".." in pattern.split("/") or not f"s3://{bucket}/{fixed}".startswith(self._allowed):
            raise outside(address, self.places)
        found = self._remote(f"s3://{bucket}").list(fixed)
        stats = sorted(
            (one for one in found if _matches(one.key, pattern)), key=lambda one: one.key
        )
        return [
            Entry(name=stat.key, at=f"{bucket}/{stat.key}", bytes=stat.bytes, version=stat.etag)
            for stat in stats
        ]

    def fetch(self, entry: Entry) -> Path:
        bucket, _, key = entry.at.partition("/")
        return self._remote(f"s3://{bucket}").local(key, self._scratch, etag=entry.version)


def _matches(key: str, pattern: str) -> bool:
    """Whether a key is meant: by its own name, by a glob, or as a table in a folder."""
    wanted, given = pattern.rstrip("/").split("/"), key.split("/")
    if len(given) < len(wanted) or not all(map(fnmatchcase, given, wanted)):
        return False
    return len(given) == len(wanted) or is_table(given[-1])
