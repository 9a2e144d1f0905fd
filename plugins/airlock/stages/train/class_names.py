"""How a spec names a class of the project."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from airlock.core.problems import Misplaced


def _named_class(name: str) -> str:
    if re.fullmatch(r"[\w.]+:\w+", name):
        return name
    module, _, cls = name.replace(":", ".").rpartition(".")
    do = (
        f"Did you mean {module}:{cls}?"
        if re.fullmatch(r"[\w.]+\.\w+", name)
        else ("Write it as include.models.churn:ChurnClassifier.")
    )
    raise Misplaced([((), "must be package.module:Class", do)])


ClassName = Annotated[str, AfterValidator(_named_class)]
"""A class of the project, "include.models.churn:ChurnClassifier"."""
