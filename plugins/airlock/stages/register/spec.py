"""Register needs no file of its own: a model's name says where it goes."""

from __future__ import annotations

import re

from airlock.core.errors import SpecError

# The name is a folder of the ledger, a name in MLflow's registry and part of Airflow ids.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def checked_model(name: str) -> str:
    """A model name that works everywhere it is used.

    Raises:
        SpecError: it would not.
    """
    if not _NAME.fullmatch(name):
        raise SpecError(
            f"{name!r} cannot be a model's name.",
            do="Use lower-case letters, digits and '_', beginning with a letter, at most 63.",
        )
    return name
