"""Witnesses: who saw which length of a chain, and that nobody was shown another history."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from airlock.core.errors import BrokenChain, SettingsError, SpecError, Unverified
from airlock.ledger import Checkpoint, Signer, TrustedKeys
from airlock.signing import signed_by
from airlock.signing.envelope import unseal
from airlock.signing.witness import Witnesses, read_noted, sign_checkpoint, witness

ACME = Signer.from_seed(base64.b64encode(bytes(range(7, 39))).decode())
OTHER = Signer.from_seed(base64.b64encode(bytes(range(9, 41))).decode())
NOTED = Checkpoint(model="churn", size=5, head="a" * 64)
FORK = Checkpoint(model="churn", size=5, head="b" * 64)


def public(signer: Signer) -> str:
    return base64.b64encode(signer.public).decode()


@pytest.fixture
def witnesses(tmp_path: Path) -> Witnesses:
    file = tmp_path / "witnesses.json"
    file.write_text(json.dumps({"Acme audit": public(ACME)}))
    return Witnesses.read(file)


def test_a_line_says_who_saw_which_length(witnesses: Witnesses):
    [line] = witness([NOTED.line()], ACME)

    [plain, seen] = read_noted([NOTED.line(), "", line], source="f", witnesses=witnesses)

    assert (plain.checkpoint, plain.by) == (NOTED, "")
    assert (seen.checkpoint, seen.by) == (NOTED, "Acme audit")


def test_the_word_of_a_stranger_is_refused(witnesses: Witnesses):
    with pytest.raises(Unverified, match="Line 1 of f is signed by no witness"):
        list(read_noted([sign_checkpoint(NOTED, OTHER)], source="f", witnesses=witnesses))


def test_a_line_that_was_changed_is_refused(witnesses: Witnesses):
    fields = json.loads(sign_checkpoint(NOTED, ACME))
    fields["payload"] = base64.b64encode(FORK.line().encode()).decode()

    with pytest.raises(Unverified):
        list(read_noted([json.dumps(fields)], source="f", witnesses=witnesses))


def test_a_signature_over_a_bundle_is_none_over_a_checkpoint(witnesses: Witnesses):
    envelope = signed_by(ACME, {"weights": "a" * 64}, model="churn").decode()

    with pytest.raises(Unverified):
        list(read_noted([envelope], source="f", witnesses=witnesses))


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(signed_by(ACME, {"w": "a" * 64}, model="churn"), id="a bundle's, relabelled"),
        pytest.param(sign_checkpoint(NOTED, ACME).encode(), id="a checkpoint's, relabelled"),
    ],
)
def test_the_type_is_part_of_what_is_signed(witnesses: Witnesses, envelope: bytes):
    fields = json.loads(envelope)
    ours, theirs = "application/vnd.airlock.checkpoint+json", "application/vnd.in-toto+json"
    fields["payloadType"] = theirs if fields["payloadType"] == ours else ours

    with pytest.raises(Unverified):
        list(read_noted([json.dumps(fields)], source="f", witnesses=witnesses))


def test_a_signature_over_a_checkpoint_is_none_over_a_bundle():
    trusted = TrustedKeys({ACME.key_id: public(ACME)})

    assert unseal(sign_checkpoint(NOTED, ACME).encode(), trusted) is None


def test_a_witness_signs_no_fork():
    with pytest.raises(BrokenChain, match="different ends"):
        witness([NOTED.line(), FORK.line()], ACME)


def test_a_witness_remembers_what_it_signed():
    seen = witness([NOTED.line()], ACME)

    assert witness([NOTED.line()], ACME, seen=seen) == seen
    with pytest.raises(BrokenChain, match="different ends"):
        witness([FORK.line()], ACME, seen=seen)


def test_what_a_witness_remembers_must_be_its_own():
    with pytest.raises(Unverified):
        witness([NOTED.line()], ACME, seen=[sign_checkpoint(NOTED, OTHER)])


def test_a_witness_signs_no_witness():
    with pytest.raises(SpecError, match="Line 1 of standard input"):
        witness([sign_checkpoint(NOTED, OTHER)], ACME)


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "{}",
        "[]",
        '{"acme": "AAAA"}',
        '{"acme": 5}',
        json.dumps({"acme": public(ACME), "the same": public(ACME)}),
    ],
)
def test_a_list_that_names_no_witnesses_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "witnesses.json"
    file.write_text(text)

    with pytest.raises(SettingsError, match="witnesses"):
        Witnesses.read(file)
