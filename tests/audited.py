"""A small installation with a whole story, as an auditor gets it: a store, raw rows, public keys.

Everything in it is a function of this file, so that its bytes can be compared with kept ones.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from airlock import signing
from airlock.catalogs import predictions
from airlock.catalogs.predictions import Partition
from airlock.core.content import canonical_json, digest, sha256
from airlock.engine.record import File, Folder, Input, Record
from airlock.engine.vouching import sign_champions
from airlock.ledger import KEYS, Ledger, Signer, TrustedKeys, checkpoint, rotate_all
from airlock.signing.witness import sign_checkpoint
from airlock.stages.approve.stage import answer
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import Case
from airlock.stages.promote.stage import _body
from airlock.stages.score.record import Scoring
from airlock.stages.snapshot.record import Part
from airlock.store import Store, open_store
from tests.judged import NOW, POLICY, case, judged, result

MODEL = "churn"
NIGHT = "2026-01-06"
LATER = NOW + timedelta(hours=1)
Files = Mapping[str, bytes]
NOTHING: Files = {}


def signer(first: int) -> Signer:
    """A key for the tests alone."""
    return Signer.from_seed(base64.b64encode(bytes(range(first, first + 32))).decode())


OURS, NEXT, ACME, STRANGER = signer(0), signer(1), signer(7), signer(100)
ASKING = Policy.model_validate({**POLICY.to_json(), "approval": {"required": "always", "count": 2}})
# Names are data: a shell that reads them must not run them, nor a terminal obey them.
APPROVERS = ("ada $(touch pwned); `touch pwned`", "-rf gräce \x1b[31m\nred\u202e \x7f")
KEY = "-x $(touch pwned)"
BUNDLE: Files = {
    "graph.pt2": b"a graph",
    "weights.safetensors": b"weights",
    "-n $(touch pwned); 'x' \"y\" \\ z.json": b"{}",
    "taïl \U0001f600.bin": b"",
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

    def ledger(self, model: str = MODEL, by: Signer = OURS) -> Ledger:
        return Ledger(self.store, model, trusted=TrustedKeys.read(self.keys), signer=by)

    def trust(self, *signers: Signer) -> None:
        listed = {one.key_id: base64.b64encode(one.public).decode() for one in signers}
        self.keys.write_text(json.dumps(listed))

    def keep(self, one: Input[Any], files: Files, report: Files = NOTHING) -> None:
        """Store a result as a stage leaves it."""
        self.store.put(one.address, one.result.stored())
        place = self.raw if one.result.data.zone == "raw" else self.store
        for path, data in files.items():
            place.put(f"{one.result.data.prefix}/{path}", data)
        for path, data in report.items():
            self.store.put(f"{one.result.report.prefix}/{path}", data)


def installed(folder: Path) -> Installation:
    """Build it: judged, approved by two, promoted, the key changed, a night scored."""
    here = Installation(folder)
    folder.mkdir(parents=True, exist_ok=True)
    here.trust(OURS)
    ledger = here.ledger()
    one = _candidate(here)
    page = {"report.html": b"<p>the page</p>", "card.md": b"a card"}
    decision = _with_report(judged(one, ledger, policy=ASKING), page)
    here.keep(decision, {"file": b"data"}, page)
    told = {"address": decision.address, "sha256": decision.sha256, "content": decision.content}
    run = {"dag_id": "churn_training", "run_id": "manual__1"}
    recorded = {"stage": "gate", "run": run, "night": "2026-01-05", **told, "results": {}}
    ledger.append("recorded", recorded, id=f"recorded/{decision.sha256}", at=NOW)
    for seat, name in enumerate(APPROVERS, start=1):
        answer(decision, _yes(name, f"account-{seat}"), ledger=ledger, now=NOW, seat=seat)
    yes = tuple(entry.sequence for entry in ledger.entries() if entry.kind == "approved")
    body = _body(decision.record, yes, one.training, one.validation)
    made = ledger.append("promoted", body, id=f"promoted/{decision.record.sequence}", at=NOW)
    here.trust(OURS, NEXT)
    rotate_all(here.ledger(KEYS, NEXT), [here.ledger(by=NEXT)], at=LATER)
    sign_champions(here.ledger(by=NEXT))
    _score(here, one, made.sequence)
    _note_elsewhere(here)
    return here


def holding(
    record: Record, inputs: Mapping[str, Input[Any]], files: Files, zone: Any = "store"
) -> Input[Any]:
    """A result with files of its own."""
    plain = result(record, inputs)
    prefix = f"attempts/{record.stage}/{digest(sorted(files))[:8]}/data"
    data = Folder(zone=zone, prefix=prefix, files=_listed(files))
    made = replace(plain.result, data=data)
    address = f"stages/{record.stage}/{made.content}/0000.json"
    return Input(address=address, sha256=sha256(made.stored()), result=made, record=plain.record)


def _with_report(one: Input[Any], files: Files) -> Input[Any]:
    report = Folder(zone="store", prefix="attempts/gate/page/report", files=_listed(files))
    made = replace(one.result, report=report)
    return replace(one, result=made, sha256=sha256(made.stored()))


def _listed(files: Files) -> tuple[File, ...]:
    return tuple(
        File(path=path, sha256=sha256(files[path]), bytes=len(files[path]))
        for path in sorted(files)
    )


def _candidate(here: Installation) -> Case:
    made = case(version=1, triggered_by="linus")
    raw, passed = {"part-00000.parquet": b"raw rows"}, {"part-00000.parquet": b"rows"}
    safe = {"part-00000.parquet": b"no names"}
    bundle = {
        **BUNDLE,
        "manifest.json": canonical_json({"sha256": {n: sha256(d) for n, d in BUNDLE.items()}}),
    }
    snapshot = holding(made.snapshot.record, {}, raw, "raw")
    validation = holding(made.validation.record, {"snapshot": snapshot}, passed, "raw")
    redaction = holding(made.redaction.record, {"validation": validation}, safe)
    training = holding(made.training.record, {"redaction": redaction}, bundle)
    name, both = training.result.data.digest, {"redaction": redaction, "training": training}
    evaluation = holding(replace(made.evaluation.record, candidate_bundle=name), both, {})
    registered = replace(made.registration.record, bundle=name)
    registration = holding(registered, {"training": training}, {})
    files = {file.path: file.sha256 for file in training.result.data.files}
    signing.sign(here.store, OURS, files, model=MODEL)
    for one, those in (
        (snapshot, raw),
        (validation, passed),
        (redaction, safe),
        (training, bundle),
        (evaluation, NOTHING),
        (registration, NOTHING),
    ):
        here.keep(one, those)
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


def _score(here: Installation, one: Case, sequence: int) -> None:
    files = {"part-00000.parquet": b"rows as Parquet", "csv/part-00000.csv": _csv(sequence)}
    bundle = one.training.result.data.digest
    record = Scoring(
        model=MODEL,
        night=NIGHT,
        rows=2,
        version=1,
        sequence=sequence,
        bundle=bundle,
        mean_score=0.125,
        parts=(Part(path="part-00000.parquet", rows=2),),
    )
    scoring = holding(record, {"redaction": one.redaction}, files)
    here.keep(scoring, files)
    partition = Partition(
        model=MODEL,
        night=NIGHT,
        role="served",
        versions=(1,),
        sequence=sequence,
        scoring=scoring.address,
        sha256=scoring.sha256,
        rows=2,
        files=scoring.result.data.digest,
        bundles=(bundle,),
        data=one.redaction.content,
    )
    read = one.redaction
    results = {"redact": {"address": read.address, "sha256": read.sha256, "content": read.content}}
    predictions.publish(here.ledger(by=NEXT), partition, at=LATER, results=results)


def _csv(sequence: int) -> bytes:
    stamp = f'"{MODEL}",1,{sequence},"{NIGHT}"'
    return (
        '"row_key","row","prediction","probability_0","model","version","sequence","night"\n'
        f'"40f2287d",0,1,0.25,{stamp}\n'
        f'"{KEY}",1,0,0.75,{stamp}\n'
    ).encode()


def _note_elsewhere(here: Installation) -> None:
    noted = checkpoint(here.ledger())
    assert noted is not None
    (here.folder / "checkpoints.jsonl").write_text(
        f"{noted.line()}\n{sign_checkpoint(noted, ACME)}\n"
    )
    listed = {"Acme audit": base64.b64encode(ACME.public).decode()}
    (here.folder / "witnesses.json").write_text(json.dumps(listed))
