"""Makes one self-contained HTML file from a record: no script, font or foreign address."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from airlock.core.quoting import shown
from airlock.engine.record import Record
from airlock.reports.content import Badge, Page, describe

_PAGES = {
    "card.html": "Model card",
    "dossier.html": "Model risk dossier",
    "data_docs": "Data Docs of Great Expectations",
}

INDEX = "index.html"
"""The page's file in a result's report folder."""


def write_report(record: Record, into: Path) -> None:
    """Write `index.html` about a record; equal records give equal bytes.

    Args:
        into: the report folder of an attempt. A page that the stage wrote itself stays.
    """
    if not (into / INDEX).exists():
        write_page(record, describe(record), into)


def write_page(record: Record, page: Page, into: Path, *, name: str = INDEX) -> None:
    """Write `index.html`, or a page beside it, with what a page says.

    The index links the other pages of the folder.
    """
    paths = into.rglob("*.html") if name == INDEX else ()
    others = _named(sorted(path.relative_to(into).as_posix() for path in paths))
    text = (
        _templates()
        .get_template("page.html")
        .render(
            stage=record.stage,
            page=page,
            verdict=verdict_badge(record),
            reasons=record.verdict.reasons,
            facts=[fact for fact in record.facts() if fact not in record.verdict.reasons]
            if name == INDEX
            else [],
            others=others,
        )
    )
    (into / name).write_text(text, encoding="utf-8")


def _named(paths: list[str]) -> list[tuple[str, str]]:
    """The other pages by what they are; of a folder of pages the one that leads to them."""
    found = []
    for path in paths:
        folder, _, file = path.rpartition("/")
        top = path.split("/")[0]
        if path == INDEX or (folder and path != f"{top}/{INDEX}" and f"{top}/{INDEX}" in paths):
            continue
        word = _PAGES.get(top) or (folder or file.removesuffix(".html")).replace("_", " ")
        found.append((path, word))
    return found


def verdict_badge(record: Record) -> Badge:
    """The verdict in two or three words."""
    verdict = record.verdict
    if verdict.passed:
        return Badge("passed on", "good")
    if verdict.repair:
        return Badge("needs repair", "bad")
    return Badge("not passed on", "unsure")


def compile_templates() -> None:
    """Compile every template of a page: otherwise each process compiles those that it fills in."""
    templates = _templates()
    for name in templates.list_templates(extensions=["html"]):
        templates.get_template(name)


@cache
def _templates() -> Environment:
    # Column names and reasons come from files that people wrote: everything is escaped.
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
