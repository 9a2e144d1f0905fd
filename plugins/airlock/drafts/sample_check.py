"""Holds a sample of the rows against the files of a pipeline: what only data can show.

Nothing of it is published. No cell is quoted: findings say columns, counts and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above

from airlock.core.contract import Contract
from airlock.core.entity import called, parts_of
from airlock.core.errors import AirlockError, DataError
from airlock.core.names import column as named
from airlock.core.problems import CheckFinding, WrittenProblem, located
from airlock.drafts import sample
from airlock.drafts.hints import column_at, hints_of
from airlock.reading import places
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables
from airlock.stages.train.spec import LEARNABLE, TrainSpec
from airlock.stages.validate.spec import Expectations

_ROWS = 200_000  # looked at; more would tell the same
_HOLDOUT = 0.2  # of the entities
_FEW_ENTITIES, _ROWS_EACH = 100, 5
_MANY_VALUES, _FEW_ROWS = 0.5, 50  # share of rows with a value of their own; of fewer, nothing
_MANY_CLASSES = 50
_MOST_CLASSES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What is held against each other."""

    rows: pa.Table
    contract: Contract
    redaction: RedactionSpec | None
    policy: Policy | None
    train: TrainSpec | None


def hold(
    source: Path,
    *,
    expectations: Path | None,
    redaction: Path | None,
    policy: Path | None,
    train: TrainSpec | None,
) -> list[CheckFinding]:
    """Everything that a sample shows to be wrong.

    Args:
        source: a table, or a folder of some of one kind.
        expectations: with the contract; without one nothing can be held.
        redaction: says which columns the model learns from.
        policy: says how many rows are evidence.
        train: names target and entity; None where nothing is trained.
    """
    promised = None if expectations is None else Expectations.read(expectations)[0]
    if promised is None or expectations is None:
        # What is wrong with the files was said by those who look at them.
        return []
    contract = promised.contract
    try:
        files = sample.files(source)
        rows = _rows(files, contract)
    except AirlockError as error:
        hints = hints_of(source, contract) if isinstance(error, DataError) else []
        return [
            *_located(hints, expectations),
            CheckFinding(file=str(source), what=error.what.rstrip("."), do=error.do),
        ]
    held = _Held(
        rows=rows,
        contract=contract,
        redaction=None if redaction is None else RedactionSpec.read(redaction)[0],
        policy=None if policy is None else Policy.read(policy)[0],
        train=train,
    )
    found = [*_keys(held), *_columns(held), *_training(held)]
    paths = {"expectations": expectations, "redaction": redaction, "policy": policy}
    return [_at(one, paths.get(one.of) or expectations) for one in found]


def _located(found: list[WrittenProblem], path: Path) -> list[CheckFinding]:
    return [_at(one, path) for one in found]


def _at(one: WrittenProblem, path: Path) -> CheckFinding:
    return located(one, str(path), places(path.read_text("utf-8-sig")))


def _rows(files: list[Path], contract: Contract) -> pa.Table:
    taken, count = [], 0
    for table in tables([DeliveredFile(name=one.name, path=one) for one in files], contract):
        taken.append(table)
        count += table.num_rows
        if count >= _ROWS:
            break
    if not count:
        raise DataError("The sample has no rows.", do="Name a night that has some.")
    return pa.concat_tables(taken)


def _keys(held: _Held) -> Iterator[WrittenProblem]:
    key = list(held.contract.key)
    if not key:
        return
    names = held.rows.group_by(key).aggregate([]).num_rows
    if names < held.rows.num_rows:
        yield WrittenProblem(
            what=f"the key {', '.join(key)} repeats: {held.rows.num_rows:,} rows have {names:,} "
            "keys, and a snapshot is refused",
            do="Name more columns in key, deliver each row once, or write key: [].",
            of="expectations",
            at=("contract", "key"),
        )


def _columns(held: _Held) -> Iterator[WrittenProblem]:
    train = held.train
    for name, column in held.contract.columns.items():
        cells = held.rows.column(name)
        there = cells.drop_null()
        if not column.nullable and cells.null_count:
            yield WrittenProblem(
                what=f"{name} lacks a value in {cells.null_count:,} rows, and the contract "
                "promises one",
                do="Write nullable: true, or have the export repaired.",
                of="expectations",
                at=column_at(name),
            )
        if column.type == "string" and len(there):
            yield from _blanks(name, there)
        if train is None or name in {train.target, *_whom(held, train)} or not _learnt(held, name):
            continue
        different = pc.count_distinct(there).as_py() if len(there) else 0
        if different < 2:
            what = "has no value in any row" if not different else "has the same value in every row"
            yield WrittenProblem(
                what=f"{named(name, 0)} {what} of the sample, and the model learns nothing from it",
                do="Drop it in the redaction file, unless later nights have more.",
                of="redaction",
                at=("columns", name),
                severity="warning",
            )
        elif column.type == "string" and different > max(_MANY_VALUES * len(there), _FEW_ROWS):
            yield WrittenProblem(
                what=f"{name} has {different:,} different values in {len(there):,} rows: the model "
                "would learn them by heart",
                do="Drop it, or make it a pseudonym if rows are joined by it.",
                of="redaction",
                at=("columns", name),
                severity="warning",
            )


