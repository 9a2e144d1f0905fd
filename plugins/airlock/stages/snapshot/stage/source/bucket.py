"""Sources on S3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.source.entry import SourceFile
from airlock.stages.snapshot.stage.source.pattern import chosen, fixed, outside, parts_of
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

    def entries(self, address: str) -> list[SourceFile]:
        bucket, _, pattern = address.removeprefix("s3://").partition("/")
        wanted = parts_of(pattern)
        prefix = "/".join(fixed(wanted))
        inside = f"s3://{bucket}/{prefix}/" if prefix else f"s3://{bucket}/"
        if ".." in wanted or not inside.startswith(self._allowed):
            raise outside(address, self.places)
        # What the address fixes may be an object itself, unless more must follow.
        begin = prefix if len(fixed(wanted)) == len(wanted) or not prefix else f"{prefix}/"
        found = {one.key: one for one in self._remote(f"s3://{bucket}").list(begin)}
        stats = [found[key] for key in chosen(found, wanted)]
        return [
            SourceFile(
                name=stat.key, at=f"{bucket}/{stat.key}", bytes=stat.bytes, version=stat.etag
            )
            for stat in stats
        ]

    def fetch(self, entry: SourceFile) -> Path:
        bucket, _, key = entry.at.partition("/")
        if "" in key.split("/"):
            raise DataError(
                f"{entry.shown} has a name with an empty part (//), which is no path.",
                do="Write it under another key.",
            )
        return self._remote(f"s3://{bucket}").local(key, self._scratch, etag=entry.version)
