"""Finds identifiers with Presidio's recognizers: the same findings, several times faster.

Most texts cannot hold most identifiers, and that is cheap to see for all of them at once. A text is
split into words only where a word could change a score. What Presidio would let pass because it
took too long, or failed, is not decided here, and the row stays behind.

Findings are those of stock Presidio's AnalyzerEngine, and more: in a text that hides something (see
`readings`), and e-mail addresses at hosts that are on no public list.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

from airlock.core.errors import SpecError
from airlock.core.parallel import map_in_processes
from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.budget import SECONDS, TextTimeBudget, Undecided
from airlock.stages.redact.stage.analyzer.language import LanguageAnalyzer
from airlock.stages.redact.stage.analyzer.ner import NerEngine
from airlock.stages.redact.stage.analyzer.readings import TextReading, readings_of
from airlock.stages.redact.stage.finding import Finding, added, distinct

__all__ = ["LONGEST", "Analyzer", "NerEngine", "Undecided"]

LONGEST = 10_000
"""Characters of a text that is looked at, however it is read; some recognizers need time that grows
with the square."""

# Enough for RE2 to be asked rarely, and for spaCy to know most words that it meets; and few enough
# that several processes end at about the same time.
_BATCH = 2_500


class Analyzer:
    """Finds identifiers in texts.

    Args:
        column: what to look for, how sure a finding must be, and what is always or never found.
        ner: a language model for what has no form, such as names; None: patterns alone.
        processes: how many look at texts at once; it makes no difference to what is found.

    Raises:
        SpecError: nothing finds one of the entities in the column's languages.
    """

    def __init__(
        self, column: ColumnRedaction, ner: NerEngine | None = None, processes: int = 1
    ) -> None:
        self._processes = processes
        self._languages = [LanguageAnalyzer(one, column, ner) for one in column.languages]
        findable = {entity for one in self._languages for entity in one.entities}
        if missing := sorted(set(column.entities) - findable):
            raise SpecError(
                f"Nothing finds {', '.join(missing)} in texts of {', '.join(column.languages)}.",
                do="Add its language, name a model under ner, or take it from the entities.",
            )

    def findings(self, texts: Sequence[str]) -> list[tuple[Finding, ...] | None]:
        """The findings in each text, the surest first; None where that could not be decided.

        Args:
            texts: best distinct ones, for equal texts are looked at again.
        """
        batches = list(pairwise([*range(0, len(texts), _BATCH), len(texts)]))
        found = map_in_processes(
            lambda batch: self._batch(texts[slice(*batch)]),
            batches,
            processes=max(min(self._processes, len(batches)), 1),
        )
        return list(chain.from_iterable(found))

    def _batch(self, texts: Sequence[str]) -> list[tuple[Finding, ...] | None]:
        found: dict[int, list[Finding] | None] = {
            at: [] for at, text in enumerate(texts) if _is_readable(text)
        }
        budgets = [TextTimeBudget(SECONDS) for _ in texts]
        jobs: list[tuple[int, TextReading]] = []
        places = [*found]
        for at, read in zip(places, readings_of([texts[at] for at in places]), strict=True):
            # One character may stand for eighteen.
            if all(len(one.text) <= LONGEST for one in read):
                jobs += ((at, one) for one in read)
            else:
                found[at] = None
        answers = [
            one.findings([reading.text for _, reading in jobs], [budgets[at] for at, _ in jobs])
            for one in self._languages
        ]
        for (at, reading), *by_language in zip(jobs, *answers, strict=True):
            before = found[at]
            known = [one for one in by_language if one is not None]
            if before is None or len(known) < len(by_language):
                found[at] = None
                continue
            new = known[0] if len(known) == 1 else distinct(chain.from_iterable(known))
            found[at] = added(before, map(reading.in_the_cell, new)) if before or new else before
        decided = (found.get(at) for at in range(len(texts)))
        return [None if one is None else tuple(one) for one in decided]


def _is_readable(text: str) -> bool:
    """Not too long, and no half of a character, which no library agrees on."""
    return len(text) <= LONGEST and (text.isascii() or not any(map(_is_half, text)))


def _is_half(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
