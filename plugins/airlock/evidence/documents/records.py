"""What the records know about a version, in sentences that several documents share.

Every value is quoted here: a column, a source or a reason is text, wherever it came from.
"""

from __future__ import annotations

from collections.abc import Iterator

from airlock.catalogs.telling import Line, line_of, version_of
from airlock.core.quoting import code, markdown, some
from airlock.evidence.documents.writing import table
from airlock.evidence.gathered import Gathered
from airlock.evidence.version import is_held
from airlock.ledger import Entry, holds
from airlock.overview.champions import reigns
from airlock.reports.content import plural


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
    for key, title in (
        ("owner", "Owner"),
        ("intended_use", "Intended use"),
        ("not_for", "Not for"),
    ):
        if words.get(key):
            yield f"{title}, as the policy's card says: {markdown(words[key])}"


def fate(g: Gathered) -> str:
    """What became of the version, with the ledger's entry."""
    of = g.of
    if of.promoted is None:
        return markdown(f"{of.fate}{': ' + of.because if of.because else ''}")
    how = "champion by break-glass, past the gate," if of.fate == "break-glass" else "champion"
    at, entry, again = of.promoted.at, of.promoted.sequence, ""
    for one in of.later:
        if one.kind != "rolled_back":
            continue
        if one.body["champion"]["version"] != of.version:
            return (
                f"{how} from {at:%Y-%m-%d %H:%M} UTC (ledger entry {entry}) until "
                f"{one.at:%Y-%m-%d %H:%M} UTC, when it was taken back (ledger entry {one.sequence})"
            )
        at, entry, again = one.at, one.sequence, " again"
    return f"{how}{again} since {at:%Y-%m-%d %H:%M} UTC (ledger entry {entry})"


def later(g: Gathered) -> Iterator[str]:
    """What led around the usual way to its promotion, and what was decided about it afterwards."""
    of = g.of
    before = of.promoted.sequence if of.promoted is not None else len(of.entries)
    for one in of.entries[of.decided.sequence : before]:
        if one.kind == "canary" and version_of(one.body) == of.version:
            yield _told(one)
    if of.promoted is not None and of.promoted.body.get("break_glass"):
        yield _told(of.promoted)
    yield from map(_told, of.later)


def _told(one: Entry) -> str:
    held = one.kind in {"held", "released"}
    what = {"what": str(one.body["what"])} if held else {}
    said = Line(text="{what}", values=what) if held else line_of(one)
    return f"Ledger entry {one.sequence} ({one.at:%Y-%m-%d %H:%M} UTC): {said.shown(markdown)}"


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
    yield (
        "`sbom.cdx.json` lists what was installed where it was trained, as far as it was recorded."
    )
    if "requirements.txt" in g.bundled:
        yield (
            "`bundle/requirements.txt` and, where there is one, `bundle/environment.lock` list "
            "what loading it needs."
        )


def method(g: Gathered) -> Iterator[str]:
    """How it was trained."""
    training = g.training
    yield (
        f"{code(training.model_class)}: {training.task} of {code(training.target)}, "
        f"{plural(training.epochs, 'epoch')}, seed {training.seed}, precision "
        f"{markdown(training.precision)}."
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
        yield f"It was trained on {plural(int(devices), 'device')}."
    yield "`usage.md` lists what every stage took: time, memory, energy and money, where known."


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
        f"People are asked before a promotion: {asks[rule.required]}; {rule.count} of them must "
        "say "
        f"yes, within {rule.expires_after_hours:g} hours."
    )
    people = [*rule.approvers, *(f"the role {name}" for name in rule.roles)]
    yield f"Who may answer: {markdown(some(people)) if people else 'everybody with the right to'}."
    yield (
        "Whoever triggers a run may not approve it. A named person can roll a version back at any "
        "time."
    )
    yield from approvals(g)
    yield from later(g)


def security(g: Gathered) -> Iterator[str]:
    """What the platform does against tampering."""
    keys = sorted({one.key_id for one in g.of.entries})
    yield (
        "Every entry of the ledger is signed (Ed25519) and names the one before it; keys "
        f"{', '.join(map(code, keys))}."
    )
    yield (
        "Every file of the model is under a signature and is hashed before it is loaded; pickles "
        "are not loaded."
    )
    yield (
        "Signatures prove what the platform wrote. Who could reach its key could sign a lie: "
        "notes outside (`docs/audit.md`) are what finds that."
    )


def inputs(g: Gathered) -> Iterator[str]:
    """What it takes."""
    rows = [(name, kind) for name, kind in g.training.features]
    if rows:
        yield table(("Input", "Kind"), rows)
    if "signature.json" in g.bundled:
        yield (
            "`bundle/signature.json` gives the type of every input and output; rows that do not "
            "fit are refused."
        )


def outputs(g: Gathered) -> Iterator[str]:
    """What it gives."""
    training = g.training
    if training.classes:
        yield (
            f"For each row a class of {markdown(', '.join(training.classes))}, and a probability "
            "of each."
        )
    else:
        yield f"For each row a number: {code(training.target)}."
    yield (
        "`airlock explain NIGHT KEY` shows for one row the score, what moved it, the data and who "
        "answers for the version."
    )


def logs(g: Gathered) -> Iterator[str]:
    """What is kept of its use."""
    kinds: dict[str, int] = {}
    for one in g.of.entries:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    counted = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    yield (
        f"The ledger's entries up to here, by kind: {markdown(counted)}. None is ever changed or "
        "deleted."
    )
    yield (
        "Every scored night leaves a signed entry with the version, the data and every file of "
        "the predictions."
    )
    stands = holds(g.of.model, g.of.entries)
    own = [one.sentence() for one in stands if is_held(one, g.of)]
    yield from map(markdown, own or ["Nobody holds this version, or a result that it was made of."])
    yield (
        "What the ledger names is kept, but for rows before redaction: they are deleted once the "
        "retention of the project's `airlock_gc` is over, unless somebody holds them. No record "
        "says how long that is."
    )
