"""Finds the pipelines of a project in its DAG files, and checks each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import airlock
from airlock.core.problems import Finding, Problem, located
from airlock.core.schedule import check_nightly
from airlock.core.spec import Spec, WrongArguments
from airlock.core.spelling import advice
from airlock.pipelines.arguments import Arguments, Found, Project, check
from airlock.pipelines.located import places_of
from airlock.pipelines.written.file import Follower
from airlock.pipelines.written.values import UNKNOWN, Call, Named, calls, keyword_place, plain
from airlock.pipelines.written.values import place as place_of
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.train.spec import Budget, TrainSpec

_WORD = b"airlock"

KEYWORDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "training": (
        frozenset({"model", "source", "expectations", "redaction", "policy", "train"}),
        frozenset({"evaluation", "window", "redact_tasks", "pool", "queue", "executor_config"}),
    ),
    "scoring": (
        frozenset({"model", "source", "expectations", "redaction", "entity"}),
        frozenset(
            {
                *("target", "window", "redact_tasks", "score_tasks", "drift", "retrain", "score"),
                *("pool", "queue", "executor_config"),
            }
        ),
    ),
    "labelling": (
        frozenset({"model", "source", "expectations", "redaction", "entity", "label"}),
        frozenset({"scored", "reviewer", "nights"}),
    ),
}
"""What each pipeline needs and what it may be given besides; a test compares the signatures."""

_FILES = ("expectations", "redaction", "policy", "drift")
_SPECS: Mapping[str, type[Spec]] = {
    "TrainSpec": TrainSpec,
    "EvaluateSpec": EvaluateSpec,
    "ScoreSpec": ScoreSpec,
    "Budget": Budget,
}

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline as a DAG file has it.

    Args:
        kind: `training`, `scoring` or `labelling`.
        model: its name; None where only running the file would tell.
        dag: the DAG's id; None likewise.
        file: in which it stands.
        given: its arguments, as far as they are known.
        findings: everything that is wrong with it.
    """

    kind: str
    model: str | None
    dag: str | None
    file: Path
    given: Arguments
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProject:
    """What the DAG files of a project hold.

    Args:
        pipelines: in the order of files and lines.
        findings: what is wrong with the files themselves.
        files: how many were looked at.
    """

    pipelines: tuple[Pipeline, ...]
    findings: tuple[Finding, ...]
    files: int


