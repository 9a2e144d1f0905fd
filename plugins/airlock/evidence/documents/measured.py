"""What the records know about the data and the figures of a version, in sentences.

Every value is quoted here: a column, a group or a source is text, wherever it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airlock.core.baselines import baseline_name
from airlock.core.quoting import code, markdown
from airlock.evidence.documents.writing import table
from airlock.evidence.gathered import Gathered
from airlock.stages.prepare.record import Preparation


def data(g: Gathered) -> Iterator[str]:
    """The data that it learnt from."""
    snapshot, redaction, training = g.snapshot, g.redaction, g.training
    yield f"Source {code(snapshot.source)}, night {snapshot.night or '–'}: {snapshot.rows:,} rows."
    if isinstance(snapshot, Preparation):
        named = ", ".join(f"{one.name} ({one.rows:,} rows)" for one in snapshot.tables)
        yield f"Joined by {code(snapshot.path)} of {markdown(named)}; the SQL is in its record."
    folds = {**training.rows, "holdout": g.evaluation.rows}
    named = ", ".join(f"{rows:,} {fold}" for fold, rows in folds.items())
    yield f"{redaction.rows:,} rows after validation and redaction; folds: {markdown(named)}."
    if g.evaluation.classes:
        classes = ", ".join(f"{name} {rows:,}" for name, rows in g.evaluation.classes.items())
        yield f"Labels in the holdout: {markdown(classes)}."
    yield f"One entity is one {code(training.entity)}; its rows are all in one fold."
    features = ", ".join(f"{name} ({kind})" for name, kind in training.features)
    yield f"Features: {markdown(features or 'none recorded')}."


def cleaning(g: Gathered) -> Iterator[str]:
    """What was checked of the data, and what was taken out."""
    validation, redaction = g.validation, g.redaction
    held = sum(one.success for one in validation.checks)
    yield (
        f"{held} of {len(validation.checks)} expectations hold; {validation.quarantined:,} of "
        f"{validation.rows:,} rows were set aside."
    )
    for warning in validation.warnings:
        yield f"Warning: {markdown(warning)}"
    yield from privacy(g)
    if redaction.quarantined:
        yield f"{redaction.quarantined:,} rows could not be proven clean and were left out."


def privacy(g: Gathered) -> Iterator[str]:
    """How identifiers were taken out, and what proves it."""
    redaction = g.redaction
    treated: dict[str, list[str]] = {}
    for column in redaction.columns:
        treated.setdefault(column.action, []).append(column.name)
    for action, names in treated.items():
        yield f"Columns with the action {code(action)}: {markdown(', '.join(names))}."
    yield (
        "Without direct identifiers; pseudonymised data is still personal data (GDPR, recital 26)."
    )
    recall = redaction.planted_recall
    if recall is not None:
        planted = sum(one.planted for one in redaction.canaries)
        yield (
            f"Of {planted:,} planted identifiers that a form proves, {recall:.1%} did not come out."
        )
    elif any(one.action == "scan" for one in redaction.columns):
        yield "No identifier was planted, so that nothing is proven about the scanned texts."
    else:
        yield "No column is scanned for identifiers within free text."
    if redaction.anonymity is not None:
        named = ", ".join(redaction.anonymity.columns)
        yield (
            f"The smallest group with equal {markdown(named)} has {redaction.anonymity.smallest:,} "
            "people."
        )
    for one in redaction.residues:
        yield (
            f"Still in {code(one.column)}: {one.rows:,} rows with {markdown(one.kind)}, "
            f"{markdown(one.outcome)}."
        )


def accuracy(g: Gathered) -> Iterator[str]:
    """How good it is, beside what it was compared with."""
    evaluation = g.evaluation
    yield f"On {evaluation.rows:,} rows that no training saw, with bootstrap intervals:"
    others: dict[str, Mapping[str, object]] = {}
    if evaluation.champion:
        others[f"Version {evaluation.champion_version}"] = evaluation.champion
    for one in evaluation.baselines or ():
        if one.figures:
            others[baseline_name(one.kind, evaluation.task).capitalize()] = one.figures
    rows = [
        (name, str(value), *(str(other.get(name, "–")) for other in others.values()))
        for name, value in evaluation.candidate.items()
    ]
    yield table(("Metric", "This version", *map(markdown, others)), rows)


def groups(g: Gathered) -> Iterator[str]:
    """How good it is for whom."""
    evaluation = g.evaluation
    rows = [
        (
            one.column,
            one.value,
            f"{one.rows:,}",
            ", ".join(f"{name} {value:.4f}" for name, value in one.candidate.items()),
        )
        for one in evaluation.slices
    ]
    if rows:
        yield table(("Column", "Group", "Rows", "This version"), rows)
    for fair in evaluation.fairness:
        rates = ", ".join(f"{group} {rate:.1%}" for group, rate in fair.rates.items())
        figures = ", ".join(f"{name} {value}" for name, value in fair.figures.items())
        yield (
            f"Treatment of the groups of {code(fair.column)} (predicted "
            f"{markdown(fair.positive)}): "
            f"{markdown(rates or 'no group is large enough')}; "
            f"{markdown(figures or 'not defined')}."
        )
    if not evaluation.fairness:
        yield "No protected column was compared: the policy asks for none."
    for left in evaluation.unjudged or ():
        if left.sentence:
            yield f"Groups of {code(left.column)} are {markdown(left.sentence)}."


def robustness(g: Gathered) -> Iterator[str]:
    """What became of it on rows that were made worse."""
    for one in g.evaluation.stress:
        what = "of the cells missing" if one.kind == "missing" else "standard deviations of noise"
        amount = f"{one.amount:.0%}" if one.kind == "missing" else f"{one.amount:g}"
        change = ", ".join(f"{name} {value}" for name, value in one.difference.items())
        yield f"With {amount} {what}: {markdown(change or 'nothing was measured')}."
    if not g.evaluation.stress:
        yield "It was not tried on worse rows: the policy does not ask for it."
