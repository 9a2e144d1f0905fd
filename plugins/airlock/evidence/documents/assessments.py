"""Impact assessment (AI Act article 27, GDPR article 35), instructions for use, monitoring."""

from __future__ import annotations

from airlock.evidence.documents import measured
from airlock.evidence.documents import records as known
from airlock.evidence.documents.risks import named_risks
from airlock.evidence.documents.writing import Document, Section
from airlock.evidence.gathered import Gathered


def impact_assessment(g: Gathered) -> Document:
    """What its use does to people's rights, and to their data."""
    return Document(
        name="impact_assessment",
        title="Impact assessment (AI Act, article 27; GDPR, article 35)",
        lead="Article 27 asks the deployer, article 35 the controller; this platform is neither. "
        "It tells what its records know, and leaves a gap where a person must speak.",
        sections=(*_fundamental_rights(g), *_data_protection(g)),
    )


def _fundamental_rights(g: Gathered) -> tuple[Section, ...]:
    return (
        Section(
            number="27(1)(a)",
            title="The processes in which it is used",
            asks=("impact.process",),
        ),
        Section(
            number="27(1)(b)",
            title="For how long, and how often",
            asks=("impact.period",),
        ),
        Section(
            number="27(1)(c)",
            title="People and groups that are likely to be affected",
            known=tuple(measured.groups(g)),
            asks=("impact.affected",),
        ),
        Section(
            number="27(1)(d)",
            title="Specific risks of harm to them",
            known=tuple(named_risks(g)),
            asks=("impact.harms",),
        ),
        Section(
            number="27(1)(e)",
            title="Human oversight",
            known=tuple(known.oversight(g)),
            asks=("impact.oversight",),
        ),
        Section(
            number="27(1)(f)",
            title="What is done when a risk becomes real; complaints",
            asks=("impact.response",),
        ),
    )


def _data_protection(g: Gathered) -> tuple[Section, ...]:
    return (
        Section(
            number="35(7)(a)",
            title="The processing, its purposes and the interest pursued",
            known=tuple(measured.data(g)),
            asks=("data_protection.processing", "data_protection.legal_basis"),
        ),
        Section(
            number="35(7)(b)",
            title="Necessity and proportionality",
            asks=("data_protection.necessity",),
        ),
        Section(
            number="35(7)(c)",
            title="Risks to rights and freedoms",
            asks=("data_protection.risks",),
        ),
        Section(
            number="35(7)(d)",
            title="Measures, safeguards and security",
            known=(*measured.privacy(g), *known.security(g)),
            asks=("data_protection.measures",),
        ),
        Section(
            number="35(2)",
            title="Advice of the data protection officer",
            asks=("data_protection.officer",),
        ),
        Section(
            number="35(9)",
            title="Views of the people whom it is about",
            asks=("data_protection.views",),
        ),
    )


def instructions_for_use(g: Gathered) -> Document:
    """What whoever uses it must know."""
    return Document(
        name="instructions_for_use",
        title="Instructions for use (AI Act, article 13)",
        lead="For the deployer: what the system is for, how good it is for whom, what it takes and "
        "gives, and what people must watch.",
        sections=(
            Section(
                number="13(3)(a)",
                title="The provider",
                asks=("provider.name", "provider.contact"),
                may=("provider.representative",),
            ),
            Section(
                number="13(3)(b)(i)",
                title="Intended purpose",
                known=tuple(known.identity(g)),
                asks=("system.intended_purpose",),
            ),
            Section(
                number="13(3)(b)(ii)",
                title="Accuracy, robustness and cybersecurity that can be expected",
                known=(*measured.accuracy(g), *measured.robustness(g), *known.security(g)),
                asks=("performance.limitations",),
            ),
            Section(
                number="13(3)(b)(iii)",
                title="Circumstances that may lead to risks",
                asks=("performance.unintended",),
            ),
            Section(
                number="13(3)(b)(iv)",
                title="What explains its output",
                known=tuple(known.outputs(g)),
            ),
            Section(
                number="13(3)(b)(v)",
                title="Performance for particular people or groups",
                known=tuple(measured.groups(g)),
            ),
            Section(
                number="13(3)(b)(vi)",
                title="Input data, and the data of training, validation and testing",
                known=(*known.inputs(g), *measured.data(g)),
            ),
            Section(
                number="13(3)(b)(vii)",
                title="How its output is interpreted",
                asks=("oversight.interpretation",),
            ),
            Section(
                number="13(3)(c)",
                title="Changes that were determined beforehand",
                asks=("changes.predetermined",),
            ),
            Section(
                number="13(3)(d)",
                title="Human oversight",
                known=tuple(known.oversight(g)),
                asks=("oversight.measures",),
            ),
            Section(
                number="13(3)(e)",
                title="Resources, lifetime, maintenance and updates",
                known=tuple(known.resources(g)),
                asks=("system.hardware", "system.lifetime"),
                may=("system.updates",),
            ),
            Section(
                number="13(3)(f)",
                title="Logs: how they are collected, kept and read",
                known=tuple(known.logs(g)),
                asks=("monitoring.records",),
            ),
        ),
    )


def monitoring_plan(g: Gathered) -> Document:
    """How it is watched once it is in use."""
    return Document(
        name="monitoring_plan",
        title="Post-market monitoring plan (AI Act, article 72)",
        lead="What the platform watches by itself, and what people must do. Limits of drift stand "
        "in the scoring pipeline's file, and are no part of what was approved here.",
        sections=(
            Section(
                number="1",
                title="Who watches it",
                asks=("monitoring.owner",),
            ),
            Section(
                number="2",
                title="What is collected about its use",
                known=tuple(known.logs(g)),
                asks=("monitoring.sources",),
            ),
            Section(
                number="3",
                title="What it is held against",
                known=(*measured.data(g), *measured.accuracy(g)),
            ),
            Section(
                number="4",
                title="How often it is reviewed",
                asks=("monitoring.frequency",),
            ),
            Section(
                number="5",
                title="What is done when a limit is broken",
                known=(
                    "Drift that lasts raises an alarm, and can ask for a retrain; a person can "
                    "roll "
                    "back to an earlier champion.",
                ),
                asks=("monitoring.actions",),
            ),
            Section(
                number="6",
                title="Serious incidents (article 73)",
                asks=("monitoring.incidents",),
            ),
            Section(
                number="7",
                title="Records and how long they are kept (article 12)",
                known=tuple(known.logs(g)),
                asks=("monitoring.records",),
            ),
        ),
    )
