"""Evidence packs: everything that an outsider needs to judge one version, in one verifiable file.

version.py      what the ledger says of a version       gathering.py  reads and verifies it all
documents/      Annex IV, assessments, registers        sbom.py, mlbom.py, statements.py
archive.py      the zip, its sums and its signature     verify.sh     what verifies it elsewhere
"""

from __future__ import annotations

from airlock.evidence.pack import Pack, make_pack
from airlock.evidence.published import PublishedPack, published_pack

__all__ = ["Pack", "PublishedPack", "make_pack", "published_pack"]
