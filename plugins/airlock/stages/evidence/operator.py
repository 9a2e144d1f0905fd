"""Packs the evidence of a version once it is champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.evidence.record import EvidencePack
    from airlock.stages.evidence.spec import Governance


class EvidenceOperator(StageOperator):
    """Verify everything that a promoted version stands on, and pack it into one signed file.

    Needs the extra `airflow-airlock[evidence]`. Doing it again finds the same pack.

    Args:
        promotion: address of a `Promotion` (templated).
        model: the model's registered name.
        governance: what people said about it; None if nobody was asked.

    Returns:
        The address of an `EvidencePack`.
    """

    stage: ClassVar[str] = "evidence"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"promotion": "promote"}
    template_fields: Sequence[str] = tuple(reads)

    def __init__(
        self, *, promotion: str, model: str, governance: Governance | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.promotion = promotion
        self.model = model
        self.governance = governance

    def run_stage(self, attempt: Attempt) -> EvidencePack:
        """Pack, and say what is missing."""
        from airlock.hooks import registry
        from airlock.stages.evidence.record import PACK, EvidencePack
        from airlock.stages.promote.record import Promotion

        promotion = attempt.read(Promotion, self.promotion).record
        # By its name: what packs knows every stage, and a stage knows none above it.
        made = registry.load("airlock.evidence.pack:make_pack")(
            attempt.ledger(self.model, to_write=True),
            promotion.version,
            stores=attempt.stores,
            governance=self.governance,
        )
        (attempt.data / PACK).write_bytes(made.data)
        return EvidencePack(
            model=self.model,
            version=promotion.version,
            sha256=made.sha256,
            bytes=len(made.data),
            files=made.files,
            entries=made.entries,
            governance=made.governance,
            unsaid=made.unsaid,
        )
