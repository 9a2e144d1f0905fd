"""Puts an evidence pack together: every file by its path, and the zip over them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

import yaml

from airlock import __version__
from airlock.catalogs.cards import HTML, MARKDOWN
from airlock.core.content import canonical_json, sha256
from airlock.core.scratch import private_folder
from airlock.engine.publication import Stores
from airlock.evidence.archive import opened, packed, pem, sealed
from airlock.evidence.documents.annex_iv import annex_iv
from airlock.evidence.documents.assessments import (
    impact_assessment,
    instructions_for_use,
    monitoring_plan,
)
from airlock.evidence.documents.readme import readme
from airlock.evidence.documents.reports import reports
from airlock.evidence.documents.risks import NAME as RISKS
from airlock.evidence.documents.risks import risk_register
from airlock.evidence.documents.writing import write
from airlock.evidence.gathered import Gathered
from airlock.evidence.gathering import gather
from airlock.evidence.mlbom import mlbom
from airlock.evidence.sbom import sbom
from airlock.evidence.statements import provenance
from airlock.ledger import Ledger, TrustedKeys
from airlock.reading import read_json
from airlock.signing.envelope import PAYLOAD_TYPE
from airlock.stages.evidence.spec import Governance


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An evidence pack.

    Args:
        data: the zip.
        sha256: of it.
        files: how many it holds.
        entries: of the ledger, from the first to the last one about the version.
        governance: digest of what people said; "" if they were not asked.
        unsaid: sections that lack what they ask for, by document and number.
        left_out: what is not packed, and why.
    """

    model: str
    version: int
    data: bytes
    sha256: str
    files: int
    entries: int
    governance: str
    unsaid: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the file that people save."""
        return f"evidence-{self.model}-{self.version}.zip"


def make_pack(
    ledger: Ledger,
    version: int,
    *,
    stores: Stores,
    governance: Path | Governance | None = None,
) -> Pack:
    """Verify everything about a version and pack it; equal evidence gives equal bytes.

    Args:
        ledger: of the model, with the platform's key.
        governance: the file with what people said, or what it holds; None if there is none.

    Raises:
        SpecError: no such version came to the gate, or the governance file is wrong.
        SettingsError: there is no key, or the package that writes bills of materials is missing.
        Unverified: something does not verify; nothing is packed then.
    """
    signer = ledger.key()
    said = Governance.load(governance) if isinstance(governance, Path) else governance
    with private_folder("evidence") as scratch:
        gathered = gather(ledger, version, stores=stores, scratch=scratch, governance=said)
        files = dict(_evidence(gathered))
        gaps = dict(_documents(gathered))
        files |= {f"{name}.md": text for name, (text, _) in gaps.items()}
        unsaid = tuple(gap for _, found in gaps.values() for gap in found)
        statement = provenance(gathered)
        files["provenance.json"] = statement
        files |= sealed("provenance", statement, signer, kind=PAYLOAD_TYPE)
        files["sbom.cdx.json"], files["mlbom.cdx.json"] = sbom(gathered), mlbom(gathered)
        used = {signer.key_id, *(one.key_id for one in gathered.of.entries), _by(gathered)}
        files |= {f"keys/{name}.pem": pem(_public(ledger.trusted, name)) for name in used}
    name = said.digest if said is not None else ""
    files["pack.json"] = canonical_json(
        {
            "airlock": __version__,
            "bundle": gathered.of.bundle,
            "entries": len(gathered.of.entries),
            "fate": gathered.of.fate,
            "governance": name,
            "head": gathered.of.entries[-1].sha256,
            "model": ledger.model,
            "unsaid": list(unsaid),
            "version": version,
        }
    )
    files["verify.sh"] = verifier()
    files["README.md"] = readme(gathered, files, unsaid)
    data = packed(files, signer)
    return Pack(
        model=ledger.model,
        version=version,
        data=data,
        sha256=sha256(data),
        files=len(files) + 4,
        entries=len(gathered.of.entries),
        governance=name,
        unsaid=unsaid,
        left_out=gathered.left_out,
    )


def _evidence(gathered: Gathered) -> Iterator[tuple[str, bytes]]:
    """What the store and the ledger hold, byte for byte, and how each was signed."""
    for entry in gathered.of.entries:
        name = f"ledger/{entry.sequence:08d}"
        yield f"{name}.json", entry.stored()
        yield f"{name}.claim", entry.claim()
        yield f"{name}.sig", base64.b64decode(entry.signature, validate=True)
    left = {one.partition(":")[0] for one in gathered.left_out}
    for stage, found in gathered.results.items():
        if (path := f"records/{stage}.json") not in left:
            yield path, found.result.stored()
        for page, data in gathered.pages[stage].items():
            yield f"reports/{stage}/{page}", data
    yield "card.md", gathered.pages["gate"][MARKDOWN]
    if HTML in gathered.pages["gate"]:
        yield "card.html", gathered.pages["gate"][HTML]
    yield "decision/decision.json", gathered.decision
    yield "policy/policy.json", gathered.policy
    yield "policy/policy.yaml", _as_yaml(gathered.rules)
    for path, data in gathered.bundled.items():
        yield f"bundle/{path}", data
    if gathered.environment is not None:
        yield "bundle/trained_in.json", canonical_json(gathered.environment)
    if gathered.governance is not None:
        yield "governance.yaml", _as_yaml(gathered.governance.model_dump(exclude_none=True))
    signed = read_json(gathered.envelope)
    yield "signatures/bundle.json", base64.b64decode(signed["payload"], validate=True)
    yield from opened("signatures/bundle", gathered.envelope).items()
    yield from reports(gathered)


def _documents(gathered: Gathered) -> Iterator[tuple[str, tuple[bytes, list[str]]]]:
    for make in (annex_iv, impact_assessment, instructions_for_use, monitoring_plan):
        document = make(gathered)
        yield document.name, (write(document, gathered), list(document.unsaid(gathered)))
    yield RISKS, risk_register(gathered)


def _as_yaml(value: Mapping[str, object]) -> bytes:
    plain = read_json(canonical_json(value))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


def _by(gathered: Gathered) -> str:
    signed = read_json(gathered.envelope)["signatures"]
    return str(signed[0]["keyid"])


def _public(trusted: TrustedKeys, name: str) -> str:
    # Whatever verified was signed by one of them.
    return trusted.keys[name]


def verifier() -> bytes:
    """The script that verifies a pack without Airlock."""
    return package_files("airlock.evidence").joinpath("verify.sh").read_bytes()
