"""What only people can say about a model: `include/governance/MODEL.yaml`.

Nothing has a default. What nobody wrote stays unsaid, and the evidence pack says that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from airlock.core.spec import Spec

_LONGEST = 8_000


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("an empty text says nothing: leave the key out")
    return text


Words = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_said)]


class Provider(Spec):
    """Who answers for the system."""

    name: Words | None = Field(None, description="Who provides the system")
    contact: Words | None = Field(None, description="How the provider is reached")
    representative: Words | None = Field(
        None, description="The authorised representative in the Union, if there is one"
    )


class System(Spec):
    """What the system is, where it runs, and what it is part of."""

    intended_purpose: Words | None = Field(None, description="What the system is meant for")
    interactions: Words | None = Field(
        None, description="With which other hardware, software or AI systems it works together"
    )
    forms: Words | None = Field(
        None, description="In which forms it is put into service: tables, an API, an application"
    )
    hardware: Words | None = Field(None, description="The hardware that it is meant to run on")
    product: Words | None = Field(
        None, description="The product that it is a component of, with pictures, or that it is none"
    )
    interface: Words | None = Field(
        None, description="What the people who use it see of it, and can do with it"
    )
    updates: Words | None = Field(
        None, description="What must be observed when software or firmware is updated"
    )
    lifetime: Words | None = Field(
        None, description="How long it is meant to be used, and what maintenance it needs"
    )


class Development(Spec):
    """How the system came about, and why so."""

    third_party: Words | None = Field(
        None, description="Pre-trained systems and tools of third parties, and how they were used"
    )
    logic: Words | None = Field(
        None, description="The general logic of the system and of its algorithm"
    )
    choices: Words | None = Field(
        None, description="The main choices of its design, their reasons and assumptions"
    )
    optimised_for: Words | None = Field(
        None, description="What it is designed to optimise, and what its parameters matter for that"
    )
    tradeoffs: Words | None = Field(
        None, description="Trade-offs that were decided in order to meet requirements"
    )
    architecture: Words | None = Field(
        None, description="How its software components build on each other"
    )


class DataOrigin(Spec):
    """Where the data comes from, and who labelled it."""

    provenance: Words | None = Field(
        None, description="Where the data comes from, how it was obtained and selected"
    )
    labelling: Words | None = Field(None, description="How the rows got their labels")
    representative: Words | None = Field(
        None, description="Whom the data represents, and whom it does not"
    )


class Oversight(Spec):
    """How people stay in charge."""

    measures: Words | None = Field(
        None,
        description="The measures of human oversight that are needed, and who carries them out",
    )
    interpretation: Words | None = Field(
        None, description="How the people who use it are helped to interpret what it says"
    )


class Changes(Spec):
    """What changes, and what was foreseen."""

    predetermined: Words | None = Field(
        None, description="Changes that were determined beforehand, and how compliance is kept"
    )
    lifecycle: Words | None = Field(
        None, description="Relevant changes that the provider made through the lifecycle"
    )


class Performance(Spec):
    """How good it is, for whom, and what could go wrong."""

    metrics: Words | None = Field(
        None, description="Why these metrics are the right ones for this system"
    )
    limitations: Words | None = Field(
        None, description="What it cannot do, and for whom it is less accurate"
    )
    unintended: Words | None = Field(
        None, description="Foreseeable unintended outcomes, and sources of risk to people's rights"
    )
    cybersecurity: Words | None = Field(
        None, description="Measures of cybersecurity beyond those of this platform"
    )


class Conformity(Spec):
    """What the provider declares."""

    standards: Words | None = Field(
        None, description="Standards and specifications that were applied"
    )
    declaration: Words | None = Field(
        None, description="The EU declaration of conformity, or where it is kept"
    )
    testing: Words | None = Field(
        None, description="Who answers for tests and validation, and where their reports are kept"
    )


class Impact(Spec):
    """The deployer's assessment of what the use does to people's rights (AI Act, article 27)."""

    process: Words | None = Field(
        None, description="The deployer's processes in which it is used, in line with its purpose"
    )
    period: Words | None = Field(
        None, description="For how long, and how often, it is meant to be used"
    )
    affected: Words | None = Field(
        None, description="The people and groups that its use is likely to affect"
    )
    harms: Words | None = Field(
        None, description="The specific risks of harm to these people and groups"
    )
    oversight: Words | None = Field(
        None, description="How human oversight is carried out, by the instructions for use"
    )
    response: Words | None = Field(
        None,
        description="What is done when a risk becomes real: who decides, where people complain",
    )


class DataProtection(Spec):
    """The assessment of data protection (GDPR, article 35)."""

    processing: Words | None = Field(
        None, description="The processing, its purposes, and the interest that is pursued by it"
    )
    legal_basis: Words | None = Field(None, description="The legal basis of the processing")
    necessity: Words | None = Field(
        None, description="Why the processing is necessary and proportionate to its purposes"
    )
    risks: Words | None = Field(
        None, description="The risks to the rights and freedoms of the people whom it is about"
    )
    measures: Words | None = Field(
        None, description="The measures against these risks, beyond those that the records show"
    )
    officer: Words | None = Field(
        None, description="What the data protection officer advised, by name and date"
    )
    views: Words | None = Field(
        None, description="What the people whom it is about, or who speaks for them, were asked"
    )


class Monitoring(Spec):
    """How it is watched once it is in use (AI Act, article 72)."""

    owner: Words | None = Field(None, description="Who watches it")
    sources: Words | None = Field(
        None, description="What is collected about its use, from whom, and how"
    )
    frequency: Words | None = Field(None, description="How often it is reviewed")
    actions: Words | None = Field(None, description="What is done when a limit is broken, by whom")
    incidents: Words | None = Field(
        None, description="How serious incidents are reported, to whom, and in what time"
    )
    records: Words | None = Field(
        None, description="How long records and logs are kept, and where (article 12)"
    )


class Risk(Spec):
    """One known risk.

    Args:
        rules: keys of the policy whose rules are measures against it.
    """

    risk: Words = Field(description="What could happen")
    affects: Words | None = Field(None, description="Whom it would affect")
    likelihood: Words | None = Field(None, description="How likely it is, without measures")
    severity: Words | None = Field(None, description="How bad it would be")
    rules: tuple[str, ...] = Field((), description="Rules of the policy that are measures")
    measures: Words | None = Field(None, description="Other measures")
    residual: Words | None = Field(None, description="What remains of it, and who accepted that")
    owner: Words | None = Field(None, description="Who answers for it")


class Governance(Spec):
    """The whole file.

    Args:
        model: registered name of the model that it speaks of.
        risks: the known ones.
    """

    model: str = Field(min_length=1, description="Registered name of the model")
    provider: Provider = Provider()
    system: System = System()
    development: Development = Development()
    data: DataOrigin = DataOrigin()
    oversight: Oversight = Oversight()
    changes: Changes = Changes()
    performance: Performance = Performance()
    conformity: Conformity = Conformity()
    impact: Impact = Impact()
    data_protection: DataProtection = DataProtection()
    monitoring: Monitoring = Monitoring()
    risks: tuple[Risk, ...] = ()

    def said(self, key: str) -> str | None:
        """What a person wrote under `section.key`; None if nobody did."""
        section, _, name = key.partition(".")
        found: str | None = getattr(getattr(self, section), name)
        return found


def questions() -> Iterator[tuple[str, str]]:
    """Every `section.key` with what it asks, in the order of the file."""
    for section, field in Governance.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for name, one in inner.model_fields.items():
                yield f"{section}.{name}", one.description or ""


def stub(model: str) -> str:
    """A file for a model that claims nothing yet: every key stands there as a comment."""
    lines = [
        f"# What only people can say about {model}, for its evidence pack (docs/evidence.md).",
        "# Nothing is claimed until somebody writes it: take a # away, and say it in your words.",
        "",
        f"model: {json.dumps(model)}",
    ]
    before = ""
    for key, asks in questions():
        section, _, name = key.partition(".")
        if section != before:
            lines += ["", f"# {section}:"]
            before = section
        lines.append(f"#   {name}:  # {asks}.")
    lines += ["", "# risks:"]
    for at, (name, field) in enumerate(Risk.model_fields.items()):
        lines.append(f"#   {'-' if at == 0 else ' '} {name}:  # {field.description}.")
    return "\n".join(lines) + "\n"
