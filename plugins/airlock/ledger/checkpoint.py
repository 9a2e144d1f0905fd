"""Notes a chain's length and head hash where the platform cannot rewrite them.

A signature proves that the platform's key wrote an entry. Whoever holds that key can still cut the
end off a chain, or write a whole new one: only a note outside of the platform finds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from airlock.core.content import canonical_json
from airlock.core.errors import BrokenChain, ObjectMissing, SpecError
from airlock.ledger.chain import Ledger
from airlock.ledger.entry import Entry
from airlock.reading import read_json
from airlock.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One chain at one moment.

    Args:
        model: whose chain it is.
        size: how many entries it had, at least 1.
        head: SHA-256 of the last of them; it stands for all before it.
    """

    model: str
    size: int
    head: str

    def line(self) -> str:
        """One line of JSON, without its end."""
        return canonical_json({"model": self.model, "size": self.size, "head": self.head}).decode()

    def check(self, entries: Sequence[Entry]) -> None:
        """Compare with the chain as it is now.

        Args:
            entries: all entries of the model's chain, verified, oldest first.

        Raises:
            BrokenChain: entries were cut off, or rewritten.
        """
        if len(entries) < self.size:
            raise self._broken(len(entries) + 1, f"is gone: the chain once had {self.size} entries")
        if entries[self.size - 1].sha256 != self.head:
            raise self._broken(
                self.size, "is another one than at the time of the checkpoint: it was rewritten"
            )

    def _broken(self, sequence: int, why: str) -> BrokenChain:
        error = BrokenChain(
            f"Entry {sequence} of the ledger of {self.model} {why}.",
            do="Bring the original objects back from a backup: docs/ledger.md.",
        )
        error.sequence = sequence
        return error


def checkpoint(ledger: Ledger) -> Checkpoint | None:
    """The chain as it is now, verified; None if it is empty.

    Raises:
        BrokenChain: it does not verify; such a chain gets no checkpoint.
    """
    state = ledger.state()
    if state.size == 0:
        return None
    return Checkpoint(model=ledger.model, size=state.size, head=state.head)


def read_checkpoint(line: str, *, source: str) -> Checkpoint:
    """Read one checkpoint.

    Args:
        source: where the line comes from, for the error.

    Raises:
        SpecError: it is none.
    """
    try:
        fields = read_json(line)
        found = Checkpoint(
            model=str(fields["model"]), size=int(fields["size"]), head=str(fields["head"])
        )
    except (ValueError, KeyError, TypeError):
        found = None
    if found is None or found.size < 1:
        raise SpecError(
            f"{source} is not a checkpoint.",
            do="A checkpoint is a line that `airlock checkpoint` printed.",
        )
    return found


def read_checkpoints(lines: Iterable[str], *, source: str) -> Iterator[Checkpoint]:
    """Read checkpoints, one a line; empty lines are left out.

    Args:
        source: where the lines come from, for the error.

    Raises:
        SpecError: a line is none.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield read_checkpoint(line, source=f"Line {number} of {source}")


def refuse_fork(noted: Iterable[Checkpoint]) -> None:
    """Refuse notes that cannot all be true of one chain, whatever the chain is now.

    Raises:
        BrokenChain: two of them name different ends of the same number of entries.
    """
    heads: dict[tuple[str, int], str] = {}
    for one in noted:
        if heads.setdefault((one.model, one.size), one.head) != one.head:
            error = BrokenChain(
                f"Two checkpoints of the first {one.size} entries of {one.model} name different "
                "ends: different histories were shown to different people.",
                do="Find out which of them is true; the other was made by somebody who holds the "
                "signing key. docs/audit.md.",
            )
            error.sequence = one.size
            raise error


def publish(store: Store, noted: Checkpoint) -> None:
    """Put a checkpoint into the second place, once; what stands there is never replaced.

    Raises:
        BrokenChain: another head was noted for that size, so the chain was rewritten.
    """
    line = noted.line().encode()
    if not (store.exists(_key(noted)) and store.get(_key(noted)) == line) and not store.create(
        _key(noted), line
    ):
        raise BrokenChain(
            f"Another end of the first {noted.size} entries of {noted.model} was noted before in "
            f"{store.uri}.",
            do="The chain was rewritten. Run airlock verify, and bring the original back.",
        )


def verify_and_publish(
    second: Store, ledger: Ledger, *, stamp: Callable[[bytes], bytes] | None = None
) -> Checkpoint | None:
    """Compare a chain with the newest note in the second place, then note its end there.

    The newest note is enough: it was compared with the one before it when it was made.

    Args:
        second: the second place.
        stamp: gets a time stamp over some bytes; None for none.

    Returns:
        What is noted now; None if the chain is empty.

    Raises:
        BrokenChain: the chain was cut off or rewritten, or does not verify.
        StoreUnavailable: the second place, or whoever makes time stamps, does not answer.
    """
    # Read before the chain: what it names in the chain is then surely there.
    before = newest(second, ledger.model)
    entries = ledger.entries()
    if before is not None:
        before.check(entries)
    now = checkpoint(ledger)
    if now is not None:
        publish(second, now)
        if stamp is not None and not second.exists(stamp_key(now)):
            second.create(stamp_key(now), stamp(now.line().encode()))
    return now


def newest(second: Store, model: str) -> Checkpoint | None:
    """The longest chain of a model that was ever noted in the second place."""
    keys = [stat.key for stat in second.list(f"checkpoints/{model}/")]
    last = max((key for key in keys if key.endswith(".json")), default=None)
    if last is None:
        return None
    return read_checkpoint(second.get(last).decode(errors="replace"), source=last)


def forgotten(second: Store, known: Iterable[str]) -> Iterator[BrokenChain]:
    """An error for every chain that the second place knows and the store does not.

    Args:
        known: the chains in the store.
    """
    keys = (stat.key.split("/") for stat in second.list("checkpoints/"))
    for model in sorted({parts[1] for parts in keys if len(parts) > 2} - set(known)):
        error = BrokenChain(
            f"The ledger of {model} is gone: {second.uri} has a checkpoint of it.",
            do="Bring the original objects back from a backup: docs/ledger.md.",
        )
        error.sequence = 1
        yield error


def published(store: Store, model: str | None = None) -> Iterator[Checkpoint]:
    """Every checkpoint in the second place, of one model or of all."""
    prefix = "checkpoints/" + (f"{model}/" if model else "")
    for stat in store.list(prefix):
        if stat.key.endswith(".json"):
            text = store.get(stat.key).decode(errors="replace")
            noted = read_checkpoint(text, source=stat.key)
            if _key(noted) != stat.key:
                raise SpecError(
                    f"{stat.key} in the second place is a checkpoint of something else.",
                    do="It was moved or altered there: find out by whom.",
                )
            yield noted


def stamp_of(store: Store, noted: Checkpoint) -> bytes | None:
    """The time stamp of a checkpoint in the second place, if there is one."""
    try:
        return store.get(stamp_key(noted))
    except ObjectMissing:
        return None


def stamp_key(noted: Checkpoint) -> str:
    """Where the second place keeps the time stamp of a checkpoint."""
    return f"checkpoints/{noted.model}/{noted.size:08d}.tsr"


def _key(noted: Checkpoint) -> str:
    return f"checkpoints/{noted.model}/{noted.size:08d}.json"