def _learnt(held: _Held, name: str) -> bool:
    train, redaction = held.train, held.redaction
    if train is None or redaction is None or name not in redaction.columns:
        return False
    chosen = train.features is None or name in train.features
    kind = held.contract.columns[name].type
    return chosen and redaction.does(name) == "keep" and kind in LEARNABLE


def _blanks(name: str, there: pa.ChunkedArray) -> Iterator[WrittenProblem]:
    around = pc.sum(pc.not_equal(pc.utf8_trim_whitespace(there), there).cast(pa.int64())).as_py()
    if around:
        yield WrittenProblem(
            what=f"{name} has blanks before or behind its text in {around:,} rows, and ' yes' is "
            "another value than 'yes'",
            do="Have the export write none; where every row has them, write the values so in the "
            "files.",
            of="expectations",
            at=column_at(name),
            severity="warning",
        )


def _training(held: _Held) -> Iterator[WrittenProblem]:
    train = held.train
    if train is None or train.target not in held.rows.column_names:
        return
    target = held.rows.column(train.target)
    at = column_at(train.target)
    if target.null_count:
        yield WrittenProblem(
            what=f"the target {train.target} lacks a value in {target.null_count:,} of "
            f"{len(target):,} rows, and a training refuses such a table",
            do="Deliver rows whose target is known; or set the others aside by "
            "expect_column_values_to_not_be_null with on_fail: quarantine.",
            of="expectations",
            at=at,
        )
    values = pc.count_distinct(target.drop_null()).as_py() if len(target.drop_null()) else 0
    if values < 2:
        yield WrittenProblem(
            what=f"the target {train.target} has the same value in every row: there is nothing to "
            "tell apart",
            do="Check the source and the period that it covers.",
            of="expectations",
            at=at,
        )
    elif train.task == "classification" and values > _MANY_CLASSES:
        yield WrittenProblem(
            what=f"the target {train.target} has {values:,} different values",
            do="Set task='regression' in the TrainSpec if it is a number, or group its values.",
            of="expectations",
            at=at,
            severity="error" if values > _MOST_CLASSES else "warning",
        )
    yield from _entities(held, train)
    yield from _evidence(held, train, values)


def _whom(held: _Held, train: TrainSpec) -> tuple[str, ...]:
    """The columns that tell entities apart."""
    return parts_of(train.entity, held.contract.columns)


def _entities(held: _Held, train: TrainSpec) -> Iterator[WrittenProblem]:
    names = _whom(held, train)
    if not names or not set(names) <= set(held.rows.column_names):
        return
    entities = held.rows.group_by(list(names)).aggregate([]).num_rows
    # Of a sample of few rows nothing follows.
    if entities < _FEW_ENTITIES and entities * _ROWS_EACH <= held.rows.num_rows:
        yield WrittenProblem(
            what=f"the entity {called(train.entity)} has {entities:,} different values: folds are "
            "drawn by it, and so few give none that can be trusted",
            do="Name whom a row is about, such as a customer and no region.",
            of="expectations",
            at=column_at(names[0]),
            severity="error" if entities < _FEW_ENTITIES // 2 else "warning",
        )


def _evidence(held: _Held, train: TrainSpec, values: int) -> Iterator[WrittenProblem]:
    """Whether the holdout can be what the policy asks for."""
    if held.policy is None or held.rows.num_rows >= _ROWS:
        return
    rule = held.policy.holdout
    expected = round(held.rows.num_rows * _HOLDOUT)
    if expected < rule.min_rows:
        yield WrittenProblem(
            what=f"of {held.rows.num_rows:,} rows the holdout gets about {expected:,}, and the "
            f"policy asks for {rule.min_rows:,}: with such a table the gate stays shut",
            do="Collect more nights (window=…), or write holdout: {min_rows: …} knowingly.",
            of="policy",
            at=("holdout", "min_rows"),
            severity="warning",
        )
    if train.task != "classification" or not 1 < values <= _MANY_CLASSES:
        return
    counts = pc.value_counts(held.rows.column(train.target).drop_null()).field("counts")
    rarest = round(min(counts.to_pylist()) * _HOLDOUT)
    if rarest < rule.min_rarest_class:
        yield WrittenProblem(
            what=f"of the rarest class the holdout gets about {rarest:,} rows, and the policy asks "
            f"for {rule.min_rarest_class:,}: with such a table the gate stays shut",
            do="Collect more nights (window=…), or write holdout: {min_rarest_class: …} knowingly.",
            of="policy",
            at=("holdout", "min_rarest_class"),
            severity="warning",
        )
