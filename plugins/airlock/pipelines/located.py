"""Says in which file, line and column a pipeline's problems stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from airlock.core.problems import CheckFinding, Places, located
from airlock.pipelines.arguments import Found
from airlock.reading import places


def in_files(
    found: Iterable[Found], files: Mapping[str, Path | None], *, call: str
) -> list[CheckFinding]:
    """Every problem with its place.

    Args:
        found: what was found; what has a place keeps it.
        files: the YAML files, by the arguments that name them.
        call: what stands for the file of what is wrong in the DAG file, whose lines are not known.
    """
    return [_placed(one, files, call) for one in found]


def _placed(one: Found, files: Mapping[str, Path | None], call: str) -> CheckFinding:
    if isinstance(one, CheckFinding):
        return one
    path = files.get(one.of)
    if path is not None:
        return located(one, str(path), places_of(path))
    key = [] if one.of == "call" else [one.of]
    return CheckFinding(
        file=call,
        key=".".join(map(str, (*key, *one.at))),
        what=one.what,
        do=one.do,
        severity=one.severity,
    )


def places_of(path: Path) -> Places:
    """Where everything stands in a YAML file that has just been read."""
    return _places(path, path.stat().st_mtime_ns)


@cache
def _places(path: Path, _: int) -> Places:
    return places(path.read_bytes().decode("utf-8-sig"))
