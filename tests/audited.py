"""A small installation with a whole story, as an auditor gets it: a store, raw rows, public keys.

Everything in it is a function of this file, so that its bytes can be compared with kept ones.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airlock import signing
from airlock.core.content import canonical_json, digest, sha256
from airlock.engine.record import File, Folder, Input, Record
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.stages.approve.stage import answer
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import Case
from airlock.stages.promote.stage import _body
from airlock.store import Store, open_store
from tests.judged import NOW, POLICY, case, judged, result

MODEL = "churn"
NIGHT = "2026-01-06"
OURS = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
NEXT = Signer.from_seed(base64.b64encode(bytes(range(1, 33))).decode())
ASKING = Policy.model_validate({**POLICY.to_json(), "approval": {"required": "always", "count": 2}})
# Names are data: a shell that reads them must not run them, nor a terminal obey them.
APPROVERS = ("ada $(touch pwned); `touch pwned`", "-rf gr\u00e4ce \u001b[31m\nred\u202e \u007f")
BUNDLE = {
    "graph.pt2": b"a graph",
    "weights.safetensors": b"weights",
    "-n $(touch pwned); 'x' \"y\" \\ z.json": b"{}",
    "ta\u00efl \U0001f600.bin": b"",
}


@dataclass
class Installation:
    """A store with one promoted model, approved by two people, that scored a night."""

    folder: Path

    @property
    def store(self) -> Store:
        return open_store(str(self.folder / "store"))

    @property
    def raw(self) -> Store:
        return open_store(str(self.folder / "raw"))

    @property
    def keys(self) -> Path:
        return self.folder / "trusted.json"

    def ledger(self, model: str = MODEL, signer: Signer = OURS) -> Ledger:
        return Ledger(self.store, model, trusted=TrustedKeys.read(self.keys), signer=signer)

    def trust(self, *signers: Signer) -> None:
        listed = {one.key_id: base64.b64encode(one.public).decode() for one in signers}
        self.keys.write_text(json.dumps(listed))

    def keep(self, one: Input[Any], files: Mapping[str, bytes]) -> None:
        """Store a result as a stage leaves it."""
        self.store.put(one.address, one.result.stored())
        place = self.raw if one.result.data.zone == "raw" else self.store
        for path, data in files.items():
            place.put(f"{one.result.data.prefix}/{path}", data)


def holding(
    record: Record,
    inputs: Mapping[str, Input[Any]],
    files: Mapping[str, bytes],
    zone: Any = "store",
) -> Input[Any]:
    """A result with files of its own."""
    plain = result(record, inputs)
    listed = tuple(
        File(path=path, sha256=sha256(files[path]), bytes=len(files[path]))
        for path in sorted(files)
    )
    data = Folder(
        zone=zone, prefix=f"attempts/{record.stage}/{digest(sorted(files))[:8]}/data", files=listed
    )
    made = replace(plain.result, data=data)
    address = f"stages/{record.stage}/{made.content}/0000.json"
    return Input(address=address, sha256=sha256(made.stored()), result=made, record=plain.record)


def installed(folder: Path) -> Installation:
    """Build it."""
    here = Installation(folder)
    folder.mkdir(parents=True, exist_ok=True)
    here.trust(OURS)
    ledger = here.ledger()
    one = _candidate(here)
    here.store.put(f"policies/{ASKING.digest}.json", canonical_json(ASKING.to_json()))
    decision = judged(one, ledger, policy=ASKING)
    here.keep(decision, {"file": b"data"})
    for seat, name in enumerate(APPROVERS, start=1):
        answer(decision, _yes(name, f"account-{seat}"), ledger=ledger, now=NOW, seat=seat)
    yes = tuple(entry.sequence for entry in ledger.entries() if entry.kind == "approved")
    ledger.append(
        "promoted",
        _body(decision.record, yes, one.training, one.validation),
        id=f"promoted/{decision.record.sequence}",
        at=NOW,
    )
    return here


def _candidate(here: Installation) -> Case:
    made = case(version=1, triggered_by="linus")
    snapshot = holding(made.snapshot.record, {}, {"part-00000.parquet": b"raw rows"}, "raw")
    validation = holding(
        made.validation.record, {"snapshot": snapshot}, {"part-00000.parquet": b"rows"}, "raw"
    )
    redaction = holding(
        made.redaction.record, {"validation": validation}, {"part-00000.parquet": b"no names"}
    )
    listed = {name: sha256(data) for name, data in BUNDLE.items()}
    bundle = {**BUNDLE, "manifest.json": canonical_json({"sha256": listed})}
    training = holding(made.training.record, {"redaction": redaction}, bundle)
    name = training.result.data.digest
    signing.sign(
        here.store, OURS, {f.path: f.sha256 for f in training.result.data.files}, model=MODEL
    )
    evaluation = holding(
        replace(made.evaluation.record, candidate_bundle=name),
        {"redaction": redaction, "training": training},
        {},
    )
    registration = holding(
        replace(made.registration.record, bundle=name), {"training": training}, {}
    )
    for one, files in (
        (snapshot, {"part-00000.parquet": b"raw rows"}),
        (validation, {"part-00000.parquet": b"rows"}),
        (redaction, {"part-00000.parquet": b"no names"}),
        (training, bundle),
        (evaluation, {}),
        (registration, {}),
    ):
        here.keep(one, files)
    return replace(
        made,
        snapshot=snapshot,
        validation=validation,
        redaction=redaction,
        training=training,
        evaluation=evaluation,
        registration=registration,
    )


def _yes(name: str, account: str) -> Mapping[str, Any]:
    return {
        "chosen_options": ["Approve"],
        "params_input": {"reason": "looks right"},
        "responded_at": NOW,
        "responded_by_user": {"id": account, "name": name},
    }
