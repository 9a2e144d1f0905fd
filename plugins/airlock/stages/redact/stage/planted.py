"""Plants synthetic identifiers into copies of rows, to prove that redaction catches them.

Nothing real is in them: numbers are of ranges that nobody is given, names are made of syllables.
The same table and file give the same identifiers.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from airlock.stages.redact.record import Example, PlantedIdentifier
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.rows import Redactor
from airlock.stages.redact.stage.synthetic import known_kinds, squeezed, synthetic, variants

_ROWS = 64
# The rest of a long text would only cost time.
_LONGEST = 400
_SENTENCE = "Please write to {} before Friday."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plant:
    """One identifier in one text.

    Args:
        entity: what it is.
        text: as it was planted.
        hidden: of which nothing may be left, squeezed.
    """

    entity: str
    text: str
    hidden: str


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
            after = redactor.tried(trial.table).columns[name].to_pylist()
            told += trial.judged(after)
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
        kinds = self._kinds()
        # Each kind in a real text and in one about nobody.
        count = max(_ROWS, 2 * len(kinds))
        rows = sample.take(np.linspace(0, sample.num_rows - 1, count).astype(int))
        real = rows.column(name).to_pylist()
        values = {one: rows.column(one).to_pylist() for one in column.linked}
        types = {one: rows.schema.field(one).type for one in column.linked}
        self.planted: list[_Plant | None] = []
        self.texts: list[str | None] = []
        for row in range(count if kinds else 0):
            own = self._identity(types)
            for one, value in own.items():
                values[one][row] = value
            # Every other text is about nobody at all, so that a person may see it.
            base = _SENTENCE if row // len(kinds) % 2 else _holding(real[row], chance)
            plant = self._plant(kinds[row % len(kinds)], own)
            self.planted.append(plant)
            self.texts.append(_put(plant.text, base) if plant else None)
        self.planted += [None] * (count - len(self.planted))
        self.texts += [None] * (count - len(self.texts))
        changed = {name: self.texts, **values}
        self.table = pa.table(
            {
                field.name: pa.array(changed[field.name], field.type)
                if field.name in changed
                else rows.column(field.name)
                for field in rows.schema
            },
            schema=rows.schema,
        )

    def judged(self, after: Sequence[str | None]) -> Iterator[PlantedIdentifier]:
        """Which were caught; one in a text that nobody could decide on was."""
        wanted = (*self._column.entities, *self._column.deny, *self._column.linked.values())
        # What nobody can make up is told as not tried.
        planted: Counter[str] = Counter(dict.fromkeys(wanted, 0))
        caught: Counter[str] = Counter()
        for plant, text in zip(self.planted, after, strict=True):
            if plant is not None:
                planted[plant.entity] += 1
                caught[plant.entity] += text is None or plant.hidden not in squeezed(text)
        for entity, count in sorted(planted.items()):
            yield PlantedIdentifier(
                column=self._name, entity=entity, planted=count, caught=caught[entity]
            )

    def examples(self, after: Sequence[str | None]) -> Iterator[Example]:
        """One of each kind, in a text about nobody."""
        shown = set()
        for plant, before, text in zip(self.planted, self.texts, after, strict=True):
            if plant is None or before is None or plant.entity in shown:
                continue
            if text is not None and before == _put(plant.text, _SENTENCE):
                shown.add(plant.entity)
                yield Example(column=self._name, before=before, after=text)

    def _kinds(self) -> list[tuple[str, str | None]]:
        """What is planted in turns: an entity, and the linked column that knows it."""
        entities = [*known_kinds(self._column.entities), *self._column.deny]
        kinds: list[tuple[str, str | None]] = [(one, None) for one in entities]
        return kinds + [(word, one) for one, word in self._column.linked.items()]

    def _identity(self, types: Mapping[str, pa.DataType]) -> dict[str, Any]:
        """The row's own identifiers, none of which is anybody's; unknown where they are no text."""
        return {
            one: synthetic(self._column.linked[one], self._chance)
            if pa.types.is_string(kind)
            else None
            for one, kind in types.items()
        }

    def _plant(self, kind: tuple[str, str | None], own: Mapping[str, Any]) -> _Plant | None:
        entity, linked = kind
        if linked is not None:
            value = own[linked]
            if value is None:
                return None
            text, hidden = self._chance.choice(variants(entity, value))
            return _Plant(entity=entity, text=text, hidden=squeezed(hidden))
        if entity in self._column.deny:
            text = self._chance.choice(self._column.deny[entity])
        else:
            text = synthetic(entity, self._chance, self._column.regions)
        return _Plant(entity=entity, text=text, hidden=squeezed(text))


def _holding(text: str | None, chance: random.Random) -> str:
    """A place for a planted identifier in a real text: a line of its own, before it or behind it.

    Between two words of the text it could become a part of a number that stands there.
    """
    words = (text or "")[:_LONGEST].replace("{}", "")
    return f"{{}}\n{words}" if chance.random() < 0.5 else f"{words}\n{{}}"


def _put(plant: str, base: str) -> str:
    return base.replace("{}", plant)
