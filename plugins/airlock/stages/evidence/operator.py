"""Packs the evidence of a version once it is champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.engine.record import Record
    from airlock.stages.evidence.record import EvidencePack
    from airlock.stages.evidence.spec import Governance


class EvidenceOperator(StageOperator):
    """Verify everything that a promoted version stands on, and pack it into one signed file.

    Needs the extra `airflow-airlock[evidence]`. Doing it again finds the same pack.

    Behind a canary it packs the version whose last step made it champion; at every other step there
    is nothing to be packed, and the task is skipped.

    Args:
        promotion: address of a `Promotion` (templated); None behind a canary.
        judgement: address of a `Judgement` (templated); None behind promote.
        model: the model's registered name.
        governance: what people said about it; None if nobody was asked.

    Returns:
        The address of an `EvidencePack`.
    """

    stage: ClassVar[str] = "evidence"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {"promotion": "promote", "judgement": "canary"}
    template_fields: Sequence[str] = tuple(reads)

    def __init__(
        self,
        *,
        model: str,
        promotion: str | None = None,
        judgement: str | None = None,
        governance: Governance | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.promotion = promotion
        self.judgement = judgement
        self.model = model
        self.governance = governance

    def refuses(self, attempt: Attempt) -> str | None:
        """There is nothing to be packed at a step that made nobody champion."""
        if self.judgement is None:
            return None
        from airlock.stages.canary.record import Judgement

        said = attempt.read(Judgement, self.judgement).record
        if said.outcome == "promote":
            return None
        return f"No version became champion by this step ({said.outcome}): nothing is packed."

    def run_stage(self, attempt: Attempt) -> EvidencePack:
        """Pack, and say what is missing."""
        from airlock.hooks import registry
        from airlock.stages.evidence.record import PACK, EvidencePack

        version = self._version(attempt)
        # By its name: what packs knows every stage, and a stage knows none above it.
        made = registry.load("airlock.evidence.pack:make_pack")(
            attempt.ledger(self.model, to_write=True),
            version,
            stores=attempt.stores,
            governance=self.governance,
        )
        (attempt.data / PACK).write_bytes(made.data)
        return EvidencePack(
            model=self.model,
            version=version,
            sha256=made.sha256,
            bytes=len(made.data),
            files=made.files,
            entries=made.entries,
            governance=made.governance,
            unsaid=made.unsaid,
        )

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Name the pack in the ledger, with the version that it is about."""
        from airlock.engine.attested import append_attestation

        facts = {"version": record.version}  # type: ignore[attr-defined]  # an EvidencePack
        append_attestation(attempt, self.model, published, facts=facts)

    def _version(self, attempt: Attempt) -> int:
        from airlock.stages.canary.record import Judgement
        from airlock.stages.promote.record import Promotion

        if self.judgement is not None:
            return attempt.read(Judgement, self.judgement).record.version
        assert self.promotion is not None, "it stands behind promote or behind canary"
        return attempt.read(Promotion, self.promotion).record.version
