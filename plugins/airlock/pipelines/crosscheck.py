"""Checks that the files of one pipeline, and its arguments, name the same columns.

Each file is checked by itself where it is loaded. What no file can know alone, such as a column
that the contract promises and the redaction forgets, would else be found at night. The same looks
are taken when Airflow parses a DAG and by `airlock check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from airlock.core.contract import Contract
from airlock.core.entity import MADE, Entity, called, is_made, is_row, parts_of
from airlock.core.errors import SpecError
from airlock.core.problems import WrittenProblem
from airlock.core.spelling import advice
from airlock.pipelines.demands import check_demands
from airlock.pipelines.learning import KEPT, TOLD_APART, check_training, is_left
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import SHOWN, SURVIVES, RedactionSpec
from airlock.stages.train.spec import TrainSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What a pipeline is made of, as far as it is known.

    Args:
        entity: whom a row is about; None where nobody can say.
        of_entity: the argument that names it.
        train: what is trained; None where the champion only scores.
        policy: what the gate judges by; None without a training.
        evaluation: its slices and groups, the policy's included; None without a training.
        written: the evaluation as the DAG has it, without the policy's demands.
        drift: the limits of a scoring; None without one.
        review: columns that people are shown of a row that the champion is unsure of.
        label: the column with the label; None without a labelling.
    """

    contract: Contract
    redaction: RedactionSpec
    entity: Entity | None
    of_entity: str = "call"
    train: TrainSpec | None = None
    policy: Policy | None = None
    evaluation: EvaluateSpec | None = None
    written: EvaluateSpec | None = None
    drift: DriftSpec | None = None
    review: Collection[str] = ()
    label: str | None = None


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
    entity: Entity,
    train: TrainSpec | None = None,
    evaluation: EvaluateSpec | None = None,
    drift: DriftSpec | None = None,
    review: Collection[str] = (),
) -> None:
    """Compare the files of a pipeline, for whoever builds a chain of operators.

    Args:
        contract: what the source promises.
        redaction: what happens to every column.
        entity: the column that names whom a row is about.
        train: what is trained; None where the champion only scores.
        evaluation: its slices and groups; None without a training.
        drift: the limits of a scoring; None without one.
        review: columns that people are shown of a row that the champion is unsure of.

    Raises:
        SpecError: with every contradiction, so that one look at the files mends them all.
    """
    pipeline = Pipeline(
        contract=contract,
        redaction=redaction,
        entity=entity,
        train=train,
        evaluation=evaluation,
        written=evaluation,
        drift=drift,
        review=review,
    )
    wrong = [one.what for one in contradictions(pipeline) if one.severity == "error"]
    if wrong:
        raise SpecError(
            f"The files of this pipeline contradict each other: {'; '.join(wrong)}.",
            do="Bring the columns of expectations, redaction and training together.",
        )


def contradictions(pipeline: Pipeline) -> Iterator[WrittenProblem]:
    """Everything in which the files and arguments of a pipeline contradict each other."""
    contract, redaction = pipeline.contract, pipeline.redaction
    yield from _columns(contract, redaction)
    yield from _entity(pipeline)
    if pipeline.train is not None:
        yield from check_training(contract, redaction, pipeline.train)
    if pipeline.policy is not None:
        yield from check_demands(pipeline.policy, pipeline.train)
    yield from _evaluation(pipeline)
    if pipeline.drift is not None:
        yield from _drift(redaction, pipeline.drift)
    if pipeline.label is not None and not is_left(redaction, pipeline.label, TOLD_APART):
        yield WrittenProblem(
            what=f"the label {pipeline.label} is not kept by the redaction",
            do=f"Write {pipeline.label}: {{action: keep}}."
            if pipeline.label in redaction.columns
            else advice(pipeline.label, redaction.columns, what="declared"),
            at=("label",),
        )
    for at, name in enumerate(pipeline.review):
        if not is_left(redaction, name, SHOWN):
            what = f"people are shown {name}, which the redaction does not let through"
            do = advice(name, redaction.columns, what="declared")
            yield WrittenProblem(what=what, do=do, of="score", at=("review", at))


def _columns(contract: Contract, redaction: RedactionSpec) -> Iterator[WrittenProblem]:
    for name in contract.columns:
        if name not in redaction.columns:
            yield WrittenProblem(
                what=f"the redaction does not say what happens to {name}",
                do=f"Add `{name}: {{action: …}}` to its columns: keep, drop, pseudonym, …",
                of="redaction",
                at=("columns",),
            )
    for name, column in redaction.columns.items():
        at = ("columns", name)
        if name not in contract.columns:
            yield WrittenProblem(
                what=f"the redaction speaks of {name}, which the contract does not promise",
                do=advice(name, contract.columns, what="promised"),
                of="redaction",
                at=at,
            )
        elif column.action == "scan" and contract.columns[name].type != "string":
            yield WrittenProblem(
                what=f"the redaction scans {name}, which is no text",
                do="Scan columns of the type string; keep, drop or generalise others.",
                of="redaction",
                at=(*at, "action"),
            )


