"""Loads the recognizers that Presidio brings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import presidio_analyzer
import yaml
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider


def read_recognizers() -> None:
    """Read Presidio's files of recognizers for the language that most files name."""
    stock_recognizers("en")


@cache
def stock_recognizers(language: str) -> tuple[EntityRecognizer, ...]:
    """Those that Presidio loads by itself, and for other entities those that one must switch on."""
    switched_on = _loaded(language, lambda one: one.get("enabled", True))
    known = {entity for one in switched_on for entity in one.supported_entities}
    others = _loaded(language, lambda one: not one.get("enabled", True))
    return (*switched_on, *(one for one in others if not known & set(one.supported_entities)))


def _loaded(language: str, wanted: Callable[[Mapping[str, Any]], bool]) -> list[EntityRecognizer]:
    folder = Path(presidio_analyzer.__file__).parent / "conf"
    listed = yaml.safe_load((folder / "default_recognizers.yaml").read_text(encoding="utf-8"))
    chosen = [
        {**one, "enabled": True}
        for one in listed["recognizers"]
        if wanted(one) and _is_offline(one["name"])
    ]
    provider = RecognizerRegistryProvider(
        registry_configuration={"supported_languages": [language], "recognizers": chosen}
    )
    with _quiet():
        loaded = provider.create_recognizer_registry().recognizers
    return [one for one in loaded if one.supported_language == language]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a line for every recognizer that is loaded, or is of another language."""
    log = logging.getLogger("presidio-analyzer")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _is_offline(name: str) -> bool:
    """Not one that asks a language model of its own."""
    return not name.startswith(("HuggingFace", "BasicLangExtract"))
