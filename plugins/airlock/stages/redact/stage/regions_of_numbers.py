"""Proposes the countries whose phone numbers a scan should know, by the numbers in a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import phonenumbers
import pyarrow as pa

from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget, Undecided
from airlock.stages.redact.stage.analyzer.phones import Phones

# Countries of whose numbers most exports have some; others come in by their code.
_TRIED = ("BR", "CA", "DE", "FR", "GB", "IL", "IN", "US")
_MOST_VALUES = 400
_ABROAD = re.compile(r"\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?![0-9])")
# Rarer than that, numbers of a country are met by chance.
_LEAST = 0.05


def proposed(table: pa.Table) -> tuple[str, ...]:
    """The countries, the most frequent first; none where the sample holds no numbers.

    A country that finds numbers mostly where a year stands is left out: there it would take
    invoices for phones.
    """
    values = list(_values(table))
    codes = Counter(one for value in values for one in _countries(value))
    # Who writes country codes shows whose numbers are written without, too.
    tried = list(codes) or list(_TRIED)
    at_home: Counter[str] = Counter()
    years: Counter[str] = Counter()
    for region in tried:
        phones = Phones("PHONE_NUMBER", [region])
        for number in (one for value in values for one in _found(phones, value)):
            if not number.startswith("+"):
                (years if _YEAR.match(number) else at_home)[region] += 1
    total = codes + at_home
    least = _LEAST * max(total.values(), default=0)
    return tuple(
        region
        for region, count in sorted(total.items(), key=lambda one: (-one[1], one[0]))
        if count >= least and years[region] <= at_home[region] + codes[region]
    )


def _values(table: pa.Table) -> Iterator[str]:
    for column in table.columns:
        if pa.types.is_string(column.type):
            yield from column.drop_null().unique()[:_MOST_VALUES].to_pylist()


def _countries(value: str) -> Iterator[str]:
    for one in _ABROAD.findall(value):
        try:
            number = phonenumbers.parse(one)
        except phonenumbers.NumberParseException:
            continue
        region = phonenumbers.region_code_for_number(number)
        if region and region != "001":
            yield region


def _found(phones: Phones, value: str) -> Iterator[str]:
    try:
        with TextTimeBudget(1).spent() as budget:
            for one in phones.found(value[:1_000], budget):
                yield value[one.start : one.end]
    except Undecided:
        return
