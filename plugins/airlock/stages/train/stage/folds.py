"""Reads the train and validation folds, and nothing of the holdout."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow.dataset import dataset, field

from airlock.core.contract import ColumnType
from airlock.core.entity import called, stands_for
from airlock.core.errors import DataError, SpecError, Unverified
from airlock.core.names import is_output
from airlock.stages.redact.record import Redaction
from airlock.stages.train.spec import LEARNABLE, TrainSpec, by_default

_AT_ONCE = 65_536  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One fold of a table on disk: nothing of it stays in memory but what is asked for.

    Args:
        name: `train` or `validation`.
        paths: of the table's parts, local and verified.
        columns: that may be read.
        rows: how many there are.
        chosen: of all rows of the fold, in the table's order, which ones count; None for all.
    """

    name: str
    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    rows: int
    chosen: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return self.rows

    def sampled(self, share: float, *, seed: int) -> Fold:
        """A share of its rows; those of a smaller share are among those of a larger one."""
        if share >= 1:
            return self
        count = max(1, round(share * self.rows))
        chosen = np.zeros(self.rows, dtype=bool)
        chosen[np.random.default_rng(seed).permutation(self.rows)[:count]] = True
        return replace(self, rows=count, chosen=chosen)

    def __getitem__(self, column: str) -> pd.Series:
        """One whole column."""
        return pd.concat(
            [frame[column] for frame in self._frames([column])],
            ignore_index=True,
        )

    def frames(self) -> Iterator[pd.DataFrame]:
        """All columns, some ten thousand rows at a time, in the table's order."""
        return self._frames(self.columns)

    def _frames(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        begin = 0
        for frame in _frames(self.name, self.paths, columns):
            end = begin + len(frame)
            if self.chosen is None:
                yield frame
            elif self.chosen[begin:end].any():
                yield frame[self.chosen[begin:end]].reset_index(drop=True)
            begin = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """The two folds, with features, target and entity."""

    train: Fold
    validation: Fold


def checked_split(redaction: Redaction, spec: TrainSpec) -> str:
    """The id of the split that stamped the folds.

    Raises:
        Unverified: no split did, or one by another entity; or the redaction did not prove itself.
    """
    if not redaction.proven:
        raise Unverified(
            "The redaction did not prove that no direct identifier is left.",
            do="Read its report, repair its file or the data, and clear the run from redact on.",
        )
    if redaction.split is None or not stands_for(redaction.entity, spec.entity):
        raise Unverified(
            f"The redacted table is not split into folds by {called(spec.entity)}.",
            do="Name the model and the same entity in RedactOperator and in TrainSpec.",
        )
    return redaction.split


def features(redaction: Redaction, spec: TrainSpec) -> tuple[tuple[str, ColumnType], ...]:
    """Names and types of the columns to learn from, in the table's order.

    Raises:
        SpecError: a named column is not there or cannot be learnt from, or none is left.
        DataError: the target is not there.
    """
    types = dict(redaction.schema)
    if spec.target not in types:
        raise DataError(
            f"The redacted table has no column {spec.target}, which is the target.",
            do="Keep it in the redaction file, or correct target in the TrainSpec.",
        )
    kept = {column.name for column in redaction.columns if column.action == "keep"}
    # A text may be whom a row is about and what is learnt from: it has no number to learn by heart.
    scanned = {column.name for column in redaction.columns if column.action == "scan"} - {
        spec.target
    }
    usable = {
        name
        for name, kind in types.items()
        if kind in LEARNABLE and name not in {spec.target, redaction.entity} - scanned
    }
    usual = {name for name in usable & kept if by_default(name, types[name])}
    wanted = set(spec.features) if spec.features is not None else usual
    if wrong := sorted(wanted - usable):
        raise SpecError(
            f"These columns cannot be features: {', '.join(wrong)}.",
            do="Name columns of the redacted table that are neither target nor entity.",
        )
    chosen = tuple((name, kind) for name, kind in types.items() if name in wanted)
    if not chosen:
        raise SpecError(
            "There is no column to learn from.",
            do="Keep some in the redaction file, or name features in the TrainSpec.",
        )
    if taken := sorted(filter(is_output, (*(name for name, _ in chosen), spec.target))):
        raise SpecError(
            f"Features and target cannot be called {', '.join(taken)}: Airlock writes columns of "
            "these names itself.",
            do="Call them something else in the source, or leave them out of `features`.",
        )
    return chosen  # type: ignore[return-value]  # a record holds plain text; it was checked above


def unused(redaction: Redaction, spec: TrainSpec, features: Collection[str]) -> tuple[str, ...]:
    """Columns that go through with their own values, or in groups, and are no features.

    None where `features` names those that are: then somebody has chosen.
    """
    if spec.features is not None:
        return ()
    told = {"keep", "generalise"}
    return tuple(
        column.name
        for column in redaction.columns
        if column.action in told and column.name not in {*features, spec.target, redaction.entity}
    )


def constant(redaction: Redaction, folder: Path, features: Collection[str]) -> tuple[str, ...]:
    """Features without a value, or with one and the same in every row of all folds.

    The parts' own counts are asked: no row of the holdout is read.
    """
    seen: dict[str, set[object]] = {name: set() for name in features}
    for part in redaction.parts:
        footer = pq.read_metadata(folder / part.path)
        schema = footer.schema.to_arrow_schema()
        for name, values in seen.items():
            at = schema.get_field_index(name)
            for number in range(footer.num_row_groups):
                group = footer.row_group(number)
                said = group.column(at).statistics
                if said is None or (not said.has_min_max and said.null_count < group.num_rows):
                    values |= {True, False}  # nobody knows
                elif said.has_min_max:
                    values |= {said.min, said.max}
                    values |= {None} if said.null_count else set()
    return tuple(name for name, values in seen.items() if len(values) < 2)


def check_target(redaction: Redaction, folder: Path, target: str) -> None:
    """Refuse rows without a target before anything is learnt, those of the holdout too.

    The parts' own counts are asked: no row of the holdout is read.

    Args:
        folder: local and verified.

    Raises:
        DataError: there are some, or a part does not say.
    """
    missing = 0
    for part in redaction.parts:
        try:
            footer = pq.read_metadata(folder / part.path)
            at = footer.schema.to_arrow_schema().get_field_index(target)
            groups = [footer.row_group(n).column(at) for n in range(footer.num_row_groups)]
            missing += sum(group.statistics.null_count for group in groups)
        except (pa.ArrowException, OSError, AttributeError, TypeError) as error:
            raise DataError(
                f"{part.path} of the redacted table does not say how many targets are missing "
                f"({type(error).__name__}).",
                do="Recompute the run.",
            ) from None
    if missing:
        raise DataError(
            f"{missing:,} of {redaction.rows:,} rows, over all folds, have no {target}, which is "
            "the target.",
            do="Declare it nullable: false in the contract, or set such rows aside with "
            "expect_column_values_to_not_be_null and on_fail: quarantine.",
        )


def read(redaction: Redaction, folder: Path, columns: Sequence[str], entity: str) -> Folds:
    """Find the two folds, and that they have no entity in common where folds are drawn by entity.

    Args:
        folder: local and verified.
        columns: to read; the entity is not among them unless it is named.

    Raises:
        DataError: a part cannot be read, a fold is empty, or an entity is in both.
    """
    paths = tuple(folder / part.path for part in redaction.parts)
    folds, hashes = {}, []
    for fold in ("train", "validation"):
        found = [_hashed(frame[entity]) for frame in _frames(fold, paths, [entity])]
        rows = sum(map(len, found))
        if not rows:
            raise DataError(
                f"The {fold} fold is empty: folds are drawn by {entity}, and all rows of one value "
                "of it are in one fold.",
                do="Check how many rows there are, and how many values the entity has: tens are "
                "too few. Name what a row is about, such as a customer and no region.",
            )
        folds[fold] = Fold(name=fold, paths=paths, columns=tuple(columns), rows=rows)
        hashes.append(np.unique(np.concatenate(found)))
    if redaction.holdout_from is not None:
        # By time the same entity comes again, as it will in production.
        return Folds(**folds)
    suspects = np.intersect1d(hashes[0], hashes[1], assume_unique=True)
    if len(suspects) and (both := _in_both(folds, entity, suspects)):
        raise DataError(
            f"{both:,} entities are in the train and in the validation fold.",
            do="The folds were not stamped by redact: recompute the run.",
        )
    return Folds(**folds)


def _hashed(entities: pd.Series) -> NDArray[np.uint64]:
    # 8 bytes an entity, whatever its name: ten million fit in memory where their names may not.
    return np.asarray(pd.util.hash_pandas_object(entities, index=False), dtype=np.uint64)


def _in_both(folds: Mapping[str, Fold], entity: str, suspects: NDArray[np.uint64]) -> int:
    """How many of the entities with these hashes are the same, and do not only hash alike."""
    named = [
        pd.Index(
            pd.concat(
                [
                    frame[entity][np.isin(_hashed(frame[entity]), suspects)]
                    for frame in _frames(fold.name, fold.paths, [entity])
                ]
            )
        )
        for fold in folds.values()
    ]
    return len(named[0].intersection(named[1]))


def _frames(fold: str, paths: Sequence[Path], columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    for path in paths:
        try:
            # Filtered while it is read: rows of the holdout never become part of any table here.
            batches = dataset(path, format="parquet").to_batches(
                columns=list(columns),
                filter=field("fold") == fold,
                batch_size=_AT_ONCE,
                batch_readahead=1,
                fragment_readahead=1,
            )
            for batch in batches:
                if batch.num_rows:
                    yield batch.to_pandas()
        except (pa.ArrowException, OSError, KeyError) as error:
            # Arrow's own text may quote a cell.
            raise DataError(
                f"{path.name} of the redacted table cannot be read ({type(error).__name__}).",
                do="Recompute the run.",
            ) from None
