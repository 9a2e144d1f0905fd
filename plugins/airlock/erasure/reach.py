"""Finds which tables hold rows about a person, and which models learnt from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pyarrow as pa  # noqa: TID253  # nothing but one command imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import pyarrow.parquet as pq  # noqa: TID253  # see above

from airlock.core.errors import DataError, ObjectMissing
from airlock.engine.legal_holds import held_folders
from airlock.erasure.results import ANSWERED, RAW, is_gone, redactions_of, results_of, undecided
from airlock.erasure.sources import Columns, holds_key, source_columns
from airlock.ledger import Hold, holds
from airlock.stages.redact.spec import Normal
from airlock.stages.redact.stage.pseudonym import Key, Pseudonyms, normalised
from airlock.stages.redact.stage.suppression import label
from airlock.store import Store, Zone

if TYPE_CHECKING:
    from airlock.engine.publication import Stores
    from airlock.ledger import Entry, Ledger

_PREFIX = re.compile(r"attempts/([a-z_]+)/[^/]+/data/")
_NORMALS: tuple[Normal, ...] = get_args(Normal)
# What score calls the pseudonym of whom a row is about.
_ROW_KEY = "row_key"


class Subject:
    """Whom it is about, known by pseudonym and by digest.

    Args:
        identifier: as somebody typed it.
        domain: of the columns that hold such identifiers.
        key: of the pseudonyms.
        columns: that are of this domain, and how their values are made equal.
    """

    def __init__(
        self, identifier: str, domain: str, *, key: Key, columns: Mapping[str, Normal]
    ) -> None:
        self.domain = domain
        self.key_id = key.key_id
        self.columns = columns
        kinds = set(columns.values())
        # Tables of the first versions hold the pseudonyms of the first versions, and of a number in
        # a column of floats those of its text.
        spellings = {identifier, f"{normalised(identifier).decode()}.0"}
        self.pseudonyms = {Pseudonyms(key, domain, one).of(identifier) for one in kinds} | {
            Pseudonyms(key, domain, one, as_before=True).of(spelling)
            for one in kinds
            for spelling in spellings
        }
        self.digests = {Pseudonyms(key, label(domain), one).of(identifier) for one in kinds}
        self._by_kind = {one: Pseudonyms(key, domain, one) for one in kinds}
        self._by_column = {name: Pseudonyms(key, domain, one) for name, one in columns.items()}

    def stands_in(self, file: Path, *, raw: bool, also: Columns | None = None) -> bool:
        """Whether a row of a Parquet file is about them.

        Args:
            raw: whether it holds keys as they came, and not pseudonyms.
            also: columns that hold such keys under other names.
        """
        with pq.ParquetFile(file) as parquet:
            if also and holds_key(parquet, also, self._by_kind, self.pseudonyms):
                return True
            present = [
                name
                for name in parquet.schema_arrow.names
                if name in self.columns or (name == _ROW_KEY and not raw)
            ]
            return bool(present) and any(
                self._is_in(group.column(name), name, raw=raw)
                for number in range(parquet.num_row_groups)
                for group in [parquet.read_row_group(number, columns=present)]
                for name in present
            )

    def _is_in(self, values: pa.ChunkedArray, name: str, *, raw: bool) -> bool:
        known = self._by_column[name].column(values) if raw else values.cast(pa.string())
        wanted = pa.array(sorted(self.pseudonyms), pa.string())
        return bool(pc.any(pc.is_in(known, value_set=wanted), min_count=0).as_py())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedTable:
    """A folder with rows.

    Args:
        results: addresses of the results that it belongs to; none for an attempt that lost.
        contents: their content digests.
    """

    stage: str
    zone: Zone
    prefix: str
    results: tuple[str, ...]
    contents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedVersion:
    """A model version.

    Args:
        sure: False where the rows that it learnt from are gone, so that nobody can look.
        champion: whether it is in production.
    """

    model: str
    version: int
    sure: bool
    champion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far somebody's rows went.

    Args:
        models: whose ledgers must say so.
        versions: that learnt from them.
        held: legal holds of tables among these: nobody may delete them.
        trials: prefixes of bundles that learnt from such a table, and that nobody decided about.
        checkpoints: keys of trainings that have not ended: which table each is of nobody can say.
    """

    tables: tuple[ReachedTable, ...]
    models: tuple[str, ...]
    versions: tuple[AffectedVersion, ...]
    held: tuple[Hold, ...] = ()
    trials: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()


