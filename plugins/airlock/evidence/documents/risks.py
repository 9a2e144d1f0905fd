"""The risk register: the risks that people named, and the rules of the gate as measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airlock.core.quoting import code, markdown
from airlock.evidence.documents.writing import UNSAID, paragraphs, table
from airlock.evidence.gathered import Gathered
from airlock.stages.evidence.spec import Risk
from airlock.stages.gate.record import RuleVerdict

NAME = "risk_register"

# Where a rule's sentences do not begin with the key that asks for them.
_SENTENCES = {
    "metrics": ("metric:",),
    "first": ("first champion:",),
    "champion": ("champion", "approved champion", "data age", "rolled back"),
    "data": ("quarantine", "warnings"),
    "privacy": ("planted identifiers", "k-anonymity", "l-diversity", "unproven rows"),
    "holdout": ("holdout", "rarest class"),
}


def named_risks(g: Gathered) -> Iterator[str]:
    """The risks in one line each."""
    if g.governance is not None:
        for at, one in enumerate(g.governance.risks, start=1):
            yield f"Risk {at} of `risk_register.md`: {markdown(one.risk)}"


def risk_register(g: Gathered) -> tuple[bytes, list[str]]:
    """The document, and its gaps."""
    risks = g.governance.risks if g.governance is not None else ()
    parts = [
        "# Risk register",
        "Risks as people named them. The gate's rules are measures: what each came to for this "
        "version stands beside it. A risk that nobody named is not in here.",
    ]
    gaps: list[str] = []
    if not risks:
        gaps.append(f"{NAME} risks")
        parts.append(f"**{UNSAID}** No risk is named under `risks` of the governance file.")
    for at, risk in enumerate(risks, start=1):
        parts += _risk(at, risk, g, gaps)
    parts += [
        "## Every rule of the gate, as a measure",
        table(
            ("Rule", "Outcome", "In words"),
            [(one.rule, one.outcome, one.sentence) for one in g.judged.rulings],
        ),
    ]
    return ("\n\n".join(parts) + "\n").encode(), gaps


def _risk(at: int, risk: Risk, g: Gathered, gaps: list[str]) -> Iterator[str]:
    yield f"## Risk {at}"
    yield paragraphs(risk.risk)
    for key, title in (
        ("affects", "Whom it affects"),
        ("likelihood", "Likelihood"),
        ("severity", "Severity"),
        ("residual", "What remains, and who accepted it"),
        ("owner", "Who answers for it"),
    ):
        text = getattr(risk, key)
        yield f"*{title}*: {'**' + UNSAID + '**' if text is None else ''}" + (
            f"\n\n{paragraphs(text)}" if text is not None else ""
        )
        if text is None:
            gaps.append(f"{NAME} {at}.{key}")
    yield "*Measures*:"
    if risk.measures is not None:
        yield paragraphs(risk.measures)
    for rule in risk.rules:
        found = verdicts_of(rule, g.judged.rulings)
        yield (
            f"The rule {code(rule)} of the policy:\n\n"
            + table(
                ("Rule", "Outcome", "In words"), [(v.rule, v.outcome, v.sentence) for v in found]
            )
            if found
            else f"The rule {code(rule)}: **it said nothing about this version.**"
        )
    if risk.measures is None and not risk.rules:
        yield f"**{UNSAID}**"
        gaps.append(f"{NAME} {at}.measures")


def verdicts_of(key: str, rulings: Sequence[RuleVerdict]) -> list[RuleVerdict]:
    """What one key of the policy came to."""
    names = _SENTENCES.get(key, (key,))
    return [one for one in rulings if one.rule.startswith(names)]
