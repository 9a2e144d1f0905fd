"""What the site shows of the code itself: commands, options and routes, put in when it is built."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

_MARK = "<!-- generated: {} -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put what is generated into the place that a page keeps for it."""
    for name, lines in (("cli", _commands), ("options", _options), ("routes", _routes)):
        mark = _MARK.format(name)
        if mark in markdown:
            markdown = markdown.replace(mark, "\n".join(lines()))
    return markdown


def _commands() -> Iterator[str]:
    from airlock.cli.main import _parser

    yield from _usage(_parser(), depth=2)


def _usage(parser: argparse.ArgumentParser, *, depth: int) -> Iterator[str]:
    nested = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    if not nested:
        yield f"{'#' * depth} `{parser.prog}`\n"
        yield f"```text\n{parser.format_help().rstrip()}\n```\n"
    for action in nested:
        for one in action.choices.values():
            yield from _usage(one, depth=depth)


def _options() -> Iterator[str]:
    from airlock.config.provider_info import get_provider_info

    yield "| option | default | means |"
    yield "|---|---|---|"
    for name, option in get_provider_info()["config"]["airlock"]["options"].items():
        # Airflow formats these texts; braces are doubled for it.
        default = (option["default"] or "").replace("{{", "{").replace("}}", "}")
        meaning = option["description"].replace("{{", "{").replace("}}", "}")
        yield f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |"


def _routes() -> Iterator[str]:
    from fastapi.routing import APIRoute

    from airlock.api.app import create_app

    yield "| route | answers |"
    yield "|---|---|"
    for route in create_app().routes:
        if isinstance(route, APIRoute):
            said = (route.description or "").partition("\n")[0]
            yield f"| `{'/'.join(sorted(route.methods))} /airlock{route.path}` | {said} |"
