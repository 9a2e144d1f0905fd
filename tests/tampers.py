"""What an attacker with write access could do to a store, MLflow and the keys; and undoing it."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from airlock.ledger import Checkpoint, Ledger, TrustedKeys, checkpoint
from airlock.verify import Verification, outside, verify
from tests.complete import MODEL, Complete
from tests.registered import client

# Of every area of the store one object, by the beginning of its key; and what lies in it.
AREAS = {
    "a ledger entry": "store/ledger/",
    "the last ledger entry": "store/ledger/",
    **{
        f"what {stage} left": f"store/stages/{stage}/"
        for stage in (
            "snapshot validate redact train evaluate register gate approve promote "
            "score shadow route drift labels live canary rollback rescore"
        ).split()
    },
    "predictions": "store/attempts/score/*/data/",
    "a shadow's predictions": "store/attempts/shadow/*/data/",
    "rows of labels": "store/attempts/labels/*/data/",
    "a redacted table": "store/attempts/redact/*/data/",
    "a bundle": "store/attempts/train/*/data/",
    "the gate's report": "store/attempts/gate/*/report/",
    "a page of live": "store/attempts/live/*/report/",
    "raw rows": "raw/attempts/snapshot/",
    "rows set aside": "raw/attempts/validate/*/data/quarantine/",
    "a receipt": "store/runs/",
    "a seal": "store/seals/",
    "a view of predictions": "store/predictions/",
    "a view of labels": "store/labels/",
    "a view of drift": "store/drift/",
    "a view of a retrain": "store/retrains/",
    "a policy": "store/policies/",
    "a decision": "store/decisions/",
    "a signature": "store/signatures/",
    "a note of a night": "store/nights/",
    "somebody on the suppression list": "store/suppressed/",
    "MLflow's copy of a bundle": "artifacts/*/data/bundle/",
    "what lies beside MLflow's copy": "artifacts/*/models/",
}
WAYS = ("change", "truncate", "empty", "delete", "replace", "swap")
BESIDE = ("MLmodel", "requirements.txt", "python_env.yaml", "conda.yaml", "data/bundle.dsse.json")

_DATABASE = "mlflow.db"


@dataclass(frozen=True)
class Seen:
    """What `verify --deep` says. `beyond` are the objects that no entry reaches."""

    finding: Verification
    beyond: frozenset[str]

    @property
    def told(self) -> set[str]:
        """Everything that a person reads, but the counts."""
        problems = {one.text for one in self.finding.problems}
        return problems | set(self.finding.warnings) | {self.finding.note} - {""}


class Attack:
    """A complete store that is looked at, changed, looked at again and put right."""

    def __init__(self, made: Complete) -> None:
        self.made = made
        self.before = dict(self._files())
        noted = checkpoint(made.ledger())
        assert noted is not None
        self.noted: Checkpoint = noted
        self.clean = self.look()

    def look(self, *, now: datetime | None = None) -> Seen:
        """Verify everything, by the keys that the file of trusted keys names."""
        made = self.made
        trusted = TrustedKeys.read(made.folder / "trusted.json")
        found = verify(
            Ledger(made.stores["store"], MODEL, trusted=trusted),
            stores=made.stores,
            mlflow=made.mlflow,
            checkpoints=[self.noted],
            deep=True,
            now=now,
        )
        beyond = frozenset(f"{zone}/{key}" for zone, key in outside(made.stores, [found]))
        return Seen(found, beyond)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Put every file back afterwards."""
        try:
            yield
        finally:
            after = dict(self._files())
            for path in after.keys() - self.before.keys():
                (self.made.folder / path).unlink()
            for path, data in self.before.items():
                if path == _DATABASE and after.get(path) != data:
                    self._restore(data)
                elif after.get(path) != data:
                    (self.made.folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (self.made.folder / path).write_bytes(data)

    def _restore(self, data: bytes) -> None:
        """Write MLflow's database through SQLite, so that open connections notice."""
        with (
            contextlib.closing(sqlite3.connect(":memory:")) as source,
            contextlib.closing(sqlite3.connect(self.made.folder / _DATABASE)) as database,
        ):
            source.deserialize(data)
            source.backup(database)
        # Its header counts how often it was written.
        self.before[_DATABASE] = (self.made.folder / _DATABASE).read_bytes()

    def in_area(self, prefix: str) -> list[str]:
        """The files of an area, in order."""
        begin, _, end = prefix.partition("*/")
        return sorted(path for path in self.before if path.startswith(begin) and end in path)

    def do(self, way: str, path: str, chance: random.Random) -> list[str]:
        """Change something.

        Returns:
            The paths that are not what they were; none if they happen to be.
        """
        file = self.made.folder / path
        data = file.read_bytes()
        siblings = [
            one
            for one in self.in_area("/".join(path.split("/")[:3]) + "/")
            if one != path and self.before[one] != data
        ]
        if way in {"replace", "swap"} and not siblings:
            way = "change"
        touched = [path]
        if way == "change":
            at = chance.randrange(len(data)) if data else 0
            file.write_bytes(data[:at] + bytes([data[at] ^ 1 if data else 1]) + data[at + 1 :])
        elif way == "truncate":
            file.write_bytes(data[: len(data) // 2])
        elif way == "empty":
            file.write_bytes(b"")
        elif way == "delete":
            file.unlink()
        else:
            other = chance.choice(siblings)
            file.write_bytes(self.before[other])
            if way == "swap":
                (self.made.folder / other).write_bytes(data)
                touched.append(other)
        return touched

    def first_entry(self, path: str) -> int:
        """The first ledger entry that a file was held against in the clean store; 0 if none."""
        zone, _, key = path.partition("/")
        return next(
            (
                sequence
                for (where, name), sequence in self.clean.finding.covered.items()
                if (where, name) == (zone, key)
            ),
            0,
        )

    def copies(self) -> list[Path]:
        """MLflow's copies of the versions, oldest first."""
        folder = self.made.folder / "artifacts"
        return sorted(
            (one.parent for one in folder.rglob("MLmodel")),
            key=lambda one: json.dumps(str(one)),
        )

    def sql(self, statement: str, *values: object) -> None:
        """Change MLflow's database behind its back."""
        with contextlib.closing(sqlite3.connect(self.made.folder / _DATABASE)) as database:
            database.execute(statement, values)
            database.commit()

    def mlflow(self):
        """Anybody's own client."""
        return client(self.made.mlflow)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.made.folder.rglob("*")):
            name = path.relative_to(self.made.folder).as_posix()
            if path.is_file() and not name.startswith("data/") and "mlflow.db-" not in name:
                yield name, path.read_bytes()
