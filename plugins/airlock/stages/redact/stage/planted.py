"""Plants synthetic identifiers into copies of rows, to prove that redaction catches them.

Nothing real is in them: numbers are of ranges that nobody is given, names are made of syllables.
The same table and file give the same identifiers. How they are written is told in `forms`, without
the recognizers that look for them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from airlock.stages.redact.entities import is_pattern
from airlock.stages.redact.record import Example, FoundBy, PlantedIdentifier
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.rows import Redactor
from airlock.stages.redact.stage.synthetic import (
    Spelt,
    forms,
    is_left,
    messy,
    squeezed,
    synthetic,
    variants,
)

# The rest of a long text would only cost time.
_LONGEST = 400
_SENTENCE = "Please write to {} before Friday."
# A language model knows some words by their sentence.
_SENTENCES = {
    "PERSON": "Yesterday {} called about the order.",
    "LOCATION": "She moved to {} last year.",
    "ORGANIZATION": "He works for {} since May.",
    "NRP": "She is {} and lives here.",
    "AGE": "He is {} and lives here.",
}
# Of what has no forms, so many are planted.
_TIMES = 8
_FIRST_DAY, _DAYS = date(1930, 1, 1), 27_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plant:
    """One identifier in one text.

    Args:
        entity: what it is.
        by: what should find it.
        text: as it was planted.
        hidden: of which nothing may be left, squeezed.
        context: words before it.
        linked: the column of the row that knows it.
        alone: whether no word says what it is.
    """

    entity: str
    by: FoundBy
    text: str
    hidden: str
    context: str | None = None
    linked: str | None = None

    @property
    def alone(self) -> bool:
        return self.context is None

    @property
    def said(self) -> str:
        return self.text if self.context is None else f"{self.context}: {self.text}"


def plant_identifiers(
    sample: pa.Table, spec: RedactionSpec, redactor: Redactor, *, seed: str
) -> tuple[tuple[PlantedIdentifier, ...], tuple[Example, ...]]:
    """Plant identifiers into every scanned column, and see whether one comes out.

    Args:
        sample: rows of the run's own table, from which copies are made.
        redactor: that all rows go through.
        seed: names the run's data and file.

    Returns:
        What became of them, by column and entity, and a few texts about nobody.
    """
    told: list[PlantedIdentifier] = []
    examples: list[Example] = []
    for name in sample.column_names:
        if spec.does(name) == "scan" and sample.num_rows:
            trial = _PlantedText(sample, name, spec.columns[name], random.Random(f"{seed}/{name}"))
            # What the scan itself did: the second look must not hide that it is blind.
            tried = redactor.tried(trial.table)
            after = tried.columns[name].to_pylist()
            scanned = tried.scanned[name]
            told += trial.judged(after, [len(scanned.entities[one]) for one in scanned.kinds])
            examples += trial.examples(after)
    return tuple(told), tuple(examples)


class _PlantedText:
    """The planted identifiers of one scanned column."""

    def __init__(
        self, sample: pa.Table, name: str, column: ColumnRedaction, chance: random.Random
    ) -> None:
        self._name = name
        self._column = column
        self._chance = chance
        types = {one: sample.schema.field(one).type for one in column.linked}
        owns, self._plants = self._planted(types)
        count = max(len(self._plants), 1)
        rows = sample.take(np.linspace(0, sample.num_rows - 1, count).astype(int))
        real = rows.column(name).to_pylist()
        # Every other text is about nobody at all, so that a person may see it.
        self._bases = [
            self._sentence(plant) if at % 2 == 0 else _holding(real[at], plant, chance)
            for at, plant in enumerate(self._plants)
        ]
        texts: list[str | None] = [
            base.replace("{}", plant.said)
            for base, plant in zip(self._bases, self._plants, strict=True)
        ]
        self._texts = texts
        changed = {name: texts or [None]}
        changed |= {one: [own[one] for own in owns] or [None] for one in column.linked}
        self.table = pa.table(
            {
                field.name: pa.array(changed[field.name], field.type)
                if field.name in changed
                else rows.column(field.name)
                for field in rows.schema
            },
            schema=rows.schema,
        )

    def judged(
        self, after: Sequence[str | None], found: Sequence[int]
    ) -> Iterator[PlantedIdentifier]:
        """Which were caught; one in a text that nobody could decide on was.

        Args:
            after: the texts as they come out.
            found: how many findings each had.
        """
        caught = [
            text is None or not is_left(plant.hidden, text, f"{plant.context} {base}")
            for plant, text, base in zip(self._plants, after, self._bases, strict=False)
        ]
        # Every other text is about nobody, so that all is known of it.
        known = [count if at % 2 == 0 else 0 for at, count in enumerate(found)]
        both = sorted(
            zip(self._plants, caught, known, strict=False),
            key=lambda one: (one[0].entity, one[0].by),
        )
        tried = set()
        for (entity, by), members in groupby(both, lambda one: (one[0].entity, one[0].by)):
            some = list(members)
            alone = [is_caught for plant, is_caught, _ in some if plant.alone]
            tried.add(entity)
            yield self._told(
                entity,
                by,
                planted=len(some),
                caught=sum(is_caught for _, is_caught, _ in some),
                alone=len(alone),
                alone_caught=sum(alone),
                found=sum(count for *_, count in some),
                right=sum(is_caught and count > 0 for _, is_caught, count in some),
            )
        # What nobody can make up is told as not tried.
        wanted = (*self._column.entities, *self._column.deny, *self._column.linked.values())
        for entity in sorted(set(wanted) - tried):
            yield self._told(entity, self._by(entity), planted=0, caught=0)

    def _told(self, entity: str, by: FoundBy, **counts: int) -> PlantedIdentifier:
        accepted = entity in self._column.unproven
        return PlantedIdentifier(
            column=self._name, entity=entity, by=by, accepted=accepted, **counts
        )

    def examples(self, after: Sequence[str | None]) -> Iterator[Example]:
        """One of each kind, in a text about nobody."""
        shown = set()
        for at, plant in enumerate(self._plants):
            text, before = after[at], self._texts[at]
            if at % 2 or plant.entity in shown or text is None or before is None:
                continue
            shown.add(plant.entity)
            yield Example(column=self._name, before=before, after=text)

    def _planted(
        self, types: Mapping[str, pa.DataType]
    ) -> tuple[list[dict[str, Any]], list[_Plant]]:
        """The row's own identifiers, none of which is anybody's, and what its text holds."""
        column, chance = self._column, self._chance
        plants: list[_Plant] = []
        for entity in column.entities:
            by = self._by(entity)
            for number, spelt in enumerate(forms(entity, chance, column.regions)):
                plants += self._spelt(entity, by, spelt, turned=number % 2 == 1)
        for entity, words in column.deny.items():
            for text in (*words, *words)[: max(_TIMES, 2 * len(words))]:
                plants.append(_Plant(entity=entity, by="deny", text=text, hidden=squeezed(text)))
        identities = [self._identity(types) for _ in range(_TIMES)]
        owns = [identities[at % _TIMES] for at in range(len(plants))]
        for one, entity in column.linked.items():
            for own in identities:
                if own[one] is None:
                    continue
                text, hidden = chance.choice(variants(entity, str(own[one])))
                owns.append(own)
                plants.append(
                    _Plant(
                        entity=entity,
                        by="linked",
                        text=text,
                        hidden=squeezed(hidden),
                        linked=one,
                    )
                )
        return owns, plants

    def _spelt(self, entity: str, by: FoundBy, spelt: Spelt, *, turned: bool) -> list[_Plant]:
        """With and without words that say what it is; each in another kind of text."""
        contexts = [None, spelt.context] if spelt.context else [None]
        return [
            _Plant(
                entity=entity,
                by=by,
                text=messy(spelt.text, self._chance) if by == "pattern" else spelt.text,
                hidden=squeezed(spelt.text),
                context=context,
            )
            for context in (reversed(contexts) if turned else contexts)
        ]

    def _by(self, entity: str) -> FoundBy:
        if entity in self._column.deny:
            return "deny"
        if entity in self._column.entities:
            return "pattern" if is_pattern(entity) else "model"
        return "linked"

    def _identity(self, types: Mapping[str, pa.DataType]) -> dict[str, Any]:
        """The row's own identifiers; unknown where nobody can make one of this type up."""
        return {one: self._own(self._column.linked[one], kind) for one, kind in types.items()}

    def _own(self, entity: str, kind: pa.DataType) -> Any:
        if pa.types.is_string(kind):
            return synthetic(entity, self._chance)
        if pa.types.is_integer(kind):
            return self._chance.randrange(10**8, 10**9)
        if pa.types.is_date(kind):
            return _FIRST_DAY + timedelta(days=self._chance.randrange(_DAYS))
        return None

    @staticmethod
    def _sentence(plant: _Plant) -> str:
        return _SENTENCES.get(plant.entity, _SENTENCE) if plant.by == "model" else _SENTENCE


def _holding(text: str | None, plant: _Plant, chance: random.Random) -> str:
    """A place for a planted identifier in a real text: a line of its own, before it or behind it.

    Between two words of the text it could become a part of a number that stands there. A text in
    which it stands already would tell nothing.
    """
    words = (text or "")[:_LONGEST].replace("{}", "")
    if plant.hidden in squeezed(words):
        words = ""
    return f"{{}}\n{words}" if chance.random() < 0.5 else f"{words}\n{{}}"
