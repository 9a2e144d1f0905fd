"""Reads the arguments of a pipeline's call: texts, paths, and the specs that stand in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import Signature, signature
from pathlib import Path
from typing import Any, TypeVar

from airlock.core.entity import Entity
from airlock.core.problems import CheckFinding, WrittenProblem
from airlock.core.search import SearchSpec
from airlock.core.sources import AnySource, SourceSpec, delta, iceberg, sql
from airlock.core.spec import Spec, WrongArguments
from airlock.core.time_split import TimeSplit
from airlock.pipelines.arguments import Found
from airlock.pipelines.written.values import UNKNOWN, Call, calls, plain
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.prepare.spec import Labels, Table
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.train.budget import Budget
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.threshold import ThresholdSpec

_SPECS: Mapping[str, type[Spec]] = {
    "TrainSpec": TrainSpec,
    "EvaluateSpec": EvaluateSpec,
    "ScoreSpec": ScoreSpec,
    "Budget": Budget,
    "ThresholdSpec": ThresholdSpec,
    "SearchSpec": SearchSpec,
    "Table": Table,
    "Labels": Labels,
    "TimeSplit": TimeSplit,
}

# What a DAG file may call for a table.
_SOURCES: Mapping[str, Callable[..., SourceSpec]] = {"sql": sql, "delta": delta, "iceberg": iceberg}

S = TypeVar("S", bound=Spec)


def read_spec(
    kind: type[S], call: Call, name: str, specs: dict[str, Call], found: list[Found]
) -> S | None:
    """A spec that stands among the arguments, if all of it is known."""
    value = call.keywords.get(name)
    if value is None:
        return None
    if not isinstance(value, Call) or value.of.short != kind.__name__:
        found.append(wrong_kind(call, name, f"a {kind.__name__}(…)"))
        return None
    specs[name] = value
    known, unknown = _built(value, name, specs, found)
    if value.arguments:
        what = f"{kind.__name__} takes its arguments by name alone"
        found.append(WrittenProblem(what=what, do='Write model="…" and so on.', of=name))
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


def read_source(call: Call, name: str, specs: dict[str, Call], found: list[Found]) -> Any:
    """An address of files or a table that stands among the arguments, if all of it is known."""
    return source_of(call.keywords.get(name), call, name, specs, found)


def source_of(
    value: Any, call: Call, name: str, specs: dict[str, Call], found: list[Found]
) -> AnySource | None:
    """What stands for a source, if all of it is known.

    Args:
        value: the address, or the call of `sql` and the like.
        call: in which it stands.
        name: its argument, with dots where it lies deeper.
        specs: takes the call of a table, by `name`.
        found: takes what is wrong.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Call) or value.of.short not in _SOURCES:
        return None
    specs[name] = value
    if value.spread or not plain([*value.arguments, *value.keywords.values()]):
        found.append(_not_said(call, name.partition(".")[0]))
        return None
    try:
        return _SOURCES[value.of.short](*value.arguments, **value.keywords)
    except WrongArguments as error:
        found += [replace(one, of=name) for one in error.found]
    except TypeError:
        makes = signature(_SOURCES[value.of.short])
        do = f"Write {value.of.short}{makes.replace(return_annotation=Signature.empty)}."
        found.append(WrittenProblem(what="has other arguments than it takes", do=do, of=name))
    return None


def read_text(call: Call, name: str) -> str | None:
    """An argument, if it is a text that is known."""
    value = call.keywords.get(name)
    return value if isinstance(value, str) else None


def read_tables(call: Call, specs: dict[str, Call], found: list[Found]) -> dict[str, Table] | None:
    """The sources by name, as far as all of them are known."""
    value = call.keywords.get("sources")
    if value is None:
        return None
    if not isinstance(value, dict):
        found.append(wrong_kind(call, "sources", "a dict of Table(…)"))
        return None
    tables: dict[str, Table] = {}
    for name, one in value.items():
        if not (isinstance(one, Call) and one.of.short == "Table"):
            found.append(_not_said(call, "sources"))
            return None
        key = f"sources.{name}"
        table = _with_source(Table, one, key, specs, found)
        if table is None:
            return None
        tables[str(name)] = table
    return tables


def _with_source(
    kind: type[S], call: Call, key: str, specs: dict[str, Call], found: list[Found]
) -> S | None:
    """A spec with a source in it, if all of it is known."""
    specs[key] = call
    source = source_of(call.keywords.get("source"), call, f"{key}.source", specs, found)
    rest = {word: value for word, value in call.keywords.items() if word != "source"}
    known, unknown = _built(replace(call, keywords=rest), key, specs, found)
    if source is None and "source" in call.keywords:
        return None
    if source is not None:
        known["source"] = source
    try:
        made = kind(**known)
    except WrongArguments as error:
        wrong = [one for one in error.found if not (one.at and one.at[0] in unknown)]
        found += [replace(problem, of=key) for problem in wrong]
        return None
    return None if unknown or call.spread else made


def read_labels(call: Call, specs: dict[str, Call], found: list[Found]) -> Labels | None:
    """Where labels come from, if all of it is known."""
    value = call.keywords.get("labels")
    if value is None:
        return None
    if not isinstance(value, Call) or value.of.short != "Labels":
        found.append(wrong_kind(call, "labels", "a Labels(…)"))
        return None
    return _with_source(Labels, value, "labels", specs, found)


def read_entity(call: Call) -> Entity | None:
    """The argument `entity`, if all of it is known."""
    value = call.keywords.get("entity")
    if isinstance(value, tuple | list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    return value if isinstance(value, str) else None


def is_number(call: Call, name: str) -> bool:
    """Whether an argument is a number that is known, or left out."""
    return isinstance(call.keywords.get(name, 1), int)


def read_path(call: Call, name: str, found: list[Found]) -> Path | None:
    """An argument that names a file, if it is known."""
    value = call.keywords[name]
    if value is None and name in {"drift", "governance"}:
        return None
    if not isinstance(value, str | Path):
        found.append(wrong_kind(call, name, "a path"))
        return None
    path = Path(value)
    if path.is_absolute():
        return path
    line, column = call.place((name,))
    found.append(
        CheckFinding(
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


def wrong_kind(call: Call, name: str, wanted: str = "a text") -> CheckFinding:
    """That an argument is of another kind, or that nobody can say what it is."""
    value = call.keywords[name]
    if value is UNKNOWN or not plain(value):
        return _not_said(call, name)
    line, column = call.place((name,))
    return CheckFinding(
        file=str(call.file),
        line=line,
        column=column,
        key=name,
        what=f"must be {wanted}",
        do=f'Write {name}="…".' if wanted == "a text" else f"Write {name}=….",
    )


def _not_said(call: Call, name: str) -> CheckFinding:
    line, column = call.place((name,))
    return CheckFinding(
        file=str(call.file),
        line=line,
        column=column,
        key=name,
        what="is computed while the file runs, and was not checked",
        do="Airflow checks it when it parses the file.",
        severity="note",
    )
