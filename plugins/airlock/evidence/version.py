"""What the ledger says of one version: the entries about it, and the chain that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airlock.core.errors import SpecError, Unverified
from airlock.core.quoting import some
from airlock.ledger import Entry, Hold
from airlock.ledger.questions import run_entry, run_of
from airlock.overview.candidates import fate_of


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedVersion:
    """One version that came to the gate.

    Args:
        entries: the chain from its first entry to the last one about this version.
        decided: what the gate said.
        run: what that was decided on.
        promoted: the entry that made it champion; None if nothing did.
        approvals: what people answered, yes and no.
        later: what was decided about it after its promotion.
        fate: what became of it, in a word.
        because: why, where something is to be said.
    """

    model: str
    version: int
    entries: tuple[Entry, ...]
    decided: Entry
    run: Entry
    promoted: Entry | None
    approvals: tuple[Entry, ...]
    later: tuple[Entry, ...]
    fate: str
    because: str

    @property
    def bundle(self) -> str:
        """Digest of the files of its model."""
        bundle: str = self.decided.body["bundle"]
        return bundle


def judged_version(entries: Sequence[Entry], model: str, version: int) -> JudgedVersion:
    """Find a version in a verified chain.

    The last time that it was promoted counts; of a version that never was, the last decision.

    Raises:
        SpecError: no such version came to the gate.
        Unverified: the ledger does not say what it was decided on.
    """
    decided, promoted = _decided(entries, version), None
    for one in entries:
        if one.kind == "promoted" and one.body["champion"]["version"] == version:
            decided, promoted = entries[one.body["decided"] - 1], one
    if decided is None:
        known = sorted({one.body["version"] for one in entries if one.kind == "decided"})
        raise SpecError(
            f"No version {version} of {model} ever came to the gate.",
            do=f"Name one of: {some(map(str, known)) or 'none was judged yet'}.",
        )
    run = run_entry(entries, decided)
    if run is None:
        raise Unverified(
            f"The ledger of {model} does not say what version {version} was decided on.",
            do="Its entry is of a version of Airlock that wrote none; there is no evidence of it.",
        )
    held = _holds_of(entries, run, version)
    chain = entries[: max([_last_about(entries, decided, version), *held])]
    fate, because = fate_of(decided, chain)
    after = promoted.sequence if promoted is not None else decided.sequence
    return JudgedVersion(
        model=model,
        version=version,
        entries=tuple(chain),
        decided=decided,
        run=run,
        promoted=promoted,
        approvals=tuple(
            one
            for one in chain
            if one.kind == "approved" and one.body["decided_sequence"] == decided.sequence
        ),
        later=tuple(
            one
            for one in chain[after:]
            if one.sequence in held
            or (one.kind in _LATER and _is_about(one, decided.body["bundle"], version, promoted))
        ),
        fate="break-glass" if promoted and promoted.body.get("break_glass") else fate,
        because=because,
    )


_LATER = frozenset({"rolled_back", "confirmed", "cleared", "promoted", "canary"})


def is_held(one: Hold, of: JudgedVersion) -> bool:
    """Whether a hold keeps a version, or a result that it was made of."""
    return one.version == of.version or one.result in _made_of(of.run)


def _made_of(run: Entry) -> set[str]:
    return {str(one["address"]) for one in run.body["results"].values()}


def _holds_of(entries: Sequence[Entry], run: Entry, version: int) -> set[int]:
    """The entries that hold a version or a result that it was made of, and those that lift them."""
    results = _made_of(run)
    held = {
        one.sequence
        for one in entries
        if one.kind == "held" and (one.body["version"] == version or one.body["result"] in results)
    }
    lifted = {
        one.sequence for one in entries if one.kind == "released" and one.body["holds"] in held
    }
    return held | lifted


def _decided(entries: Sequence[Entry], version: int) -> Entry | None:
    found = None
    for one in entries:
        # That the champion came again says nothing new about it.
        if one.kind == "decided" and one.body["outcome"] != "already champion":
            found = one if one.body["version"] == version else found
    return found


def _last_about(entries: Sequence[Entry], decided: Entry, version: int) -> int:
    bundle = decided.body["bundle"]
    promoted = None
    last = _page(entries, decided)
    for one in entries[decided.sequence - 1 :]:
        if one.kind == "promoted" and one.body["champion"]["version"] == version:
            promoted = one
        if _is_about(one, bundle, version, promoted):
            last = max(last, one.sequence)
    return last


def _page(entries: Sequence[Entry], decided: Entry) -> int:
    """The entry that names the page of the decision: the first that its run's gate left after it.

    The pages of later stages are none of the chain's end: they are signed after what they show.
    """
    for one in entries[decided.sequence :]:
        if one.kind == "recorded" and one.body["stage"] == "gate":
            run = one.body["run"]
            if (run["dag_id"], run["run_id"]) == run_of(decided):
                return one.sequence
    return decided.sequence


def _is_about(one: Entry, bundle: str, version: int, promoted: Entry | None) -> bool:
    body = one.body
    if one.kind in {"promoted", "rolled_back"}:
        return version in {body["champion"]["version"], body.get("from_version")}
    if one.kind == "canary":
        named: int = body["promotion"]["champion"]["version"]
        return named == version
    if one.kind in {"decided", "approved"}:
        return body["version"] == version and body.get("outcome") != "already champion"
    if one.kind == "confirmed":
        return promoted is not None and body["confirms"] == promoted.sequence
    return one.kind == "cleared" and body["bundle"] == bundle
