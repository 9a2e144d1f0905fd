"""Checks at DAG parse that the files of one pipeline name the same columns.

Each file is checked by itself where it is loaded. What no file can know alone, such as a column
that the contract promises and the redaction forgets, would else be found at night.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.names import is_output
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import SHOWN, SURVIVES, RedactionSpec
from airlock.stages.train.spec import LEARNABLE, TrainSpec

# What a slice may be cut by. A model may also learn from text that was scanned; a pseudonym or a
# mask would only be learnt by heart.
_TOLD_APART = frozenset({"keep", "generalise"})
_LEARNABLE = _TOLD_APART | {"scan"}


def demanded(evaluation: EvaluateSpec, policy: Policy) -> EvaluateSpec:
    """The evaluation with all that the policy's rules need to be measured."""
    wanted = policy.measurements()
    slices = dict.fromkeys((*evaluation.slices, *wanted.get("slices", ())))
    bins = {**evaluation.bins, **wanted.get("bins", {})}
    merged = {**evaluation.to_json(), **wanted, "slices": tuple(slices), "bins": bins}
    return EvaluateSpec.model_validate(merged)


def crosscheck(
    contract: Contract,
    redaction: RedactionSpec,
    *,
    entity: str,
    train: TrainSpec | None = None,
    evaluation: EvaluateSpec | None = None,
    drift: DriftSpec | None = None,
    review: Collection[str] = (),
) -> None:
    """Compare the files of a pipeline.

    Args:
        entity: the column that names whom a row is about.
        train: what is trained; None where the champion only scores.
        evaluation: its slices and groups, the policy's included; None without a training.
        drift: the limits of a scoring; None without one.
        review: columns that people are shown of a row that the champion is unsure of.

    Raises:
        SpecError: with every contradiction, so that one look at the files mends them all.
    """
    wrong = [*_columns(contract, redaction), *_entity(contract, redaction, entity)]
    if train is not None:
        wrong += [*_training(redaction, train), *_outputs(contract, redaction, train)]
    if evaluation is not None:
        wrong += _slices(contract, redaction, evaluation)
        if evaluation.protected and train is not None and train.task == "regression":
            wrong.append("the policy's fairness compares classes, and a regression has none")
    if drift is not None:
        wrong += _drift(redaction, drift)
    for name in review:
        if not _is_left(redaction, name, SHOWN):
            wrong.append(f"people are shown {name}, which the redaction does not let through")
    if wrong:
        raise SpecError(
            f"The files of this pipeline contradict each other: {'; '.join(wrong)}.",
            do="Bring the columns of expectations, redaction and training together.",
        )


def _columns(contract: Contract, redaction: RedactionSpec) -> Iterator[str]:
    for name in contract.columns:
        if name not in redaction.columns:
            yield f"the redaction does not say what happens to {name}"
    for name, column in redaction.columns.items():
        if name not in contract.columns:
            yield f"the redaction speaks of {name}, which the contract does not promise"
        elif column.action == "scan" and contract.columns[name].type != "string":
            yield f"the redaction scans {name}, which is no text"


def _entity(contract: Contract, redaction: RedactionSpec, entity: str) -> Iterator[str]:
    if entity not in redaction.columns or redaction.does(entity) not in SURVIVES:
        yield f"the entity {entity} does not survive the redaction (action pseudonym keeps it)"
    elif entity in contract.columns and contract.columns[entity].nullable:
        yield f"the entity {entity} may be missing by the contract (nullable: false forbids it)"


def _training(redaction: RedactionSpec, train: TrainSpec) -> Iterator[str]:
    for name in sorted({train.target, *(train.features or ())}):
        if not _is_left(redaction, name, _LEARNABLE):
            yield f"the training needs {name}, which the redaction does not keep"


def _outputs(contract: Contract, redaction: RedactionSpec, train: TrainSpec) -> Iterator[str]:
    """What a model learns from, and what it says, would else be taken for one another."""
    kept = [
        name
        for name, column in contract.columns.items()
        if column.type in LEARNABLE and _is_left(redaction, name, frozenset({"keep"}))
    ]
    learnt = {*(kept if train.features is None else train.features), train.target} - {train.entity}
    for name in sorted(filter(is_output, learnt)):
        yield (
            f"the training would learn from {name}, which is the name of a column that Airlock "
            "writes itself (name it otherwise in the source, or leave it out of `features`)"
        )


def _drift(redaction: RedactionSpec, drift: DriftSpec) -> Iterator[str]:
    for name in sorted({*drift.columns, *drift.ignore} - {"prediction"}):
        if name not in redaction.columns:
            yield f"the drift limits speak of {name}, which the redaction does not know"


def _slices(
    contract: Contract, redaction: RedactionSpec, evaluation: EvaluateSpec
) -> Iterator[str]:
    for name in evaluation.slices:
        if not _is_left(redaction, name, _TOLD_APART):
            yield f"the evaluation slices by {name}, which the redaction does not keep"
    for name in evaluation.bins:
        column = contract.columns.get(name)
        if not _is_left(redaction, name, frozenset({"keep"})):
            yield f"the evaluation cuts {name} into bins, which the redaction does not keep"
        elif column is not None and column.type not in {"integer", "number"}:
            yield f"the evaluation cuts {name} into bins, which is no number"
    for name in evaluation.protected:
        if not _is_left(redaction, name, _TOLD_APART):
            yield f"the policy protects the groups of {name}, which the redaction does not keep"


def _is_left(redaction: RedactionSpec, name: str, actions: frozenset[str]) -> bool:
    return name in redaction.columns and redaction.does(name) in actions
