"""Technical documentation by Annex IV of the AI Act (Regulation (EU) 2024/1689)."""

from __future__ import annotations

from collections.abc import Iterator

from airlock.evidence.documents import measured
from airlock.evidence.documents import records as known
from airlock.evidence.documents.writing import Document, Section
from airlock.evidence.gathered import Gathered

_LEAD = (
    "Each numbered section of Annex IV, in our words: what the records of this platform know, and "
    "what people wrote in the governance file. Nothing here is a default. Whether the system is a "
    "high-risk AI system, and whether this documentation is enough, is for people to say."
)


def annex_iv(g: Gathered) -> Document:
    """The document of one version."""
    return Document(
        name="annex_iv",
        title="Technical documentation (AI Act, Annex IV)",
        lead=_LEAD,
        sections=(*_general(g), *_development(g), *_operation(g)),
    )


def _general(g: Gathered) -> Iterator[Section]:
    yield Section(
        number="1(a)",
        title="Intended purpose, provider, version and its relation to earlier ones",
        known=(*known.identity(g), *known.later(g), *known.champions(g)),
        asks=("system.intended_purpose", "provider.name"),
        may=("provider.contact", "provider.representative"),
    )
    yield Section(
        number="1(b)",
        title="Interaction with hardware or software that is not part of it",
        asks=("system.interactions",),
    )
    yield Section(
        number="1(c)",
        title="Versions of software and firmware, and what updates require",
        known=tuple(known.software(g)),
        asks=("system.updates",),
    )
    yield Section(
        number="1(d)", title="Forms in which it is put into service", asks=("system.forms",)
    )
    yield Section(
        number="1(e)", title="Hardware that it is meant to run on", asks=("system.hardware",)
    )
    yield Section(
        number="1(f)",
        title="Where it is a component of products: their outside, marking and layout",
        asks=("system.product",),
    )
    yield Section(
        number="1(g)", title="The user interface of the deployer", asks=("system.interface",)
    )
    yield Section(
        number="1(h)",
        title="Instructions for use",
        known=("`instructions_for_use.md` of this pack, with the gaps that it names.",),
    )


def _development(g: Gathered) -> Iterator[Section]:
    yield Section(
        number="2(a)",
        title="Methods and steps of the development; pre-trained systems and tools of others",
        known=tuple(known.method(g)),
        asks=("development.third_party",),
    )
    yield Section(
        number="2(b)",
        title="Design: logic, choices and their reasons, what is optimised, trade-offs",
        known=tuple(known.outputs(g)),
        asks=(
            "development.logic",
            "development.choices",
            "development.optimised_for",
            "development.tradeoffs",
        ),
    )
    yield Section(
        number="2(c)",
        title="Architecture, and the resources for development, training, testing and validation",
        known=tuple(known.resources(g)),
        asks=("development.architecture",),
    )
    yield Section(
        number="2(d)",
        title="Data: provenance, scope, selection, labelling and cleaning",
        known=(*measured.data(g), *measured.cleaning(g)),
        asks=("data.provenance", "data.labelling"),
        may=("data.representative",),
    )
    yield Section(
        number="2(e)",
        title="Human oversight (article 14), and help to interpret what it says",
        known=tuple(known.oversight(g)),
        asks=("oversight.measures", "oversight.interpretation"),
    )
    yield Section(
        number="2(f)",
        title="Changes that were determined beforehand",
        asks=("changes.predetermined",),
    )
    yield Section(
        number="2(g)",
        title="Validation and testing: data, metrics, discrimination, signed reports",
        known=(
            *measured.accuracy(g),
            *measured.groups(g),
            *measured.robustness(g),
            *known.rules(g),
            *known.approvals(g),
        ),
        asks=("conformity.testing",),
    )
    yield Section(
        number="2(h)",
        title="Cybersecurity",
        known=tuple(known.security(g)),
        may=("performance.cybersecurity",),
    )


def _operation(g: Gathered) -> Iterator[Section]:
    yield Section(
        number="3",
        title="Monitoring, functioning and control: limits, unintended outcomes, input data",
        known=(*measured.groups(g), *known.inputs(g)),
        asks=("performance.limitations", "performance.unintended", "oversight.measures"),
    )
    yield Section(
        number="4",
        title="Why the performance metrics are appropriate",
        asks=("performance.metrics",),
    )
    # A risk register of a file that names no risk is empty, and says so.
    named = g.governance is not None and bool(g.governance.risks)
    yield Section(
        number="5",
        title="The risk management system (article 9)",
        known=("`risk_register.md` of this pack: the risks that people named.",) if named else (),
    )
    yield Section(
        number="6",
        title="Relevant changes through the lifecycle",
        known=tuple(known.champions(g)),
        asks=("changes.lifecycle",),
    )
    yield Section(
        number="7",
        title="Standards and specifications that were applied",
        asks=("conformity.standards",),
    )
    yield Section(
        number="8", title="The EU declaration of conformity", asks=("conformity.declaration",)
    )
    yield Section(
        number="9",
        title="Post-market monitoring (article 72)",
        known=("`monitoring_plan.md` of this pack, with the gaps that it names.",),
        asks=("monitoring.owner",),
    )
