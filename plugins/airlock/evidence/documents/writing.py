"""Writes a document: each section from the records, in the words of people, or plainly unsaid.

Whatever a person or a file wrote goes through `core.quoting`: it is text, and never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from airlock.core.quoting import markdown
from airlock.evidence.gathered import Gathered
from airlock.stages.evidence.spec import questions

UNSAID = "Nobody has said it."
"""What stands where neither a record nor a person says anything; never a default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered section.

    Args:
        number: as the law numbers it.
        title: what it asks for.
        known: lines of Markdown from the records, each written by us with every value quoted.
        asks: keys of the governance file that a person must answer here.
        may: keys that add to it where a person wrote them; nobody has to.
    """

    number: str
    title: str
    known: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    def unsaid(self, gathered: Gathered) -> bool:
        """Whether something is missing that it asks for."""
        if self.asks:
            return any(gathered.said(key) is None for key in self.asks)
        return not self.known and not any(gathered.said(key) for key in self.may)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of the pack.

    Args:
        name: of the file, without its ending.
        title: its headline.
        lead: what the reader must know first.
        sections: in the order of the law.
    """

    name: str
    title: str
    lead: str
    sections: tuple[Section, ...]

    def unsaid(self, gathered: Gathered) -> Iterator[str]:
        """The sections that lack what they ask for."""
        return (f"{self.name} {one.number}" for one in self.sections if one.unsaid(gathered))


def write(document: Document, gathered: Gathered) -> bytes:
    """The document as Markdown; equal evidence gives equal bytes."""
    gaps = list(document.unsaid(gathered))
    missing = (
        f"**{len(gaps)} of {len(document.sections)} sections lack what they ask for**: "
        + ", ".join(gap.removeprefix(f"{document.name} ") for gap in gaps)
        + "."
        if gaps
        else "Every section has what it asks for; whether that is enough, its reader judges."
    )
    parts = [f"# {document.title}", document.lead, missing]
    for section in document.sections:
        parts += _section(section, gathered)
    return ("\n\n".join(parts) + "\n").encode()


def paragraphs(text: str) -> str:
    """What a person wrote, as quoted paragraphs: no markup of theirs is one here."""
    blocks = (markdown(block) for block in text.strip().split("\n\n"))
    return "\n>\n".join(f"> {block}" for block in blocks if block)


def bullets(lines: Iterable[str]) -> str:
    """Lines of Markdown as a list."""
    return "\n".join(f"- {one}" for one in lines)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; every cell is text, and quoted here."""
    body = [f"| {' | '.join(markdown(cell) or '–' for cell in row)} |" for row in rows]
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*head, *body])


@cache
def asked(key: str) -> str:
    """The question of a key of the governance file."""
    return dict(questions())[key]


def _section(section: Section, gathered: Gathered) -> Iterator[str]:
    yield f"## {section.number} {section.title}"
    if section.known:
        yield "**From the records**"
        # A table stands by itself; everything else is a list.
        plain = [one for one in section.known if not one.startswith("|")]
        if plain:
            yield bullets(plain)
        yield from (one for one in section.known if one.startswith("|"))
    said = [key for key in (*section.asks, *section.may) if gathered.said(key) is not None]
    missing = [key for key in section.asks if gathered.said(key) is None]
    if said:
        yield "**In the words of people**"
        for key in said:
            text = gathered.said(key)
            assert text is not None  # or it would not be among them
            yield f"*{asked(key)}* (`{key}`):\n\n{paragraphs(text)}"
    for key in missing:
        yield f"*{asked(key)}* (`{key}`): **{UNSAID}**"
    if not section.known and not said and not missing:
        yield f"**{UNSAID}**"
