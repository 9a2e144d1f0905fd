"""The first champion is made once; each fault then has a copy of its site, at the same place."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults import report, services
from tests.faults.catalog import Fault, every_fault
from tests.faults.line import Line
from tests.faults.site import Site
from tests.faults.world import FIRST, READY, World, may_mount


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every site seems to lie: MLflow keeps absolute addresses."""
    from airlock.listener import preload

    # Every task is a fork of this process.
    preload()
    return tmp_path_factory.mktemp("faults") / "site"


@pytest.fixture(scope="session")
def first(place: Path) -> Path:
    """A site whose first night is trained, promoted and scored."""
    kept = place.with_name("first")
    kept.mkdir()
    _show(place, kept)
    world = World(site=Site(folder=place))
    world.site.found()
    world.training(FIRST).whole()
    world.scoring(FIRST).whole()
    world.hold()
    return kept


@pytest.fixture(scope="session")
def ready(first: Path, place: Path) -> Path:
    """The same, and the next night's candidate is registered."""
    kept = place.with_name("ready")
    shutil.copytree(first, kept, symlinks=True)
    _show(place, kept)
    World(site=Site(folder=place)).training(run_id=READY).whole(until="register")
    return kept


@pytest.fixture(scope="session")
def s3_line() -> Iterator[Line]:
    with services.s3() as line:
        yield line


@pytest.fixture(scope="session")
def postgres_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with services.postgres(tmp_path_factory.mktemp("postgres")) as line:
        yield line


@pytest.fixture
def world_for(
    first: Path, place: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[Fault], World]]:
    """A world of its own for a fault."""
    copy = tmp_path / "site"
    with contextlib.ExitStack() as stack:

        def made(fault: Fault) -> World:
            if "root" in fault.needs and not may_mount():
                pytest.skip("only root may mount a file system")
            from_ = request.getfixturevalue("ready") if fault.ready else first
            shutil.copytree(from_, copy, symlinks=True)
            _show(place, copy)
            site, lines = Site(folder=place), {}
            if "s3" in fault.needs:
                lines["s3"] = line = request.getfixturevalue("s3_line")
                site = _on_s3(site, line, tmp_path.name)
            if "postgres" in fault.needs:
                lines["postgres"] = request.getfixturevalue("postgres_line")
                site = _with_database(site, lines["postgres"], tmp_path.name)
            if "mlflow" in fault.needs:
                lines["mlflow"] = stack.enter_context(services.mlflow_server(place))
                site = site.changed(mlflow=lines["mlflow"].url)
            for line in lines.values():
                stack.callback(line.be, "up")
            return World(site=site, lines=lines, ready=fault.ready)

        yield made


def _show(place: Path, folder: Path) -> None:
    shown = place.with_name(f"shown-{os.getpid()}")
    shown.symlink_to(folder)
    shown.replace(place)


def _on_s3(site: Site, line: Line, name: str) -> Site:
    """The same site with its stores in a bucket."""
    there = site.changed(
        endpoint=line.url, store=f"s3://airlock/{name}/store", raw=f"s3://airlock/{name}/raw"
    )
    opened = there.opened()
    with contextlib.suppress(Exception):  # it is there from the fault before
        opened.client.create_bucket(Bucket="airlock")  # type: ignore[attr-defined]  # on S3
    for zone in ("store", "raw"):
        folder = site.folder / zone
        for path in (path for path in folder.rglob("*") if path.is_file()):
            key = f"{name}/{zone}/{path.relative_to(folder)}"
            opened.client.upload_file(str(path), "airlock", key)  # type: ignore[attr-defined]
        shutil.rmtree(folder)
    return there


def _with_database(site: Site, line: Line, name: str) -> Site:
    """The same site whose scores go into a PostgreSQL as well."""
    (site.folder / "database").touch()
    address = f"postgresql://airlock@127.0.0.1:{line.port}/postgres"
    return site.changed(more={**site.more, "AIRFLOW_CONN_SCORES": address})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In a soak each fault writes its row as it ends: a soak that is cut short loses none."""
    told = yield
    if _is_told(told) and item.config.option.markexpr == "soak":
        report.write(every_fault(), [report.row(told, datetime.now(UTC).date().isoformat())])
    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a soak: its rows, on the screen."""
    if terminalreporter.config.option.markexpr != "soak":
        return
    rows = [
        report.row(one, "")
        for kind in ("passed", "failed", "xfailed")
        for one in terminalreporter.stats.get(kind, ())
        if isinstance(one, pytest.TestReport) and _is_told(one)
    ]
    if rows:
        terminalreporter.write_line(report.shown(rows))


def _is_told(told: pytest.TestReport) -> bool:
    """Whether a report says how a fault went."""
    skipped = told.outcome == "skipped" and not hasattr(told, "wasxfail")
    return told.when == "call" and not skipped and "fault" in dict(told.user_properties)
