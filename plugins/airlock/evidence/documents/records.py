"""What the records know about a version, in sentences that several documents share.

Every value is quoted here: a column, a source or a reason is text, wherever it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airlock.core.baselines import baseline_name
from airlock.core.quoting import code, markdown, some
from airlock.evidence.documents.writing import table
from airlock.evidence.gathering import Gathered
from airlock.ledger import Entry
from airlock.overview.champions import reigns


def identity(g: Gathered) -> Iterator[str]:
    """Which version, of what, and how it came to be what it is."""
    of, judged = g.of, g.judged
    yield f"{markdown(of.model)} version {of.version}, bundle {code(of.bundle)}."
    yield f"What became of it: {fate(g)}."
    before = judged.champion_version
    yield (
        f"It was judged against version {before}, the champion then."
        if before is not None
        else "There was no champion before it to be compared with."
    )
    words = g.rules.get("card") or {}
    for key, title in (("owner", "Owner"), ("intended_use", "Intended use"), ("not_for", "Not for")):
        if words.get(key):
            yield f"{title}, as the policy's card says: {markdown(words[key])}"


def fate(g: Gathered) -> str:
    """What became of the version, with the ledger's entry."""
    of = g.of
    if of.promoted is None:
        return markdown(f"{of.fate}{': ' + of.because if of.because else ''}")
    how = "by break-glass, past the gate" if of.fate == "break-glass" else "champion"
    return f"{how} since {of.promoted.at:%Y-%m-%d %H:%M} UTC (ledger entry {of.promoted.sequence})"


def later(g: Gathered) -> Iterator[str]:
    """What was decided about it after its promotion."""
    for one in g.of.later:
        who = f", by {markdown(str(one.body['by']))}" if one.body.get("by") else ""
        why = f": {markdown(str(one.body['reason']))}" if one.body.get("reason") else ""
        what = one.kind.replace("_", " ")
        yield f"Ledger entry {one.sequence} ({one.at:%Y-%m-%d}): {what}{who}{why}"


def champions(g: Gathered) -> Iterator[str]:
    """Every champion of the model up to here."""
    rows = [
        (
            str(one.version),
            f"{one.since:%Y-%m-%d %H:%M}",
            one.how,
            ", ".join(one.by) or "nobody was asked",
            one.why,
        )
        for one in reigns(g.of.entries)
    ]
    if rows:
        yield table(("Version", "Since (UTC)", "How", "By", "Why"), rows)


def software(g: Gathered) -> Iterator[str]:
    """What it was trained with."""
    libraries = {name: version for name, version in g.training.libraries.items() if version}
    if libraries:
        named = ", ".join(f"{name} {version}" for name, version in sorted(libraries.items()))
        yield f"What decides the weights: {markdown(named)}."
    yield "`sbom.cdx.json` lists what was installed where it was trained, as far as it was recorded."
    if "requirements.txt" in g.bundled:
        yield "`bundle/requirements.txt` and, where there is one, `bundle/environment.lock` list what loading it needs."


def method(g: Gathered) -> Iterator[str]:
    """How it was trained."""
    training = g.training
    yield (
        f"{code(training.model_class)}: {training.task} of {code(training.target)}, "
        f"{training.epochs} epochs, seed {training.seed}, precision {markdown(training.precision)}."
    )
    yield f"Its source has the digest {code(training.code)}; its data {code(training.data or '–')}."
    if training.training:
        settings = ", ".join(f"{key}={value}" for key, value in sorted(training.training.items()))
        yield f"Settings of the training: {markdown(settings)}."
    stages = "snapshot, validate, redact, train, evaluate, register, gate"
    yield f"Steps, each with a record in `records/`: {stages}, then approval and promotion."


def resources(g: Gathered) -> Iterator[str]:
    """What it took to train it."""
    size = g.evaluation.bundle_bytes
    if size:
        yield f"The model takes {size / 1e6:.2f} MB."
    if (devices := g.training.training.get("devices")) is not None:
        yield f"It was trained on {markdown(str(devices))} device(s)."