def subject(stores: Stores, identifier: str, domain: str, *, key: Key) -> Subject:
    """Somebody, by the columns that the store's redactions pseudonymised in this domain.

    Raises:
        DataError: no redaction ever did, or one did under another key.
    """
    columns: dict[str, Normal] = {}
    others: set[str] = set()
    known: set[str] = set()
    for record in redactions_of(stores["store"]):
        for one in record.columns:
            if one.domain is not None:
                known.add(one.domain)
            if one.domain == domain:
                columns[one.name] = next(kind for kind in _NORMALS if kind == one.normalise)
                others |= {record.pseudonym_key} - {key.key_id}
    if not columns:
        raise DataError(
            f"No table was ever pseudonymised in the domain {domain}.",
            do=f"Domains so far: {', '.join(sorted(known)) or 'none'}.",
        )
    if others:
        raise DataError(
            f"Tables of the domain {domain} were pseudonymised under other keys: "
            f"{', '.join(sorted(others))}.",
            do="Erase under each key in turn: put it into airlock_pseudonym.key, and run again.",
        )
    return Subject(identifier, domain, key=key, columns=columns)


def reach(stores: Stores, ledgers: Iterable[Ledger], somebody: Subject, scratch: Path) -> Reach:
    """Look into every table that there is.

    Args:
        ledgers: of all models.
        scratch: an empty local folder.
    """
    results = list(results_of(stores["store"]))
    sources = source_columns(results, somebody.columns)
    tables = tuple(
        ReachedTable(
            stage=stage,
            zone=zone,
            prefix=prefix,
            results=tuple(address for address, one in results if one.data.prefix == prefix),
            contents=tuple(one.content for _, one in results if one.data.prefix == prefix),
        )
        for zone in get_args(Zone)
        for stage, prefix in _reached(stores[zone], somebody, scratch, sources)
    )
    reached = {content for table in tables for content in table.contents}
    gone = {one.content for _, one in results if is_gone(stores, one.stage, one.data)} - reached
    scored = {
        str(one.record.get("model"))
        for _, one in results
        if one.stage in ANSWERED and one.content in reached
    }
    models, versions, standing = set(scored), [], list[Hold]()
    decided = set[str]()
    for ledger in ledgers:
        decided |= {one for entry in ledger.entries() for one in _evidence(entry)}
        standing += holds(ledger.model, ledger.entries())
        for version in _versions(ledger, reached, gone):
            versions.append(version)
            models |= {ledger.model} if version.sure else set()
    kept = held_folders(dict(results), standing)
    held = {
        kept[table.prefix].sequence: kept[table.prefix] for table in tables if table.prefix in kept
    }
    return Reach(
        tables=tables,
        models=tuple(sorted(models)),
        versions=tuple(versions),
        held=tuple(held.values()),
        trials=undecided(results, reached, decided | {*kept}),
        checkpoints=tuple(stat.key for stat in stores["store"].list("checkpoints/"))
        if tables
        else (),
    )


def _reached(
    store: Store, somebody: Subject, scratch: Path, sources: Mapping[str, Columns]
) -> Iterator[tuple[str, str]]:
    """Stage and prefix of every folder with a row about them, attempts that lost included."""
    found: set[str] = set()
    for stat in store.list("attempts/"):
        match = _PREFIX.match(stat.key)
        # Of whatever stage: one that is added later may leave rows, too.
        if match is None or match[0] in found:
            continue
        prefix = match[0].rstrip("/")
        also = sources.get(prefix)
        if stat.key.endswith(".parquet") and _holds(
            store, stat.key, match[1], somebody, scratch, also
        ):
            found.add(match[0])
            yield match[1], prefix


def _holds(
    store: Store, key: str, stage: str, somebody: Subject, scratch: Path, also: Columns | None
) -> bool:
    try:
        file = store.local(key, scratch)
    except ObjectMissing:  # somebody else erases, too
        return False
    try:
        return somebody.stands_in(file, raw=stage in RAW, also=also)
    except (pa.ArrowException, OSError):
        raise DataError(
            f"{key} cannot be read, so nobody knows whom it is about.",
            do="Delete it if it is damaged, and erase again.",
        ) from None


def _versions(ledger: Ledger, reached: set[str], gone: set[str]) -> Iterator[AffectedVersion]:
    champion = ledger.state().champion
    told: dict[int, bool] = {}
    for entry in ledger.entries():
        learnt_from = _evidence(entry)
        if learnt_from & (reached | gone):
            version = int(entry.body["version"])
            told[version] = told.get(version, False) or bool(learnt_from & reached)
    for version, sure in sorted(told.items()):
        yield AffectedVersion(
            model=ledger.model,
            version=version,
            sure=sure,
            champion=champion is not None and champion.version == version,
        )


def _evidence(entry: Entry) -> set[str]:
    if entry.kind != "decided":
        return set()
    return {str(one) for one in entry.body["evidence"].values()}
