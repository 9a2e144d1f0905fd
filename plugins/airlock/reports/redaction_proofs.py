"""The proofs on the page of redact: what was planted, and what the second look found."""

from __future__ import annotations

from collections.abc import Mapping

from airlock.reports.content import Badge, Name, ReportTable, Tone, share_bar
from airlock.stages.redact.record import FoundBy, PlantedIdentifier, Redaction

_OUTCOMES: dict[str, Tone] = {"leak": "bad", "left out": "unsure", "accepted": "plain"}
_FOUND_BY: Mapping[FoundBy, str] = {
    "pattern": "its form",
    "model": "a language model",
    "deny": "the file's own list",
    "linked": "the row's own values",
}


def planted_table(record: Redaction) -> tuple[ReportTable, ...]:
    """What became of identifiers that were planted; none before they were."""
    if not record.canaries:
        return ()
    return (
        ReportTable(
            title="Planted identifiers",
            columns=("Outcome", "Column", "Entity", "Found by", "Caught", "Where nothing names it"),
            rows=tuple(
                (
                    _tried(one),
                    Name(one.column),
                    one.entity,
                    _FOUND_BY[one.by],
                    share_bar(one.caught, one.planted),
                    share_bar(one.alone_caught, one.alone) if one.alone else "-",
                )
                for one in record.canaries
            ),
            note="Made-up identifiers, planted into copies of tonight's rows and redacted like "
            "any other. One that comes out stops the stage, unless the file calls its kind "
            "unproven; names that only a language model can know are counted.",
        ),
    )


def _tried(one: PlantedIdentifier) -> Badge:
    if one.caught == one.planted > 0:
        return Badge("all caught", "good")
    if one.accepted:
        return Badge("unproven, as the file says", "plain")
    if one.by == "model" and one.caught:
        return Badge("a model's", "plain")
    return Badge("missed", "bad") if one.planted else Badge("not tried", "bad")


def residues_table(record: Redaction) -> tuple[ReportTable, ...]:
    """What the second look at all that goes out found."""
    if record.reasons and not record.residues:
        return ()  # a planted identifier came out, and no row was looked at
    looked = "Afterwards everything that goes out was searched again, by plain expressions with "
    note = looked + "check digits and for the row's own identifiers."
    if not record.residues:
        rows: tuple[tuple[Badge | Name | str, ...], ...] = (
            (Badge("nothing left", "good"), "all columns", "—", "0"),
        )
    else:
        rows = tuple(
            (
                Badge(one.outcome, _OUTCOMES.get(one.outcome, "bad")),
                Name(one.column),
                one.kind,
                f"{one.rows:,}",
            )
            for one in record.residues
        )
    return (
        ReportTable(
            title="The second look",
            columns=("Outcome", "Column", "Kind", "#Rows"),
            rows=rows,
            note=note,
        ),
    )


def examples_table(record: Redaction) -> tuple[ReportTable, ...]:
    """Made-up sentences, before and after."""
    if not record.examples:
        return ()
    return (
        ReportTable(
            title="Examples about nobody",
            columns=("Column", "Before", "After"),
            rows=tuple((Name(one.column), one.before, one.after) for one in record.examples),
            note="Planted identifiers in a made-up sentence: no word of it comes from the data.",
        ),
    )
