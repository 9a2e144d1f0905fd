"""What was found in a text, and the text with it replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A half-open range of a text's characters, and what stands there.

    Args:
        score: how sure it is, 0 to 1; what is known rather than guessed has 1.
    """

    start: int
    end: int
    entity: str
    score: float = 1.0


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what another finding of the same entity, at least as sure, contains.

    Presidio does the same (EntityRecognizer.remove_duplicates), in the same order.
    """
    kept: list[Finding] = []
    for _, members in groupby(sorted(findings, key=_by_entity_and_place), attrgetter("entity")):
        open_ones: list[Finding] = []
        for finding in members:
            open_ones = [one for one in open_ones if one.end >= finding.start]
            if not any(finding.end <= o.end and finding.score <= o.score for o in open_ones):
                kept.append(finding)
                open_ones.append(finding)
    return sorted(kept, key=lambda one: (-one.score, one.start, one.start - one.end))


def _by_entity_and_place(finding: Finding) -> tuple[str, int, int, float]:
    return finding.entity, finding.start, finding.start - finding.end, -finding.score


def added(findings: Sequence[Finding], others: Iterable[Finding]) -> list[Finding]:
    """All findings, and those of the others that none of them contains."""
    new = (
        other
        for other in others
        if not any(
            one.entity == other.entity and one.start <= other.start and other.end <= one.end
            for one in findings
        )
    )
    return [*findings, *distinct(new)]


def bracketed(entity: str, _: str) -> str:
    """The entity's name in the place of its value, such as `<PERSON>`."""
    return f"<{entity}>"


def replaced(
    text: str, findings: Iterable[Finding], word: Callable[[str, str], str] = bracketed
) -> tuple[str, tuple[str, ...]]:
    """Put a word in the place of every finding.

    Findings that overlap become one, which is called after its longest member; of equally long ones
    the one that is given first wins.

    Args:
        word: what takes the place, by entity and by what stood there.

    Returns:
        The new text, and the entities in the order of the text.
    """
    parts, entities, at = [], [], 0
    for finding in merged(findings):
        value = text[finding.start : finding.end]
        parts += [text[at : finding.start], word(finding.entity, value)]
        entities.append(finding.entity)
        at = finding.end
    return "".join([*parts, text[at:]]), tuple(entities)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that overlap made one, which is called after its longest member."""
    apart: list[Finding] = []
    longest = 0
    for finding in sorted(findings, key=attrgetter("start")):
        length = finding.end - finding.start
        if not apart or finding.start >= apart[-1].end:
            apart.append(finding)
            longest = length
            continue
        last = apart[-1]
        entity = finding.entity if length > longest else last.entity
        longest = max(longest, length)
        apart[-1] = replace(last, end=max(last.end, finding.end), entity=entity)
    return apart


class Unfolding(dict[int, str]):
    """A table for `str.translate` that works out each character when it first meets it.

    Args:
        becomes: what one character becomes; perhaps nothing, perhaps several.
    """

    def __init__(self, becomes: Callable[[str], str]) -> None:
        super().__init__()
        self._becomes = becomes

    def __missing__(self, code: int) -> str:
        self[code] = self._becomes(chr(code))
        return self[code]

    def origins(self, text: str) -> list[int]:
        """For each character of the translated text the place of the one that it came from."""
        return [at for at, character in enumerate(text) for _ in self[ord(character)]]
