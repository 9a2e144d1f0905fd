"""An identifier with a form of its own, and made-up ones to prove that a scan finds it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer


def recognizer(language: str) -> PatternRecognizer:
    """Presidio's recognizer of badges, for texts of a language."""
    from presidio_analyzer import Pattern, PatternRecognizer

    badge = Pattern(name="badge", regex=r"\bACME-\d{6}\b", score=0.9)
    return PatternRecognizer(
        supported_entity="ACME_BADGE", patterns=[badge], supported_language=language
    )


def made_up(chance: random.Random) -> str:
    """A badge of nobody: real ones begin with 1 to 9."""
    return f"ACME-0{chance.randrange(10**5):05d}"