def read_pipelines(dags: Path, project: Project) -> ReadProject:
    """Look at every DAG file of a project.

    Args:
        dags: a folder, or one file.
        project: where it lies.
    """
    pipelines: list[Pipeline] = []
    findings: list[Finding] = []
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
                Finding(
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
        follower.follow(module)
        findings += _unknown_names(module, follower)
        findings += [one for call in follower.found for one in _schedule(call)]
        pipelines += [
            _checked(call, project) for call in follower.found if call.of.short in KEYWORDS
        ]
    return ReadProject(
        pipelines=tuple(_shared(pipelines)),
        findings=tuple(dict.fromkeys(findings)),
        files=looked_at,
    )


def _unreadable(file: Path, what: str) -> Finding:
    return Finding(file=str(file), what=what, do="Correct the file, or remove it.")


def _unknown_names(module: ast.Module, follower: Follower) -> Iterator[Finding]:
    """What is imported from Airlock and is not there."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "airlock" and not node.level:
            for alias in node.names:
                if alias.name != "*" and alias.name not in (*airlock.__all__, "__version__"):
                    line, column = place_of(alias, follower.file)
                    yield Finding(
                        file=str(follower.file),
                        line=line,
                        column=column,
                        what=f"airlock has no {alias.name}",
                        do=advice(alias.name, airlock.__all__),
                    )
    if follower.star:
        return
    known = {*airlock.__all__}
    bound = {n.id for n in ast.walk(module) if isinstance(n, ast.Name) and _stored(n)}
    for node in ast.walk(module):
        # A name of Airlock's that was used and not imported; other names may come from anywhere.
        if not isinstance(node, ast.Name) or _stored(node) or node.id not in known:
            continue
        if node.id not in follower.names and node.id not in bound:
            line, column = place_of(node, follower.file)
            yield Finding(
                file=str(follower.file),
                line=line,
                column=column,
                what=f"{node.id} is used, and nothing imports it",
                do=f"Write it into the line `from airlock import …, {node.id}`.",
            )


def _stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _schedule(call: Call) -> Iterator[Finding]:
    if call.of.short != "nightly":
        return
    cron = call.arguments[0] if call.arguments else call.keywords.get("cron", UNKNOWN)
    if not isinstance(cron, str):
        return
    node = call.node.args[0] if call.node.args else call.node
    line, column = place_of(node, call.file)
    for one in check_nightly(cron):
        found = located(replace(one, at=()), str(call.file), {(): (line, column)})
        yield replace(found, key="schedule")


def _checked(call: Call, project: Project) -> Pipeline:
    kind = call.of.short
    found: list[Found] = [*_call(call), *_dag(call)]
    specs: dict[str, Call] = {}
    train = _spec(TrainSpec, call, "train", specs, found)
    given = Arguments(
        kind=kind,
        model=_text(call, "model"),
        source=_text(call, "source"),
        window=call.keywords.get("window", 1) if _known(call, "window") else None,
        entity=_text(call, "entity"),
        label=_text(call, "label"),
        target=_text(call, "target"),
        files={name: _path(call, name, found) for name in _FILES if name in call.keywords},
        train=train,
        evaluation=_spec(EvaluateSpec, call, "evaluation", specs, found),
        score=_spec(ScoreSpec, call, "score", specs, found),
    )
    for name in ("model", "source", "entity", "label", "target"):
        usual = name == "target" and call.keywords.get(name) is None
        if name in call.keywords and not usual and not isinstance(call.keywords[name], str):
            found.append(_wrong_kind(call, name))
    found += check(given, project).found
    dag = (
        None
        if call.dag is None
        else next(iter(call.dag.arguments), call.dag.keywords.get("dag_id"))
    )
    return Pipeline(
        kind=kind,
        model=given.model,
        dag=dag if isinstance(dag, str) else None,
        file=call.file,
        given=given,
        findings=tuple(dict.fromkeys(_placed(one, call, specs, given) for one in found)),
    )


def _placed(one: Found, call: Call, specs: Mapping[str, Call], given: Arguments) -> Finding:
    if isinstance(one, Finding):
        return one
    path = given.files.get(one.of)
    if path is not None:
        return located(one, str(path), places_of(path))
    stands = specs.get(one.of, call)
    line, column = stands.place(one.at)
    return Finding(
        file=str(stands.file),
        line=line,
        column=column,
        key=".".join(map(str, (*(() if one.of == "call" else (one.of,)), *one.at))),
        what=one.what,
        do=one.do,
        severity=one.severity,
    )


def _call(call: Call) -> Iterator[Finding]:
    """Keywords that are not there, and those that are missing."""
    needs, may = KEYWORDS[call.of.short]
    for name in call.keywords:
        if name not in needs | may:
            line, column = keyword_place(call, name)
            yield Finding(
                file=str(call.file),
                line=line,
                column=column,
                key=name,
                what=f"{call.of.short}() takes no {name}",
                do=advice(name, sorted(needs | may), what="it takes"),
            )
    line, column = call.place()
    missing = sorted(needs - set(call.keywords))
    # What is probably misspelt was said already; what `**` brings is not known.
    missing = [one for one in missing if not call.spread]
    for name in missing:
        yield Finding(
            file=str(call.file),
            line=line,
            column=column,
            key=name,
            what=f"{call.of.short}() needs {name}",
            do=f"Write {name}=….",
        )
    if call.arguments:
        yield Finding(
            file=str(call.file),
            line=line,
            column=column,
            what=f"{call.of.short}() takes its arguments by name alone",
            do='Write model="…", source="…" and so on.',
        )


def _dag(call: Call) -> Iterator[Finding]:
    """What a DAG must have for a pipeline in it."""
    line, column = call.place()
    if call.dag is None:
        return
    spread = {one.short for one in call.dag.spread if isinstance(one, Named)}
    unknown = any(not isinstance(one, Named) for one in call.dag.spread)
    usual = {"NIGHTLY", "NIGHTLY_SCORING"}
    line, column = call.dag.place()
    if not spread & usual and "params" not in call.dag.keywords and not unknown:
        name = "NIGHTLY" if call.of.short == "training" else "NIGHTLY_SCORING"
        yield Finding(
            file=str(call.dag.file),
            line=line,
            column=column,
            key="DAG",
            what="the DAG has no trigger form, which the pipeline's tasks read",
            do=f"Write DAG(…, **{name}).",
        )
    elif call.of.short == "training" and spread == {"NIGHTLY_SCORING"}:
        yield Finding(
            file=str(call.dag.file),
            line=line,
            column=column,
            key="DAG",
            what="NIGHTLY_SCORING has no field for the epochs, which a training reads",
            do="Write DAG(…, **NIGHTLY).",
        )
    schedule = call.dag.keywords.get("schedule")
    if isinstance(schedule, str):
        line, column = call.dag.place(("schedule",))
        yield Finding(
            file=str(call.dag.file),
            line=line,
            column=column,
            key="schedule",
            what="a plain schedule gives its runs no night",
            do=f'Write schedule=nightly("{schedule}").'
            if schedule.count(" ") == 4
            else 'Write schedule=nightly("0 3 * * *").',
            severity="warning",
        )


def _spec(
    kind: type[S], call: Call, name: str, specs: dict[str, Call], found: list[Found]
) -> S | None:
    """A spec that stands among the arguments, if all of it is known."""
    value = call.keywords.get(name)
    if value is None:
        return None
    if not isinstance(value, Call) or value.of.short != kind.__name__:
        found.append(_wrong_kind(call, name, f"a {kind.__name__}(…)"))
        return None
    specs[name] = value
    known, unknown = _built(value, name, specs, found)
    if value.arguments:
        what = f"{kind.__name__} takes its arguments by name alone"
        found.append(Problem(what=what, do='Write model="…" and so on.', of=name))
        return None
    try:
        spec = kind(**known)
    except WrongArguments as error:
        wrong = [one for one in error.found if not (one.at and one.at[0] in unknown)]
        if name == "train" and any(one.what.startswith("there is no `") for one in wrong):
            more = " A model's own arguments go into hyperparameters={…}."
            wrong = [replace(one, do=one.do + more) for one in wrong]
        found += [replace(one, of=name) for one in wrong]
        return None
    return spec if not unknown and not value.spread else None


def _built(
    value: Call, name: str, specs: dict[str, Call], found: list[Found]
) -> tuple[dict[str, Any], set[str]]:
    """The arguments of a spec that are known, specs in them built; and the names of the others."""
    known: dict[str, Any] = {}
    unknown: set[str] = set()
    for key, one in value.keywords.items():
        inner = [c for c in calls(one) if c.of.short in _SPECS]
        if plain(one):
            known[key] = one
        elif isinstance(one, Call) and inner:
            specs[f"{name}.{key}"] = one
            try:
                known[key] = _SPECS[one.of.short](**one.keywords)
            except WrongArguments as error:
                found += [replace(problem, of=f"{name}.{key}") for problem in error.found]
                unknown.add(key)
        else:
            unknown.add(key)
            found.append(_not_said(value, key))
    return known, unknown


def _text(call: Call, name: str) -> str | None:
    value = call.keywords.get(name)
    return value if isinstance(value, str) else None


def _known(call: Call, name: str) -> bool:
    return isinstance(call.keywords.get(name, 1), int)


def _path(call: Call, name: str, found: list[Found]) -> Path | None:
    value = call.keywords[name]
    if value is None and name == "drift":
        return None
    if not isinstance(value, str | Path):
        found.append(_wrong_kind(call, name, "a path"))
        return None
    path = Path(value)
    if path.is_absolute():
        return path
    line, column = call.place((name,))
    found.append(
        Finding(
            file=str(call.file),
            line=line,
            column=column,
            key=name,
            what="is relative to the folder that Airflow happens to run in",
            do="Write Path(__file__).parent / ….",
            severity="warning",
        )
    )
    return call.file.parent / path if (call.file.parent / path).exists() else path


def _wrong_kind(call: Call, name: str, wanted: str = "a text") -> Finding:
    value = call.keywords[name]
    if value is UNKNOWN or not plain(value):
        return _not_said(call, name)
    line, column = call.place((name,))
    return Finding(
        file=str(call.file),
        line=line,
        column=column,
        key=name,
        what=f"must be {wanted}",
        do=f'Write {name}="…".' if wanted == "a text" else f"Write {name}=….",
    )


def _not_said(call: Call, name: str) -> Finding:
    line, column = call.place((name,))
    return Finding(
        file=str(call.file),
        line=line,
        column=column,
        key=name,
        what="is computed while the file runs, and was not checked",
        do="Airflow checks it when it parses the file.",
        severity="note",
    )


def _shared(pipelines: Sequence[Pipeline]) -> Iterator[Pipeline]:
    """Pipelines, with a finding at each second one that does the same for a model."""
    first: dict[tuple[str, str], Pipeline] = {}
    for one in pipelines:
        if one.model is None or one.kind == "labelling":
            yield one
            continue
        before = first.setdefault((one.kind, one.model), one)
        if before is one or (before.dag is not None and before.dag == one.dag):
            yield one
            continue
        shared = Finding(
            file=str(one.file),
            what=f"the {one.kind} of {one.model} stands in {before.file.name} too: each replaces "
            "what the other one makes",
            do="Give one of them a model of its own.",
            severity="warning",
        )
        yield replace(one, findings=(*one.findings, shared))
