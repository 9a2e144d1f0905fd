"""The tags of MLflow's versions, as the ledger gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airlock.ledger import Entry

POLICY, _SEQUENCE, _VERDICT = "airlock.policy", "airlock.sequence", "airlock.verdict"


def marks(entries: Sequence[Entry]) -> dict[int, dict[str, str]]:
    """The tags of the champion's version and of the one before it.

    Args:
        entries: a whole chain, verified.

    Returns:
        Version number to tags: what became of it, by which entry, under which policy.
    """
    made = [one for one in entries if one.kind in {"promoted", "rolled_back"}]
    found: dict[int, dict[str, str]] = {}
    for before, last in zip([None, *made], made, strict=False):
        if before is not None:
            became = "rolled back" if last.kind == "rolled_back" else "replaced"
            number = before.body["champion"]["version"]
            found[number] = {_VERDICT: became, _SEQUENCE: str(last.sequence)}
        decided = last.body.get("decided", 0)
        tags = {_VERDICT: "champion", _SEQUENCE: str(last.sequence)}
        if decided and (evidence := entries[decided - 1].body.get("evidence")):
            tags[POLICY] = str(evidence["policy"])
        found[last.body["champion"]["version"]] = tags
    latest = {one.body["champion"]["version"] for one in made[-2:]}
    return {number: tags for number, tags in found.items() if number in latest}
