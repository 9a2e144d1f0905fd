"""Finds the nights that a withdrawn version still serves, and who scores them instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airlock.catalogs import base as catalog
from airlock.catalogs.predictions import Partition, partitions
from airlock.core.errors import AirlockError, SpecError
from airlock.ledger import Chain, Champion
from airlock.ledger.versions import refuse_unknown
from airlock.stages.score.record import Again, Rescoring, UnscoredNight


def stamped(chain: Chain, version: int) -> Iterator[Partition]:
    """What serves now and holds at least one row that a version stamped, night by night.

    What nobody signed is among it: `again` refuses it, and then somebody hears of it.
    """
    every = partitions(chain, unsigned=True)
    serving = {one.night: one for one in every if one.role == "served"}
    # Beside a signed one, what a stranger put there serves nobody.
    serving |= {one.night: one for one in every if one.role == "served" and one.entry}
    yield from (one for one in serving.values() if version in one.versions)


def rescore(
    chain: Chain,
    champion: Champion,
    *,
    model: str,
    withdrawn: int,
    by: str,
    reason: str,
    run_id: str,
    again: Callable[[Partition, str], Callable[[], Partition]],
) -> Rescoring:
    """Score what a version stamped once more.

    Args:
        chain: the model's ledger, which holds the catalog.
        champion: who scores now.
        withdrawn: the version whose predictions are replaced.
        by: the person who asked for it.
        run_id: of this run; its retries tell what all of its attempts did.
        again: scores one night again, and returns what enters it in the catalog. All nights are
            scored before the first is entered: that takes a key, which nothing that scores may see.

    Raises:
        SpecError: the version is champion, or never scored.
        AirlockError: a passing one, that a retry can help.
    """
    if champion.version == withdrawn:
        raise SpecError(
            f"Version {withdrawn} of {model} is champion: it would score the same again.",
            do="Roll it back first (the DAG model_rollback), then score again.",
        )
    known = partitions(chain, unsigned=True)
    if not any(withdrawn in one.versions for one in known):
        refuse_unknown(model, withdrawn, chain.entries())
        raise SpecError(
            f"Version {withdrawn} of {model} scored no night.",
            do=f"`airlock history {model}` shows which version was withdrawn.",
        )
    because = f"{by}: {reason} (version {withdrawn}, run {run_id})"
    left: list[UnscoredNight] = []
    scored: list[tuple[Partition, Callable[[], Partition]]] = []
    try:
        for old in stamped(chain, withdrawn):
            with _leaving(old, left):
                if not old.entry:
                    raise catalog.refusal_of_unsigned(old)
                scored.append((old, again(old, because)))
    finally:
        # Also of an attempt that is tried again: what it scored need not be scored twice.
        for old, enter in scored:
            with _leaving(old, left):
                enter()
    return Rescoring(
        model=model,
        withdrawn=withdrawn,
        version=champion.version,
        sequence=champion.sequence,
        by=by,
        reason=reason,
        again=tuple(_done(chain, because)),
        left=tuple(left),
    )


@contextmanager
def _leaving(old: Partition, left: list[UnscoredNight]) -> Iterator[None]:
    """One night that is erased or past its time must not keep the others from being right."""
    try:
        yield
    except AirlockError as error:
        if error.retry_can_help:
            raise
        left.append(UnscoredNight(night=old.night, why=str(error)))


def _done(chain: Chain, because: str) -> Iterator[Again]:
    """What the catalog says that this run did, in whichever of its attempts."""
    served: dict[str, Partition] = {}
    for one in partitions(chain):
        if one.role != "served":
            continue
        if one.because == because:
            replaced = served[one.night].number
            yield Again(night=one.night, rows=one.rows, replaced=replaced, number=one.number)
        served[one.night] = one
