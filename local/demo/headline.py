"""One short line for each stage, for the live display."""

from __future__ import annotations

from functools import singledispatch

from airlock.engine.record import Record
from airlock.stages.approve.record import Approval
from airlock.stages.drift.record import Drift
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.rollback.record import Rollback
from airlock.stages.route.record import Routing
from airlock.stages.score.record import Scoring
from airlock.stages.shadow.record import Shadowing
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation


@singledispatch
def headline(record: Record) -> str:
    """What a person wants to know first about a record."""
    return " ".join(record.facts()[:1])


@headline.register
def _(record: Snapshot) -> str:
    return f"{record.rows:,} rows, {len(record.columns)} columns, content {record.sha256[:12]}"


@headline.register
def _(record: Validation) -> str:
    held = sum(check.success for check in record.checks)
    return (
        f"{held} of {len(record.checks)} expectations hold, "
        f"{record.quarantined:,} rows in quarantine"
    )


@headline.register
def _(record: Redaction) -> str:
    dropped = sum(column.action == "drop" for column in record.columns)
    return f"{sum(record.found.values()):,} identifiers out of free text, {dropped} columns dropped"


@headline.register
def _(record: Training) -> str:
    return f"{record.epochs} epochs on {record.rows.get('train', 0):,} rows"


@headline.register
def _(record: Evaluation) -> str:
    name = "auroc" if "auroc" in record.candidate else next(iter(record.candidate))
    line = f"{name} {record.candidate[name]}"
    if name in record.difference:
        return f"{line}, {record.difference[name].value:+.4f} to version {record.champion_version}"
    return f"{line} on {record.rows:,} holdout rows"


@headline.register
def _(record: Registration) -> str:
    return f"version {record.version}, loaded and tried in a fresh process"


@headline.register
def _(record: Decision) -> str:
    if record.outcome == "already champion":
        return f"version {record.champion_version} is already champion: nothing to promote"
    if record.outcome == "rejected":
        return f"rejected: {' '.join(record.reasons)}"
    return f"passed: no rule of {len(record.rulings)} is broken"


@headline.register
def _(record: Approval) -> str:
    return record.facts()[0].rstrip(".").lower() if not record.required else record.facts()[0]


@headline.register
def _(record: Promotion) -> str:
    before = f" instead of version {record.replaced_version}" if record.replaced_version else ""
    return f"version {record.version} is champion{before}"


@headline.register
def _(record: Scoring) -> str:
    return f"{record.rows:,} rows by version {record.version}, mean score {record.mean_score:.3f}"


@headline.register
def _(record: Shadowing) -> str:
    if record.scoring is None:
        return "nobody to hold beside the champion"
    return f"version {record.scoring.version} scores the same rows, for nobody"


@headline.register
def _(record: Routing) -> str:
    if not record.apart:
        return f"version {record.champion_version} answers all {record.rows:,} rows"
    whole = record.apart[0]
    agree = "" if whole.agreement is None else f"they agree on {whole.agreement:.1%}, and are "
    return f"{agree}{whole.distance:.3f} apart"


@headline.register
def _(record: Drift) -> str:
    return f"{len(record.blamed)} of {len(record.distances)} columns drifted"


@headline.register
def _(record: Rollback) -> str:
    return f"version {record.to_version} is champion again instead of {record.from_version}"
