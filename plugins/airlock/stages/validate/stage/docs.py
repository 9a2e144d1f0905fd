"""Makes Great Expectations' own page about a validation: counts only, self-contained."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import great_expectations as gx
import numpy as np
from great_expectations.core import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from airlock.compat.great_expectations import (
    DefaultJinjaPageView,
    ExpectationConfiguration,
    ValidationResultsPageRenderer,
)
from airlock.core.quoting import html as escape
from airlock.core.quoting import shown

# Of a result only these go on: what else it may hold repeats values or the rows' numbers.
_COUNTS = (
    "element_count",
    "missing_count",
    "missing_percent",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "observed_value",
)

# What Great Expectations itself looks at, such as the name of a type, is written so.
_WORDS = re.compile(r"[A-Za-z0-9_ .,-]*")

_SECTIONS = """\
{% for section in sections %}{% set section_loop = loop %}{% include "section.j2" %}{% endfor %}"""

_TAGS = frozenset(
    "a b br code div em h4 h5 h6 hr i li ol p pre small span strong "
    "table tbody td th thead tr ul".split()
)
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
_LEFT_OUT = frozenset({"iframe", "object", "script", "style", "svg", "template", "title"})


def write_data_docs(result: ExpectationSuiteValidationResult, into: Path) -> None:
    """Write `index.html`: a page without scripts, whose styles are in it.

    Args:
        result: of a whole suite. Only counts, shares and numbers that were observed are rendered,
            whatever else it holds.
        into: a folder; made if it is not there.
    """
    texts = _Texts(str(one.expectation_config) for one in result.results)
    document = ValidationResultsPageRenderer().render(_bare(result, texts))
    rendered = _sections().render(_without_info(document.to_json_dict()))
    page = _shell().render(
        suite=result.suite_name,
        version=gx.__version__,
        names=[(at, texts.told(name)) for at, name in _names(document.sections)],
        # Cleaned: nothing but the tags and attributes above is left.
        sections=Markup(texts.told(_cleaned(rendered), said=escape)),
    )
    into.mkdir(parents=True, exist_ok=True)
    (into / "index.html").write_text(page, encoding="utf-8")


class _Texts:
    """Stands in for texts of people while Great Expectations renders: it escapes not all of them.

    A column called `<script>` would begin a script that hides the rest of the page.

    Args:
        given: everything that is rendered, so that no stand-in is part of it.
    """

    def __init__(self, given: Iterable[str]) -> None:
        whole, self._name = "".join(given), "text"
        while self._name in whole:
            self._name += "x"
        self._texts: list[str] = []

    def hidden(self, value: Any) -> Any:
        """A value of an expectation, with a stand-in for every text that is more than words."""
        if isinstance(value, str):
            return value if _WORDS.fullmatch(value) else self._stand_in(value)
        if isinstance(value, Mapping):
            return {self.hidden(name): self.hidden(one) for name, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.hidden(one) for one in value]
        return value

    def told(self, text: str, *, said: Callable[[str], str] = str) -> str:
        """A text with what the stand-ins stand for."""
        return re.sub(
            rf"{self._name}(\d{{6}})z",
            lambda found: said(self._texts[int(found[1])]),
            text,
        )

    def _stand_in(self, text: str) -> str:
        if text not in self._texts:
            self._texts.append(text)
        return f"{self._name}{self._texts.index(text):06d}z"


def _bare(
    result: ExpectationSuiteValidationResult, texts: _Texts
) -> ExpectationSuiteValidationResult:
    held, told = sum(bool(one.success) for one in result.results), len(result.results)
    return ExpectationSuiteValidationResult(
        success=bool(result.success),
        results=[_bare_one(one, texts) for one in result.results],
        suite_name=result.suite_name,
        statistics={
            "evaluated_expectations": told,
            "successful_expectations": held,
            "unsuccessful_expectations": told - held,
            "success_percent": 100 * held / max(told, 1),
        },
        meta={
            "great_expectations_version": gx.__version__,
            "batch_spec": {"data_asset_name": "the rows of the snapshot"},
        },
    )


def _bare_one(one: ExpectationValidationResult, texts: _Texts) -> ExpectationValidationResult:
    config = one.expectation_config
    assert config is not None
    kwargs = {n: texts.hidden(value) for n, value in config.kwargs.items() if n != "batch_id"}
    return ExpectationValidationResult(
        success=bool(one.success),
        expectation_config=ExpectationConfiguration(
            type=config.type, kwargs=kwargs, severity=config.severity
        ),
        result=dict(_numbers(one.result)),
        exception_info=_accident(one.exception_info or {}),
    )


def _numbers(result: Mapping[str, Any]) -> Iterator[tuple[str, int | float]]:
    for name in _COUNTS:
        value = result.get(name)
        if isinstance(value, int | float | np.number) and math.isfinite(value):
            # Great Expectations writes no number of NumPy.
            number = float(value)
            yield name, int(number) if number.is_integer() else number
        elif name == "unexpected_percent" and result.get("unexpected_count") is not None:
            # Of no values at all it tells no share, and then cannot render what it told.
            yield name, 0


def _accident(info: Mapping[str, Any]) -> dict[str, Any]:
    # One entry, or one for every metric, by its id.
    entries = [info, *(one for one in info.values() if isinstance(one, Mapping))]
    raised = any(entry.get("raised_exception") for entry in entries)
    said = "It could not be checked." if raised else None
    return {"raised_exception": raised, "exception_message": said, "exception_traceback": said}


def _without_info(document: dict[str, Any]) -> dict[str, Any]:
    """Without the folded parts: where and when it ran, under a name that is new each time."""
    for section in document["sections"]:
        section["content_blocks"] = [
            block
            for block in section["content_blocks"]
            if block.get("content_block_type") != "collapse"
        ]
    return document


def _names(sections: Sequence[Any]) -> list[tuple[int, str]]:
    return [(at, str(section.section_name)) for at, section in enumerate(sections, start=1)]


def compile_templates() -> None:
    """Compile our template and those of Great Expectations, once for all that are forked."""
    _shell()
    templates = _sections().environment
    for name in templates.list_templates(extensions=["j2"]):
        templates.get_template(name)


@cache
def _sections() -> Any:
    return DefaultJinjaPageView().env.from_string(_SECTIONS)


@cache
def _shell() -> Any:
    # Column names come from files that people wrote: everything is escaped.
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=loader, autoescape=True, finalize=shown, trim_blocks=True
    ).get_template("docs.html")


def _cleaned(html: str) -> str:
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join(cleaner.said)


class _Cleaner(HTMLParser):
    """Says again what it reads: harmless tags and attributes, text; no script, no address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        # How many tags are open below one that is left out.
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        folded = "collapse" in {*(given.get("class") or "").split(), given.get("data-toggle")}
        if self._hidden or folded or tag in _LEFT_OUT:
            self._hidden += tag not in _VOID
        elif tag in _TAGS:
            self.said.append(f"<{tag}{''.join(_attributes(given))}>")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= 1
        elif tag in _TAGS - _VOID:
            self.said.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(escape(data) if data.strip() else data[:1])


def _attributes(given: Mapping[str, str | None]) -> Iterator[str]:
    if "hidden" in given:
        yield " hidden"
    if name := given.get("class"):
        yield f' class="{escape(name)}"'
    # Only what the page links to: other ids are new each time.
    if re.fullmatch(r"section-\d+", given.get("id") or ""):
        yield f' id="{given["id"]}"'
