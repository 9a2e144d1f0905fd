"""airlock new MODEL: the files of a pipeline, from a look at its table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.cli.nights import night
from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.config.project import ProjectSettings
    from airlock.core.nights import Every
    from airlock.core.sources import SourceSpec
    from airlock.drafts.sample import Sample

_ICEBERG = "iceberg:"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `new`."""
    one = commands.add_parser(
        "new", help="write the files of a pipeline for a table of your own; replaces nothing"
    )
    one.add_argument("model", metavar="MODEL", help="its name: small letters, digits, _")
    one.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="SOURCE",
        help="a table or a folder of tables, below a place of [airlock] sources; the folder of a "
        "table of Delta Lake or Iceberg; a file with a query (.sql), or iceberg:NAMESPACE.TABLE, "
        "with --connection",
    )
    one.add_argument("--target", required=True, metavar="COLUMN", help="what is predicted")
    one.add_argument(
        "--entity", metavar="COLUMN", help="whom a row is about; found out where one is unique"
    )
    one.add_argument(
        "--connection", metavar="ID", help="Airflow's connection of the database or the catalog"
    )
    one.add_argument(
        "--night", metavar="NIGHT", help="that a query is asked for; the last day if left out"
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
    from airlock.drafts import pipeline
    from airlock.drafts.choices import choose
    from airlock.starter.write import write_new

    model = checked_model(parsed.model)
    settings = read_project(parsed.project)
    source, looked_at, every = _look(parsed, settings)
    chosen = choose(looked_at, target=parsed.target, entity=parsed.entity)
    texts = pipeline.files(model, looked_at, chosen, source=source, every=every, kind=parsed.kind)
    for name in write_new(settings.root, texts):
        console.print(name, soft_wrap=True)
    console.print(
        f"{chosen.rows:,} rows, {len(chosen.actions):,} columns: a {chosen.task} of "
        f"{chosen.target}, by {chosen.entity}. Next: read include/redaction/{model}.yaml, then "
        f"airlock check {model}, then trigger {model}_training.",
        soft_wrap=True,
    )
    return OK


def _look(
    parsed: argparse.Namespace, settings: ProjectSettings
) -> tuple[str | SourceSpec, Sample, Every | None]:
    """The source as the DAGs name it, some rows of it, and how long its nights are."""
    if parsed.source.startswith(_ICEBERG) or parsed.source.endswith(".sql"):
        if parsed.connection is None:
            raise WrongCall(
                f"Nothing says how {parsed.source} is reached.",
                do="Name Airflow's connection by --connection.",
            )
        return _look_by_connection(parsed, settings)
    path = Path(parsed.source)
    if parsed.connection is not None:
        raise WrongCall(
            f"{path} is a file or a folder, and needs no connection.",
            do="Leave out --connection; a query ends in .sql, and a table of a catalog is "
            f"{_ICEBERG}NAMESPACE.TABLE.",
        )
    address = _address(path, settings)
    if (path / "_delta_log").is_dir() or (path / "metadata").is_dir():
        return _look_at_folder(path, address, settings)
    from airlock.drafts import pipeline, sample

    return address, sample.look(pipeline.newest(path)), pipeline.rhythm(path)


def _address(path: Path, settings: ProjectSettings) -> str:
    from airlock.drafts import pipeline

    if not path.exists():
        raise WrongCall(f"There is nothing at {path}.", do="Name a file or a folder.")
    local = [Path(one) for one in settings.sources if "://" not in one]
    source = pipeline.address(path, [*local, settings.root])
    if source is None or not any(path.resolve().is_relative_to(one.resolve()) for one in local):
        raise WrongCall(
            f"{path} lies outside of the places that a source may lie in "
            f"({', '.join(map(str, local))}).",
            do="Put it there, or add its place to [airlock] sources in airflow.cfg.",
        )
    return source


def _look_at_folder(path: Path, address: str, settings: ProjectSettings) -> tuple[Any, Any, Any]:
    """A table of a lake in a folder: nothing of Airflow is asked."""
    from airlock.core.sources import delta, iceberg
    from airlock.drafts.tables import look_at_lake

    named = delta(address) if (path / "_delta_log").is_dir() else iceberg(address)
    with tempfile.TemporaryDirectory() as scratch:
        found = look_at_lake(named, _access(settings, Path(scratch)))
    return found.source, found.sample, found.every


def _look_by_connection(
    parsed: argparse.Namespace, settings: ProjectSettings
) -> tuple[Any, Any, Any]:
    """A query, or a table of a catalog: how it is reached, Airflow's connection says."""
    from datetime import UTC, datetime

    from airlock.config import connections
    from airlock.core.nights import last_full
    from airlock.core.sources import iceberg, sql
    from airlock.drafts.tables import look_at_lake, look_at_query

    with tempfile.TemporaryDirectory() as scratch:
        access = _access(settings, Path(scratch), database=connections.database)
        if parsed.source.startswith(_ICEBERG):
            named = iceberg(parsed.source.removeprefix(_ICEBERG), connection=parsed.connection)
            found = look_at_lake(named, access)
        else:
            path = Path(parsed.source).absolute()
            inside = path.is_relative_to(settings.root)
            shown = path.relative_to(settings.root).as_posix() if inside else str(path)
            asked = parsed.night or last_full(datetime.now(UTC), "day").name
            query = sql(shown, connection=parsed.connection)
            found = look_at_query(query, access, night=night(asked))
    return found.source, found.sample, found.every


def _access(settings: ProjectSettings, scratch: Path, **more: Any) -> Any:
    from airlock.core.errors import SettingsError
    from airlock.stages.snapshot.stage.source.access import Access

    def no_bucket(_: str) -> Any:
        raise SettingsError(
            "What lies in a bucket is not looked at here.", do="Bring a part of it to a folder."
        )

    return Access(
        places=settings.sources, root=settings.root, remote=no_bucket, scratch=scratch, **more
    )
