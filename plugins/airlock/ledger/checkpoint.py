"""How long a chain was and what it ended with, kept where the platform cannot rewrite it.

A signature proves that the platform's key wrote an entry. Whoever holds that key can still cut the
end off a chain, or write a whole new one: only a note outside of the platform finds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from airlock.core.content import canonical_json
from airlock.core.errors import BrokenChain, SpecError
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


def read_checkpoints(lines: Iterable[str], *, source: str) -> Iterator[Checkpoint]:
    """Read checkpoints, one a line.

    Args:
        source: where the lines come from, for the error.

    Raises:
        SpecError: a line is none.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = read_json(line)
            found = Checkpoint(
                model=str(fields["model"]), size=int(fields["size"]), head=str(fields["head"])
            )
        except (ValueError, KeyError, TypeError):
            found = None
        if found is None or found.size < 1:
            raise SpecError(
                f"Line {number} of {source} is not a checkpoint.",
                do="A checkpoint is a line that `airlock checkpoint` printed.",
            )
        yield found


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


def published(store: Store, model: str | None = None) -> Iterator[Checkpoint]:
    """Every checkpoint in the second place, of one model or of all."""
    prefix = "checkpoints/" + (f"{model}/" if model else "")
    for stat in store.list(prefix):
        yield from read_checkpoints([store.get(stat.key).decode()], source=stat.key)


def _key(noted: Checkpoint) -> str:
    return f"checkpoints/{noted.model}/{noted.size:08d}.json"
