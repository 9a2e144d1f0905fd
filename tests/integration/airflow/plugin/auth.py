"""An auth manager for the tests: the viewer may not read one of the DAGs."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

SECRET_DAG = "board_training"


class PerDagAuthManager(SimpleAuthManager):
    def is_authorized_dag(self, *, user: Any, details: Any = None, **kwargs: Any) -> bool:
        if details is not None and details.id == SECRET_DAG and user.get_name() == "viewer":
            return False
        return super().is_authorized_dag(user=user, details=details, **kwargs)