def data(g: Gathered) -> Iterator[str]:
    """The data that it learnt from."""
    snapshot, redaction, training = g.snapshot, g.redaction, g.training
    yield f"Source {code(snapshot.source)}, night {snapshot.night or '–'}: {snapshot.rows:,} rows."
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
    yield f"{held} of {len(validation.checks)} expectations hold; {validation.quarantined:,} of {validation.rows:,} rows were set aside."
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
    yield "Without direct identifiers; pseudonymised data is still personal data (GDPR, recital 26)."
    recall = redaction.planted_recall
    if recall is not None:
        planted = sum(one.planted for one in redaction.canaries)
        yield f"Of {planted:,} planted identifiers that a form proves, {recall:.1%} did not come out."
    elif any(one.action == "scan" for one in redaction.columns):
        yield "No identifier was planted, so that nothing is proven about the scanned texts."
    else:
        yield "No column is scanned: no free text goes out."
    if redaction.anonymity is not None:
        named = ", ".join(redaction.anonymity.columns)
        yield f"The smallest group with equal {markdown(named)} has {redaction.anonymity.smallest:,} people."
    for one in redaction.residues:
        yield f"Still in {code(one.column)}: {one.rows:,} rows with {markdown(one.kind)}, {markdown(one.outcome)}."


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
            f"Treatment of the groups of {code(fair.column)} (predicted {markdown(fair.positive)}): "
            f"{markdown(rates or 'no group is large enough')}; {markdown(figures or 'not defined')}."
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


def rules(g: Gathered) -> Iterator[str]:
    """Every rule that the gate judged by."""
    rows = [(one.rule, one.outcome, one.sentence) for one in g.judged.rulings]
    yield table(("Rule", "Outcome", "In words"), rows)


def approvals(g: Gathered) -> Iterator[str]:
    """Who was asked, and what they said."""
    judged = g.judged
    if not judged.approval_reasons:
        yield "The policy asked nobody about this version: the rules alone let it through."
        return
    for reason in judged.approval_reasons:
        yield f"People were asked because: {markdown(reason)}"
    yield from map(said_by, g.of.approvals)
    if not g.of.approvals:
        yield "Nobody has answered."


def said_by(one: Entry) -> str:
    """One answer of a person."""
    body = one.body
    said = "said yes" if body["approved"] else "said no, or did not answer in time"
    who = f"{body['by']} (account {body.get('by_id') or '–'})" if body["by"] else "Nobody"
    return (
        f"Ledger entry {one.sequence} ({one.at:%Y-%m-%d %H:%M} UTC): {markdown(who)} {said}: "
        f"{markdown(body['reason'] or 'no reason given')}"
    )


def oversight(g: Gathered) -> Iterator[str]:
    """Where people come in, as the policy has it."""
    rule = g.judged.approval
    asks = {"never": "never", "first": "for the first champion", "always": "for every version"}
    yield (
        f"People are asked before a promotion: {asks[rule.required]}; {rule.count} of them must say "
        f"yes, within {rule.expires_after_hours:g} hours."
    )
    people = [*rule.approvers, *(f"the role {name}" for name in rule.roles)]
    yield f"Who may answer: {markdown(some(people)) if people else 'everybody with the right to'}."
    yield "Whoever triggers a run may not approve it. A named person can roll a version back at any time."
    yield from approvals(g)


def security(g: Gathered) -> Iterator[str]:
    """What the platform does against tampering."""
    keys = sorted({one.key_id for one in g.of.entries})
    yield f"Every entry of the ledger is signed (Ed25519) and names the one before it; keys {', '.join(map(code, keys))}."
    yield "Every file of the model is under a signature and is hashed before it is loaded; pickles are not loaded."
    yield "Signatures prove what the platform wrote. Who could reach its key could sign a lie: notes outside (`docs/audit.md`) are what finds that."


def inputs(g: Gathered) -> Iterator[str]:
    """What it takes."""
    rows = [(name, kind) for name, kind in g.training.features]
    if rows:
        yield table(("Input", "Kind"), rows)
    if "signature.json" in g.bundled:
        yield "`bundle/signature.json` gives the type of every input and output; rows that do not fit are refused."


def outputs(g: Gathered) -> Iterator[str]:
    """What it gives."""
    training = g.training
    if training.classes:
        yield f"For each row a class of {markdown(', '.join(training.classes))}, and a probability of each."
    else:
        yield f"For each row a number: {code(training.target)}."
    yield "`airlock explain NIGHT KEY` shows for one row the score, what moved it, the data and who answers for the version."


def logs(g: Gathered) -> Iterator[str]:
    """What is kept of its use."""
    kinds: dict[str, int] = {}
    for one in g.of.entries:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    counted = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    yield f"The ledger's entries up to here, by kind: {markdown(counted)}. None is ever changed or deleted."
    yield "Every scored night leaves a signed entry with the version, the data and every file of the predictions."
