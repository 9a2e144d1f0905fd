"""Where MLflow is, and how to sign in there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowSettings:
    """Where MLflow is.

    Args:
        tracking_uri: address of the tracking server or database.
        artifacts: address below which new experiments keep files; None leaves it to the server.
        username: for a server with authentication.
    """

    tracking_uri: str
    artifacts: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
