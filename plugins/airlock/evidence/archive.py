"""Makes the zip: the same files give the same bytes, and every file is under one signature.

SHA256SUMS             every other file but the four of this list, as sha256sum writes it
SHA256SUMS.dsse.json   a DSSE envelope over it (docs/audit.md)
SHA256SUMS.pae .sig    the bytes that are signed, and the signature, for openssl
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Mapping

from airlock.core.content import sha256
from airlock.core.errors import Unverified
from airlock.core.quoting import line
from airlock.ledger import Signer
from airlock.reading import read_json
from airlock.signing.envelope import PAYLOAD_TYPE, seal, signed_bytes

SUMS = "SHA256SUMS"
SUMS_TYPE = "text/vnd.airlock.sha256sums"
_FIRST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can name
# A name that every tool writes alike: sha256sum escapes others, and a shell may run them.
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+=@-]*)*")
_PEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA{}\n-----END PUBLIC KEY-----\n"


def pem(public: str) -> bytes:
    """An Ed25519 public key for openssl.

    Args:
        public: its raw bytes in base64.
    """
    return _PEM.format(public).encode()


def sealed(name: str, payload: bytes, signer: Signer, *, kind: str) -> dict[str, bytes]:
    """An envelope over a payload, and its parts as openssl takes them, by path."""
    return opened(name, seal(payload, signer, kind=kind), kind=kind)


def opened(name: str, envelope: bytes, *, kind: str = PAYLOAD_TYPE) -> dict[str, bytes]:
    """An envelope with one signature, and its parts as openssl takes them, by path."""
    fields = read_json(envelope)
    payload = base64.b64decode(fields["payload"], validate=True)
    signature = base64.b64decode(fields["signatures"][0]["sig"], validate=True)
    return {
        f"{name}.dsse.json": envelope,
        f"{name}.pae": signed_bytes(payload, kind),
        f"{name}.sig": signature,
    }


def packed(files: Mapping[str, bytes], signer: Signer) -> bytes:
    """The zip of all files, with their sums and the signature over these.

    Args:
        files: by path; equal ones give equal bytes.

    Raises:
        Unverified: a path is none that every tool writes alike.
    """
    for path in files:
        if not _PATH.fullmatch(path):
            raise Unverified(
                f"A report holds a file {line(path, 120)}, which no evidence can name.",
                do="Use letters, digits, dots and dashes in the names of report files.",
            )
    sums = "".join(f"{sha256(files[path])}  {path}\n" for path in sorted(files)).encode()
    every = {**files, SUMS: sums, **sealed(SUMS, sums, signer, kind=SUMS_TYPE)}
    into = io.BytesIO()
    # Stored, and not deflated: what a compressor makes of the same bytes depends on its version.
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(every):
            one = zipfile.ZipInfo(path, date_time=_FIRST)
            one.create_system = 3  # Unix, wherever it is made
            one.external_attr = (0o100755 if path.endswith(".sh") else 0o100644) << 16
            archive.writestr(one, every[path])
    return into.getvalue()
