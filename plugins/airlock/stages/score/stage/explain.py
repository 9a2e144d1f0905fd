"""Makes the decision record of one row: its score, what moved it, and the model's origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock import signing
from airlock.catalogs.predictions import Partition
from airlock.core.errors import DataError, Unverified
from airlock.core.table import key_texts
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.hooks import registry
from airlock.ledger import Champion, Ledger
from airlock.serve import load_recorded
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring
from airlock.stages.score.stage.margin import background
from airlock.stages.snapshot.record import Part
from airlock.stages.train.record import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """Which row: whom it is about, and its number where they have several."""

    key: str
    row: int | None = None


def explain(
    asked: AskedRow, partition: Partition, ledger: Ledger, *, stores: Stores, scratch: Path
) -> dict[str, Any]:
    """Everything that is known of one prediction, every byte of it verified.

    Args:
        partition: of the catalog, with the row.
        ledger: of the model.
        scratch: an empty local folder.

    Returns:
        `prediction`, `features`, `why`, `model`, `evaluation`, `decision`, `approvals`, `champion`;
        JSON-ready but for dates.

    Raises:
        DataError: no row is about them, or several are and none was named.
        Unverified: something is not what was recorded.
    """
    store = stores["store"]
    scored = publication.load(store, partition.scoring, expected=partition.sha256).result
    scoring = Scoring.from_json(scored.record)
    prediction = _prediction(asked, publication.fetch(stores, scored.data, scratch), scoring.parts)
    if not scoring.table:
        raise DataError(
            f"{scoring.night} was scored before scorings named their table.",
            do="Trigger the scoring DAG for that night.",
        )
    redacted = publication.load(store, scoring.table, expected=scoring.table_sha256).result
    redaction = Redaction.from_json(redacted.record)
    row = _features(redaction, stores, redacted.data, prediction["row"], scratch)
    champion = _champion(ledger, scoring)
    made = publication.load(store, champion.training, expected=champion.training_sha256).result
    signing.stored(store, model=scoring.model, bundle=scoring.bundle, trusted=ledger.valid_keys())
    scorer = load_recorded(publication.fetch(stores, made.data, scratch), scoring.bundle)
    training = Training.from_json(made.record)
    attribute = registry.load(registry.model_kind(scorer.model).explain)
    names = [name for name, _ in scorer.preprocessing.features]
    return {
        "prediction": prediction,
        "features": {name: row[name].tolist()[0] for name in names if name in row},
        "why": asdict(attribute(scorer, row)),
        "model": {
            "version": scoring.version,
            "bundle": scoring.bundle,
            "class": training.model_class,
            "seed": training.seed,
            "rows": dict(training.rows),
            "night": training.night,
            "data": training.data,
            "mlflow_run": training.mlflow_run,
        },
        **_answered_for(ledger, scoring.bundle, stores),
        "champion": _made_by(ledger, scoring.sequence),
    }


def _prediction(asked: AskedRow, folder: Path, parts: tuple[Part, ...]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    for part in parts:
        with pq.ParquetFile(folder / part.path) as file:
            for batch in file.iter_batches():
                keys = key_texts(batch.column("row_key"))
                found += batch.filter(pc.equal(keys, asked.key.strip())).to_pylist()
    wanted = [one for one in found if asked.row in {None, one["row"]}]
    if not wanted:
        raise DataError(
            "No row of that night is about them.",
            do="KEY is the pseudonym, as row_key has it; look at the night as well.",
        )
    if len(wanted) > 1:
        rows = ", ".join(str(one["row"]) for one in wanted)
        raise DataError(f"Several rows are about them: {rows}.", do="Name one with --row.")
    return wanted[0]


def _features(
    redaction: Redaction, stores: Stores, folder: Any, row: int, scratch: Path
) -> pd.DataFrame:
    """The row as the model saw it; one row group is read."""
    path, offset = next(_places(redaction.parts, row))
    local = publication.fetch(stores, folder, scratch, only={path})
    with pq.ParquetFile(local / path) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if offset < rows:
                table: pa.Table = file.read_row_group(group).slice(offset, 1)
                found: pd.DataFrame = table.to_pandas()
                return found
            offset -= rows
    raise Unverified("The redacted table has fewer rows than its record says.", do="Recompute it.")


def _places(parts: tuple[Part, ...], row: int) -> Iterator[tuple[str, int]]:
    for part in parts:
        if row < part.rows:
            yield part.path, row
        row -= part.rows


def _champion(ledger: Ledger, scoring: Scoring) -> Champion:
    for entry in ledger.entries():
        if entry.sequence == scoring.sequence and entry.kind in {"promoted", "rolled_back"}:
            champion = Champion.from_entry(entry)
            if champion.bundle == scoring.bundle:
                return champion
    raise Unverified(
        f"Ledger entry {scoring.sequence} did not make the model champion that scored the row.",
        do=f"`airlock verify {scoring.model}` says more.",
    )


def _made_by(ledger: Ledger, sequence: int) -> dict[str, Any]:
    """How the version that scored the row was champion then: by whom, and why."""
    entry = ledger.entries()[sequence - 1]
    body, glass = entry.body, entry.body.get("break_glass")
    how = "rolled back" if entry.kind == "rolled_back" else "promoted"
    said = body if entry.kind == "rolled_back" else glass or {}
    return {
        "how": "break-glass" if glass else how,
        "by": said.get("by"),
        "reason": said.get("reason"),
        "instead_of": body.get("from_version"),
        "at": entry.at.isoformat(),
        "entry": sequence,
    }


def _answered_for(ledger: Ledger, bundle: str, stores: Stores) -> dict[str, Any]:
    behind = background(ledger.entries(), bundle)
    named = behind.result("evaluate") if behind else None
    evaluation = {}
    if named:
        found = publication.load(stores["store"], named[0], expected=named[1]).result
        measured = Evaluation.from_json(found.record).candidate
        evaluation = {name: str(value) for name, value in measured.items()}
    decided = behind.decided.body if behind and behind.decided else {}
    return {
        "evaluation": evaluation,
        "decision": {
            name: decided[name] for name in ("policy", "outcome", "reasons") if name in decided
        },
        "approvals": [
            {name: one.body.get(name) for name in ("by", "approved", "reason", "answered_at")}
            for one in (behind.approvals if behind else ())
            if one.kind == "approved"
        ],
    }
