"""An auth manager that numbers its accounts, as FAB's does, and is else Airflow's simple one."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

NUMBERS = {"admin": "1", "op": "2", "user": "3"}


class NumberedUser(SimpleAuthManagerUser):
    def get_id(self) -> str:
        return NUMBERS[self.username]


class NumberedAuthManager(SimpleAuthManager):
    def deserialize_user(self, token: dict[str, Any]) -> NumberedUser:
        return NumberedUser(username=token["sub"], role=token["role"], teams=token.get("teams"))
