"""Signatures of bundles: by a trusted key, over exactly these files, or nothing is loaded."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from airlock import signing
from airlock.bundle import manifest
from airlock.core.content import canonical_json
from airlock.core.errors import Unverified
from airlock.ledger import Signer, TrustedKeys
from airlock.signing.envelope import PAYLOAD_TYPE, seal
from airlock.store import Store

STRANGER = Signer.from_seed(base64.b64encode(bytes(range(100, 132))).decode())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"weights")
    manifest.seal(folder)
    return folder


def test_an_envelope_is_dsse_over_an_in_toto_statement_that_names_every_file(
    bundle: Path, signer: Signer
):
    envelope = json.loads(signing.signed_by(signer, manifest.files_of(bundle), model="churn"))

    payload = base64.b64decode(envelope["payload"])
    # Written out here as the protocol has it, so that another tool would agree.
    message = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload
    [signature] = envelope["signatures"]
    Ed25519PublicKey.from_public_bytes(signer.public).verify(
        base64.b64decode(signature["sig"]), message
    )
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {one["name"]: one["digest"]["sha256"] for one in statement["subject"]} == (
        manifest.files_of(bundle)
    )
    assert statement["predicate"] == {"model": "churn", "bundle": manifest.name_of(bundle)}


def test_what_was_signed_is_found_again_and_signing_twice_changes_nothing(
    bundle: Path, store: Store, signer: Signer, trusted: TrustedKeys
):
    files = manifest.files_of(bundle)

    first, again = (signing.sign(store, signer, files, model="churn") for _ in range(2))

    name = manifest.name_of(bundle)
    assert first == again
    assert signing.stored(store, model="churn", bundle=name, trusted=trusted) == first


# What is refused


def another_file(envelope: dict, signer: Signer) -> bytes:
    """The statement is changed, and its signature kept."""
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["subject"][0]["digest"]["sha256"] = "f" * 64
    payload = base64.b64encode(canonical_json(statement)).decode()
    return canonical_json({**envelope, "payload": payload})


def a_stranger(envelope: dict, signer: Signer) -> bytes:
    return seal(base64.b64decode(envelope["payload"]), STRANGER)


def a_stranger_under_our_name(envelope: dict, signer: Signer) -> bytes:
    forged = json.loads(a_stranger(envelope, signer))
    forged["signatures"][0]["keyid"] = signer.key_id
    return canonical_json(forged)


def no_signature(envelope: dict, signer: Signer) -> bytes:
    return canonical_json({**envelope, "signatures": []})


def another_type(envelope: dict, signer: Signer) -> bytes:
    return canonical_json({**envelope, "payloadType": "text/plain"})


def bytes_of_ours_that_are_no_statement(envelope: dict, signer: Signer) -> bytes:
    """Signed by us, but as something else: a ledger entry must not pass for a bundle."""
    return seal(b'{"kind":"promoted"}', signer)


def a_statement_whose_name_is_not_that_of_its_files(envelope: dict, signer: Signer) -> bytes:
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["subject"] = statement["subject"][:1]
    return seal(canonical_json(statement), signer)


def another_statement_about_the_same_files(envelope: dict, signer: Signer) -> bytes:
    statement = json.loads(base64.b64decode(envelope["payload"]))
    return seal(canonical_json({**statement, "predicateType": "urn:other"}), signer)


def nothing(envelope: dict, signer: Signer) -> bytes:
    return b""


@pytest.mark.parametrize(
    "forge",
    [
        another_file,
        a_stranger,
        a_stranger_under_our_name,
        no_signature,
        another_type,
        bytes_of_ours_that_are_no_statement,
        a_statement_whose_name_is_not_that_of_its_files,
        another_statement_about_the_same_files,
        nothing,
    ],
    ids=lambda forge: forge.__name__,
)
def test_a_forged_envelope_vouches_for_nothing(
    bundle: Path,
    signer: Signer,
    trusted: TrustedKeys,
    forge: Callable[[dict, Signer], bytes],
):
    good = signing.signed_by(signer, manifest.files_of(bundle), model="churn")
    name = manifest.name_of(bundle)
    signing.check(good, bundle=name, trusted=trusted, model="churn")

    with pytest.raises(Unverified):
        signing.check(forge(json.loads(good), signer), bundle=name, trusted=trusted, model="churn")


def test_the_signature_of_another_model_or_another_bundle_is_refused(
    bundle: Path, store: Store, signer: Signer, trusted: TrustedKeys
):
    envelope = signing.sign(store, signer, manifest.files_of(bundle), model="churn")
    name = manifest.name_of(bundle)
    store.put(f"signatures/other/{name}/{signer.key_id}.json", envelope)
    store.put(f"signatures/churn/{'e' * 64}/{signer.key_id}.json", envelope)

    with pytest.raises(Unverified, match="another model"):
        signing.stored(store, model="other", bundle=name, trusted=trusted)
    with pytest.raises(Unverified, match="another bundle"):
        signing.stored(store, model="churn", bundle="e" * 64, trusted=trusted)


def test_a_bundle_that_nobody_signed_is_refused_and_the_way_out_is_named(
    store: Store, trusted: TrustedKeys
):
    with pytest.raises(Unverified, match=r"never signed.*\n?.*airlock keys sign"):
        signing.stored(store, model="churn", bundle="e" * 64, trusted=trusted)


def test_one_good_envelope_among_bad_ones_is_enough(
    bundle: Path, store: Store, signer: Signer, trusted: TrustedKeys
):
    name = manifest.name_of(bundle)
    store.put(f"signatures/churn/{name}/0000.json", b"rubbish")
    signing.sign(store, signer, manifest.files_of(bundle), model="churn")

    assert signing.stored(store, model="churn", bundle=name, trusted=trusted)
