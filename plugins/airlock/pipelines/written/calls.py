"""Checks the calls of a DAG file by themselves: names, keywords, the DAG around, the schedule."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

import airlock
from airlock.core.problems import CheckFinding, located
from airlock.core.schedule import SCHEDULES
from airlock.core.schedule import check_schedule as check_cron
from airlock.core.spelling import advice, nearest
from airlock.pipelines.written.file import Follower
from airlock.pipelines.written.values import UNKNOWN, Call, NamedValue, keyword_place
from airlock.pipelines.written.values import place as place_of

KEYWORDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "training": (
        frozenset({"model", "expectations", "redaction", "policy", "train"}),
        frozenset(
            {
                *("source", "sources", "prepare", "labels", "evaluation", "governance"),
                *("every", "window", "redact_tasks", "pool", "queue", "executor_config"),
            }
        ),
    ),
    "scoring": (
        frozenset({"model", "expectations", "redaction", "entity"}),
        frozenset(
            {
                *("source", "sources", "prepare", "every"),
                *(
                    "target",
                    "window",
                    "redact_tasks",
                    "score_tasks",
                    "drift",
                    "policy",
                    "retrain",
                    "score",
                ),
                *("pool", "queue", "executor_config"),
            }
        ),
    ),
    "labelling": (
        frozenset({"model", "expectations", "redaction", "entity", "label"}),
        frozenset(
            {
                *("source", "sources", "prepare", "labels", "window"),
                *("scored", "reviewer", "nights", "every", "governance"),
            }
        ),
    ),
}
"""What each pipeline needs and what it may be given besides; a test compares the signatures."""


def check_names(module: ast.Module, follower: Follower) -> Iterator[CheckFinding]:
    """What is imported from Airlock and is not there."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "airlock" and not node.level:
            for alias in node.names:
                if alias.name != "*" and alias.name not in (*airlock.__all__, "__version__"):
                    line, column = place_of(alias, follower.file)
                    yield CheckFinding(
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
            yield CheckFinding(
                file=str(follower.file),
                line=line,
                column=column,
                what=f"{node.id} is used, and nothing imports it",
                do=f"Write it into the line `from airlock import …, {node.id}`.",
            )


def _stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def check_schedule(call: Call) -> Iterator[CheckFinding]:
    """What is wrong with the cron line of `nightly(...)` and its like."""
    if call.of.short not in SCHEDULES:
        return
    cron = call.arguments[0] if call.arguments else call.keywords.get("cron", UNKNOWN)
    if not isinstance(cron, str):
        return
    node = call.node.args[0] if call.node.args else call.node
    line, column = place_of(node, call.file)
    for one in check_cron(cron, call.of.short):
        found = located(replace(one, at=()), str(call.file), {(): (line, column)})
        yield replace(found, key="schedule")


def check_call(call: Call) -> Iterator[CheckFinding]:
    """Keywords that are not there, and those that are missing."""
    needs, may = KEYWORDS[call.of.short]
    for name in call.keywords:
        if name not in needs | may:
            line, column = keyword_place(call, name)
            yield CheckFinding(
                file=str(call.file),
                line=line,
                column=column,
                key=name,
                what=f"{call.of.short}() takes no {name}",
                do=advice(name, sorted(needs | may), what="it takes"),
            )
    line, column = call.place()
    unknown = [name for name in call.keywords if name not in needs | may]
    if not {"source", "sources"} & set(call.keywords):
        needs = needs | {"source"}
    for name in sorted(needs - set(call.keywords)):
        # What is probably misspelt was said already; what `**` brings is not known.
        if call.spread or nearest(name, unknown):
            continue
        yield CheckFinding(
            file=str(call.file),
            line=line,
            column=column,
            key=name,
            what=f"{call.of.short}() needs {name}",
            do=f"Write {name}=….",
        )
    if call.arguments:
        yield CheckFinding(
            file=str(call.file),
            line=line,
            column=column,
            what=f"{call.of.short}() takes its arguments by name alone",
            do='Write model="…", source="…" and so on.',
        )


def check_dag(call: Call) -> Iterator[CheckFinding]:
    """What a DAG must have for a pipeline in it."""
    line, column = call.place()
    if call.dag is None:
        return
    spread = {one.short for one in call.dag.spread if isinstance(one, NamedValue)}
    unknown = any(not isinstance(one, NamedValue) for one in call.dag.spread)
    usual = {"NIGHTLY", "NIGHTLY_SCORING"}
    line, column = call.dag.place()
    if not spread & usual and "params" not in call.dag.keywords and not unknown:
        name = "NIGHTLY" if call.of.short == "training" else "NIGHTLY_SCORING"
        yield CheckFinding(
            file=str(call.dag.file),
            line=line,
            column=column,
            key="DAG",
            what="the DAG has no trigger form, which the pipeline's tasks read",
            do=f"Write DAG(…, **{name}).",
        )
    elif call.of.short == "training" and spread == {"NIGHTLY_SCORING"}:
        yield CheckFinding(
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
        yield CheckFinding(
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
