"""The warning of a pipeline that loads, and is probably not meant so."""

from __future__ import annotations


class PipelineWarning(UserWarning):
    """Something in a pipeline that is probably not meant; Airflow shows it beside the DAG."""
