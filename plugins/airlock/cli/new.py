"""airlock new MODEL: the files of a pipeline, from a look at its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `new`."""
    one = commands.add_parser(
        "new", help="write the files of a pipeline for a table of your own; replaces nothing"
    )
    one.add_argument("model", metavar="MODEL", help="its name: small letters, digits, _")
    one.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="SOURCE",
        help="a table or a folder of tables, below a place of [airlock] sources",
    )
    one.add_argument("--target", required=True, metavar="COLUMN", help="what is predicted")
    one.add_argument(
        "--entity", metavar="COLUMN", help="whom a row is about; found out where one is unique"
    )
    one.add_argument(
        "--kind",
        choices=("network", "lightgbm", "linear"),
        default="network",
        help="of model (default: network); docs/models.md says which to take",
    )
    one.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="holds dags/; this folder"
    )
    one.set_defaults(run=new)


def new(parsed: argparse.Namespace, console: Console) -> int:
    """Write them, and say what comes next."""
    from airlock.config.project import read_project
    from airlock.core.names import checked_model
    from airlock.drafts import pipeline, sample
    from airlock.drafts.choices import choose
    from airlock.starter.write import write_new

    model = checked_model(parsed.model)
    settings = read_project(parsed.project)
    if not parsed.source.exists():
        raise WrongCall(f"There is nothing at {parsed.source}.", do="Name a file or a folder.")
    local = [Path(one) for one in settings.sources if "://" not in one]
    source = pipeline.address(parsed.source, [*local, settings.root])
    if source is None or not any(
        parsed.source.resolve().is_relative_to(one.resolve()) for one in local
    ):
        raise WrongCall(
            f"{parsed.source} lies outside of the places that a source may lie in "
            f"({', '.join(map(str, local))}).",
            do="Put it there, or add its place to [airlock] sources in airflow.cfg.",
        )
    looked_at = sample.look(pipeline.newest(parsed.source))
    chosen = choose(looked_at, target=parsed.target, entity=parsed.entity)
    texts = pipeline.files(
        model,
        looked_at,
        chosen,
        source=source,
        every=pipeline.rhythm(parsed.source),
        kind=parsed.kind,
    )
    for name in write_new(settings.root, texts):
        console.print(name, soft_wrap=True)
    console.print(
        f"{chosen.rows:,} rows, {len(chosen.actions):,} columns: a {chosen.task} of "
        f"{chosen.target}, by {chosen.entity}. Next: read include/redaction/{model}.yaml, then "
        f"airlock check {model}, then trigger {model}_training.",
        soft_wrap=True,
    )
    return OK
