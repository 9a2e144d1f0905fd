"""Runs the checks of `airlock check` when Airflow parses a DAG: an error keeps it from loading."""

from __future__ import annotations

import warnings

from airlock.config.settings import Settings
from airlock.core.problems import refusal
from airlock.pipelines.arguments import Arguments, Checked, Project, check
from airlock.pipelines.located import in_files
from airlock.pipelines.warned import PipelineWarning


def checked(given: Arguments) -> Checked:
    """The files of a pipeline, loaded and compared.

    Args:
        given: the arguments of training(...), scoring(...) or labelling(...).

    Raises:
        SpecError: with everything that is wrong, and where it stands.
    """
    settings = Settings.read()
    project = Project(
        root=settings.root, sources=settings.sources, packages=settings.model_packages
    )
    result = check(given, project)
    call = f"{given.kind} of {given.model}"
    findings = in_files(result.found, given.files, call=call)
    if errors := [one for one in findings if one.severity == "error"]:
        raise refusal(errors)
    for one in findings:
        warnings.warn(f"{one.said}. {one.do}", PipelineWarning, stacklevel=4)
    return result
