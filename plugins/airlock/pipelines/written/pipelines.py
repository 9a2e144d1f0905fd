"""Finds the pipelines of a project in its DAG files, and checks each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from airlock.core.nights import Every
from airlock.core.problems import CheckFinding, located
from airlock.core.schedule import SCHEDULES
from airlock.core.spelling import nearest
from airlock.pipelines.arguments import Arguments, Found, Project, check
from airlock.pipelines.located import places_of
from airlock.pipelines.written.calls import (
    KEYWORDS,
    check_call,
    check_dag,
    check_names,
    check_schedule,
)
from airlock.pipelines.written.file import Follower
from airlock.pipelines.written.given import (
    is_number,
    read_entity,
    read_labels,
    read_path,
    read_source,
    read_spec,
    read_tables,
    read_text,
    wrong_kind,
)
from airlock.pipelines.written.values import UNKNOWN, Call
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.train.spec import TrainSpec

_WORD = b"airlock"

_FILES = ("expectations", "redaction", "policy", "drift", "governance")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPipeline:
    """A pipeline as a DAG file has it.

    Args:
        kind: `training`, `scoring` or `labelling`.
        model: its name; None where only running the file would tell.
        dag: the DAG's id; None likewise.
        file: in which it stands.
        call: where.
        given: its arguments, as far as they are known.
        findings: everything that is wrong with it.
    """

    kind: str
    model: str | None
    dag: str | None
    file: Path
    call: Call
    given: Arguments
    findings: tuple[CheckFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProject:
    """What the DAG files of a project hold.

    Args:
        pipelines: in the order of files and lines.
        findings: what is wrong with the files themselves.
        files: how many were looked at.
    """

    pipelines: tuple[WrittenPipeline, ...]
    findings: tuple[CheckFinding, ...]
    files: int


def read_pipelines(dags: Path, project: Project) -> ReadProject:
    """Look at every DAG file of a project.

    Args:
        dags: a folder, or one file.
        project: where it lies.
    """
    pipelines: list[WrittenPipeline] = []
    findings: list[CheckFinding] = []
    files = [dags] if dags.is_file() else sorted(dags.rglob("*.py"))
    looked_at = 0
    for file in files:
        try:
            written = file.read_bytes()
        except OSError as error:
            findings.append(_unreadable(file, f"cannot be read ({error.strerror})"))
            continue
        if _WORD not in written:
            continue
        looked_at += 1
        try:
            module = ast.parse(written)
        except SyntaxError as error:
            findings.append(
                CheckFinding(
                    file=str(file),
                    line=error.lineno or 0,
                    column=error.offset or 0,
                    what="is not Python",
                    do=f"Correct the file ({error.msg}).",
                )
            )
            continue
        except (ValueError, RecursionError):
            findings.append(_unreadable(file, "is not Python"))
            continue
        follower = Follower(file, project.root)
        try:
            follower.follow(module)
        except RecursionError:
            findings.append(_unreadable(file, "is nested too deeply to be followed"))
            continue
        if follower.steps.left < 0:
            findings.append(
                CheckFinding(
                    file=str(file),
                    what="does so much that it was not followed to its end",
                    do="Airflow checks the rest when it parses the file.",
                    severity="note",
                )
            )
        findings += check_names(module, follower)
        findings += [one for call in follower.found for one in check_schedule(call)]
        pipelines += [
            _checked(call, project) for call in follower.found if call.of.short in KEYWORDS
        ]
    return ReadProject(
        pipelines=tuple(_untrained(list(_shared(pipelines)))),
        findings=tuple(dict.fromkeys(findings)),
        files=looked_at,
    )


def _unreadable(file: Path, what: str) -> CheckFinding:
    return CheckFinding(file=str(file), what=what, do="Correct the file, or remove it.")


def _checked(call: Call, project: Project) -> WrittenPipeline:
    kind = call.of.short
    found: list[Found] = [*check_call(call), *check_dag(call)]
    specs: dict[str, Call] = {}
    train = read_spec(TrainSpec, call, "train", specs, found)
    given = Arguments(
        kind=kind,
        model=read_text(call, "model"),
        source=read_source(call, "source", specs, found),
        sources=read_tables(call, specs, found),
        prepare=read_path(call, "prepare", found) if "prepare" in call.keywords else None,
        labels=read_labels(call, specs, found),
        every=_every(call),
        window=call.keywords.get("window", 1) if is_number(call, "window") else None,
        entity=read_entity(call),
        label=read_text(call, "label"),
        target=read_text(call, "target"),
        files={name: read_path(call, name, found) for name in _FILES if name in call.keywords},
        train=train,
        evaluation=read_spec(EvaluateSpec, call, "evaluation", specs, found),
        score=read_spec(ScoreSpec, call, "score", specs, found),
    )
    for name in ("model", "source", "entity", "label", "target"):
        usual = name in specs or (name == "target" and call.keywords.get(name) is None)
        kinds = (str, tuple, list) if name == "entity" else str
        if name in call.keywords and not usual and not isinstance(call.keywords[name], kinds):
            found.append(wrong_kind(call, name))
    found += check(given, project, select=True).found
    dag = (
        None
        if call.dag is None
        else next(iter(call.dag.arguments), call.dag.keywords.get("dag_id"))
    )
    return WrittenPipeline(
        kind=kind,
        model=given.model,
        dag=dag if isinstance(dag, str) else None,
        file=call.file,
        call=call,
        given=given,
        findings=tuple(dict.fromkeys(_placed(one, call, specs, given) for one in found)),
    )


def _every(call: Call) -> Every | None:
    """How long a night of a pipeline is; None where only running the file would tell."""
    said = call.keywords.get("every")
    if said in get_args(Every):
        return cast("Every", said)
    schedule = call.dag.keywords.get("schedule") if call.dag is not None else UNKNOWN
    if isinstance(schedule, Call) and schedule.of.short in SCHEDULES:
        return SCHEDULES[schedule.of.short]
    return "day" if said is None and schedule is None else None


def _placed(one: Found, call: Call, specs: Mapping[str, Call], given: Arguments) -> CheckFinding:
    if isinstance(one, CheckFinding):
        return one
    path = given.files.get(one.of)
    if path is not None:
        return located(one, str(path), places_of(path))
    stands = specs.get(one.of, call)
    line, column = stands.place(one.at)
    return CheckFinding(
        file=str(stands.file),
        line=line,
        column=column,
        key=".".join(map(str, (*(() if one.of == "call" else (one.of,)), *one.at))),
        what=one.what,
        do=one.do,
        severity=one.severity,
    )


def _untrained(pipelines: Sequence[WrittenPipeline]) -> Iterator[WrittenPipeline]:
    """Pipelines, with a finding where nobody trains a model that is called nearly as another."""
    trained = {one.model for one in pipelines if one.kind == "training" and one.model}
    for one in pipelines:
        meant = None if one.model in trained else nearest(one.model, sorted(trained))
        if one.model is None or meant is None:
            yield one
            continue
        line, column = one.call.place(("model",))
        found = CheckFinding(
            file=str(one.file),
            line=line,
            column=column,
            key="model",
            what=f"no pipeline here trains {one.model}",
            do=f"Did you mean {meant}?",
            severity="warning",
        )
        yield replace(one, findings=(*one.findings, found))


def _shared(pipelines: Sequence[WrittenPipeline]) -> Iterator[WrittenPipeline]:
    """Pipelines, with a finding at each second one that does the same for a model."""
    first: dict[tuple[str, str], WrittenPipeline] = {}
    for one in pipelines:
        if one.model is None or one.kind == "labelling":
            yield one
            continue
        before = first.setdefault((one.kind, one.model), one)
        if before is one or (before.dag is not None and before.dag == one.dag):
            yield one
            continue
        shared = CheckFinding(
            file=str(one.file),
            what=f"the {one.kind} of {one.model} stands in {before.file.name} too: each replaces "
            "what the other one makes",
            do="Give one of them a model of its own.",
            severity="warning",
        )
        yield replace(one, findings=(*one.findings, shared))
