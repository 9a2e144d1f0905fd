"""Checks a source's address when the DAG is parsed: nobody looks whether anything is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.nights import Every
from airlock.core.problems import Where, WrittenProblem
from airlock.core.sources import AnySource, SourceSpec
from airlock.core.spelling import advice, nearest
from airlock.hooks import registry
from airlock.stages.snapshot.spec import (
    NIGHT,
    PLACEHOLDERS,
    check_nights,
    check_source,
    literally,
    parts_of,
    untold,
)
from airlock.stages.snapshot.stage.source.entry import FORMATS, format_of
from airlock.stages.snapshot.stage.source.folder import FolderPlaces

if TYPE_CHECKING:
    from airlock.pipelines.arguments import Project

_PLACEHOLDER = re.compile(r"{([^{}]*)}")
# What other tools call the day of a run.
_OTHER_WORDS = frozenset({"date", "ds", "ds_nodash", "logical_date", "partition", "today"})
_BUILT_IN = ("file", "s3")
# Tables of other kinds, which no snapshot reads.
_OTHERS = frozenset(
    ".7z .avro .bz2 .dat .db .h5 .ipc .json .ods .orc .pickle .pkl .sas7bdat .sav "
    " .sqlite .txt .xls .xlsb .xlsm .xlsx .xml .xz .zip .zst".split()
)


def check_any(
    source: AnySource,
    contract: Contract | None,
    project: Project,
    *,
    window: int | None = 1,
    every: Every | None = None,
    at: Where = ("source",),
) -> Iterator[WrittenProblem]:
    """Everything that is wrong with a source by itself, whatever it is.

    Args:
        source: as the DAG has it.
        contract: what it promises; None where its file does not load.
        project: its root, and the places below which a source may lie.
        window: how many nights are read; None where nobody can say.
        every: how long a night is; None likewise.
        at: where it stands among the arguments.

    Returns:
        Problems of an address with their place among the arguments, and those of a table with
        theirs in its call, which is called by `at` with dots.
    """
    if isinstance(source, str):
        for one in check_address(source, contract, project, window=window, every=every):
            yield replace(one, at=at)
        return
    for one in _check_table(source, contract, project, window=window):
        yield replace(one, of=".".join(map(str, at)))


def _check_table(
    source: SourceSpec, contract: Contract | None, project: Project, *, window: int | None
) -> Iterator[WrittenProblem]:
    wrong = list(source.problems(project.root, project.sources))
    if (files := source.files) is not None:
        wrong += [replace(one, at=("table",)) for one in _place(files, project)]
    yield from wrong
    if wrong or contract is None or window is None:
        return
    try:
        check_nights(
            str(source),
            contract,
            window=window,
            by_night=source.by_night(project.root),
            how=source.how_by_night,
        )
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do)


def check_address(
    source: str,
    contract: Contract | None,
    project: Project,
    *,
    window: int | None = 1,
    every: Every | None = None,
) -> Iterator[WrittenProblem]:
    """Everything that is wrong with an address by itself.

    Args:
        source: as the DAG has it.
        contract: what the source promises; None where its file does not load.
        project: its root, and the places below which a source may lie.
        window: how many nights are read; None where nobody can say.
        every: how long a night is; None likewise.
    """
    at = ("source",)
    try:
        literally(source)
        if contract is not None and window is not None:
            check_source(source, contract, window=window)
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do, at=at)
    yield from _placeholders(source, every)
    scheme, separator, _ = source.partition("://")
    if separator and scheme in registry.sources() and scheme not in _BUILT_IN:
        # What a source of an extension reads, and from where, it alone knows.
        return
    yield from _form(source)
    yield from _place(source, project)


def _placeholders(source: str, every: Every | None) -> Iterator[WrittenProblem]:
    for word in _PLACEHOLDER.findall(source):
        if f"{{{word}}}" in PLACEHOLDERS or source.count("{{"):
            continue
        close = nearest(word, [one.strip("{}") for one in PLACEHOLDERS])
        meant = f"{{{close}}}" if close else NIGHT if word.casefold() in _OTHER_WORDS else None
        others = ", ".join(PLACEHOLDERS[1:])
        yield WrittenProblem(
            what=f"the source has {{{word}}}, which stands for nothing",
            do=f"Did you mean {meant}?" if meant else f"{NIGHT} is a placeholder; so are {others}.",
            at=("source",),
            severity="error" if meant else "warning",
        )
    if every is not None and (missing := untold(source, every)):
        yield WrittenProblem(
            what=f"the address is the same for several {every}s: {missing}",
            do=f"Write {NIGHT}, or all of {' '.join(parts_of(every))}.",
            at=("source",),
        )


def _form(source: str) -> Iterator[WrittenProblem]:
    suffix = PurePosixPath(source.lower()).suffix
    if suffix in _OTHERS and format_of(source) is None:
        yield WrittenProblem(
            what=f"the source ends in {suffix}, which Airlock does not read",
            do=f"Export it as a file that ends in {', '.join(FORMATS)}.",
            at=("source",),
        )


def _place(source: str, project: Project) -> Iterator[WrittenProblem]:
    scheme, separator, _ = source.partition("://")
    known = tuple(registry.sources())
    if separator and scheme not in known:
        yield WrittenProblem(
            what=f"no source is read from {scheme}://",
            do=advice(scheme, known, what="there are"),
            at=("source",),
        )
    elif project.sources and not _permitted(source, project):
        yield WrittenProblem(
            what="the source lies outside of the places that a source may lie in "
            f"({', '.join(project.sources)})",
            do="Move the data there, or add its place to [airlock] sources.",
            at=("source",),
        )


def _permitted(source: str, project: Project) -> bool:
    if "://" in source and not source.startswith("file://"):
        places = [one.rstrip("/") for one in project.sources]
        return any(source == one or source.startswith(f"{one}/") for one in places)
    return FolderPlaces(project.sources, root=project.root).permits(source)
