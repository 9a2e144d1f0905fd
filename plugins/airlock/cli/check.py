"""airlock check: everything that can be known of a project's pipelines without their data."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK, WrongCall

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import Console

    from airlock.core.problems import CheckFinding
    from airlock.pipelines.written.pipelines import ReadProject


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    one = commands.add_parser(
        "check",
        help="are the pipelines of this project right? Needs no Airflow, no data, no scheduler",
        epilog="Exit status: 0 nothing is wrong (warnings may be there), 1 something is, 2 a wrong "
        "call. --strict counts warnings too.",
    )
    one.add_argument("model", nargs="*", metavar="MODEL", help="all that the DAG files name")
    one.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="holds dags/; this folder"
    )
    one.add_argument(
        "--data", metavar="SOURCE", help="a file or folder to hold the model's contract against"
    )
    one.add_argument("--strict", action="store_true", help="a warning is wrong as well")
    one.add_argument("--json", action="store_true", help="every finding as an object, for tools")
    one.set_defaults(run=check)


def check(parsed: argparse.Namespace, console: Console) -> int:
    """A line a finding, and what to do below it."""
    from airlock.config.project import read_project
    from airlock.pipelines.arguments import Project
    from airlock.pipelines.written.pipelines import read_pipelines

    settings = read_project(parsed.project)
    if not settings.dags.exists():
        raise WrongCall(
            f"There is no folder {settings.dags}.",
            do="Call it in the folder that holds dags/, or name that by --project.",
        )
    project = Project(root=settings.root, sources=settings.sources, packages=settings.packages)
    read = read_pipelines(settings.dags, project)
    findings = _of_models(read, parsed.model)
    if parsed.data is not None:
        findings += _of_data(read, parsed, project.root)
    findings = [_relative(one) for one in dict.fromkeys(findings)]
    order = {"error": 0, "warning": 1, "note": 2}
    findings.sort(key=lambda one: (order[one.severity], one.file, one.line, one.column))
    if parsed.json:
        _print_json(findings, read)
    else:
        _print(findings, read, parsed.model, console)
    wrong = {"error", "warning"} if parsed.strict else {"error"}
    return NO if any(one.severity in wrong for one in findings) else OK


def _of_models(read: ReadProject, models: Sequence[str]) -> list[CheckFinding]:
    from airlock.core.spelling import advice

    known = sorted({one.model for one in read.pipelines if one.model})
    for name in models:
        if name not in known:
            raise WrongCall(
                f"No pipeline in the DAG files is about {name}.",
                do=advice(name, known, what="there are"),
            )
    chosen = [one for one in read.pipelines if not models or one.model in models]
    return [*read.findings, *(found for one in chosen for found in one.findings)]


def _of_data(read: ReadProject, parsed: argparse.Namespace, root: Path) -> list[CheckFinding]:
    from airlock.drafts.sample_check import hold

    chosen = [one for one in read.pipelines if not parsed.model or one.model in parsed.model]
    trained = [one for one in chosen if one.kind == "training"] or chosen
    if len({one.model for one in trained}) != 1:
        raise WrongCall(
            "A table belongs to one model.",
            do="Name it: airlock check MODEL --data SOURCE.",
        )
    files = trained[0].given.files
    source = Path(parsed.data)
    if not source.exists() and not source.is_absolute() and (root / source).exists():
        source = root / source
    if not source.exists():
        raise WrongCall(f"There is nothing at {parsed.data}.", do="Name a file or a folder.")
    return hold(
        source,
        expectations=files.get("expectations"),
        redaction=files.get("redaction"),
        policy=files.get("policy"),
        train=trained[0].given.train,
    )


def _relative(one: CheckFinding) -> CheckFinding:
    """Relative to where the command was called, as people click on it."""
    from dataclasses import replace

    path = Path(one.file)
    here = Path.cwd()
    return replace(one, file=str(path.relative_to(here))) if path.is_relative_to(here) else one


def _print(
    findings: Sequence[CheckFinding], read: ReadProject, models: Sequence[str], console: Console
) -> None:
    for one in findings:
        console.print(f"{one.place}: {one.severity}: {_key(one)}{one.what}.", soft_wrap=True)
        console.print(f"    {one.do}", soft_wrap=True)
    chosen = [one for one in read.pipelines if not models or one.model in models]
    counted = Counter(one.severity for one in findings)
    said = [
        f"{counted[kind]:,} {kind}{'s' * (counted[kind] != 1)}" for kind in ("error", "warning")
    ]
    if notes := counted["note"]:
        said.append(f"{notes:,} not checked")
    names = ", ".join(dict.fromkeys(f"{one.model or '?'} ({one.kind})" for one in chosen))
    console.print(f"{names or 'No pipeline'}: {', '.join(said)}.", soft_wrap=True)


def _key(one: CheckFinding) -> str:
    return f"{one.key}: " if one.key else ""


def _print_json(findings: Sequence[CheckFinding], read: ReadProject) -> None:
    said = {
        "files": read.files,
        "pipelines": [
            {"kind": one.kind, "model": one.model, "dag": one.dag, "file": str(one.file)}
            for one in read.pipelines
        ],
        "findings": [asdict(one) for one in findings],
    }
    sys.stdout.write(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
