"""RFC 3161 time stamps of checkpoints: a foreign clock proves that a chain existed by then.

Needs the extra `airflow-airlock[timestamp]`. What is kept is the authority's whole answer (DER), as
`openssl ts -verify` reads it; docs/audit.md shows how.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.core.errors import SettingsError, StoreUnavailable, Unverified

if TYPE_CHECKING:
    from collections.abc import Mapping


_SECONDS = 20
_LARGEST = 1 << 20  # an answer holds a handful of certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who makes time stamps, and by which certificates they are believed.

    Args:
        url: where requests are posted; "" for readers who only verify.
        roots: PEM file with the root certificates that count.
    """

    url: str
    roots: Path

    @classmethod
    def of_extra(cls, extra: Mapping[str, Any], root: Path) -> Authority | None:
        """What the extra of `airlock_checkpoints` says; None if it says nothing of time stamps.

        Args:
            root: that a relative path starts from.

        Raises:
            SettingsError: it names an address and no certificates to check the answer with.
        """
        url, roots = extra.get("timestamps", ""), extra.get("timestamp_roots", "")
        if not url and not roots:
            return None
        if not isinstance(url, str) or not isinstance(roots, str) or not roots:
            raise SettingsError(
                "airlock_checkpoints asks for time stamps and names no timestamp_roots.",
                do="Name a PEM file with the authority's root certificate in its extra.",
            )
        if url and not url.startswith(("https://", "http://")):
            raise SettingsError(
                "timestamps in the extra of airlock_checkpoints is no address.",
                do="Write the authority's https:// address.",
            )
        return cls(url=url, roots=root / roots)

    def stamp(self, data: bytes) -> bytes:
        """A time stamp over some bytes, checked before it is returned.

        Raises:
            StoreUnavailable: the authority does not answer.
            Unverified: its answer does not verify.
        """
        import httpx

        client = _client()
        request = (
            client.TimestampRequestBuilder()
            .data(data)
            .hash_algorithm(client.HashAlgorithm.SHA256)
            .build()
        )
        try:
            answer = httpx.post(
                self.url,
                content=request.as_bytes(),
                headers={"Content-Type": "application/timestamp-query"},
                timeout=_SECONDS,
                follow_redirects=False,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise StoreUnavailable(
                f"The time stamp authority at {self.url} gave no answer ({type(error).__name__}).",
                do="Its turn comes again; see timestamps in the extra of airlock_checkpoints.",
            ) from None
        self.verify(answer.content, data, nonce=request.nonce)
        return answer.content

    def verify(self, answer: bytes, data: bytes, *, nonce: int | None = None) -> datetime:
        """When the authority saw some bytes.

        Args:
            answer: as it was kept.
            nonce: of the request that it answers, for whoever asked.

        Raises:
            Unverified: it is no time stamp of these bytes by an authority that counts.
        """
        from cryptography.x509 import load_pem_x509_certificates

        if len(answer) > _LARGEST:
            raise _refused("is too large")
        try:
            roots = load_pem_x509_certificates(self.roots.read_bytes())
        except (OSError, ValueError):
            raise SettingsError(
                f"The certificates of the time stamp authority cannot be read from {self.roots}.",
                do="Name a PEM file as timestamp_roots in the extra of airlock_checkpoints.",
            ) from None
        client = _client()
        try:
            response = client.decode_timestamp_response(answer)
            verifier = client.VerifierBuilder(roots=roots, nonce=nonce).build()
            verifier.verify_message(response, data)
            when: datetime = response.tst_info.gen_time
        except (client.VerificationError, ValueError) as error:
            raise _refused(f"does not verify ({type(error).__name__})") from None
        return when


def _refused(why: str) -> Unverified:
    return Unverified(
        f"A time stamp {why}.",
        do="It was altered, or made by an authority that timestamp_roots does not name.",
    )


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise SettingsError(
            "Time stamps need a package that is not installed.",
            do="pip install 'airflow-airlock[timestamp]'",
        ) from None
    return rfc3161_client
