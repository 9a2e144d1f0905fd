"""What an entry of a ledger says to people elsewhere: a sentence of ours, with values as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock.ledger import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence.

    Args:
        text: ours alone; a value stands in it as `{name}`.
        values: what people or data said: they are quoted for the medium that shows them.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def shown(self, quote: Callable[[str], str]) -> str:
        """The sentence in a medium.

        Args:
            quote: makes a value be shown literally there.
        """
        return self.text.format_map({name: quote(one) for name, one in self.values.items()})


def line_of(entry: Entry) -> Line:
    """What an entry that others are told of says."""
    return _SAYS[entry.kind](entry.body)


def version_of(body: Mapping[str, Any]) -> int | None:
    """The version that an entry is about; None if it is about none."""
    if "version" in body:
        return int(body["version"])
    champion = body.get("champion") or body.get("promotion", {}).get("champion") or {}
    return int(champion["version"]) if "version" in champion else None


def _retrain(body: Mapping[str, Any]) -> Line:
    return Line(text="Drift asked for a retrain: {why}", values={"why": str(body["reason"])})


def _decided(body: Mapping[str, Any]) -> Line:
    version = version_of(body)
    if body["outcome"] == "passed":
        waits = " It waits for approval." if body.get("approval_required") else ""
        return Line(text=f"Version {version} passed the gate.{waits}")
    if body["outcome"] == "rejected":
        why = " ".join(str(one) for one in body.get("reasons", ()))
        return Line(text=f"The gate rejected version {version}: {{why}}", values={"why": why})
    return Line(text=f"Version {version} is the champion already.")


def _approved(body: Mapping[str, Any]) -> Line:
    verb = "approved" if body["approved"] else "did not approve"
    # Where the time was over, or a newer candidate came, nobody answered.
    by, why = str(body.get("by") or "Nobody"), str(body.get("reason") or "")
    return Line(
        text=f"{{by}} {verb} version {version_of(body)}" + (": {why}" if why else "."),
        values={"by": by, **({"why": why} if why else {})},
    )


def _promoted(body: Mapping[str, Any]) -> Line:
    version = version_of(body)
    if (glass := body.get("break_glass")) is not None:
        return Line(
            text=f"{{by}} made version {version} champion past the gate, for {glass['hours']:g} "
            "hours unless somebody else confirms it: {why}",
            values={"by": str(glass["by"]), "why": str(glass["reason"])},
        )
    return Line(text=f"Version {version} is champion.")


def _canary(body: Mapping[str, Any]) -> Line:
    version, share, why = version_of(body), float(body["share"]), str(body.get("because") or "")
    said = (
        f"is on trial, with {share:.0%} of the keys" if share else "ended its trial, and fell back"
    )
    return Line(
        text=f"Version {version} {said}" + (": {why}" if why else "."),
        values={"why": why} if why else {},
    )


def _rolled_back(body: Mapping[str, Any]) -> Line:
    by, why = str(body.get("by") or "Airlock"), str(body.get("reason") or "")
    return Line(
        text=f"{{by}} took version {body['from_version']} back; version {version_of(body)} is "
        "champion again" + (": {why}" if why else "."),
        values={"by": by, **({"why": why} if why else {})},
    )


def _confirmed(body: Mapping[str, Any]) -> Line:
    return Line(
        text="{by} stands by the champion that was made past the gate.",
        values={"by": str(body.get("by") or "Somebody")},
    )


def _cleared(body: Mapping[str, Any]) -> Line:
    return Line(
        text="{by} lets a version that was taken back be a candidate again: {why}",
        values={"by": str(body.get("by") or "Somebody"), "why": str(body.get("reason") or "")},
    )


_SAYS: Mapping[str, Callable[[Mapping[str, Any]], Line]] = {
    "retrain": _retrain,
    "decided": _decided,
    "approved": _approved,
    "promoted": _promoted,
    "canary": _canary,
    "rolled_back": _rolled_back,
    "confirmed": _confirmed,
    "cleared": _cleared,
}
