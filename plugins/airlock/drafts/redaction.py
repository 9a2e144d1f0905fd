"""Proposes a redaction file from a sample of the rows; in doubt it proposes the stricter action."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import yaml

from airlock.core.errors import DataError
from airlock.drafts.sample import Sample
from airlock.stages.redact.stage.profile import Profile, advised, profile
from airlock.stages.redact.stage.regions_of_numbers import proposed

_HEAD = """\
# A first draft, made from the looks of {rows:,} rows; no cell of them is in it. What identifies
# somebody is for a person to say: read it line by line. Every key is in docs/specs.md.
"""

_TAIL = """\

# Columns that go out and together may single somebody out: the record then says how small the
# smallest group of equal ones is.
# quasi_identifiers: [{kept}]
"""

# What takes the place of a linked column's values, by what its name says it holds.
_WORDS = (
    (re.compile(r"mail", re.I), "EMAIL_ADDRESS"),
    (re.compile(r"phone|mobile", re.I), "PHONE_NUMBER"),
    (re.compile(r"card", re.I), "CREDIT_CARD"),
    (re.compile(r"iban", re.I), "IBAN_CODE"),
    (re.compile(r"street|address|strasse", re.I), "LOCATION"),
    (re.compile(r"name", re.I), "PERSON"),
)
_SHOWN_QUASI = 3


def draft(sample: Sample) -> str:
    """The text of a redaction file, with comments for the person who edits it.

    Args:
        sample: the rows.

    Returns:
        YAML that `RedactionSpec.load` reads, in which every column is declared. No cell is in it.

    Raises:
        DataError: the sample has no rows.
    """
    table = sample.table
    if not table.num_rows:
        raise DataError("The sample has no rows.", do="Draft from a night that has some.")
    looks = [profile(name, table.column(name)) for name in table.column_names]
    scanned = any(_action(one) == "scan" for one in looks)
    regions = proposed(table) if scanned else ()
    kept = [one.name for one in looks if _action(one) in {"keep", "generalise"}]
    return "".join(
        [
            _HEAD.format(rows=table.num_rows),
            "columns:\n",
            *(line for one in looks for line in _column(one, looks, regions)),
            _TAIL.format(kept=", ".join(map(key_of, kept[:_SHOWN_QUASI]))) if kept else "",
        ]
    )


def _column(one: Profile, looks: Sequence[Profile], regions: Sequence[str]) -> Iterator[str]:
    if _action(one) != "scan":
        yield f"  {key_of(one.name)}: {advised(one)}{_why(one)}\n"
        return
    yield f"  {key_of(one.name)}:\n    action: scan\n"
    yield "    # Patterns alone miss names; the columns below are the names that the row knows.\n"
    yield "    # Without this line the column is dropped, unless `ner` names a language model.\n"
    yield "    patterns: only\n"
    linked = [(other.name, word) for other in looks if (word := _word(other))]
    if linked:
        yield "    linked:\n"
        yield from (f"      {key_of(name)}: {word}\n" for name, word in linked)
    if regions:
        yield "    # Whose numbers stand in the sample; with a country code all are found.\n"
        yield f"    regions: [{', '.join(regions)}]\n"


def _action(one: Profile) -> str:
    return advised(one).split(":", 1)[1].strip(" }").split(",")[0]


def _word(one: Profile) -> str | None:
    if _action(one) not in {"drop", "mask"}:
        return None
    if one.email > 0.5:
        return "EMAIL_ADDRESS"
    return next((word for shape, word in _WORDS if shape.search(one.name)), None)


def _why(one: Profile) -> str:
    if one.email > 0.5:
        return f"  # {one.email:.0%} look like e-mail addresses"
    if one.phone > 0.5:
        return f"  # {one.phone:.0%} look like phone or card numbers"
    if _action(one) == "drop" and one.distinct > 0.5:
        return f"  # {one.distinct:.0%} of the values are different"
    return ""


def key_of(name: str) -> str:
    """A column's name as YAML; quoted where it would be read as something else."""
    # A mark that is not seen is written as its escape.
    written: str = yaml.safe_dump(
        [name], default_flow_style=True, allow_unicode=name.isprintable(), width=math.inf
    )
    return written.strip()[1:-1]
