"""Removes direct identifiers from a validated snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.catalogs.suppression import suppressed
from airlock.config.keys import PSEUDONYM, SPLIT, KeyName
from airlock.core.content import digest
from airlock.core.cores import cores
from airlock.core.entity import Entity, is_row
from airlock.core.shards import parts_of, whole
from airlock.core.time_split import TimeSplit
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.redact.record import RedactedShard, Redaction
    from airlock.stages.redact.spec import RedactionSpec
    from airlock.stages.redact.stage.redact import RedactionContext
    from airlock.stages.redact.stage.shards import ShardFolder
    from airlock.store import Zone

_EARLIER = 29
"""Runs before tonight's that the page shows."""


class _RedactingOperator(StageOperator):
    """What decides what becomes of a row, for the whole table and for a share of it alike."""

    reads: ClassVar[Mapping[str, str]] = {"validation": "validate"}
    template_fields: Sequence[str] = ("validation",)

    def __init__(
        self,
        *,
        validation: str,
        redaction: RedactionSpec,
        entity: Entity,
        model: str | None,
        split: TimeSplit | None = None,
        unlike: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.validation = validation
        self.redaction = redaction
        self.entity = entity
        self.model = model
        self.split = split if model is not None else None
        self.unlike = unlike if is_row(entity, redaction.columns) else None

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The file, its models' files, the keys by their ids, whose split it is, who was erased."""
        return {
            **self._models(),
            "redaction": self.redaction.to_json(),
            "entity": self.entity if isinstance(self.entity, str) else list(self.entity),
            "model": self.model,
            **self._of_rows(attempt),
            "pseudonym_key": attempt.settings.pseudonym_key().key_id,
            "split_key": attempt.settings.split_key().key_id,
            "suppressed": {name: sorted(some) for name, some in self._suppressed(attempt).items()},
        }

    def _of_rows(self, attempt: Attempt) -> Mapping[str, Any]:
        """What most redactions do not have: their keys are those of before."""
        said: dict[str, Any] = {"unlike": self.unlike} if self.unlike else {}
        if self.split is not None:
            said["split"] = [self.split.identity(), *self.split.bounds(attempt.night)]
        return said

    def _models(self) -> Mapping[str, Any]:
        """The digests of the language models: another one may lie under the same name."""
        ners = {
            one.digest: one
            for name in self.redaction.columns
            for one in self.redaction.models_of(name)
        }
        if not ners:
            return {}
        from airlock.stages.redact.stage.analyzer.models import digests

        return {"models": {name: digests(one) for name, one in sorted(ners.items())}}

    def _recipe(self, attempt: Attempt) -> str:
        from airlock.stages.validate.record import Validation

        return digest(
            [
                RedactOperator.version,
                attempt.read(Validation, self.validation).content,
                _RedactingOperator.ingredients(self, attempt),
            ]
        )

    def _context(self, attempt: Attempt) -> RedactionContext:
        """What is the same for every row, in every task, on every core that it may use."""
        from airlock.stages.redact.stage.redact import RedactionContext

        return RedactionContext(
            entity=self.entity,
            model=self.model,
            pseudonym_key=attempt.settings.pseudonym_key(),
            split_key=attempt.settings.split_key(),
            # The list only grows: read a moment later, it can hold more than the key says, and
            # nobody will ever ask for that key again.
            suppressed=self._suppressed(attempt),
            processes=cores(),
            unlike=self.unlike,
            split=self.split,
            night=attempt.night,
        )

    def _suppressed(self, attempt: Attempt) -> Mapping[str, frozenset[str]]:
        return suppressed(
            attempt.stores["store"],
            self.redaction.domains,
            key_id=attempt.settings.pseudonym_key().key_id,
        )


class RedactOperator(_RedactingOperator):
    """Drop, pseudonymise, mask or scan every column, and stamp each row with its fold.

    Args:
        validation: address of a `Validation` (templated).
        redaction: what happens to every column, known when the DAG is written.
        entity: the column, or the columns together, that name whom a row is about; rows of one
            entity share a fold. `row` where no column does.
        split: a holdout of what came last, instead of one that is drawn by entity.
        unlike: the target, which tells no rows apart where each stands for itself.
        model: the model whose split stamps the folds; None where nothing is trained.
        shares: addresses of all `RedactedShard`s of the table (templated), if other tasks have
            redacted its rows; then this one puts them together and proves the whole.
        target: the column that a model learns, whose values are counted in each group of people;
            None where nothing is learnt.

    Returns:
        The address of a `Redaction`; it is the same with and without shares.
    """

    stage: ClassVar[str] = "redact"
    keys: ClassVar[frozenset[KeyName]] = frozenset({PSEUDONYM, SPLIT})
    # 5: names, cards, spellings and scripts are found that were not, and others are left alone.
    version: ClassVar[int] = 7
    template_fields: Sequence[str] = ("validation", "shares")

    def __init__(self, *, shares: Any = None, target: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shares = shares
        # Without quasi-identifiers there are no groups, and it makes no difference.
        self.target = target if self.redaction.quasi_identifiers else None

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """What decides every row, and what is counted in each group of people."""
        usual = super().ingredients(attempt)
        return {**usual, "target": self.target} if self.target else usual

    def run_stage(self, attempt: Attempt) -> Redaction:
        """Redact part by part, or put together what was redacted so."""
        from airlock.engine.publication import recent
        from airlock.reports.redaction import write_redaction
        from airlock.stages.redact.stage.redact import redact
        from airlock.stages.validate.record import Validation

        validation = attempt.read(Validation, self.validation)
        shares = self._whole(attempt) if self.shares is not None else ()
        only = {validation.record.parts[0].path} if shares else None
        record = redact(
            validation.record,
            self.redaction,
            self._context(attempt),
            table=attempt.fetch(validation.result.data, only=only),
            out=attempt.data,
            shares=shares,
            target=self.target,
        )
        run_id = attempt.origin.run_id
        ended = recent(
            attempt.stores["store"], dag_id=attempt.origin.dag_id, stage=self.stage, last=_EARLIER
        )
        # A run that was cleared has ended before, and is tonight's.
        earlier = [result for receipt, result in ended if receipt.run_id != run_id]
        write_redaction(record, earlier, attempt.report)
        return record

    def _whole(self, attempt: Attempt) -> tuple[ShardFolder, ...]:
        from airlock.stages.redact.record import RedactedShard

        found = [attempt.read(RedactedShard, address) for address in self.shares]
        return whole(
            [(one.record, attempt.fetch(one.result.data)) for one in found],
            recipe=self._recipe(attempt),
        )


class RedactShareOperator(_RedactingOperator):
    """Redact some parts of a table: one of several tasks, mapped over `share`.

    What it leaves lies in the zone `raw`: nothing is proven before all shares are together.

    Args:
        validation: address of a `Validation` (templated).
        redaction: as for `RedactOperator`; so are `entity`, `model`, `split` and `unlike`.
        share: which one, from 0.
        shares: how many there are.

    Returns:
        The address of a `RedactedShard`.
    """

    stage: ClassVar[str] = "redact_share"
    keys: ClassVar[frozenset[KeyName]] = frozenset({PSEUDONYM, SPLIT})
    zone: ClassVar[Zone] = "raw"

    def __init__(self, *, share: int, shares: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share = share
        self.shares = shares

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """What decides every row, and which rows."""
        return {
            "recipe": self._recipe(attempt),
            "share": self.share,
            "shares": self.shares,
        }

    def run_stage(self, attempt: Attempt) -> RedactedShard:
        """Redact this share's parts; no other is fetched."""
        from airlock.stages.redact.stage.redact import redact_shard
        from airlock.stages.validate.record import Validation

        validation = attempt.read(Validation, self.validation)
        parts = validation.record.parts
        mine = parts_of(parts, share=self.share, shares=self.shares)
        return redact_shard(
            validation.record,
            self.redaction,
            self._context(attempt),
            share=self.share,
            shares=self.shares,
            recipe=self._recipe(attempt),
            # The first part tells the schema.
            table=attempt.fetch(
                validation.result.data, only={part.path for part in (parts[0], *mine)}
            ),
            out=attempt.data,
        )

    @classmethod
    def record_class(cls) -> type[Record]:
        """`RedactedShard`."""
        from airlock.stages.redact.record import RedactedShard

        return RedactedShard
