"""Leaves out the rows of erased people, known by keyed digests alone."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.pseudonym import Key, Pseudonyms

Suppressed = Mapping[str, frozenset[str]]
"""The keyed digests of the erased, by domain."""


class Suppression:
    """Finds the rows of those who were erased.

    Args:
        spec: whose pseudonymised columns name people.
        key: of the digests.
        suppressed: who is left out.
    """

    def __init__(self, spec: RedactionSpec, *, key: Key, suppressed: Suppressed) -> None:
        # Who was erased by the first versions is listed as they read the identifier.
        self._columns = [
            (
                name,
                digests,
                Pseudonyms(
                    key, label(column.domain or name), column.normalise, as_before=as_before
                ),
            )
            for name, column in spec.columns.items()
            if column.action == "pseudonym" and (digests := suppressed.get(column.domain or name))
            for as_before in (False, True)
        ]

    def without(self, table: pa.Table) -> pa.Table:
        """The rows about everybody else."""
        for name, digests, suppressions in self._columns:
            known = suppressions.column(table.column(name))
            erased = pc.is_in(known, value_set=pa.array(sorted(digests), pa.string()))
            table = table.filter(pc.invert(erased))
        return table


def label(domain: str) -> str:
    """The domain of the digests: a digest must not be the pseudonym that is published."""
    return f"airlock suppressed {domain}"
