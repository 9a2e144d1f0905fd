"""Checks that a training finds a target, and something to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from airlock.core.contract import Contract
from airlock.core.entity import parts_of
from airlock.core.names import is_output
from airlock.core.problems import Where, WrittenProblem
from airlock.core.spelling import advice
from airlock.stages.redact.spec import Action, RedactionSpec
from airlock.stages.train.spec import LEARNABLE, TrainSpec, by_default

TOLD_APART: frozenset[Action] = frozenset({"keep", "generalise"})
"""What a slice may be cut by."""

# A model may also learn from text that was scanned; a pseudonym or a mask would only be learnt by
# heart.
_LEARNABLE: frozenset[Action] = TOLD_APART | {"scan"}
KEPT: frozenset[Action] = frozenset({"keep"})
"""What a column went through whose values are still its own."""

_DAYS = frozenset({"date", "timestamp"})


def check_training(
    contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> Iterator[WrittenProblem]:
    """What keeps a training from its target or its features, or will surprise whoever wrote it."""
    yield from _training(contract, redaction, train)
    yield from _split(contract, train)
    yield from _outputs(contract, redaction, train)


def is_left(redaction: RedactionSpec, name: str, actions: frozenset[Action]) -> bool:
    """Whether a column goes through one of these actions, and no other."""
    return name in redaction.columns and redaction.does(name) in actions


def _training(
    contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> Iterator[WrittenProblem]:
    wanted: dict[str, Where] = {train.target: ("target",)}
    for at, name in enumerate(train.features or ()):
        wanted.setdefault(name, ("features", at))
    for name in sorted(wanted):
        if not is_left(redaction, name, _LEARNABLE):
            known = name in redaction.columns
            yield WrittenProblem(
                what=f"the training needs {name}, which the redaction does not keep",
                do=f"Write {name}: {{action: keep}} in the redaction file."
                if known
                else advice(name, redaction.columns, what="declared"),
                of="redaction" if known else "train",
                at=("columns", name) if known else wanted[name],
            )
    yield from _features(contract, redaction, train)
    yield from _monotone(contract, redaction, train)
    yield from _target(contract, train)


def _features(
    contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> Iterator[WrittenProblem]:
    if train.features is not None:
        for at, name in enumerate(train.features):
            if said := _no_feature(name, contract, redaction, train):
                do = "Leave it out of features."
                yield WrittenProblem(what=said, do=do, of="train", at=("features", at))
        return
    others = {
        name: column
        for name, column in contract.columns.items()
        if name not in {train.target, _column(contract, train)} and name in redaction.columns
    }
    for name in others:
        if said := _ignored(name, redaction.does(name)):
            do = "Drop it if nobody needs it, or name it in features."
            where = ("columns", name)
            yield WrittenProblem(what=said, do=do, of="redaction", at=where, severity="warning")
    learnt = [
        name
        for name, column in contract.columns.items()
        if column.type in LEARNABLE
        and is_left(redaction, name, KEPT | {"scan"})
        # A text may be whom a row is about and what is learnt from.
        and name != train.target
        and (name != _column(contract, train) or is_left(redaction, name, frozenset({"scan"})))
    ]
    if not learnt:
        what = "no column is left to learn from"
        do = "Keep some columns besides target and entity."
        yield WrittenProblem(what=what, do=do, of="redaction", at=("columns",))


def _monotone(
    contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> Iterator[WrittenProblem]:
    for name in train.monotone:
        column, what = contract.columns.get(name), ""
        if column is not None and column.type not in {"integer", "number"}:
            what = f"{name} is of the type {column.type}, along which no score rises"
        elif column is None or (said := _no_feature(name, contract, redaction, train)):
            what = f"{name} is no feature" if column is None else str(said)
        elif train.features is not None and name not in train.features:
            what = f"{name} is not among the features"
        elif not is_left(redaction, name, KEPT):
            what = f"{name} is not kept by the redaction, and so no feature"
        if what:
            do = "Leave it out of monotone."
            if column is None:
                do = advice(name, contract.columns, what="declared")
            yield WrittenProblem(what=what, do=do, of="train", at=("monotone", name))


def _no_feature(
    name: str, contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> str | None:
    """Why a column that `features` names can be none."""
    if name == train.target:
        return f"{name} is the target, and no feature"
    one = _column(contract, train)
    if name == one and not is_left(redaction, name, frozenset({"scan"})):
        return f"{name} is the entity, and no feature"
    column = contract.columns.get(name)
    if column is not None and column.type not in LEARNABLE:
        return f"{name} is of the type {column.type}, from which no model learns"
    return None


def _ignored(name: str, action: Action) -> str | None:
    """Why a column that looks like a feature is none."""
    if action == "generalise":
        return f"{name} is generalised, and so no feature unless `features` names it"
    return None


def _column(contract: Contract, train: TrainSpec) -> str | None:
    """The column that names whom a row is about; None where no single one does."""
    parts = parts_of(train.entity, contract.columns)
    return parts[0] if len(parts) == 1 else None


def _split(contract: Contract, train: TrainSpec) -> Iterator[WrittenProblem]:
    if train.split is None:
        return
    name, at = train.split.column, ("split", "column")
    column = contract.columns.get(name)
    if column is None:
        what = f"the holdout is ordered by {name}, which the contract does not promise"
        do = advice(name, contract.columns, what="promised")
        yield WrittenProblem(what=what, do=do, of="train", at=at)
    elif column.type not in _DAYS:
        what = f"the holdout is ordered by {name}, which is of the type {column.type}"
        do = "Name a date or a timestamp."
        yield WrittenProblem(what=what, do=do, of="train", at=at)
    elif column.nullable:
        yield WrittenProblem(
            what=f"the holdout is ordered by {name}, which may be missing by the contract",
            do="Every row must say when: write nullable: false.",
            of="expectations",
            at=("contract", "columns", name),
        )
    if train.target == name:
        what, do = "the target orders the holdout", "Name the time at which a row was known."
        yield WrittenProblem(what=what, do=do, of="train", at=at)


def _target(contract: Contract, train: TrainSpec) -> Iterator[WrittenProblem]:
    column = contract.columns.get(train.target)
    if train.target in parts_of(train.entity, contract.columns):
        what = "the target is the entity, or a part of it"
        if train.target == train.entity:
            what = "target and entity are the same column"
        do = "The entity names whom a row is about, the target what is predicted of them."
        yield WrittenProblem(what=what, do=do, of="train", at=("target",))
    if column is None:
        return
    if train.task == "regression" and column.type not in {"integer", "number"}:
        yield WrittenProblem(
            what=f"the target {train.target} is of the type {column.type}, no number",
            do="Set task='classification' in the TrainSpec, or name a column of numbers.",
            of="train",
            at=("target",),
        )
    elif train.task == "classification" and column.type not in {"string", "integer", "boolean"}:
        yield WrittenProblem(
            what=f"the target {train.target} is of the type {column.type}, which has no classes",
            do="Set task='regression' in the TrainSpec, or name a column of classes.",
            of="train",
            at=("target",),
        )
    if column.nullable:
        yield WrittenProblem(
            what=f"the target {train.target} may be missing by the contract, and a training "
            "refuses a table in which it is",
            do="Write nullable: false; or set rows without it aside by "
            "expect_column_values_to_not_be_null with on_fail: quarantine.",
            of="expectations",
            at=("contract", "columns", train.target),
            severity="warning",
        )


def _outputs(
    contract: Contract, redaction: RedactionSpec, train: TrainSpec
) -> Iterator[WrittenProblem]:
    """What a model learns from, and what it says, would else be taken for one another."""
    kept = [
        name
        for name, column in contract.columns.items()
        if by_default(name, column.type) and is_left(redaction, name, KEPT)
    ]
    learnt = {*(kept if train.features is None else train.features), train.target}
    learnt -= {_column(contract, train)}
    for name in sorted(filter(is_output, learnt)):
        yield WrittenProblem(
            what=f"the training would learn from {name}, which is the name of a column that "
            "Airlock writes itself (name it otherwise in the source, or leave it out of "
            "`features`)",
            do="Rename the column, or leave it out of features.",
            of="expectations",
            at=("contract", "columns", name),
        )