def _entity(pipeline: Pipeline) -> Iterator[WrittenProblem]:
    contract, redaction, whom = pipeline.contract, pipeline.redaction, pipeline.entity
    if whom is None:
        return
    if is_made(whom, contract.columns):
        yield from _made_entity(pipeline, whom)
        return
    (entity,) = parts_of(whom, contract.columns)
    of, at = pipeline.of_entity, ("entity",)
    survives = entity in redaction.columns and redaction.does(entity) in SURVIVES
    if not survives and entity in redaction.columns and entity in contract.columns:
        yield WrittenProblem(
            what=f"the entity {entity} does not survive the redaction (action pseudonym keeps it)",
            do=f"Write {entity}: {{action: pseudonym}}, or name another entity.",
            of="redaction",
            at=("columns", entity),
        )
    elif not survives:
        yield WrittenProblem(
            what=f"the entity {entity} does not survive the redaction (no file declares it)",
            do=advice(entity, contract.columns, what="promised"),
            of=of,
            at=at,
        )
    elif entity in contract.columns and contract.columns[entity].nullable:
        yield WrittenProblem(
            what=f"the entity {entity} may be missing by the contract (nullable: false forbids it)",
            do="Every row must say whom it is about: write nullable: false.",
            of="expectations",
            at=("contract", "columns", entity),
        )


def _made_entity(pipeline: Pipeline, entity: Entity) -> Iterator[WrittenProblem]:
    """What is wrong with an entity of several columns, or of none."""
    contract, of = pipeline.contract, pipeline.of_entity
    if MADE in contract.columns:
        what = f"{MADE} is the column that Airlock adds for the entity {called(entity)}"
        do = "Name the column otherwise in the source."
        where = ("contract", "columns", MADE)
        yield WrittenProblem(what=what, do=do, of="expectations", at=where)
    if is_row(entity, contract.columns):
        if pipeline.label is not None:
            yield WrittenProblem(
                what="labels are joined by whom a row is about, and entity='row' names nobody",
                do="Name the column that labels and scored rows share.",
                of=of,
                at=("entity",),
            )
        return
    parts = parts_of(entity, contract.columns)
    if len(set(parts)) < max(len(parts), 2):
        yield WrittenProblem(
            what="an entity of several columns names at least two, each once",
            do='Write entity=("shop", "customer"), or entity="customer" for one.',
            of=of,
            at=("entity",),
        )
    for name in parts:
        if name not in contract.columns:
            what = f"the entity is made of {name}, which the contract does not promise"
            do = advice(name, contract.columns, what="promised")
            yield WrittenProblem(what=what, do=do, of=of, at=("entity",))
        elif contract.columns[name].nullable:
            yield WrittenProblem(
                what=f"{name} of the entity may be missing by the contract (nullable: false "
                "forbids it)",
                do="Every row must say whom it is about: write nullable: false.",
                of="expectations",
                at=("contract", "columns", name),
            )


def _evaluation(pipeline: Pipeline) -> Iterator[WrittenProblem]:
    evaluation = pipeline.evaluation
    if evaluation is None:
        return
    yield from _slices(pipeline.contract, pipeline.redaction, evaluation, pipeline.written)
    regression = pipeline.train is not None and pipeline.train.task == "regression"
    if (evaluation.protected or evaluation.pairs) and regression:
        what = "the policy's fairness compares classes, and a regression has none"
        do = "Leave fairness out; slices compare groups of a regression."
        yield WrittenProblem(what=what, do=do, of="policy", at=("fairness",))


def _drift(redaction: RedactionSpec, drift: DriftSpec) -> Iterator[WrittenProblem]:
    for name in sorted({*drift.columns, *drift.ignore} - {"prediction"}):
        if name not in redaction.columns:
            yield WrittenProblem(
                what=f"the drift limits speak of {name}, which the redaction does not know",
                do=advice(name, redaction.columns, what="declared"),
                of="drift",
                at=("columns", name) if name in drift.columns else ("ignore",),
            )


def _slices(
    contract: Contract,
    redaction: RedactionSpec,
    evaluation: EvaluateSpec,
    written: EvaluateSpec | None,
) -> Iterator[WrittenProblem]:
    own = written or EvaluateSpec()

    def wrong(what: str, name: str, kind: str) -> WrittenProblem:
        # The DAG's own, or the policy's.
        named = getattr(own, kind)
        here = name in named or any(name in one for one in named if kind == "pairs")
        of = "evaluation" if here else "policy"
        keys = {"slices": ("slices", "columns"), "bins": ("slices", "bins")}
        keys["pairs"] = ("fairness", "pairs")
        at = (kind,) if here else keys.get(kind, ("fairness", "columns"))
        kept = [one for one in redaction.columns if redaction.does(one) in TOLD_APART]
        do = (
            f"Keep {name} in the redaction file, or leave it out here."
            if name in redaction.columns
            else advice(name, kept, what="kept")
        )
        return WrittenProblem(what=what, do=do, of=of, at=at)

    for name in evaluation.slices:
        if not is_left(redaction, name, TOLD_APART):
            what = f"the evaluation slices by {name}, which the redaction does not keep"
            yield wrong(what, name, "slices")
    for name in evaluation.bins:
        column = contract.columns.get(name)
        if not is_left(redaction, name, KEPT):
            what = f"the evaluation cuts {name} into bins, which the redaction does not keep"
            yield wrong(what, name, "bins")
        elif column is not None and column.type not in {"integer", "number"}:
            yield wrong(f"the evaluation cuts {name} into bins, which is no number", name, "bins")
    paired = [(name, "pairs") for name in dict.fromkeys(sum(evaluation.pairs, ()))]
    for name, kind in (*((one, "protected") for one in evaluation.protected), *paired):
        if not is_left(redaction, name, TOLD_APART):
            what = f"the policy protects the groups of {name}, which the redaction does not keep"
            yield wrong(what, name, kind)
