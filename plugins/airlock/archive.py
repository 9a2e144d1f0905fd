"""What was predicted of a night, and what turned out to be true, read back from both catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow.parquet as pq

from airlock import predictions
from airlock.labels import Labels, deliveries
from airlock.predictions import Partition
from airlock.store import Store

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Readers of one model's nights.

    Args:
        model: registered name.
        store: with the catalogues.
        load: a result by its address and SHA-256, verified.
        fetch: a local folder with its files, verified.
    """

    model: str
    store: Store
    load: Callable[[str, str], Kept]
    fetch: Callable[[Any], Path]

    def served(self, night: str) -> pd.DataFrame | None:
        """What consumers read: key, version, prediction, probabilities; None if never scored."""
        found = predictions.serving(self.store, self.model, night)
        return self._rows(found) if found else None

    def alone(self, night: str, sequence: int) -> pd.DataFrame | None:
        """All rows of a night by the champion of one ledger entry, whoever served them."""
        every = [
            one
            for one in predictions.partitions(self.store, self.model, night)
            if one.role == "served" and one.sequence == sequence and len(one.versions) == 1
        ]
        return self._rows(every[-1]) if every else None

    def shadow(self, night: str) -> tuple[Mapping[str, Any], pd.DataFrame] | None:
        """The record of who scored silently last, and all rows of it; None if nobody did."""
        every = [
            one
            for one in predictions.partitions(self.store, self.model, night)
            if one.role == "shadow"
        ]
        if not every:
            return None
        return self.load(every[-1].scoring, every[-1].sha256).record, self._rows(every[-1])

    def labels(self, night: str, *, before: str | None = None) -> pd.Series:
        """Label by key, as text; for one key the newest delivery counts.

        Args:
            before: content of a redacted delivery: what came with it and later is left out.
        """
        found: dict[str, str] = {}
        for one in self._deliveries(night, before):
            folder = self.fetch(self.load(one.labelling, one.sha256).data)
            table = pq.read_table(folder / one.path)
            keys, values = table["row_key"].to_pylist(), table["label"].to_pylist()
            found |= dict(zip(keys, values, strict=True))
        return pd.Series(found, dtype=object)

    def labelled(self) -> Sequence[str]:
        """The nights with labels, in order."""
        return sorted({one.night for one in deliveries(self.store, self.model)})

    def _deliveries(self, night: str, before: str | None) -> Iterator[Labels]:
        for one in deliveries(self.store, self.model, night):
            if self.load(one.labelling, one.sha256).inputs.get("redaction") == before:
                return
            yield one

    def _rows(self, partition: Partition) -> pd.DataFrame:
        kept = self.load(partition.scoring, partition.sha256)
        folder = self.fetch(kept.data)
        # A shadow's record wraps that of a scoring.
        record = kept.record.get("scoring") or kept.record
        frames = []
        for part in record["parts"]:
            names = pq.read_schema(folder / part["path"]).names
            columns = [name for name in names if name in _WANTED or name.startswith("probability_")]
            frames.append(pq.read_table(folder / part["path"], columns=columns).to_pandas())
        whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
        return whole
