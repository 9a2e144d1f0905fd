"""Checks the MLmodel file beside a bundle: only Airlock's own loader is allowed."""

from __future__ import annotations

from pathlib import Path

import yaml

from airlock.core.errors import Unverified
from airlock.reading import Malformed, read_yaml

LOADER = "airlock.serve"
FOLDER = "data/bundle"
"""Of the bundle, below the model's folder."""

_FILE = "MLmodel"
_PYFUNC = "python_function"
_KNOWN = {"loader_module", "data", "env", "python_version", "code", "streamable"}
_MOST = 1 << 20


def check_flavor(folder: Path) -> None:
    """Refuse a downloaded model that MLflow would load by other code than Airlock's.

    Args:
        folder: as MLflow keeps a model, with the file MLmodel.

    Raises:
        Unverified: it names another loader, a code folder, another flavour, or does not read.
    """
    path = folder / _FILE
    try:
        if path.is_symlink() or path.stat().st_size > _MOST:
            raise Malformed("it is no file of its kind")
        flavors = read_yaml(path.read_text(encoding="utf-8"))["flavors"]
        flavor = flavors[_PYFUNC]
        said = (flavor["loader_module"], flavor["data"], flavor.get("code"))
        other = {*flavors} - {_PYFUNC} or {*flavor} - _KNOWN
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        said, other = (None, None, None), set()
    if said != (LOADER, FOLDER, None) or other:
        raise Unverified(
            f"This model would be loaded by other code than {LOADER}: its file {_FILE} is not as "
            "`register` writes it.",
            do="Load nothing of it, and find out who changed MLflow's files.",
        )
