"""The model card: purpose, origin and quality of a version, from its records.

Its sections follow Mitchell et al., *Model Cards for Model Reporting*, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from airlock.catalogs.cards import HTML, MARKDOWN
from airlock.reports.baselines import baseline_tables
from airlock.reports.content import (
    Badge,
    Cell,
    Digest,
    Figure,
    Name,
    Page,
    ReportTable,
    plural,
    share_bar,
)
from airlock.reports.decisions import TONES
from airlock.reports.evaluation import (
    fairness_tables,
    metrics_table,
    slices_tables,
    stress_tables,
)
from airlock.reports.markdown import to_markdown
from airlock.reports.page import write_page
from airlock.reports.probes import attack_tables, explanation_tables
from airlock.reports.search import search_tables
from airlock.stages.evaluate.record import Evaluation, Speed
from airlock.stages.gate.record import Decision
from airlock.stages.redact.record import Redaction
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training

_WORDS: Mapping[str, str] = {
    "owner": "Owner",
    "intended_use": "Intended use",
    "not_for": "Not for",
    "limits": "Known limits",
}
_UNSAID = "Nobody has said it yet: write card.{} in the policy."


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a card is made from.

    Args:
        words: the policy's `card` section; empty if it has none.
    """

    words: Mapping[str, str | None]
    snapshot: Snapshot
    redaction: Redaction
    training: Training
    evaluation: Evaluation
    speed: Speed | None
    decision: Decision


def write_card(described: Described, into: Path) -> str:
    """Write the card as HTML and as Markdown; equal records give equal bytes.

    Returns:
        The Markdown.
    """
    page = card_page(described)
    write_page(described.decision, page, into, name=HTML)
    text = to_markdown(page)
    (into / MARKDOWN).write_text(text, encoding="utf-8")
    return text


def card_page(described: Described) -> Page:
    """The sections of the card."""
    decision, evaluation = described.decision, described.evaluation
    return Page(
        headline=f"Model card: {decision.model} version {decision.version}",
        figures=(
            Figure(label="Model", value=decision.model, note=f"version {decision.version}"),
            Figure(label="Owner", value=described.words.get("owner") or "nobody named"),
            Figure(label="Verdict", value=decision.outcome, note=f"by policy {decision.policy}"),
            Figure(label="Data of", value=decision.night or "no night"),
        ),
        tables=(
            *baseline_tables(evaluation),
            use_table(described),
            metrics_table(evaluation),
            *slices_tables(evaluation),
            *fairness_tables(evaluation),
            *stress_tables(evaluation),
            *attack_tables(evaluation.attacked),
            *explanation_tables(evaluation.explained),
            *search_tables(evaluation.search),
            model_table(described),
            data_table(described),
            rules_table(decision),
            digests_table(decision),
        ),
    )


def use_table(described: Described) -> ReportTable:
    """What it is for, in the owner's words."""
    return ReportTable(
        title="What it is for",
        columns=("", "In the owner's words"),
        rows=tuple(
            (title, described.words.get(key) or _UNSAID.format(key))
            for key, title in _WORDS.items()
        ),
    )


def model_table(described: Described) -> ReportTable:
    """What was trained."""
    training, evaluation, speed = described.training, described.evaluation, described.speed
    rows: list[tuple[Cell, ...]] = [
        ("Class", Name(training.model_class)),
        *((("Decision", training.deciding),) if training.deciding else ()),
        ("Task", f"{training.task} of {training.target}"),
        ("Classes", ", ".join(training.classes) or "none"),
        ("Features", ", ".join(f"{name} ({kind})" for name, kind in training.features)),
        ("Training", f"{plural(training.epochs, training.unit)}, seed {training.seed}"),
        ("Size", f"{evaluation.bundle_bytes / 1e6:.2f} MB"),
    ]
    if speed is not None:
        rows.append(("Speed", f"1,000 rows in {speed.ms_per_1000:,.1f} ms, where it was evaluated"))
    return ReportTable(title="The model", columns=("", "What it is"), rows=tuple(rows))


def data_table(described: Described) -> ReportTable:
    """What it was trained on."""
    redaction, rows = described.redaction, described.evaluation.rows
    whole = redaction.rows
    folds = {**described.training.rows, "holdout": rows}
    treated: dict[str, list[str]] = {}
    for column in redaction.columns:
        treated.setdefault(column.action, []).append(column.name)
    return ReportTable(
        title="The data",
        columns=("", "What it is"),
        rows=(
            ("Source", Name(described.snapshot.source)),
            ("Rows", f"{described.snapshot.rows:,} read, {whole:,} after validation and redaction"),
            *((f"Fold {fold}", share_bar(count, whole)) for fold, count in folds.items()),
            *((f"Columns: {action}", ", ".join(names)) for action, names in treated.items()),
        ),
        note="Without direct identifiers; pseudonymised data is still personal data. The holdout "
        "is never trained on; one entity's rows are all in one fold.",
    )


def rules_table(decision: Decision) -> ReportTable:
    """What the policy asked, and the outcome."""
    return ReportTable(
        title="What the policy asked",
        columns=("Outcome", "Rule", "In words"),
        rows=tuple(
            (Badge(one.outcome, TONES[one.outcome]), Name(one.rule), one.sentence)
            for one in decision.rulings
        ),
        note=" ".join(decision.approval_reasons),
    )


def digests_table(decision: Decision) -> ReportTable:
    """Under which digests the decision stands."""
    evidence = decision.evidence
    return ReportTable(
        title="Which content exactly",
        columns=("", "SHA-256"),
        rows=(
            ("Bundle", Digest(decision.bundle)),
            ("Data", Digest(evidence.redaction)),
            ("Evaluation", Digest(evidence.evaluation)),
            ("Policy", Digest(evidence.policy)),
        ),
        note=f"Ledger entry {decision.sequence} holds the decision.",
    )
