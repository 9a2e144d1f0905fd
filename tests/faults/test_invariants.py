"""What must hold is not merely said: each rule sees what it is there for."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.invariants import violations
from tests.faults.kept import canonical
from tests.faults.site import MODEL

ENTRIES = f"store/ledger/{MODEL}"


@pytest.fixture
def site(first: Path, tmp_path: Path) -> Path:
    """A copy of a site whose first night was trained, promoted and scored."""
    shutil.copytree(first, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def test_nothing_is_said_of_a_site_where_nothing_happened(site: Path):
    assert violations(site) == []


def entry(site: Path, kind: str) -> Path:
    return next(
        path
        for path in sorted((site / ENTRIES).glob("*.json"))
        if json.loads(path.read_bytes())["kind"] == kind
    )


def rewrite(path: Path, **changes: object) -> None:
    path.write_bytes(canonical(json.loads(path.read_bytes()) | changes))


def body(path: Path, **changes: object) -> None:
    rewrite(path, body=json.loads(path.read_bytes())["body"] | changes)


def bits(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def newest(site: Path, pattern: str) -> Path:
    return sorted(site.glob(pattern))[-1]


def doubled(site: Path, pattern: str) -> None:
    path = newest(site, pattern)
    path.with_name("000009.json").write_bytes(path.read_bytes())


def predicted(site: Path) -> Path:
    address = json.loads(newest(site, "store/stages/score/*/*.json").read_bytes())
    return next((site / "store" / address["data"]["prefix"]).glob("*.parquet"))


def sql(site: Path, statement: str) -> None:
    with sqlite3.connect(site / "mlflow.db") as database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        pytest.param(lambda site: bits(entry(site, "decided")), "", id="a bit of an entry"),
        pytest.param(
            lambda site: rewrite(entry(site, "promoted"), at="2026-01-01T00:00:00+00:00"),
            "signature",
            id="an entry's time",
        ),
        pytest.param(
            lambda site: body(entry(site, "promoted"), decided=1),
            "no decision",
            id="a promotion without a decision",
        ),
        pytest.param(
            lambda site: body(entry(site, "decided"), approval_required=True),
            "fewer people",
            id="a promotion without a yes",
        ),
        pytest.param(
            lambda site: body(entry(site, "decided"), outcome="rejected"),
            "decided otherwise",
            id="a rejected candidate promoted",
        ),
        pytest.param(lambda site: entry(site, "decided").unlink(), "missing", id="an entry lost"),
        pytest.param(
            lambda site: (site / "keys/trusted.json").write_text("{}"), "signature", id="no key"
        ),
        pytest.param(
            lambda site: sql(site, "DELETE FROM registered_model_aliases"),
            "the alias is at []",
            id="the alias lost",
        ),
        pytest.param(
            lambda site: sql(
                site,
                "INSERT INTO model_version_tags (name, version, key, value, workspace) SELECT "
                "name, 7, key, value, workspace FROM model_version_tags "
                "WHERE key = 'airlock.bundle'",
            ),
            "2 canonical versions",
            id="two versions of one bundle",
        ),
        pytest.param(
            lambda site: bits(newest(site, "store/stages/train/*/*.json")),
            "",
            id="a bit of a slot",
        ),
        pytest.param(
            lambda site: newest(site, "store/stages/train/*/*.json").rename(
                newest(site, "store/stages/train/*/*.json").with_name("0003.json")
            ),
            "with a gap",
            id="a generation lost",
        ),
        pytest.param(
            lambda site: bits(newest(site, "store/attempts/train/*/data/graph.pt2")),
            "gone or altered",
            id="a bit of a bundle",
        ),
        pytest.param(lambda site: bits(predicted(site)), "gone or altered", id="a bit of scores"),
        pytest.param(lambda site: predicted(site).unlink(), "gone or altered", id="scores lost"),
        pytest.param(
            lambda site: rewrite(newest(site, "store/predictions/*/*/*.json"), sha256="0" * 64),
            "no entry of the ledger names it",
            id="another result serves the night",
        ),
        pytest.param(
            lambda site: body(entry(site, "scored"), rows=1499),
            "instead of 1499",
            id="a row more than was entered",
        ),
        pytest.param(
            lambda site: newest(site, "store/runs/*/*/redact-*.json").write_text("{}"),
            "no receipt",
            id="a receipt altered",
        ),
    ],
)
def test_what_was_tampered_with_is_seen(site: Path, tamper: Callable[[Path], None], said: str):
    tamper(site)

    found = violations(site)

    assert found
    assert said in "; ".join(found)
