"""What decides a redaction: the file, the keys, and who was erased."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock import RedactOperator
from airlock.catalogs.suppression import suppress
from airlock.config.settings import SecretKey, Settings
from airlock.core.content import digest
from airlock.engine.attempt import Attempt
from airlock.engine.publication import Stores
from airlock.engine.record import Origin
from airlock.stages.redact.spec import RedactionSpec
from tests.judged import NOW

KEY = SecretKey(bytes(32))
FILE = {
    "columns": {
        "id": {"action": "pseudonym", "domain": "customer"},
        "note": {"action": "scan", "patterns": "only"},
    }
}


@pytest.fixture
def attempt(tmp_path: Path, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    settings = Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "pseudonym_key", lambda self: KEY)
    monkeypatch.setattr(Settings, "split_key", lambda self: KEY)
    return Attempt(
        origin=Origin(dag_id="d", run_id="r", task_id="redact", try_number=1),
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=settings,
        scratch=tmp_path / "scratch",
    )


def key(attempt: Attempt, **changes: object) -> str:
    operator = RedactOperator(
        task_id="redact",
        validation="x",
        redaction=RedactionSpec.model_validate(FILE | changes),
        entity="id",
        model="churn",
    )
    return digest(operator.ingredients(replace(attempt)))


def test_an_erasure_in_the_files_own_domain_makes_every_night_anew(
    attempt: Attempt, stores: Stores
):
    before = key(attempt)
    suppress(stores["store"], domain="patient", digest="0" * 32, key_id=KEY.key_id)
    elsewhere = key(attempt)
    suppress(stores["store"], domain="customer", digest="0" * 32, key_id=KEY.key_id)
    here = key(attempt)

    assert before == elsewhere
    assert here != before


def test_every_key_of_the_file_decides(attempt: Attempt):
    assert key(attempt) == key(attempt)
    assert key(attempt, quasi_identifiers=["id"]) != key(attempt)
