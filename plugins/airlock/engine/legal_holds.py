"""Which stored files a legal hold is about: a result's own, and all that it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airlock.engine.record import Result
from airlock.ledger.holds import Hold


def held_folders(results: Mapping[str, Result], holds: Iterable[Hold]) -> dict[str, Hold]:
    """Every folder that must be kept, by its prefix.

    Args:
        results: of all stages, by address.
        holds: that stand.
    """
    by_content: dict[str, list[Result]] = {}
    for result in results.values():
        by_content.setdefault(result.content, []).append(result)
    folders: dict[str, Hold] = {}
    for hold in holds:
        waiting = set(hold.contents)
        if hold.result in results:
            waiting.add(results[hold.result].content)
        seen: set[str] = set()
        while waiting:
            content = waiting.pop()
            seen.add(content)
            for result in by_content.get(content, ()):
                for folder in (result.data, result.report):
                    folders.setdefault(folder.prefix, hold)
                waiting |= set(result.inputs.values()) - seen
    return folders
