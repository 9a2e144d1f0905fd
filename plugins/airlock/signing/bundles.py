"""Signs a bundle, and refuses one without a trusted signature.

    signatures/<model>/<bundle>/<key id>.json       one envelope for each key that vouches

A key that the model's ledger has retired vouches for nothing: an envelope has no place in the
chain that would say whether it was made before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.core.content import canonical_json, digest
from airlock.core.errors import Unverified
from airlock.core.quoting import line
from airlock.ledger.keys import Signer, TrustedKeys
from airlock.reading import read_json
from airlock.signing.envelope import opened_by, seal, unseal
from airlock.store import Store

_STATEMENT = "https://in-toto.io/Statement/v1"
_ENVELOPE, _SIGNATURE = {"payload", "payloadType", "signatures"}, {"keyid", "sig"}
_PREDICATE = "urn:airlock:bundle:v1"


def signed_by(signer: Signer, files: Mapping[str, str], *, model: str) -> bytes:
    """The envelope that says: these files are a bundle of that model.

    Args:
        files: path in the bundle to SHA-256, for every file.
        model: the registered name; another model's envelope is worth nothing.
    """
    statement = {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)],
        "predicateType": _PREDICATE,
        "predicate": {"model": model, "bundle": _name(files)},
    }
    return seal(canonical_json(statement), signer)


def check(envelope: bytes, *, bundle: str, trusted: TrustedKeys, model: str | None = None) -> None:
    """Refuse an envelope that does not vouch for a bundle.

    Args:
        bundle: the bundle's name, from its verified files.
        trusted: the keys that count.
        model: whose bundle it must be; None where only the files matter.

    Raises:
        Unverified: no trusted key signed it, or it speaks of something else.
    """
    payload = unseal(envelope, trusted)
    if payload is None:
        raise _refused(bundle, "has no signature of a trusted key")
    try:
        said_model, said_bundle = _said(read_json(payload))
    except (ValueError, KeyError, TypeError):
        raise _refused(bundle, "has a signature over something else than a bundle") from None
    if said_bundle != bundle:
        raise _refused(bundle, "has the signature of another bundle")
    if model is not None and said_model != model:
        raise _refused(bundle, f"was signed for another model than {model}")


def check_kept(envelope: bytes, name: str, *, bundle: str, trusted: TrustedKeys) -> None:
    """Refuse an envelope of the store that is not, byte for byte, what `sign` put there.

    An envelope with a second signature, or one under the name of another key, vouches for the same
    files; but nobody who may sign wrote it.

    Args:
        name: the last part of its key in the store.
        bundle: whose it is.
        trusted: all keys that ever counted.

    Raises:
        Unverified: somebody else wrote it, or put it there.
    """
    opened = opened_by(envelope, trusted)
    if opened is not None and name == f"{opened[1]}.json":
        fields = read_json(envelope)
        kinds = [one.keys() for one in fields["signatures"]]
        if fields.keys() == _ENVELOPE and kinds == [_SIGNATURE]:
            return
    raise _refused(bundle, f"has an envelope {line(name, 80)} that `register` did not write")


def sign(store: Store, signer: Signer, files: Mapping[str, str], *, model: str) -> bytes:
    """Sign a bundle and keep the envelope; doing it again changes nothing.

    Returns:
        The envelope.
    """
    envelope = signed_by(signer, files, model=model)
    key = f"{_prefix(model, _name(files))}{signer.key_id}.json"
    # Ed25519 is deterministic: whoever was there first wrote these bytes, or they are worthless.
    if not store.create(key, envelope):
        store.put(key, envelope)
    return envelope


def stored(store: Store, *, model: str, bundle: str, trusted: TrustedKeys) -> bytes:
    """The envelope by which the platform vouches for a bundle; asked for before it is loaded.

    Raises:
        Unverified: there is none that counts.
    """
    error: Unverified | None = None
    for stat in store.list(_prefix(model, bundle)):
        envelope = store.get(stat.key)
        try:
            check(envelope, bundle=bundle, trusted=trusted, model=model)
        except Unverified as refused:
            error = refused
        else:
            return envelope
    raise error or _refused(bundle, "was never signed")


def _said(statement: dict[str, Any]) -> tuple[str, str]:
    if (statement["_type"], statement["predicateType"]) != (_STATEMENT, _PREDICATE):
        raise ValueError("another statement")
    files = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    predicate = statement["predicate"]
    if predicate["bundle"] != _name(files) or len(files) != len(statement["subject"]):
        raise ValueError("its name is not that of its files")
    return predicate["model"], predicate["bundle"]


def _name(files: Mapping[str, str]) -> str:
    """As `bundle.manifest.name_of` and `Folder.digest` name the same files."""
    return digest(sorted([name, sha] for name, sha in files.items()))


def _prefix(model: str, bundle: str) -> str:
    return f"signatures/{model}/{bundle}/"


def _refused(bundle: str, why: str) -> Unverified:
    return Unverified(
        f"The bundle {bundle[:16]} {why}.",
        do="Load nothing of it. If its ledger vouches for it (a bundle from before signing, or "
        "after a key was changed), `airlock keys sign MODEL` signs it; docs/keys.md.",
    )
