"""The first page of a pack: what is in it, how it is verified, and what it cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from airlock.core.quoting import code, markdown
from airlock.evidence.documents import records as known
from airlock.evidence.documents.writing import bullets
from airlock.evidence.gathered import Gathered

_FILES = (
    ("card.md", "the model card as it was decided on"),
    ("approvals.md", "who was asked, what they said, and what was decided later"),
    ("decision.md", "every rule of the gate and what it came to"),
    ("evaluation.md", "figures on rows that no training saw, by group, with intervals"),
    ("data.md", "what was read and what was checked of it"),
    ("privacy.md", "what was taken out, and what proves it; counts, never values"),
    ("risk_register.md", "risks as people named them, with the gate's rules as measures"),
    ("annex_iv.md", "technical documentation by Annex IV of the AI Act"),
    ("impact_assessment.md", "AI Act article 27, GDPR article 35"),
    ("instructions_for_use.md", "AI Act article 13, for the deployer"),
    ("monitoring_plan.md", "AI Act article 72"),
    ("governance.yaml", "what people said, as they wrote it"),
    ("sbom.cdx.json", "what was installed where it was trained (CycloneDX 1.6)"),
    ("mlbom.cdx.json", "the model as a bill of materials, with its card (CycloneDX 1.6)"),
    ("provenance.json", "how it was made (in-toto, SLSA v1), signed in provenance.dsse.json"),
    ("usage.md", "what it took to make it: time, memory, energy, money"),
    ("policy/", "what the gate judged by: policy.json is what the ledger names, policy.yaml reads"),
    ("decision/", "what the gate said, as the ledger names it"),
    ("records/", "what every stage left, as the ledger names it"),
    ("reports/", "the pages that people saw"),
    ("bundle/", "what the model says about itself; its weights are not in here"),
    ("ledger/", "every entry up to the last one about this version"),
    ("signatures/", "who vouches for the model's files"),
    ("keys/", "the public keys of all these signatures"),
)


def readme(g: Gathered, files: Collection[str], unsaid: Sequence[str]) -> bytes:
    """The page."""
    of = g.of
    there = [
        f"`{name}`: {what}" for name, what in _FILES if any(one.startswith(name) for one in files)
    ]
    lacking = Counter(one.partition(" ")[0] for one in unsaid)
    gaps = (
        "Sections that lack what only people can say: "
        + ", ".join(f"{count} of `{name}.md`" for name, count in lacking.items())
        + ". Each document names its own."
        if unsaid
        else "Every section that asks people is answered."
    )
    left = [markdown(one) for one in g.left_out]
    parts = [
        f"# Evidence of {markdown(of.model)} version {of.version}",
        bullets(
            [
                f"What became of it: {known.fate(g)}.",
                f"The ledger up to entry {len(of.entries)}, whose name is "
                f"{code(of.entries[-1].sha256)}.",
                *known.later(g),
                gaps,
            ]
        ),
        "## What is in it",
        bullets(there),
        *(("## What is left out", bullets(left)) if left else ()),
        "## How to verify it",
        "Take `verify.sh` from a place that the installation does not control, and ask the people "
        "who answer for the keys for their ids:",
        f"```sh\nsh verify.sh {' '.join(sorted(_keys(files)))}\n```",
        "It needs a shell, openssl 3 and sha256sum. At what does not hold it says FAILED, and "
        "which "
        "file.",
        "## What it cannot tell",
        bullets(
            [
                "Whether the entries are true: a signature says that the platform's key wrote "
                "them.",
                "Whether the ledger goes on: what was decided later stands in the installation's "
                "own. Ask for a checkpoint that it did not hand you.",
                "Whether the words of people are right. They are quoted, and nobody checked them.",
            ]
        ),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _keys(files: Collection[str]) -> list[str]:
    return [one.removeprefix("keys/").removesuffix(".pem") for one in files if "keys/" in one]
