"""Policy section with the texts of the model card."""

from __future__ import annotations

from pydantic import Field

from airlock.core.spec import Spec


class CardTexts(Spec):
    """The words of the model card that no record can know.

    Args:
        owner: who answers for the model.
        intended_use: what it is for.
        not_for: what it must not be used for.
        limits: where it is known to be weak.
    """

    owner: str = Field(min_length=1)
    intended_use: str = Field(min_length=1)
    not_for: str | None = None
    limits: str | None = None
