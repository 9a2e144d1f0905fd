"""What a project's airflow.cfg and environment say of it, read without Airflow."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from airlock.config import options
from airlock.core.errors import SettingsError

_USUAL = {"sources": "var/data, include/data", "model_packages": "include", "root": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """Where a project lies.

    Args:
        root: to which relative paths are relative.
        dags: the folder of the DAG files.
        sources: places below which a source may lie, absolute.
        packages: that models may come from.
    """

    root: Path
    dags: Path
    sources: tuple[str, ...]
    packages: tuple[str, ...]


def read_project(folder: Path) -> ProjectSettings:
    """A project as `Settings` has it, without importing Airflow: that takes seconds.

    The environment wins over airflow.cfg of the folder, as it does in Airflow. Settings of another
    Airflow on this machine (AIRFLOW_HOME) do not count: the folder was named.

    Args:
        folder: that holds dags/ and airflow.cfg, if there is one.

    Raises:
        SettingsError: airflow.cfg cannot be read.
    """
    written = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        written.read(folder / "airflow.cfg", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{folder / 'airflow.cfg'} cannot be read ({type(error).__name__}).",
            do="Correct it; Airflow reads it too.",
        ) from None

    def said(section: str, option: str, usual: str) -> str:
        # The one other reader of the environment is `settings`, which imports Airflow.
        named = os.environ.get(f"AIRFLOW__{section.upper()}__{option.upper()}")  # noqa: TID251
        return named or written.get(section, option, fallback="") or usual

    named = said("airlock", "root", _USUAL["root"])
    root = Path(named).absolute() if named else folder.absolute()
    if (root / "dags").is_dir() and (folder / "dags").is_dir():
        # The environment may be that of another project.
        root = folder.absolute()
    dags = Path(said("core", "dags_folder", str(folder / "dags"))).absolute()
    sources = said("airlock", "sources", _USUAL["sources"]).split(",")
    packages = said("airlock", "model_packages", _USUAL["model_packages"]).split(",")
    return ProjectSettings(
        root=root,
        dags=dags if dags.is_relative_to(folder.absolute()) else folder.absolute() / "dags",
        sources=tuple(options.address(one.strip(), root) for one in sources if one.strip()),
        packages=tuple(one.strip() for one in packages if one.strip()),
    )
