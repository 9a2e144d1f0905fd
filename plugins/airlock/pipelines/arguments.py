"""Checks the arguments of training(...), scoring(...) and labelling(...), and the files they name.

Nothing here imports Airflow: `airlock check` takes the same looks without it. An argument that is
computed while the DAG file runs is `None` there, and what needs it is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from yaml import YAMLError

from airlock.core.contract import Contract
from airlock.core.entity import Entity
from airlock.core.errors import SpecError
from airlock.core.names import checked_model
from airlock.core.nights import Every
from airlock.core.problems import CheckFinding, WrittenProblem
from airlock.core.sources import AnySource
from airlock.core.spec import PATH, Spec
from airlock.core.spelling import advice, nearest
from airlock.pipelines.crosscheck import Pipeline, contradictions, demanded
from airlock.pipelines.governed import check_governance
from airlock.pipelines.joining import Join, check_join, read_join
from airlock.pipelines.sources import check_any
from airlock.reading import read_yaml
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.spec import Policy
from airlock.stages.prepare.spec import Labels, Table
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.train.model_source import check_model
from airlock.stages.train.sources import Sources
from airlock.stages.train.spec import TrainSpec
from airlock.stages.validate.spec import Expectations

Found = WrittenProblem | CheckFinding

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a project lies, and what it allows.

    Args:
        root: its folder, to which relative paths are relative.
        sources: places below which a source may lie, absolute.
        packages: that models may come from.
    """

    root: Path
    sources: tuple[str, ...]
    packages: tuple[str, ...] = ("include",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of one pipeline that can be checked, as far as they are known.

    Args:
        kind: `training`, `scoring` or `labelling`.
        model: registered name.
        source: its address, or a table.
        sources: several of them, by name.
        prepare: the SQL file that joins them.
        labels: where the target comes from, if it is known later.
        every: how long a night is; None where only running the DAG file would tell.
        window: how many nights are read.
        entity: whom a row is about; of a training, its TrainSpec says.
        label: the column with the label, of labelling.
        target: the column that is predicted, of a scoring whose table lacks it.
        files: the YAML files by the arguments that name them.
        train, evaluation, score: the specs that stand in the DAG.
    """

    kind: str
    model: str | None = None
    source: AnySource | None = None
    sources: Mapping[str, Table] | None = None
    prepare: Path | None = None
    labels: Labels | None = None
    every: Every | None = None
    window: int | None = 1
    entity: Entity | None = None
    label: str | None = None
    target: str | None = None
    files: dict[str, Path | None] = field(default_factory=dict)
    train: TrainSpec | None = None
    evaluation: EvaluateSpec | None = None
    score: ScoreSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The files of a pipeline, loaded, and everything that was found wrong."""

    found: tuple[Found, ...]
    expectations: Expectations | None = None
    redaction: RedactionSpec | None = None
    policy: Policy | None = None
    evaluation: EvaluateSpec | None = None
    drift: DriftSpec | None = None
    governance: Governance | None = None
    join: Join | None = None


def check(given: Arguments, project: Project, *, select: bool = False) -> Checked:
    """Load the files of a pipeline and compare everything with everything.

    Args:
        given: its arguments.
        project: where it lies.
        select: whether the SQL is looked at, too, which loads DuckDB.

    Returns:
        The files, as far as they load, and all that is wrong: of each file everything, and what
        the files say of each other as soon as contract and redaction load.
    """
    found: list[Found] = []
    expectations = _loaded(Expectations, given, "expectations", found)
    redaction = _loaded(RedactionSpec, given, "redaction", found)
    policy = _loaded(Policy, given, "policy", found)
    drift = _loaded(DriftSpec, given, "drift", found)
    governance = _loaded(Governance, given, "governance", found)
    if governance is not None:
        found += check_governance(governance, model=given.model, policy=policy)
    if given.kind == "scoring" and given.files.get("drift") is None:
        drift = DriftSpec()
    found += _name(given)
    contract = _contract(given, expectations)
    if given.target is not None and contract is not None:
        if given.target not in contract.columns:
            what = f"the contract has no column {given.target}, which is the target"
            do = advice(given.target, contract.columns, what="declared")
            found.append(WrittenProblem(what=what, do=do, at=("target",)))
        contract = contract.without(given.target)
        expectations = expectations and expectations.without(given.target)
        redaction = redaction and redaction.without(given.target)
    join = read_join(given, project, found)
    if join is not None:
        found += check_join(join, contract, select=select)
    if given.source is not None:
        found += check_any(given.source, contract, project, window=given.window, every=given.every)
    if given.train is not None:
        found += _model(given.train, project)
    evaluation = None
    found += _deadline(policy, given)
    # A scoring takes nothing but its deadline from there: the rest is the training's.
    judged_by = policy if given.kind == "training" else None
    if judged_by is not None:
        evaluation = demanded(given.evaluation or EvaluateSpec(), judged_by)
    if contract is not None and redaction is not None:
        pipeline = Pipeline(
            contract=contract,
            redaction=redaction,
            entity=given.entity if given.train is None else given.train.entity,
            of_entity="call" if given.train is None else "train",
            train=given.train,
            policy=judged_by,
            evaluation=evaluation,
            written=given.evaluation,
            drift=drift,
            review=given.score.review if given.score else (),
            label=given.label,
        )
        found += contradictions(pipeline)
    return Checked(
        found=tuple(found),
        expectations=expectations,
        redaction=redaction,
        policy=policy,
        evaluation=evaluation,
        drift=drift,
        governance=governance,
        join=join,
    )


def _deadline(policy: Policy | None, given: Arguments) -> Iterator[WrittenProblem]:
    rule = policy.deadline if policy is not None else None
    if rule is not None and rule.done_by and given.every == "hour":
        yield WrittenProblem(
            what="deadline.done_by is a time of day, and this pipeline runs by the hour: every run "
            "would have until the next day",
            do="Leave done_by out; the service levels count nights that came late.",
            of="policy",
            at=("deadline", "done_by"),
            severity="warning",
        )


def _loaded(kind: type[S], given: Arguments, name: str, found: list[Found]) -> S | None:
    path = given.files.get(name)
    if path is None:
        return None
    if not path.exists():
        beside = [one.name for one in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        meant = nearest(path.name, beside)
        do = f"Did you mean {meant}?" if meant else PATH
        found.append(WrittenProblem(what=f"there is no file {path}", do=do, of="call", at=(name,)))
        return None
    spec, wrong = kind.read(path)
    found += wrong
    return spec


def _contract(given: Arguments, expectations: Expectations | None) -> Contract | None:
    """The contract, also of a file whose other half is wrong: all is said in one look."""
    path = given.files.get("expectations")
    if expectations is not None or path is None:
        return None if expectations is None else expectations.contract
    try:
        return Contract.model_validate(read_yaml(path.read_text("utf-8-sig"))["contract"])
    except (OSError, ValueError, TypeError, KeyError, YAMLError):
        # What is wrong with it was said already.
        return None


def _name(given: Arguments) -> Iterator[WrittenProblem]:
    if given.model is None:
        return
    try:
        checked_model(given.model)
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("model",))


def _model(train: TrainSpec, project: Project) -> Iterator[Found]:
    try:
        yield from check_model(train, Sources(project.root, project.packages))
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do, of="train", at=("model",))
