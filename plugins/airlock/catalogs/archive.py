"""Reads back what was predicted of a night, and what turned out to be true of it.

The one reader of both. What it gives is named by an entry of the model's ledger, and its bytes are
the named ones; all else is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.catalogs import labels, predictions
from airlock.catalogs.labels import NightLabels
from airlock.catalogs.predictions import Partition
from airlock.catalogs.review_queue import REVIEWER
from airlock.core.table import key_texts
from airlock.ledger import Chain, Entry

_WANTED = ("row_key", "version", "prediction")


class Kept(Protocol):
    """A published result, as far as the archive reads it."""

    @property
    def record(self) -> Mapping[str, Any]:
        """As JSON."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """Content digests by name."""

    @property
    def data(self) -> Any:
        """The folder."""


class Load(Protocol):
    """Reads a result by its address and SHA-256, verified."""

    def __call__(self, address: str, sha256: str, /) -> Kept: ...


class Fetch(Protocol):
    """Gives a local folder with a stored one's files, verified; with `only`, no others."""

    def __call__(self, folder: Any, /, *, only: Collection[str] | None = None) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLabels:
    """What is known of a night's rows, by key.

    Args:
        labels: as text, whoever they are from; of several the newest.
        answers: those that a person gave; of several the newest.
        unasked: keys with a label that did not come as an answer.
    """

    labels: pd.Series
    answers: pd.Series
    unasked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Readers of one model's nights.

    Args:
        chain: the model's ledger, which holds both catalogs.
        load: reads a result.
        fetch: reads its files.
        erased: addresses of results whose rows an erasure deleted.
    """

    chain: Chain
    load: Load
    fetch: Fetch
    erased: frozenset[str] = frozenset()

    @property
    def model(self) -> str:
        """Its registered name."""
        return self.chain.model

    def nights(self) -> Sequence[str]:
        """Those that were ever scored, in order."""
        return predictions.nights(self.chain)

    def is_erased(self, night: str) -> bool:
        """Whether what served a night was deleted with somebody's rows, and not scored again."""
        found = predictions.serving(self.chain, night)
        return found is not None and found.scoring in self.erased

    def serving(self, night: str) -> Partition | None:
        """What consumers read of a night; None if it was never scored, or erased."""
        found = predictions.serving(self.chain, night)
        return None if found is None or found.scoring in self.erased else found

    def unsure(self, partition: Partition) -> pd.DataFrame:
        """Those of its rows that are put to people; without columns if none is."""
        kept = self.load(partition.scoring, partition.sha256)
        # Scorings of earlier versions kept none.
        paths = [part["path"] for part in kept.record.get("review", ())]
        if not paths:
            return pd.DataFrame()
        folder = self.fetch(kept.data, only=paths)
        rows = pd.concat([pd.read_parquet(folder / path) for path in paths], ignore_index=True)
        return rows.assign(row_key=_keys(rows))

    def served(self, night: str) -> pd.DataFrame | None:
        """What consumers read: key, version, prediction, probabilities; None if never scored."""
        found = predictions.serving(self.chain, night)
        return self._rows(found) if found else None

    def alone(self, night: str, sequence: int) -> pd.DataFrame | None:
        """All rows of a night by the champion of one ledger entry, whoever served them."""
        every = [
            one
            for one in predictions.partitions(self.chain, night)
            if one.role == "served" and one.sequence == sequence and len(one.versions) == 1
        ]
        return self._rows(every[-1]) if every else None

    def shadow(self, night: str) -> tuple[Mapping[str, Any], pd.DataFrame] | None:
        """The record of who scored silently last, and all rows of it; None if nobody did."""
        every = [one for one in predictions.partitions(self.chain, night) if one.role == "shadow"]
        if not every:
            return None
        return self.load(every[-1].scoring, every[-1].sha256).record, self._rows(every[-1])

    def labels(self, night: str, *, before: str | None = None) -> pd.Series:
        """Label by key, as text; for one key the newest delivery counts.

        Args:
            before: content of a redacted delivery: what came with it and later is left out.
        """
        return self.known(night, before=before).labels

    def known(self, night: str, *, before: str | None = None) -> KnownLabels:
        """The labels of a night, and which of them people gave.

        Args:
            before: content of a redacted delivery: what came with it and later is left out.
        """
        newest: dict[str, str] = {}
        answers: dict[str, str] = {}
        unasked: set[str] = set()
        for one, kept in self._deliveries(night, before):
            folder = self.fetch(kept.data, only=[one.path])
            table = pq.read_table(folder / one.path)
            keys = key_texts(table["row_key"]).to_pylist()
            came = dict(zip(keys, table["label"].to_pylist(), strict=True))
            newest |= came
            if REVIEWER in table.schema.names:
                answers |= came
            else:
                unasked |= came.keys()
        return KnownLabels(
            labels=pd.Series(newest, dtype=object),
            answers=pd.Series(answers, dtype=object),
            unasked=frozenset(unasked),
        )

    def evidence(self, night: str) -> pd.Series:
        """The labels of a night that predictions may be measured by.

        Not those of rows that are labelled only because a model was unsure of them: picked by their
        own doubt, they say little of the other rows, and speak against whoever picked them.
        """
        known = self.known(night)
        alone = set(known.answers.index) - known.unasked
        return known.labels.drop([*alone & self._asked(night)]) if alone else known.labels

    def labelled(self) -> Sequence[str]:
        """The nights with labels, in order."""
        return labels.nights(self.chain)

    def _deliveries(self, night: str, before: str | None) -> Iterator[tuple[NightLabels, Kept]]:
        for one in labels.deliveries(self.chain, night):
            if one.labelling in self.erased:
                continue
            kept = self.load(one.labelling, one.sha256)
            if kept.inputs.get("redaction") == before:
                return
            yield one, kept

    def _asked(self, night: str) -> set[str]:
        """The keys that people were ever asked about, whichever partition serves now."""
        every = (
            one
            for one in predictions.partitions(self.chain, night)
            if one.role == "served" and one.scoring not in self.erased
        )
        found = (self.unsure(one) for one in every)
        return {key for rows in found if not rows.empty for key in rows["row_key"]}

    def _rows(self, partition: Partition) -> pd.DataFrame:
        kept = self.load(partition.scoring, partition.sha256)
        # A shadow's record wraps that of a scoring.
        record = kept.record.get("scoring") or kept.record
        folder = self.fetch(kept.data, only=[part["path"] for part in record["parts"]])
        frames = []
        for part in record["parts"]:
            names = pq.read_schema(folder / part["path"]).names
            columns = [name for name in names if name in _WANTED or name.startswith("probability_")]
            frames.append(pq.read_table(folder / part["path"], columns=columns).to_pandas())
        whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
        return whole.assign(row_key=_keys(whole))


def _keys(rows: pd.DataFrame) -> pd.Series:
    """Keys as they are compared."""
    return pd.Series(key_texts(pa.array(rows["row_key"], pa.string())).to_pylist(), dtype=object)


def erased(entries: Iterable[Entry]) -> frozenset[str]:
    """Addresses of the results whose rows were deleted for somebody's sake, by a ledger."""
    stones = (entry for entry in entries if entry.kind == "tombstone")
    return frozenset(address for stone in stones for address in stone.body["results"])
